"""The house keeps its own rules: sizes, names, forbidden shortcuts, and what lies at the top."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

ROOT = Path(settings.BASE_DIR)
ROOMS = ("cqp", "candidates", "evaluations", "juries")

FILE_LINES = 400
TEST_FILE_LINES = 800
FUNCTION_LINES = 40
TEMPLATE_LINES = 150

TOP_LEVEL = {
    *("candidates", "cqp", "evaluations", "juries", "fixtures", "static", "templates", "tests"),
    *("bin", "docs", ".ci", "manage.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt"),
    *("README.md", "LICENSE", ".gitignore", ".gitattributes", ".editorconfig"),
}

FORBIDDEN_IN_PAGES = {
    r"\|\s*safe\b": "text is always escaped",
    r"{%\s*autoescape\s+off": "text is always escaped",
    r"<[^>]*\sstyle=": "the content security policy refuses inline style",
    r"<style\b": "the content security policy refuses inline style",
    r"<[^>]*\son[a-z]+=": "the content security policy refuses inline script",
    r"<script(?![^>]*\bsrc=)": "the content security policy refuses inline script",
    r"""type=["']?number""": "the wheel and the arrows change a mark silently",
    r"https?://(?!www\.w3\.org/)": "pages work without any other host",
}
FORBIDDEN_IN_PYTHON = {
    r"\bmark_safe\b": "use format_html",
    r"\bcsrf_exempt\b": "every form carries its token",
    r"pytest\.mark\.skip|pytest\.skip|pytest\.mark\.xfail": "a test runs, or is not there",
}


def _tracked() -> list[Path]:
    """Return every file that is in the repository or about to be; without git, all but the leavings."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]
    leavings = re.compile(r"^(\.venv|var|\.git|\.hypothesis)$|_cache$|^__pycache__$")
    return [
        p for p in ROOT.rglob("*") if p.is_file() and not any(map(leavings.search, p.relative_to(ROOT).parts))
    ]


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Return our own files with one of these endings: what we vendor and what Django writes is not ours."""
    return tuple(
        path
        for path in _tracked()
        if path.suffix in suffixes and not {"vendor", "migrations", "__pycache__"} & set(path.parts)
    )


def rooms() -> Iterator[Path]:
    """Yield the Python of the product, without the tests."""
    return (path for path in files(".py") if path.relative_to(ROOT).parts[0] in ROOMS)


def pages() -> Iterator[Path]:
    """Yield templates and our own scripts."""
    return (
        path
        for path in files(".html", ".txt", ".js")
        if path.relative_to(ROOT).parts[0] in ("templates", "static")
    )


def name(path: Path) -> str:
    """Return the path as a reader of the repository knows it."""
    return str(path.relative_to(ROOT))


def length(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every function of a module with its number of lines, decorators and docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = node.body[0] if ast.get_docstring(node) else None
            spoken = docstring.end_lineno - docstring.lineno + 1 if docstring and docstring.end_lineno else 0
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - spoken


def found(paths: Iterator[Path], forbidden: dict[str, str]) -> list[str]:
    """Return file, line and reason for every forbidden pattern."""
    return [
        f"{name(path)}:{number}: {reason}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for pattern, reason in forbidden.items()
        if re.search(pattern, line)
    ]


def test_a_file_fits_its_budget() -> None:
    too_long = {name(path): lines for path in rooms() if (lines := length(path)) > FILE_LINES}
    tests = (path for path in files(".py") if path.is_relative_to(ROOT / "tests"))
    too_long |= {name(path): lines for path in tests if (lines := length(path)) > TEST_FILE_LINES}
    scripts = (path for path in pages() if path.suffix == ".js")
    too_long |= {name(path): lines for path in scripts if (lines := length(path)) > FILE_LINES}
    assert not too_long


def test_a_function_fits_on_a_screen() -> None:
    too_long = {
        f"{name(path)}:{function}": lines
        for path in rooms()
        for function, lines in functions(path)
        if lines > FUNCTION_LINES
    }
    assert not too_long


def test_a_template_fits_its_budget() -> None:
    templates = (path for path in pages() if path.suffix != ".js")
    assert not {name(path): lines for path in templates if (lines := length(path)) > TEMPLATE_LINES}


def test_a_module_is_named_after_what_it_does() -> None:
    junk_drawers = {"utils", "common", "helpers", "core", "misc", "tools"}
    assert not [
        name(path) for path in files(".py") if path.stem in junk_drawers or path.parent.name in junk_drawers
    ]


def test_pages_take_no_shortcut() -> None:
    assert not found(pages(), FORBIDDEN_IN_PAGES)


def test_python_takes_no_shortcut() -> None:
    ours = (path for path in files(".py") if path != Path(__file__))
    assert not found(ours, FORBIDDEN_IN_PYTHON)


def test_nothing_is_left_for_later() -> None:
    unfinished = {r"(#|//|\*|<!--)\s*(TODO|FIXME|XXX)\b|\b(TODO|FIXME):": "do it now, or file an issue"}
    ours = (path for path in files(".py", ".html", ".js", ".css", ".md") if path != Path(__file__))
    assert not found(ours, unfinished)


def test_every_module_says_what_it_is() -> None:
    def docstring(path: Path) -> str | None:
        return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    # Django says what these two are; an empty file has nothing to say.
    told = {"apps", "urls"}
    assert not [name(p) for p in rooms() if p.stem not in told and p.stat().st_size and not docstring(p)]


def test_nothing_new_lies_at_the_top() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in _tracked()} <= TOP_LEVEL


def test_importing_the_arithmetic_does_not_drag_the_application_in() -> None:
    assert (ROOT / "evaluations" / "__init__.py").read_text(encoding="utf-8") == ""


def pins(lock: str) -> dict[str, str]:
    """Return name -> version of a lock file."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_is_hashed_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_the_tests_run_on_exactly_what_is_served() -> None:
    # bin/setup.sh relies on it: installing the one installs the other.
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_every_static_file_a_page_names_exists() -> None:
    # In production a name unknown to the manifest is a 500; the plain storage of the tests lets it pass.
    named = {
        (name(path), file)
        for path in pages()
        for file in re.findall(r"""{%\s*static\s+["']([^"']+)["']""", path.read_text(encoding="utf-8"))
    }
    assert not [(page, file) for page, file in sorted(named) if finders.find(file) is None]

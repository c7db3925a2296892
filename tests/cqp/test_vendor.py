"""What we did not write is what its authors published: every vendored file is listed with its digest."""

from hashlib import sha256
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"


def test_every_vendored_file_has_the_digest_that_is_written() -> None:
    lines = (STATIC / "vendor" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    written = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    found = {
        str(path.relative_to(STATIC)): sha256(path.read_bytes()).hexdigest()
        for folder in ("vendor", "fonts")
        for path in (STATIC / folder).rglob("*")
        if path.is_file() and path.name not in {"README.md", "SHA256SUMS"}
    }
    assert found == written


def test_every_vendored_folder_has_its_licence() -> None:
    folders = [
        *(STATIC / "fonts").iterdir(),
        *(path for path in (STATIC / "vendor").iterdir() if path.is_dir()),
    ]
    assert folders
    assert all((folder / "LICENSE").is_file() for folder in folders)

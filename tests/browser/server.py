"""A real server over the database of the tests: killed as a power cut would, started again on its port."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class RealServer:
    """gunicorn in a process group of its own."""

    def __init__(self, place: Path, workers: int = 1) -> None:
        self.place, self.workers, self.port = place, workers, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            "CQP_VAR": str(place),
            "SECRET_KEY": settings.SECRET_KEY,
            "CQP_HTTPS": "0",
            "DJANGO_SETTINGS_MODULE": "cqp.settings",
        }
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite":
            self.environment.pop("DATABASE_URL", None)
            (place / "cqp.sqlite3").symlink_to(name)
        else:
            parts = urlsplit(os.environ["DATABASE_URL"])
            self.environment["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
        self._run("manage.py", "collectstatic", "--noinput", "--verbosity=0")

    def _run(self, *arguments: str) -> None:
        command = [sys.executable, *arguments]
        subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, check=True)

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "cqp.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", str(self.workers), "--no-control-socket", "--log-level", "warning"]
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=self.environment, start_new_session=True
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """Master and workers at once, with no chance to finish anything."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

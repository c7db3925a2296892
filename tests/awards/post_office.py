"""A mail server of a few lines: it keeps what it takes, refuses some addresses, and hangs up when told to."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

REFUSED = "refuse"  # addresses with this word do not exist here
BUSY = "occupe"  # those with this one are to be tried again later


class PostOffice(socketserver.ThreadingTCPServer):
    """What it took, as (address, content); how many connections it had."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.taken: list[tuple[str, bytes]] = []
        self.connections = 0
        self.hang_up_at: set[int] = set()  # the ranks of the messages at which the line is cut, unsaid
        self.seen = 0
        self.before_data: Callable[[], None] = lambda: None

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.taken]


class _Clerk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 poste.exemple.fr")
        to = ""
        while line := self.rfile.readline(2000).decode("latin-1").strip():
            word = line[:4].upper()
            if word == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                self._say(self._welcome(to))
            elif word == "DATA":
                if not self._take(to):
                    return
            elif word == "QUIT":
                self._say("221 au revoir")
                return
            else:
                self._say("250 bien")

    def _welcome(self, to: str) -> str:
        if REFUSED in to:
            return "550 5.1.1 <b>Boite inconnue</b>"
        return "450 4.2.1 plus tard" if BUSY in to else "250 bien"

    def _take(self, to: str) -> bool:
        self.server.seen += 1
        self._say("354 parlez")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.before_data()
        if self.server.seen in self.server.hang_up_at:
            return False
        self.server.taken.append((to, b"".join(lines)))
        self._say("250 pris")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def post_office(settings: Any) -> Iterator[PostOffice]:
    """Open for the time of a test; the product sends there."""
    with PostOffice() as office:
        threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield office
        office.shutdown()

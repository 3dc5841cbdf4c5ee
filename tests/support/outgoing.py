"""What calls that leave the server meet in tests: listeners that count, a resolver, a proxy."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from project.hosts import AllowedHost, parse_allowed
from tests.support.serving import ThreadServer


def allowing(*entries: str) -> list[AllowedHost]:
    """The setting STOREROOM_ALLOW_HOSTS with these entries."""
    return [parse_allowed(entry) for entry in entries]


class Listener:
    """Listens on a free port of this machine and counts who comes; answers nothing."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        # A thread that accepts is woken by this; close() alone would leave it waiting.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                connection.close()
        except OSError:
            return


class Resolver:
    """Answers for the given names, each time the next of their answers and at last always the
    same; `asked` is what it was asked for. Other names are looked up as usual."""

    def __init__(self, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(answers) for name, answers in names.items()}
        self.asked: list[str] = []
        self._usual = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        if host not in self._answers:
            return self._usual(host, port, *args, **options)
        self.asked.append(host)
        answers = self._answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port or 0))
            for family, address in zip(families, addresses, strict=True)
        ]

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Answer in the place of the system's resolver for the rest of the test."""
        monkeypatch.setattr(socket, "getaddrinfo", self)
        return self


class Proxy(ThreadServer):
    """An HTTP proxy that leads everything to this machine, at the port that was asked for.

    `asked` is what it was asked to do, as (method, host). With `refusing` it answers 403.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.refusing = False
        super().__init__(type("Handler", (_ProxyHandler,), {"proxy": self}))
        self.url = f"http://127.0.0.1:{self.port}"


class _ProxyHandler(http.server.BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        self.close_connection = True
        if self._is_refused("CONNECT", host):
            return
        with socket.create_connection(("127.0.0.1", int(port))) as server:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pass_on, args=(server, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, server)
            back.join(5)

    def do_any(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._is_refused(self.command, target.hostname or ""):
            return
        server = http.client.HTTPConnection("127.0.0.1", target.port or 80)
        path = target._replace(scheme="", netloc="").geturl()
        server.request(self.command, path, body, dict(self.headers))
        reply = server.getresponse()
        content = reply.read()
        server.close()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_any

    def _is_refused(self, method: str, host: str) -> bool:
        self.proxy.asked.append((method, host))
        if self.proxy.refusing:
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return self.proxy.refusing


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return

"""An HTTP proxy before a real server that misbehaves by rule.

Signatures survive it: neither Shared Key nor SAS signs the Host header.
"""

from __future__ import annotations

import http.client
import http.server
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.support.serving import ThreadServer


class Fault(Enum):
    """What goes wrong with a request."""

    RESET = auto()
    """The connection is torn down before the server sees the request."""
    LOST_REPLY = auto()
    """The server does what it was asked to; the client never learns."""
    CUT = auto()
    """The connection ends after `after` bytes of the body."""
    ANSWER = auto()
    """The proxy answers `status`, and `code` with `detail` or `body`, itself; the server sees
    nothing."""


@dataclass
class Rule:
    """Which requests a fault befalls, and how many of them.

    `before` is called first, with the request still waiting: a test changes the world in it.
    """

    method: str
    fault: Fault | None = None
    containing: str = ""
    times: int = 1
    after: int = 0
    status: int = 503
    code: str = "ServerBusy"
    detail: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and method == self.method and self.containing in path


class FaultProxy(ThreadServer):
    """Listens on a free port of this machine for the length of the `with` block.

    `seen` holds the method and path of every request, in order.
    """

    def __init__(self, target_port: int) -> None:
        self.target = ("127.0.0.1", target_port)
        self.rules: list[Rule] = []
        self.seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        super().__init__(type("Handler", (_Handler,), {"proxy": self}))

    def add(self, method: str, fault: Fault | None = None, **conditions: object) -> None:
        """Add a rule; the first one that fits a request decides."""
        self.rules.append(Rule(method, fault, **conditions))

    def take_rule(self, method: str, path: str) -> Rule:
        """The rule for this request, used up by one; a harmless one if none fits."""
        with self._lock:
            self.seen.append((method, path))
            for rule in self.rules:
                if rule.fits(method, path):
                    rule.times -= 1
                    return rule
        return Rule(method)


class _Handler(http.server.BaseHTTPRequestHandler):
    proxy: FaultProxy
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        rule = self.proxy.take_rule(self.command, self.path)
        rule.before()
        if rule.fault is Fault.RESET:
            self._tear_down()
        elif rule.fault is Fault.ANSWER:
            self._answer(rule)
        else:
            self._forward(body, rule)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def _tear_down(self) -> None:
        now = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        # The stream's own file objects keep the descriptor open: shut it down, then let go.
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, rule: Rule) -> None:
        body = rule.body or (
            f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{rule.code}</Code>'
            "<Message>Made up by the fault proxy.</Message>"
            f"<AuthenticationErrorDetail>{rule.detail}</AuthenticationErrorDetail></Error>"
        )
        headers = {"x-ms-error-code": rule.code} if rule.code else {}
        headers |= {"Content-Type": "application/xml"} | rule.headers
        self._send(rule.status, [*headers.items()], body.encode())

    def _forward(self, body: bytes, rule: Rule) -> None:
        server = http.client.HTTPConnection(*self.proxy.target)
        server.request(self.command, self.path, body, dict(self.headers))
        reply = server.getresponse()
        data = reply.read()
        server.close()
        if rule.fault is Fault.LOST_REPLY:
            self._tear_down()
            return
        dropped = ("transfer-encoding", "connection", "keep-alive", "content-length")
        headers = [item for item in reply.getheaders() if item[0].lower() not in dropped]
        length = reply.getheader("Content-Length") or str(len(data))
        self._send(reply.status, headers, data, length, rule)

    def _send(
        self,
        status: int,
        headers: list[tuple[str, str]],
        body: bytes,
        length: str = "",
        rule: Rule | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if rule is not None and rule.fault is Fault.CUT:
            self.wfile.write(body[: rule.after])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(body)

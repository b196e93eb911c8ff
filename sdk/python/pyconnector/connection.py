"""One request on one connection, with a time limit for every step."""

from __future__ import annotations

import dataclasses
import http.client
import socket
import ssl
import threading
import urllib.parse
import zlib
from typing import Any, Mapping

from pyconnector import egress
from pyconnector.problems import Problem, from_transport
from pyconnector.stop import Stop

_CHUNK = 64 << 10
_REQUEST_IDS = ("x-request-id", "x-amzn-requestid", "x-github-request-id", "x-okta-request-id", "request-id", "x-correlation-id", "cf-ray")


@dataclasses.dataclass
class Answer:
    """An answer with its whole body."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    url: str
    json: Any = None

    @property
    def request_id(self) -> str:
        """The vendor's id of the request."""
        return next((self.headers[name][:128] for name in _REQUEST_IDS if self.headers.get(name)), "")

    def invalid(self, what: str, remedy: str = "", cut_short: bool = False) -> Problem:
        """Returns the problem of an answer that does not match the documentation."""
        u = urllib.parse.urlsplit(self.url)
        if cut_short:
            remedy = "Nothing needs to be done: the next run tries again."
        return Problem(
            "upstream.invalid_response", f"the answer of {u.netloc} to {u.path} {what}", remedy=remedy,
            upstream_status=self.status, request_id=self.request_id, cut_short=cut_short)


def tls(ca_pem: str) -> ssl.SSLContext:
    """Returns the system's certificates, with the authority in ca_pem added."""
    context = ssl.create_default_context()
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as e:
            raise Problem("config.invalid", "the CA certificate is not PEM") from e
    return context


def port(u: urllib.parse.SplitResult) -> int:
    """Returns the port of an address, or the default port of its scheme."""
    return u.port or (443 if u.scheme == "https" else 80)


class _Connection(http.client.HTTPConnection):
    """A connection that another thread can end at any moment."""

    def __init__(self, u: urllib.parse.SplitResult, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(u.hostname or "", port(u), timeout=timeout)
        self._scheme, self._context = u.scheme, context
        self._cut = threading.Event()
        self.fresh = True

    def connect(self) -> None:
        sock = egress.dial(self._scheme, self.host, self.port, self.timeout or 30, self._hold)
        if self._scheme == "https":
            sock = self._context.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
            self._hold(sock)
            sock.do_handshake()

    def _hold(self, sock: socket.socket) -> None:
        self.sock = sock
        if self._cut.is_set():
            self.cut()

    def cut(self) -> None:
        """Ends the exchange. A waiting thread gets an error."""
        self._cut.set()
        sock = self.sock
        if sock is not None:
            try:
                # Not the TLS socket's own, which would change under its reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                pass  # it was never connected, or has ended


class Idle:
    """Keeps one connection for the next request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: _Connection | None = None

    def take(self) -> _Connection | None:
        """Returns the kept connection, if there is one."""
        with self._lock:
            kept, self._kept = self._kept, None
            return kept

    def keep(self, c: _Connection) -> None:
        """Keeps a connection instead of the kept one."""
        with self._lock:
            c, self._kept = self._kept or c, c
        if c is not self._kept:
            c.close()

    def close(self) -> None:
        """Ends the kept connection."""
        kept = self.take()
        if kept:
            kept.close()


def exchange(
    method: str, url: str, headers: dict[str, str], body: bytes | None, *, idle: Idle, tls: ssl.SSLContext,
    timeout: float, max_body: int, stop: Stop,
) -> Answer:
    """Sends a request one time and reads the whole answer, within timeout and before stop. A kept
    connection that the other side has ended is replaced by a new one."""
    u = urllib.parse.urlsplit(url)
    kept = idle.take()
    if kept is not None:
        try:
            return _exchange(kept, method, u, headers, body, idle, timeout, max_body, stop)
        except _Stale:
            pass
    return _exchange(_Connection(u, tls, timeout), method, u, headers, body, idle, timeout, max_body, stop)


class _Stale(Exception):
    """A kept connection ended before it sent data."""


def _exchange(
    c: _Connection, method: str, u: urllib.parse.SplitResult, headers: dict[str, str], body: bytes | None, idle: Idle,
    timeout: float, max_body: int, stop: Stop,
) -> Answer:
    late = threading.Event()

    def too_late() -> None:
        late.set()
        c.cut()

    stop.check()
    timer = threading.Timer(timeout, too_late)
    timer.daemon = True
    timer.start()
    forget = stop.on_stop(c.cut)
    whole = False
    try:
        target = (u.path or "/") + (f"?{u.query}" if u.query else "")
        try:
            c.request(method, target, body=body, headers=headers)
            response = c.getresponse()
        except (ConnectionError, http.client.BadStatusLine) as e:
            if not c.fresh and not late.is_set() and stop.reason is None:
                raise _Stale from e
            raise
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, b"", u.geturl())
        answer.body = _body(response, answer, max_body)
        if late.is_set():  # a body without a length ends where it was cut
            raise TimeoutError
        stop.check()
        whole = not response.will_close
        return answer
    except (OSError, http.client.HTTPException, Problem) as e:
        stop.check()
        if late.is_set():
            raise Problem("network.timeout", f"{u.netloc} did not answer within {timeout:g} s") from e
        if isinstance(e, Problem):
            raise
        raise from_transport(e, u.hostname or "") or Problem(
            "upstream.invalid_response", f"{u.netloc} does not answer as a web server does") from e
    finally:
        timer.cancel()
        forget()
        if whole and not late.is_set() and stop.reason is None:
            c.fresh = False
            idle.keep(c)
        else:
            c.close()


def _body(response: http.client.HTTPResponse, answer: Answer, most: int) -> bytes:
    packed = response.getheader("content-encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip"):
        raise answer.invalid(f"is compressed as {packed}, which was not requested")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed == "gzip" else None
    body = bytearray()
    try:
        while chunk := response.read(_CHUNK):
            body += unpack.decompress(chunk, most + 1 - len(body)) if unpack else chunk
            if len(body) > most:
                raise answer.invalid(f"is larger than the {most >> 20} MiB allowed")
    except (http.client.IncompleteRead, zlib.error) as e:
        raise answer.invalid("ended early", cut_short=True) from e
    # A read that comes up short says so only here.
    if response.length or unpack and body and not unpack.eof:
        raise answer.invalid("ended early", cut_short=True)
    return bytes(body)

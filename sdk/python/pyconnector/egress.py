"""Connections out of the program. A host that contains its connectors carries their connections
over its link to them. A connector that declares network_tcp gets a port of the host's proxy instead
and can connect to nothing else, not even on this machine."""

from __future__ import annotations

import base64
import dataclasses
import os
import socket
import urllib.parse
import urllib.request
from typing import Callable

from pyconnector import link
from pyconnector.problems import Problem

PROXY = "PLUMBLINE_PROXY"  # http://run:token@127.0.0.1:40123
_HEADER = "plumbline-egress"  # why the host's proxy opened no connection: a word, a semicolon, a sentence
_MOST_ANSWER = 16 << 10


@dataclasses.dataclass(frozen=True)
class _Proxy:
    host: str
    port: int
    credential: str
    ours: bool


def dial(scheme: str, host: str, port: int, timeout: float, made: Callable[[socket.socket], None]) -> socket.socket:
    """Opens a TCP connection to a host: over the link, through the proxy, or by itself if the host
    gives neither. It calls made with the socket as soon as it exists, so that a wait can be
    ended."""
    if link.in_use():
        sock = link.dial(host, port, timeout)
        made(sock)
        return sock
    proxy = _proxy_for(scheme, host)
    if proxy is None:
        sock = socket.create_connection((host, port), timeout)
        made(sock)
        return sock
    try:
        sock = socket.create_connection((proxy.host, proxy.port), timeout)
    except OSError as e:
        raise Problem("network.proxy", f"the proxy for {host} was not reached") from e
    made(sock)
    try:
        _tunnel(sock, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    except BaseException:
        sock.close()
        raise
    return sock


def _proxy_for(scheme: str, host: str) -> _Proxy | None:
    address = os.environ.get(PROXY, "")
    ours = bool(address)
    if not ours:
        if host == "localhost" or urllib.request.proxy_bypass(host):
            return None
        address = urllib.request.getproxies().get(scheme, "")
        if not address:
            return None
    u = urllib.parse.urlsplit(address)
    if u.scheme != "http" or not u.hostname:
        # The address holds a credential: it is not repeated.
        raise Problem("internal.bug" if ours else "network.proxy", "the address of the proxy cannot be used")
    user, password = urllib.parse.unquote(u.username or ""), urllib.parse.unquote(u.password or "")
    credential = base64.b64encode(f"{user}:{password}".encode()).decode() if u.username else ""
    return _Proxy(u.hostname, u.port or 80, credential, ours)


def _tunnel(sock: socket.socket, proxy: _Proxy, target: str) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.credential:
        lines.append(f"Proxy-Authorization: Basic {proxy.credential}")
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        # Byte by byte: what follows the answer belongs to the system.
        byte = sock.recv(1)
        answer += byte
        if not byte or len(answer) > _MOST_ANSWER:
            raise Problem("network.proxy", f"the proxy did not answer when asked for {target}")
    first, *headers = answer.decode("latin-1").split("\r\n")
    status = first.split(" ", 2)
    if len(status) > 1 and status[1] == "200":
        return
    for line in headers:
        name, _, value = line.partition(":")
        if name.strip().lower() == _HEADER and ";" in value and proxy.ours:
            raise link.refused(*value.split(";", 1))
    raise Problem("network.proxy", f"the proxy answered {first.partition(' ')[2] or 'nothing'} when asked for {target}")

"""Connections that go through the gRPC link to the host, in its calls of Tunnel.

A contained program can open no network socket. It asks the host for a
connection instead. The host decides, resolves the name, connects and forwards
the bytes.

    offered ── dial ─▶ asked ── opened ─▶ carrying ── either side ends ─▶ over
                         └──── refused ───────────────────────────────────┘

Threads: one per connection for each direction; both end with the connection.
"""

from __future__ import annotations

import os
import queue
import socket
import threading
from typing import Any, Iterator

from connector.v1 import connector_pb2 as pb
from pyconnector.outbox import Outbox
from pyconnector.problems import Problem

VARIABLE, LINK = "PLUMBLINE_EGRESS", "link"
_CHUNK = 64 << 10
_OFFER_SECONDS = 30.0  # until the host has opened the next call


def in_use() -> bool:
    """Reports whether the host carries the connections of this process."""
    return os.environ.get(VARIABLE) == LINK


class _Offer:
    """A call of Tunnel that waits for a connection."""

    def __init__(self, words: Iterator[pb.TunnelRequest]) -> None:
        self.words = words
        self.box = Outbox[pb.TunnelResponse]()
        self.gone = threading.Event()

    def over(self) -> None:
        """Is called at the end of the call."""
        self.gone.set()
        self.box.broken()


_offers: queue.SimpleQueue[_Offer] = queue.SimpleQueue()


def tunnel(words: Iterator[pb.TunnelRequest], context: Any) -> Iterator[pb.TunnelResponse]:
    """Serves one call of Tunnel: it waits until dial takes it."""
    offer = _Offer(words)
    if context.add_callback(offer.over):
        _offers.put(offer)
        yield from offer.box


def dial(host: str, port: int, timeout: float) -> socket.socket:
    """Opens a connection and returns a socket for its bytes. Raises the host's Problem when the
    host refuses."""
    offer = _take()
    answers: queue.SimpleQueue[pb.TunnelRequest | None] = queue.SimpleQueue()
    near, far = socket.socketpair()
    threading.Thread(target=_bring, args=(offer, answers, far), daemon=True).start()
    try:
        offer.box.put(pb.TunnelResponse(connect=pb.TunnelConnect(host=host, port=port)))
        answer = answers.get(timeout=timeout)
        if answer is None:
            raise Problem("network.connect", f"the host ended the connection to {host}")
        if answer.HasField("refused"):
            raise refused(answer.refused.reason, answer.refused.message)
    except BaseException as e:
        offer.box.close()
        near.close()
        far.close()
        if isinstance(e, queue.Empty):
            raise Problem("network.timeout", f"{host} did not answer within {timeout:g} s") from e
        raise
    threading.Thread(target=_send, args=(offer, far), daemon=True).start()
    near.settimeout(timeout)
    return near


def _take() -> _Offer:
    while True:
        try:
            offer = _offers.get(timeout=_OFFER_SECONDS)
        except queue.Empty as e:
            raise Problem("network.proxy", f"the host offered no connection within {_OFFER_SECONDS:g} s") from e
        if not offer.gone.is_set():
            return offer


def _bring(offer: _Offer, answers: queue.SimpleQueue, far: socket.socket) -> None:
    """Copies what the host sends to the program."""
    try:
        answers.put(next(offer.words))
        for word in offer.words:
            far.sendall(word.data)
    except Exception:  # the call or the socket has ended; gRPC raises its own kinds
        pass
    answers.put(None)  # for a dial that still waits
    try:
        far.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it is closed


def _send(offer: _Offer, far: socket.socket) -> None:
    """Copies what the program writes to the host, and then ends the call."""
    try:
        while data := far.recv(_CHUNK):
            offer.box.put(pb.TunnelResponse(data=data))
    except (OSError, Problem):
        pass  # the socket or the call has ended
    offer.box.close()
    far.close()


_CODES = {
    "denied": "network.denied", "address": "network.denied", "dns": "network.dns",
    "refused": "network.connect", "timeout": "network.timeout",
}


def refused(word: str, sentence: str) -> Problem:
    """Returns the problem of a connection that the host did not open."""
    p = Problem(_CODES.get(word.strip(), "network.proxy"), sentence.strip())
    if word.strip() == "address":
        p.fault, p.retry = "customer", "when_config_changes"
        p.remedy = "If this address is correct, enter it in the settings instead of the name; otherwise find out why the name resolves to it."
    return p

"""Messages from the thread that makes them to the wire."""

from __future__ import annotations

import collections
import threading
from typing import Generic, Iterator, TypeVar

from pyconnector.problems import Problem

M = TypeVar("M")

_ROOM = 2  # messages that wait while another one is being sent


class Outbox(Generic[M]):
    """Passes messages on one by one. It blocks a fast sender, because the wire takes a message only
    when the host has room for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: collections.deque[M] = collections.deque()
        self._closed = False
        self._broken = False

    def put(self, message: M) -> None:
        """Waits for room. Raises when the host has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._broken or len(self._waiting) < _ROOM)
            if self._broken:
                raise Problem("cancelled", "the host is gone")
            self._waiting.append(message)
            self._changed.notify_all()

    def close(self) -> None:
        """Marks the end of the messages."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def broken(self) -> None:
        """Marks that the wire takes no further message."""
        with self._changed:
            self._broken = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[M]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._broken or self._closed or bool(self._waiting))
                if self._broken or not self._waiting:
                    return
                message = self._waiting.popleft()
                self._changed.notify_all()
            yield message

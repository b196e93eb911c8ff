"""What was sent and not yet acknowledged."""

from __future__ import annotations

import collections
import threading

from pyconnector.problems import Problem


class Window:
    """Bounds what was sent and not yet acknowledged: so many checkpoints, so many
    bytes. Senders wait in it; acknowledgements and fail free them."""

    def __init__(self, checkpoints: int, size: int) -> None:
        self._most, self._size = checkpoints, size
        self._changed = threading.Condition()
        self._outstanding: collections.deque[tuple[int, int]] = collections.deque()  # sequence, bytes
        self._bytes = 0  # of outstanding and of the open group
        self._open = 0  # of the open group: sent since the last checkpoint
        self._sent = 0
        self._acked = 0
        self._failed: Problem | None = None

    def reserve(self, n: int) -> None:
        """Waits until n bytes of records may be sent. While no checkpoint is
        outstanding it never waits: nothing could free it, and a group has a
        bound of its own."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._failed is not None or not self._outstanding or self._bytes + n <= self._size)
            self._check()
            self._bytes += n
            self._open += n

    def checkpoint(self) -> int:
        """Waits until another checkpoint may be sent and returns its number."""
        with self._changed:
            self._changed.wait_for(lambda: self._failed is not None or len(self._outstanding) < self._most)
            self._check()
            self._sent += 1
            self._outstanding.append((self._sent, self._open))
            self._open = 0
            return self._sent

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def drop(self) -> None:
        """Forgets the open group of a stream that ended without a checkpoint."""
        with self._changed:
            self._bytes -= self._open
            self._open = 0
            self._changed.notify_all()

    def ack(self, sequence: int) -> None:
        """Frees every checkpoint up to sequence. An old or repeated one is
        ignored; one for a checkpoint that was never sent is a violation."""
        with self._changed:
            if sequence > self._sent:
                raise Problem("protocol.violation", f"the host acknowledged checkpoint {sequence} of {self._sent}")
            while self._outstanding and self._outstanding[0][0] <= sequence:
                self._bytes -= self._outstanding.popleft()[1]
            self._acked = max(self._acked, sequence)
            self._changed.notify_all()

    def wait_acked(self, sequence: int, seconds: float) -> bool:
        """Waits until sequence is acknowledged and reports whether it was. It
        goes on after fail: what was sent may still be committed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._acked >= sequence, max(seconds, 0))

    def fail(self, why: Problem) -> None:
        """Frees everybody with a problem; the first one stays."""
        with self._changed:
            self._failed = self._failed or why
            self._changed.notify_all()

    @property
    def sent(self) -> int:
        """The number of the last checkpoint that was sent."""
        with self._changed:
            return self._sent

"""The data without an acknowledgement."""

from __future__ import annotations

import collections
import threading

from pyconnector.problems import Problem


class Window:
    """Limits the checkpoints and bytes without an acknowledgement. Senders wait in it until an
    acknowledgement or fail."""

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
        """Waits until n bytes of records may be sent. It does not wait while no checkpoint is
        outstanding: no acknowledgement could follow, and the limit of a group bounds the bytes."""
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
        """Removes the open group of a stream that ended without a checkpoint."""
        with self._changed:
            self._bytes -= self._open
            self._open = 0
            self._changed.notify_all()

    def ack(self, sequence: int) -> None:
        """Acknowledges every checkpoint up to sequence. It ignores an old or repeated
        acknowledgement. One for a checkpoint that was not sent is a violation of the protocol."""
        with self._changed:
            if sequence > self._sent:
                raise Problem("protocol.violation", f"the host acknowledged checkpoint {sequence} of {self._sent}")
            while self._outstanding and self._outstanding[0][0] <= sequence:
                self._bytes -= self._outstanding.popleft()[1]
            self._acked = max(self._acked, sequence)
            self._changed.notify_all()

    def wait_acked(self, sequence: int, seconds: float) -> bool:
        """Waits until sequence is acknowledged and reports whether it was. It continues after fail,
        because the host may still commit what was sent."""
        with self._changed:
            return self._changed.wait_for(lambda: self._acked >= sequence, max(seconds, 0))

    def fail(self, why: Problem) -> None:
        """Ends the waits of all senders with a problem; the first one stays."""
        with self._changed:
            self._failed = self._failed or why
            self._changed.notify_all()

    @property
    def sent(self) -> int:
        """The number of the last checkpoint."""
        with self._changed:
            return self._sent

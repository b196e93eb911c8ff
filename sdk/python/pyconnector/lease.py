"""This run's share of the tenant's limits."""

from __future__ import annotations

import threading
import time
from typing import Callable

from pyconnector.stop import Stop


class Lease:
    """How many requests may be sent, and when. All clients of a session share it. The host may
    change it at any time; waiting requests then wait again."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        self._rate = 0.0  # requests per second; 0 = no limit
        self._most = 0  # requests at one moment; 0 = no limit
        self._using = 0
        self._next = 0.0  # before which the rate allows no request
        self._hold = 0.0  # before which the host allows no request
        stop.on_stop(self._wake)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def set(self, rate: float, most: int, hold: float) -> None:
        """Replaces the lease; hold is in seconds from now."""
        with self._changed:
            now = time.monotonic()
            self._rate, self._most = max(rate, 0.0), most
            if self._next > now:  # planned at the old rate: planned anew from now
                self._next = now + self._interval()
            self._hold = now + max(hold, 0.0)
            self._changed.notify_all()

    def _interval(self) -> float:
        return 1 / self._rate if self._rate > 0 else 0.0

    def take(self, waiting: Callable[[float], None]) -> None:
        """Waits until a request may begin. It calls waiting with the length of the wait. The caller
        must call release at the end of the request."""
        with self._changed:
            while True:
                self._stop.check()
                now = time.monotonic()
                wait = max(self._next, self._hold) - now
                if self._most and self._using >= self._most:
                    self._changed.wait()
                elif wait > 0:
                    waiting(wait)
                    self._changed.wait(wait)
                else:
                    self._using += 1
                    self._next = now + self._interval()
                    return

    def release(self) -> None:
        """Returns the slot of a request that has ended."""
        with self._changed:
            self._using -= 1
            self._changed.notify_all()

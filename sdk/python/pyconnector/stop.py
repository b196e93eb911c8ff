"""The early end of a run or check, and waits that it ends."""

from __future__ import annotations

import threading
import time
from typing import Callable

from pyconnector.problems import Problem


class Stop:
    """Ends something early, with a reason. It cannot be reset."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reason: Problem | None = None
        self._actions: list[Callable[[], None]] = []
        self._timer: threading.Timer | None = None
        self._until = float("inf")

    def set(self, reason: Problem) -> None:
        """Stops with a reason; the first one stays."""
        with self._changed:
            if self._reason is not None:
                return
            self._reason = reason
            actions, self._actions = self._actions, []
            self._changed.notify_all()
        for action in actions:
            action()

    @property
    def reason(self) -> Problem | None:
        """The reason, or None."""
        return self._reason

    def check(self) -> None:
        """Raises the reason, if there is one."""
        if self._reason is not None:
            raise self._reason

    def sleep(self, seconds: float) -> None:
        """Waits, or raises the reason as soon as there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._reason is not None, seconds)
        self.check()

    def at(self, seconds: float, reason: Problem) -> None:
        """Stops automatically after that time."""
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(min(max(seconds, 0), threading.TIMEOUT_MAX), self.set, (reason,))
        self._timer.daemon = True
        self._timer.start()

    def remaining(self) -> float:
        """Returns the seconds until the automatic stop, infinite without one."""
        return self._until - time.monotonic()

    def on_stop(self, f: Callable[[], None]) -> Callable[[], None]:
        """Calls f when it stops, or at once when it has stopped. Returns a function that cancels
        this."""
        with self._changed:
            if self._reason is None:
                self._actions.append(f)
                return lambda: self._forget(f)
        f()
        return lambda: None

    def _forget(self, f: Callable[[], None]) -> None:
        with self._changed:
            if f in self._actions:
                self._actions.remove(f)

    def close(self) -> None:
        """Ends the timer."""
        if self._timer is not None:
            self._timer.cancel()

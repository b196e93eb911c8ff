"""New values of secrets that the vendor replaced, such as a refresh token that can be used once. They
go to the host in its calls of Renew.

    opened ── begin ─▶ waiting ── secret ─▶ asked ── sealed, refused ─▶ waiting
                         └──── the Check or Sync is over ─▶ ended

Threads: each call has one that receives the host's answers; it ends with the call.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator

from connector.v1 import connector_pb2 as pb
from pyconnector.outbox import Outbox
from pyconnector.problems import Problem
from pyconnector.secrets import Secret
from pyconnector.stop import Stop

_SECONDS = 30.0  # for the host to open the call and to seal the secret


class _Call:
    """An open call of Renew."""

    def __init__(self, changed: threading.Condition) -> None:
        self.box = Outbox[pb.RenewResponse]()
        self.turn = threading.Lock()  # one secret at a time
        self.number = 0
        self.refusals: dict[int, str] = {}  # by the number of the secret; "" = it is sealed
        self.ended = False
        self._changed = changed

    def listen(self, words: Iterator[pb.RenewRequest]) -> None:
        """Handles the host's answers to their end."""
        try:
            for word in words:
                with self._changed:
                    if word.HasField("sealed"):
                        self.refusals[word.sealed.number] = ""
                    elif word.HasField("refused"):
                        self.refusals[word.refused.number] = word.refused.message or "it said no reason"
                    self._changed.notify_all()
        except Exception:  # gRPC's way to say that the call is over
            pass
        self.over()

    def over(self) -> None:
        """Is called at the end of the call."""
        self.box.close()
        self.box.broken()
        with self._changed:
            self.ended = True
            self._changed.notify_all()


class Renewals:
    """The open calls of Renew by their ids."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: dict[str, _Call] = {}

    def serve(self, words: Iterator[pb.RenewRequest], context: Any) -> Iterator[pb.RenewResponse]:
        """Serves one call of Renew: it waits for the secrets of its Check or Sync."""
        try:
            first = next(words)
        except Exception:  # the host ended the call before it began
            return
        if not first.begin.id:
            raise ValueError("the host did not begin Renew with an id")
        call = _Call(self._changed)
        with self._changed:
            self._open[first.begin.id] = call
            self._changed.notify_all()
        try:
            if context.add_callback(call.over):
                threading.Thread(target=call.listen, args=(words,), daemon=True).start()
                yield from call.box
        finally:
            with self._changed:
                if self._open.get(first.begin.id) is call:
                    del self._open[first.begin.id]

    def hand(self, call_id: str, name: str, value: Secret, stop: Stop) -> bool:
        """Hands the new value of a secret to the host and waits until the host has sealed it. It
        returns False when the host takes none."""
        if not call_id:
            return False
        forget = stop.on_stop(self._wake)
        try:
            self._wait(lambda: call_id in self._open, name, stop)  # the call may come after that of the run
            call = self._open.get(call_id)
            if call is None:
                raise _ended()
            with call.turn:
                self._ask(call, name, value, stop)
        finally:
            forget()
        return True

    def _ask(self, call: _Call, name: str, value: Secret, stop: Stop) -> None:
        call.number += 1
        number = call.number
        call.box.put(pb.RenewResponse(number=number, name=name, value=value.reveal()))
        self._wait(lambda: call.ended or number in call.refusals, name, stop)
        if number not in call.refusals:
            raise _ended()
        if why := call.refusals.pop(number):
            raise Problem("config.invalid", f"the host did not keep the new value of {name}: {why}")

    def _wait(self, ready: Callable[[], bool], name: str, stop: Stop) -> None:
        with self._changed:
            self._changed.wait_for(lambda: ready() or stop.reason is not None, _SECONDS)
            if ready():
                return
        stop.check()
        raise Problem("internal.bug", f"the host did not seal the new value of {name} within {_SECONDS:g} s")

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _ended() -> Problem:
    return Problem("cancelled", "the host ended the call that takes new secrets")

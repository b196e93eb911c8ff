"""One Sync, from Open to Done.

    Open ─ connect ─ read stream … read stream ─ Done
             │ fails      │ fails: the next stream is still read
             └─ all streams are skipped
"""

from __future__ import annotations

import time
from typing import Callable, Iterator

from connector.v1 import connector_pb2 as pb
from pyconnector.connector import CONNECT, Connector
from pyconnector.output import Output
from pyconnector.problems import Problem, as_problem
from pyconnector.secrets import Secret
from pyconnector.sender import Sender
from pyconnector.session import Reporter, Session
from pyconnector.stop import Stop


class Run:
    """One Sync. Send sends one message and raises when the host has ended. Renew hands over a new
    secret."""

    def __init__(
        self, connector: Connector, opened: pb.Open, stop: Stop, send: Callable[[pb.SyncResponse], None],
        renew: Callable[[str, Secret], bool] | None = None,
    ) -> None:
        self._connector, self._open, self._stop = connector, opened, stop
        b = opened.budgets
        self._sender = Sender(b, stop, send)
        self._send, self._window = self._sender.send, self._sender.window
        report = Reporter(
            log=lambda m: self._send(pb.SyncResponse(log=m)),
            progress=lambda m: self._send(pb.SyncResponse(progress=m)),
            throttle=lambda m: self._send(pb.SyncResponse(throttle=m)), renew=renew)
        self.session = Session(connector.about(), opened.credentials, stop, report)
        self.session.lease.set(b.requests_per_second, b.concurrent_requests, b.hold.ToNanoseconds() / 1e9)
        if opened.HasField("deadline"):
            left = opened.deadline.ToNanoseconds() / 1e9 - time.time()
            stop.at(left, Problem("limit.deadline", "the run took longer than its deadline allows"))

    def receive(self, words: Iterator[pb.SyncRequest]) -> None:
        """Handles the host's messages to their end. When the host closes its side, it stops the
        run, because no acknowledgement can follow."""
        try:
            for m in words:
                self._take(m)
        except Exception:  # gRPC's way to say that the call is over
            pass
        self._stop.set(Problem("cancelled", "the host closed the stream"))

    def _take(self, m: pb.SyncRequest) -> None:
        which = m.WhichOneof("message")
        if which == "ack":
            try:
                self._window.ack(m.ack.sequence)
            except Problem as p:
                self._stop.set(p)
        elif which == "lease":
            lease = m.lease
            self.session.lease.set(lease.requests_per_second, lease.concurrent_requests, lease.hold.ToNanoseconds() / 1e9)
        elif which == "cancel":
            self._stop.set(Problem("cancelled", f"stopped: {m.cancel.reason or 'the host asked'}"))

    def serve(self) -> None:
        """Reads every stream, or reports why it did not, and ends with Done."""
        forget = self._stop.on_stop(lambda: self._window.fail(self._stop.reason or Problem("cancelled", "stopped")))
        failed: Problem | None = None
        try:
            failed = self.session.wrong[0] if self.session.wrong else self._connect()
            for state in self._open.streams:
                if failed:
                    self._skip(state.name, failed)
                else:
                    self._read(state)
            self._sender.committed(self._window.sent)
        finally:
            forget()
            self.session.close()
            self._stop.close()
        self._send(pb.SyncResponse(done=_done(failed and self.session.scrub.clean(failed))))

    def _guard(self, f: Callable[[], None]) -> Problem | None:
        """Calls the author's code and returns why it failed. Code that returns after the end of its
        run has not read everything."""
        failed: Problem | None = None
        try:
            f()
        except BaseException as e:  # whatever an author's code raises is an answer
            failed = as_problem(e)
        return self._stop.reason or failed

    def _connect(self) -> Problem | None:
        connect = self._connector.connect
        if connect is None:
            return None
        self.session.enter(CONNECT)
        self.session.progress(state=pb.Progress.STATE_RUNNING)
        failed = self._guard(lambda: connect(self.session))
        if failed is None:
            self.session.progress(state=pb.Progress.STATE_SUCCEEDED)
            return None
        failed.step = CONNECT
        self.session.progress(state=pb.Progress.STATE_FAILED, note=failed.message)
        return failed

    def _skip(self, name: str, because: Problem) -> None:
        self.session.enter(name)
        self.session.progress(state=pb.Progress.STATE_SKIPPED, note=because.message)
        self._result(name, pb.RESULT_FAILED, because, 0)

    def _read(self, state: pb.StreamState) -> None:
        stream = self._connector.stream(state.name)
        if stream is None:
            self._skip(state.name, Problem(
                "protocol.violation", f"connector {self._connector.id} has no stream called {state.name!r}"))
            return
        if self._stop.reason:
            self._skip(state.name, self._stop.reason)
            return
        self.session.enter(state.name)
        self.session.progress(state=pb.Progress.STATE_RUNNING)
        out = Output(self._sender, self.session, stream.name, stream.deletes == "tombstone",
                     state.cursor if stream.incremental or state.resume else b"", state.resume)

        def read() -> None:
            stream.read(self.session, out)
            self._stop.check()
            out.finish()

        failed = self._guard(read)
        if failed and not self._stop.reason and out.refused(failed) and out.restart(failed):
            failed = self._guard(read)
        self._conclude(state.name, out, failed)

    def _conclude(self, name: str, out: Output, failed: Problem | None) -> None:
        """Decides the stream's result."""
        if failed is None:
            result = pb.RESULT_COMPLETE_WITH_GAPS if out.gaps else pb.RESULT_COMPLETE
            self.session.progress(state=pb.Progress.STATE_SUCCEEDED, seen=out.total)
            self._result(name, result, None, out.total)
            return
        self._window.drop()
        result = pb.RESULT_PARTIAL if out.resumable and self._sender.committed(out.resumable) else pb.RESULT_FAILED
        self.session.progress(state=pb.Progress.STATE_FAILED, seen=out.total, note=failed.message)
        self._result(name, result, failed, out.total)

    def _result(self, name: str, result: int, problem: Problem | None, records: int) -> None:
        m = pb.StreamResult(stream=name, result=result, records=records)
        if problem:
            clean = self.session.scrub.clean(problem)
            clean.step, clean.stream = clean.step or name, name
            m.error.CopyFrom(clean.to_wire())
        self._send(pb.SyncResponse(result=m))


def _done(failed: Problem | None) -> pb.Done:
    return pb.Done(error=failed.to_wire()) if failed else pb.Done()

"""One Sync, from Open to Done.

    Open ─ connect ─ read stream … read stream ─ Done
             │ fails      │ fails: the next stream is still read
             └─ all streams are skipped
"""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Callable, Iterator

from connector.v1 import connector_pb2 as pb
from pyconnector import limits
from pyconnector.connector import CONNECT, Connector
from pyconnector.output import Output
from pyconnector.problems import Problem, as_problem
from pyconnector.session import Reporter, Session
from pyconnector.stop import Stop
from pyconnector.window import Window

# How long a stream or run that is over waits for the host to acknowledge what it
# sent. The host's disk answers in milliseconds.
_PATIENCE = 4.0


@dataclasses.dataclass
class Budget:
    """What Open allows, within what the protocol allows."""

    record: int
    soft_batch: int
    group: int

    @classmethod
    def of(cls, b: pb.Budgets) -> Budget:
        """Returns what b allows, with the defaults for what it does not say."""
        batch = min(b.max_batch_bytes or limits.MAX_BATCH_BYTES, limits.MAX_BATCH_BYTES)
        return cls(
            record=min(b.max_record_bytes or limits.MAX_RECORD_BYTES, limits.HARD_RECORD_BYTES),
            soft_batch=min(b.soft_batch_bytes or limits.SOFT_BATCH_BYTES, batch,
                           limits.MAX_BATCH_BYTES - limits.HARD_RECORD_BYTES),
            group=min(limits.GROUP_BYTES, max((b.max_unacked_bytes or limits.MAX_UNACKED_BYTES) // 2, 1)))


class Run:
    """One Sync. Send puts one message on the wire and raises when the host is
    gone; everything else here is the order of messages."""

    def __init__(self, connector: Connector, opened: pb.Open, stop: Stop, send: Callable[[pb.SyncResponse], None]) -> None:
        self._connector, self._open, self._stop, self._wire = connector, opened, stop, send
        self._lock = threading.Lock()  # one message at a time, in the order of its number
        self._batches = 0
        self._patience = _PATIENCE
        b = opened.budgets
        self.budget = Budget.of(b)
        self._window = Window(b.max_unacked_checkpoints or limits.MAX_UNACKED_CHECKPOINTS,
                              b.max_unacked_bytes or limits.MAX_UNACKED_BYTES)
        report = Reporter(
            log=lambda m: self._send(pb.SyncResponse(log=m)),
            progress=lambda m: self._send(pb.SyncResponse(progress=m)),
            throttle=lambda m: self._send(pb.SyncResponse(throttle=m)))
        self.session = Session(connector, opened.credentials, stop, report)
        self.session.lease.set(b.requests_per_second, b.concurrent_requests, b.hold.ToNanoseconds() / 1e9)
        if opened.HasField("deadline"):
            left = opened.deadline.ToNanoseconds() / 1e9 - time.time()
            stop.at(left, Problem("limit.deadline", "the time for this run ran out"))

    def receive(self, words: Iterator[pb.SyncRequest]) -> None:
        """Takes the host's words until there are no more. The host closing its
        side means that nobody acknowledges any more, so it stops the run."""
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
        """Reads every stream, or says why not, and ends with Done."""
        forget = self._stop.tell(lambda: self._window.fail(self._stop.reason or Problem("cancelled", "stopped")))
        failed: Problem | None = None
        try:
            failed = self.session.wrong[0] if self.session.wrong else self._connect()
            for state in self._open.streams:
                if failed:
                    self._skip(state.name, failed)
                else:
                    self._read(state)
            self._committed(self._window.sent)
        finally:
            forget()
            self.session.close()
            self._stop.close()
        self._send(pb.SyncResponse(done=_done(failed and self.session.scrub.clean(failed))))

    def _guard(self, f: Callable[[], None]) -> Problem | None:
        """Calls author code and returns why it did not end well. Code that
        swallows the end of its run and returns has not read everything."""
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
        out = Output(self, stream, state.cursor if stream.incremental or state.resume else b"", state.resume)

        def read() -> None:
            stream.read(self.session, out)
            self._stop.check()
            out.finish()

        failed = self._guard(read)
        if failed and not self._stop.reason and out.refused(failed) and out.restart(failed):
            failed = self._guard(read)
        self._conclude(state.name, out, failed)

    def _conclude(self, name: str, out: Output, failed: Problem | None) -> None:
        """Decides the stream's result. Nobody else does."""
        if failed is None:
            result = pb.RESULT_COMPLETE_WITH_GAPS if out.gaps else pb.RESULT_COMPLETE
            self.session.progress(state=pb.Progress.STATE_SUCCEEDED, seen=out.total)
            self._result(name, result, None, out.total)
            return
        self._window.drop()
        result = pb.RESULT_PARTIAL if out.resumable and self._committed(out.resumable) else pb.RESULT_FAILED
        self.session.progress(state=pb.Progress.STATE_FAILED, seen=out.total, note=failed.message)
        self._result(name, result, failed, out.total)

    def _committed(self, sequence: int) -> bool:
        """Waits, not for long, until the host has said that sequence is on disk.
        A host that let one such wait run out is not waited for again."""
        begun = time.monotonic()
        acked = self._window.wait_acked(sequence, self._patience)
        if not acked:
            self._patience = max(self._patience - (time.monotonic() - begun), 0)
        return acked

    def wait_acked(self) -> None:
        """Waits until everything sent is on the host's disk."""
        while not self._window.wait_acked(self._window.sent, 0.1):
            self._stop.check()

    def _result(self, name: str, result: int, problem: Problem | None, records: int) -> None:
        m = pb.StreamResult(stream=name, result=result, records=records)
        if problem:
            clean = self.session.scrub.clean(problem)
            clean.step, clean.stream = clean.step or name, name
            m.error.CopyFrom(clean.to_wire())
        self._send(pb.SyncResponse(result=m))

    def _send(self, m: pb.SyncResponse) -> None:
        with self._lock:
            self._wire(m)

    def send_batch(self, batch: pb.Batch, size: int) -> None:
        """Sends records once the host has room for them."""
        self._window.reserve(size)
        with self._lock:
            self._batches += 1
            batch.number = self._batches
            self._wire(pb.SyncResponse(batch=batch))

    def send_checkpoint(self, c: pb.Checkpoint) -> int:
        """Sends a checkpoint once another one is allowed and returns its number."""
        c.sequence = self._window.checkpoint()
        self._send(pb.SyncResponse(checkpoint=c))
        return c.sequence

    def send_gap(self, stream: str, scope: str, problem: Problem) -> None:
        """Sends a gap."""
        clean = self.session.scrub.clean(problem)
        clean.stream, clean.step = stream, stream
        clean.scope = clean.scope or self.session.scrub.text(scope)
        self._send(pb.SyncResponse(gap=pb.Gap(stream=stream, scope=self.session.scrub.text(scope), error=clean.to_wire())))


def _done(failed: Problem | None) -> pb.Done:
    return pb.Done(error=failed.to_wire()) if failed else pb.Done()

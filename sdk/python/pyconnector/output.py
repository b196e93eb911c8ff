"""Where a stream's records go."""

from __future__ import annotations

import json
import threading
from typing import Any

from connector.v1 import connector_pb2 as pb
from pyconnector import kind, limits
from pyconnector.problems import Problem, as_problem
from pyconnector.secrets import cut
from pyconnector.sender import Sender
from pyconnector.session import Session


class Output:
    """Takes the records of one stream. What was put becomes durable in groups: a
    group ends at a checkpoint, and one is ended by itself, without a point to
    resume from, every 500 records or 1.5 MiB. When read raises, what was put since
    the last group is dropped."""

    def __init__(self, sender: Sender, session: Session, stream: str, tombstones: bool, cursor: bytes, resume: bool) -> None:
        self._sender, self._session = sender, session
        self._stream, self._tombstones = stream, tombstones
        self._cursor, self._resume = cursor, resume
        self._goes_on = False  # read was given the cursor
        self._lock = threading.RLock()
        self._batch = pb.Batch(stream=stream)
        self._size = 0  # bytes in the batch
        self._group, self._group_size = 0, 0  # since the last checkpoint
        self._flushed = False  # records since the last checkpoint are on the wire
        self.total, self._expected = 0, 0
        self._note = ""
        self.gaps = 0
        self.resumable = 0  # sequence of the last checkpoint with a cursor

    def put(self, key: str, fields: dict[str, Any], updated: str | None = None) -> None:
        """Sends a record. Key is unique in the stream, stable between runs and at
        most 512 bytes; fields are the stream's kind, None for what was not read.
        Updated is when it last changed upstream, as kind.moment gives it. Waits
        while the host is behind.

        A record that cannot be sent is reported as a gap, and raised: let it go
        on and the stream fails, or catch it and the stream is complete but for it.
        """
        try:
            record = pb.Record(key=_checked(key), payload=self._encode(key, fields))
        except Problem as p:
            self.gap(f"record {cut(key, 128)}", p)
            raise
        if updated:
            record.source_updated_at.FromJsonString(updated)
        self._add(record)

    def remove(self, key: str) -> None:
        """Says that a record is gone. Only a stream that declares tombstones has
        removals; elsewhere a complete read tells them by absence."""
        if not self._tombstones:
            raise Problem("internal.bug", f"stream {self._stream} removes records but does not declare tombstones")
        self._add(pb.Record(key=_checked(key), removed=True))

    def _encode(self, key: str, fields: dict[str, Any]) -> bytes:
        try:
            payload = kind.document(fields)
        except (ValueError, TypeError, RecursionError) as e:
            raise Problem("schema.unexpected", f"record {cut(key, 64)} is not valid JSON") from e
        if len(payload) > self._sender.budget.record:
            raise Problem(
                "limit.record_too_large",
                f"record {cut(key, 64)} has {len(payload)} bytes, more than the {self._sender.budget.record} allowed")
        return payload

    def _add(self, record: pb.Record) -> None:
        size = len(record.key) + len(record.payload) + 32  # the envelope generously
        with self._lock:
            if self._size + size > self._sender.budget.soft_batch:
                self._flush()
            self._batch.records.append(record)
            self._size += size
            self._group += 1
            self._group_size += size
            self.total += 1
            if self._group >= limits.GROUP_RECORDS or self._group_size >= self._sender.budget.group:
                self._checkpoint(b"", "")

    def _flush(self) -> None:
        if self._batch.records:
            self._sender.batch(self._batch, self._size)
            self._batch, self._size = pb.Batch(stream=self._stream), 0
            self._flushed = True

    def checkpoint(self, cursor: Any = None, label: str = "") -> None:
        """Makes everything put so far durable together with cursor, which is kept
        as JSON and comes back from cursor(). Without one the records are kept but
        there is nothing new to resume from. Label is the cursor in words. Never
        put a secret into it."""
        raw = b"" if cursor is None else kind.document({"v": cursor})[5:-1]
        if len(raw) > limits.MAX_CURSOR_BYTES:
            raise Problem("internal.bug", f"the cursor has {len(raw)} bytes, more than the {limits.MAX_CURSOR_BYTES} allowed")
        scrub = self._session.scrub
        if scrub.holds(raw.decode()):
            raise Problem("internal.bug", "the cursor holds a secret")
        with self._lock:
            if raw or self._group:
                self._checkpoint(raw, scrub.text(label, 256))

    def _checkpoint(self, cursor: bytes, label: str) -> None:
        self._flush()
        sequence = self._sender.checkpoint(
            pb.Checkpoint(stream=self._stream, cursor=cursor, label=label, records=self._group))
        if cursor:
            self.resumable = sequence
        self._group, self._group_size, self._flushed = 0, 0, False
        self._progress()

    def cursor(self) -> Any:
        """Returns the cursor of the last committed checkpoint, or None to read
        everything. One that cannot be read is logged and counts as none.

        When the vendor refuses the cursor, raise Problem("cursor.expired", ...) from
        read: read is then called once more, without a cursor, in the same run. An
        answer with status 410 that read raises after cursor gave it one does the same
        by itself."""
        if not self._cursor:
            return None
        try:
            found = json.loads(self._cursor)
            self._goes_on = True
            return found
        except (ValueError, RecursionError):
            self._cursor, self._resume = b"", False
            self._session.log(
                "warn", f"the cursor of {self._stream} cannot be read; everything is read again", code="cursor.invalid")
            return None

    def refused(self, problem: Problem) -> bool:
        """Whether a problem says that the cursor which the host gave is no longer good."""
        if not self._cursor:
            return False
        return problem.code in ("cursor.expired", "cursor.invalid") or self._goes_on and problem.upstream_status == 410

    def restart(self, why: Problem) -> bool:
        """Forgets the cursor and what was put since the last checkpoint, so that read
        can be called anew. Returns False when some of that has left the program: the
        stream then ends with why, and the next run begins without the cursor."""
        with self._lock:
            if self._flushed:
                return False
            self._session.log(
                "warn", f"the cursor of {self._stream} is refused; everything is read again: {why.message}", code=why.code)
            self.total -= self._group
            self._batch, self._size = pb.Batch(stream=self._stream), 0
            self._group, self._group_size = 0, 0
            self._cursor, self._resume, self._goes_on = b"", False, False
            self._note = "The cursor is refused: reading everything again."
            self._progress()
            return True

    @property
    def resuming(self) -> bool:
        """Whether the last run stopped in the middle and this one goes on from its cursor."""
        return self._resume and bool(self._cursor)

    def gap(self, scope: str, why: BaseException) -> None:
        """Names a part that could not be read. The stream can then no longer be
        complete, so nothing is judged removed because of it."""
        with self._lock:
            self.gaps += 1
        scrub = self._session.scrub
        clean = scrub.clean(as_problem(why))
        clean.stream = clean.step = self._stream
        clean.scope = clean.scope or scrub.text(scope)
        self._sender.send(pb.SyncResponse(gap=pb.Gap(stream=self._stream, scope=scrub.text(scope), error=clean.to_wire())))

    def expect(self, n: int) -> None:
        """Says how many records there will be, when the vendor tells."""
        with self._lock:
            self._expected = max(n, 0)
            self._progress()

    def note(self, text: str) -> None:
        """Says in a few words what is being done now."""
        with self._lock:
            self._note = text
            self._progress()

    def wait_acked(self) -> None:
        """Waits until everything up to the last checkpoint is on the host's disk.
        Call it before telling the vendor to forget something."""
        self._sender.wait_acked()

    def _progress(self) -> None:
        self._session.progress(
            state=pb.Progress.STATE_RUNNING, seen=self.total, expected=self._expected, note=self._note)

    def finish(self) -> None:
        """Ends the last group. Only called when read returned."""
        self.checkpoint()


def _checked(key: str) -> str:
    if not key:
        raise Problem("schema.key_missing", "a record has no key")
    try:
        size = len(key.encode())
    except UnicodeEncodeError as e:
        raise Problem("schema.unexpected", "a key is not valid UTF-8") from e
    if size > limits.MAX_KEY_BYTES:
        raise Problem(
            "schema.unexpected", f"the key {cut(key, 64)}… has {size} bytes, more than the {limits.MAX_KEY_BYTES} allowed")
    return key

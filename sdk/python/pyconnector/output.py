"""The output of a stream."""

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
    """Sends the records of one stream. Records become durable in groups. A group ends at a
    checkpoint. The SDK also ends a group by itself, without a point to resume from, every 500
    records or 1.5 MiB. When read raises, the records since the last group are dropped."""

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
        """Sends a record. Key is unique in the stream, stable between runs and has at most 512
        bytes. Fields are the fields of the stream's kind, None for one that was not read. Updated
        is the time of the last change upstream, from kind.moment. Put waits while the host is
        behind.

        It reports a record that cannot be sent as a gap, and raises. If the author lets the error
        pass, the stream fails; if the author catches it, the stream is complete with a gap."""
        try:
            record = pb.Record(key=_checked(key), payload=self._encode(key, fields))
        except Problem as p:
            self.gap(f"record {cut(key, 128)}", p)
            raise
        if updated:
            record.source_updated_at.FromJsonString(updated)
        self._add(record)

    def remove(self, key: str) -> None:
        """Sends the removal of a record. Only a stream that declares tombstones may send removals.
        The host finds the removals of other streams by comparing complete reads."""
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
        """Makes all records so far durable, together with cursor. The host keeps the cursor as
        JSON, and cursor() returns it in a later run. Without a cursor the run cannot be resumed
        from this point. People see label. Never put a secret into it."""
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
        """Returns the cursor of the last committed checkpoint, or None to read everything. It logs
        a cursor that cannot be read and returns None.

        When the vendor refuses the cursor, raise Problem("cursor.expired", ...) from read. The SDK
        then calls read once more in the same run, without a cursor. It does the same when read
        raises an answer with status 410 after cursor returned a cursor."""
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
        """Whether a problem says that the vendor no longer takes the cursor."""
        if not self._cursor:
            return False
        return problem.code in ("cursor.expired", "cursor.invalid") or self._goes_on and problem.upstream_status == 410

    def restart(self, why: Problem) -> bool:
        """Drops the cursor and the records since the last checkpoint, so that read can be called
        again. Returns False when some of these records have been sent. The stream then ends with
        why, and the next run starts without the cursor."""
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
        """Whether the last run stopped early and this run continues from its cursor."""
        return self._resume and bool(self._cursor)

    def gap(self, scope: str, why: BaseException) -> None:
        """Reports a part that could not be read. The stream is then not complete, and the host
        removes nothing."""
        with self._lock:
            self.gaps += 1
        scrub = self._session.scrub
        clean = scrub.clean(as_problem(why))
        clean.stream = clean.step = self._stream
        clean.scope = clean.scope or scrub.text(scope)
        self._sender.send(pb.SyncResponse(gap=pb.Gap(stream=self._stream, scope=scrub.text(scope), error=clean.to_wire())))

    def expect(self, n: int) -> None:
        """Reports the number of records, if the vendor gives it."""
        with self._lock:
            self._expected = max(n, 0)
            self._progress()

    def note(self, text: str) -> None:
        """Reports in a few words what the connector is doing."""
        with self._lock:
            self._note = text
            self._progress()

    def wait_acked(self) -> None:
        """Waits until everything up to the last checkpoint is on the host's disk. Call it before
        you make the vendor delete something."""
        self._sender.wait_acked()

    def _progress(self) -> None:
        self._session.progress(
            state=pb.Progress.STATE_RUNNING, seen=self.total, expected=self._expected, note=self._note)

    def finish(self) -> None:
        """Ends the last group after read returned."""
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

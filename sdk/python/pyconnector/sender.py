"""The messages of one Sync to the host, in the order of their numbers."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Callable

from connector.v1 import connector_pb2 as pb
from pyconnector import limits
from pyconnector.problems import Problem
from pyconnector.stop import Stop
from pyconnector.window import Window

# How long a stream or run that is over waits for the host to acknowledge what it
# sent. The host's disk answers in milliseconds.
_PATIENCE = 4.0


@dataclasses.dataclass
class Budget:
    """What Open allows, within the limits of the protocol."""

    record: int
    soft_batch: int
    group: int

    @classmethod
    def of(cls, b: pb.Budgets) -> Budget:
        """Returns what b allows, with defaults."""
        batch = min(b.max_batch_bytes or limits.MAX_BATCH_BYTES, limits.MAX_BATCH_BYTES)
        return cls(
            record=min(b.max_record_bytes or limits.MAX_RECORD_BYTES, limits.HARD_RECORD_BYTES),
            soft_batch=min(b.soft_batch_bytes or limits.SOFT_BATCH_BYTES, batch,
                           limits.MAX_BATCH_BYTES - limits.HARD_RECORD_BYTES),
            group=min(limits.GROUP_BYTES, max((b.max_unacked_bytes or limits.MAX_UNACKED_BYTES) // 2, 1)))


class Sender:
    """Sends a run's messages. A batch waits until the host has room for it, and a checkpoint until
    another one is allowed. Wire sends one message and raises when the host has ended."""

    def __init__(self, budgets: pb.Budgets, stop: Stop, wire: Callable[[pb.SyncResponse], None]) -> None:
        self._stop, self._wire = stop, wire
        self._lock = threading.Lock()  # one message at a time
        self._batches = 0
        self._patience = _PATIENCE
        self.budget = Budget.of(budgets)
        self.window = Window(budgets.max_unacked_checkpoints or limits.MAX_UNACKED_CHECKPOINTS,
                             budgets.max_unacked_bytes or limits.MAX_UNACKED_BYTES)

    def send(self, m: pb.SyncResponse) -> None:
        """Sends a message outside the window."""
        with self._lock:
            self._wire(m)

    def batch(self, batch: pb.Batch, size: int) -> None:
        """Sends records."""
        self.window.reserve(size)
        with self._lock:
            self._batches += 1
            batch.number = self._batches
            self._wire(pb.SyncResponse(batch=batch))

    def checkpoint(self, c: pb.Checkpoint) -> int:
        """Sends a checkpoint and returns its number."""
        c.sequence = self.window.checkpoint()
        self.send(pb.SyncResponse(checkpoint=c))
        return c.sequence

    def committed(self, sequence: int) -> bool:
        """Waits a short time for the acknowledgement of sequence. After one such wait has timed
        out, it does not wait again."""
        begun = time.monotonic()
        acked = self.window.wait_acked(sequence, self._patience)
        if not acked:
            self._patience = max(self._patience - (time.monotonic() - begun), 0)
        return acked

    def wait_acked(self) -> None:
        """Waits until everything sent is on the host's disk."""
        while not self.window.wait_acked(self.window.sent, 0.1):
            self._stop.check()

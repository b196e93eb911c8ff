"""One run, or one check, of one connection."""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
import tempfile
import threading
import time
from typing import Any, Callable, Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from connector.v1 import connector_pb2 as pb
from pyconnector import egress, limits, schema
from pyconnector.about import About
from pyconnector.lease import Lease
from pyconnector.problems import Problem, config_invalid
from pyconnector.secrets import Scrubber, Secret
from pyconnector.stop import Stop

# How long a wait for the lease is before the host hears of it at once.
_REPORT_WAIT = 0.25
_REPORT_EVERY = 1.0

_LEVELS = {"debug": pb.Log.LEVEL_DEBUG, "info": pb.Log.LEVEL_INFO, "warn": pb.Log.LEVEL_WARN, "error": pb.Log.LEVEL_ERROR}


@dataclasses.dataclass
class Reporter:
    """Sends a session's messages to the host. A check has no message for progress and throttling,
    so those may be None."""

    log: Callable[[pb.Log], None]
    progress: Callable[[pb.Progress], None] | None = None
    throttle: Callable[[pb.Throttle], None] | None = None
    renew: Callable[[str, Secret], bool] | None = None  # hands over a new secret; None = the host takes none


class Session:
    """A connection's settings and secrets, and the reports to the host. It is safe to use from
    several threads."""

    def __init__(self, about: About, credentials: pb.Credentials, stop: Stop, report: Reporter) -> None:
        self.about, self.stop, self._report = about, stop, report
        self.scrub = Scrubber(dict(credentials.secrets))
        self.lease = Lease(stop)
        self._secrets = {name: Secret(value) for name, value in credentials.secrets.items()}
        self._lock = threading.Lock()
        self._step = ""
        self._reported = 0.0
        self._closers: list[Callable[[], None]] = []
        self.settings: dict[str, Any] = {}  # with the schema's defaults, without secrets
        self.wrong = self._read(credentials)  # the settings that are wrong, each a problem

    def _read(self, credentials: pb.Credentials) -> list[Problem]:
        described = json.loads(self.about.config_schema)
        try:
            given = json.loads(credentials.settings or b"{}")
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            return [config_invalid("", "the settings are not a JSON object")]
        for name, p in described.get("properties", {}).items():
            if "default" in p:
                given.setdefault(name, p["default"])
        self.settings = given
        whole = {**given, **credentials.secrets}
        return [config_invalid(at, f"{at.strip('/').replace('/', '.') or 'the settings'} {rule}")
                for at, rule in schema.violations(described, whole)]

    def secret(self, name: str) -> Secret:
        """Returns the secret with that name, empty when it is not set."""
        return self._secrets.get(name, Secret(""))

    def conceal(self, value: Secret) -> None:
        """Removes a secret that the connector got in the run, such as a token, from everything that
        leaves the program."""
        self.scrub.add(value.reveal())

    def renew_secret(self, name: str, value: Secret) -> bool:
        """Hands the new value of a secret to the host and waits until the host has it encrypted on its
        disk. It returns False when the host takes no new secrets: the next run begins with the old
        value. Drop the old value only after True."""
        self.conceal(value)
        return self._report.renew(name, value) if self._report.renew else False

    def dial(self, host: str, port: int, timeout: float = 30) -> socket.socket:
        """Opens a TCP connection for protocols other than HTTP. It goes through the host, which
        allows the hosts in network."""
        return egress.dial("https", host, port, timeout, lambda _: None)

    def temp_dir(self) -> str:
        """Returns a new private directory. The end of the run removes it."""
        path = tempfile.mkdtemp(prefix=self.about.id + "-")
        self.on_close(lambda: shutil.rmtree(path, ignore_errors=True))
        return path

    def on_close(self, f: Callable[[], None]) -> None:
        """Registers f to run at the end of the run or check, the last one first."""
        with self._lock:
            self._closers.append(f)

    def close(self) -> None:
        """Runs the functions of on_close. A failure in one does not stop the others."""
        with self._lock:
            closers, self._closers = self._closers, []
        for f in reversed(closers):
            try:
                f()
            except Exception as e:
                self.log("error", f"cleaning up failed with {type(e).__name__}")

    def enter(self, step: str) -> None:
        """Sets the step of the following logs and requests."""
        self._step = step

    @property
    def step(self) -> str:
        """The current step."""
        return self._step

    def permissions(self) -> Sequence[str]:
        """Returns the permissions that the current step needs."""
        return self.about.permissions.get(self._step, ())

    def log(self, level: str, message: str, **fields: object) -> None:
        """Writes a line to the run's log: "debug", "info", "warn" or "error"."""
        self._report.log(pb.Log(
            level=_LEVELS[level], step=self._step, message=self.scrub.text(message, limits.MAX_LOG_BYTES),
            fields={name: self.scrub.text(str(value)) for name, value in fields.items()}))

    def progress(self, **fields: Any) -> None:
        """Reports the state of the step; the fields are those of Progress."""
        if self._report.progress:
            fields["note"] = self.scrub.text(fields.get("note", ""))
            self._report.progress(pb.Progress(step=self._step, **fields))

    def request(self, method: str, url: str, status: int, size: int, took: float, request_id: str) -> None:
        """Reports one finished request."""
        url = self.scrub.text(url, 2 << 10)
        if self._report.progress is None:  # a check has a log and nothing else
            self.log("debug", f"{method} {url}", status=status, took=f"{took:.3f}s")
            return
        r = pb.Request(method=method, url=url, status=status, bytes=size, request_id=self.scrub.text(request_id, 128))
        r.took.FromNanoseconds(int(took * 1e9))
        self.progress(state=pb.Progress.STATE_RUNNING, request=r)

    def waiting(self, source: str, seconds: float, attempt: int = 0, remaining: int = -1) -> None:
        """Reports a wait and its reason to the host, so that people see why the run waits."""
        if self._report.throttle:
            t = pb.Throttle(source=source, remaining=remaining, step=self._step)
            t.wait.FromNanoseconds(int(seconds * 1e9))
            self._report.throttle(t)
        state = pb.Progress.STATE_RETRYING if attempt else pb.Progress.STATE_RUNNING
        until = Timestamp()
        until.FromNanoseconds(int((time.time() + seconds) * 1e9))
        self.progress(state=state, attempt=attempt, wait_until=until)

    def pause(self, source: str, seconds: float, attempt: int = 0, remaining: int = -1) -> None:
        """Waits and reports it. Raises when the run must end."""
        if seconds > 0:
            self.waiting(source, seconds, attempt, remaining)
            self.stop.sleep(seconds)

    def waiting_for_lease(self, seconds: float) -> None:
        """Reports a wait for the lease: a long one at once, short ones at intervals."""
        now = time.monotonic()
        with self._lock:
            if seconds < _REPORT_WAIT and now - self._reported < _REPORT_EVERY:
                return
            self._reported = now
        self.waiting("budget", seconds)

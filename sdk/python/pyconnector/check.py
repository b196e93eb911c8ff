"""The live check of a connection: one result per probe."""

from __future__ import annotations

import dataclasses
import email.utils
import time
from typing import Callable

from connector.v1 import connector_pb2 as pb
from pyconnector.http import Client
from pyconnector.problems import Problem, as_problem
from pyconnector.session import Session

_SKEW = 120  # seconds by which clocks may differ unnoticed


@dataclasses.dataclass(frozen=True)
class Probe:
    """One part of a check of the live system."""

    id: str
    title: str
    permission: str = ""  # the id of the permission it is about, if it is about one
    optional: bool = False  # a failure does not make the connection unusable


class Undetermined(Exception):
    """Raised by a probe whose answer cannot be determined."""


class TooBroad(Exception):
    """Raised by a permission probe when more was granted than is needed."""


class Report:
    """Receives the results of a check's probes."""

    def __init__(self, session: Session, send: Callable[[pb.CheckResponse], None]) -> None:
        self._session, self._send = session, send
        self.identity = ""  # who the credential belongs to
        self._reported: list[BaseException] = []

    def do(self, probe: Probe, f: Callable[[], str]) -> None:
        """Runs one probe. It reports the probe as running and then the result of f, which returns
        one sentence. It reports what f raises and raises it again, so that the check can end; it
        only reports Undetermined and TooBroad."""
        self._session.enter(probe.id)
        self._emit(probe, pb.Probe.STATE_RUNNING, "")
        begun = time.monotonic()
        try:
            found = f()
        except Undetermined as e:
            self._emit(probe, pb.Probe.STATE_UNKNOWN, str(e), took=time.monotonic() - begun)
        except TooBroad as e:
            self._emit(probe, pb.Probe.STATE_TOO_BROAD, str(e), took=time.monotonic() - begun)
        except BaseException as e:
            self.fail(probe, e, time.monotonic() - begun)
            raise
        else:
            self._emit(probe, pb.Probe.STATE_OK, found, took=time.monotonic() - begun)

    def fail(self, probe: Probe, error: BaseException, took: float = 0) -> None:
        """Reports a failure once."""
        if any(error is known for known in self._reported):
            return
        self._reported.append(error)
        p = self._session.stop.reason or as_problem(error)
        state = pb.Probe.STATE_MISSING if p.code == "permission.missing" else pb.Probe.STATE_FAILED
        self._emit(probe, state, p.message, p, took)

    def skip(self, why: str, *probes: Probe) -> None:
        """Reports probes that were not tried because an earlier one failed."""
        for probe in probes:
            self._emit(probe, pb.Probe.STATE_SKIPPED, why)

    def settings(self, wrong: list[Problem]) -> None:
        """Reports the offline validation."""
        if not wrong:
            self._emit(Probe("settings", "Settings"), pb.Probe.STATE_OK, "The settings are complete.")
        for p in wrong:
            self._emit(Probe("settings" + p.config_path, "Settings"), pb.Probe.STATE_FAILED, p.message, p)

    def reach(self, client: Client) -> None:
        """Sends one request to a client's host. It reports whether the host answers, and whether
        its certificate is trusted. Any answer counts."""
        refused: list[Problem] = []
        probe, secure = Probe("reach", f"Reach {client.host}"), Probe("tls", "Trusted TLS connection")

        def ask() -> str:
            try:
                self._clock(client.once("HEAD", client.base).headers.get("date", ""))
            except Problem as p:
                if p.code != "network.tls":
                    raise
                refused.append(p)
            return f"{client.host} answers."

        def trusted() -> str:
            if refused:
                raise refused[0]
            if not client.encrypted:
                raise Undetermined("Not encrypted: the address is on this machine.")
            return "The certificate is trusted."

        try:
            self.do(probe, ask)
        except BaseException:
            self.skip("Not tried: the host was not reached.", secure)
            raise
        self.do(secure, trusted)

    def _clock(self, date: str) -> None:
        at = email.utils.parsedate_to_datetime(date).timestamp() if date else time.time()
        off = time.time() - at
        if abs(off) > _SKEW:
            self._session.log("warn", f"The clock of this machine is {abs(off) / 60:.0f} minutes "
                              f"{'ahead of' if off > 0 else 'behind'} the vendor's.")

    def _emit(self, probe: Probe, state: int, message: str, problem: Problem | None = None, took: float = 0) -> None:
        m = pb.Probe(id=probe.id, title=probe.title, state=state, permission=probe.permission,
                     required=not probe.optional, message=self._session.scrub.text(message))
        if problem:
            clean = self._session.scrub.clean(problem)
            clean.step = probe.id
            m.error.CopyFrom(clean.to_wire())
        if took:
            m.took.FromNanoseconds(int(took * 1e9))
        self._send(pb.CheckResponse(probe=m))


def run(
    session: Session, send: Callable[[pb.CheckResponse], None], connect: Callable[[Session], None] | None,
    probes: Callable[[Session, Report], None] | None,
) -> None:
    """Validates offline, then checks the live system, by probes or by signing in with connect, and
    then ends the check."""
    report = Report(session, send)

    def sign_in() -> str:
        connect(session)
        return "Signed in."

    report.settings(session.wrong)
    if not session.wrong:
        try:
            if probes:
                probes(session, report)
            elif connect:
                report.do(Probe("connect", "Sign in"), sign_in)
        except BaseException as e:  # whatever an author's code raises is an answer
            report.fail(Probe("check", "Check"), e)
    send(pb.CheckResponse(done=pb.CheckDone(identity=session.scrub.text(report.identity, 256))))

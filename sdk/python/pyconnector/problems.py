"""The error that a connector reports: a stable code, one plain sentence, one imperative sentence on
what to do, and who has to act."""

from __future__ import annotations

import os
import socket
import ssl
import traceback
from typing import Mapping, Sequence

from connector.v1 import connector_pb2 as pb

_REPORT = "Report this with the run's log to the author of the connector."
_LATER = "Nothing needs to be done: the next run tries again."

# Code: whose turn it is, when trying again can help, what to do.
_TAXONOMY: dict[str, tuple[str, str, str]] = {
    "auth.invalid": ("customer", "when_credential_changes", "Enter a valid credential."),
    "auth.expired": ("customer", "when_credential_changes", "Enter a new credential: the old one has run out."),
    "auth.reauth_required": ("customer", "when_credential_changes", "Sign in again to renew the consent."),
    "permission.missing": ("customer", "when_credential_changes", "Grant the missing permission and sync again."),
    "permission.licence": ("customer", "when_config_changes", "Ask the vendor which plan includes this, or leave this part out."),
    "rate.limited": ("upstream", "after", _LATER),
    "rate.quota_exhausted": ("upstream", "after", "Wait until the quota resets, or sync less often."),
    "notfound.resource": ("upstream", "after", _LATER),
    "notfound.endpoint": ("customer", "when_config_changes", "Check the address, site or tenant in the settings."),
    "network.dns": ("network", "after", "Check the host name in the settings and this machine's name service."),
    "network.connect": ("network", "after", "Check that this machine can reach the host and port, also through any firewall."),
    "network.tls": ("network", "after", "Check the host's certificate, and whether a proxy replaces it."),
    "network.timeout": ("network", "after", "Check that the host answers from this machine, and try again."),
    "network.proxy": ("network", "after", "Check the proxy and whether it lets this host through."),
    "network.denied": ("connector", "never", "If this host belongs to the system, ask the connector's author to declare it; "
                       "otherwise report the connection to the author."),
    "upstream.5xx": ("upstream", "after", "Wait for the vendor to recover; the next run tries again."),
    "upstream.maintenance": ("upstream", "after", "Wait until the vendor's maintenance is over."),
    "upstream.invalid_response": ("upstream", "after", "Check that the address belongs to the vendor's API and that no proxy answers instead."),
    "schema.unexpected": ("connector", "never", _REPORT),
    "schema.key_missing": ("connector", "never", _REPORT),
    "cursor.expired": ("upstream", "after", "Nothing needs to be done: the next run reads everything again."),
    "cursor.invalid": ("connector", "after", "Nothing needs to be done: the next run reads everything again."),
    "config.invalid": ("customer", "when_config_changes", "Correct the settings of the connection."),
    "limit.record_too_large": ("connector", "never", _REPORT),
    "limit.memory": ("connector", "after", "Allow the connector more memory."),
    "limit.deadline": ("connector", "after", "Allow the run more time, or wait for the next run, which continues from here."),
    "protocol.violation": ("connector", "never", _REPORT),
    "internal.panic": ("connector", "after", _REPORT),
    "internal.bug": ("connector", "after", _REPORT),
    "cancelled": ("host", "after", "Start the sync again when it suits you."),
}

_FAULTS = {
    "customer": pb.FAULT_CUSTOMER, "upstream": pb.FAULT_UPSTREAM, "connector": pb.FAULT_CONNECTOR,
    "network": pb.FAULT_NETWORK, "host": pb.FAULT_HOST,
}
_RETRIES = {
    "never": pb.RETRY_NEVER, "after": pb.RETRY_AFTER,
    "when_config_changes": pb.RETRY_WHEN_CONFIG_CHANGES, "when_credential_changes": pb.RETRY_WHEN_CREDENTIAL_CHANGES,
}


class Problem(Exception):
    """A failure as the host reports it. People read message, remedy and detail, so never put a
    secret or a whole answer into them. The runtime removes known secrets before a message leaves
    the program.

    An unknown code keeps its name and gets the defaults of internal.bug."""

    def __init__(
        self, code: str, message: str, *, remedy: str = "", fault: str = "", retry: str = "",
        retry_after: float = 0, scope: str = "", permissions: Sequence[str] = (), upstream_status: int = 0,
        request_id: str = "", config_path: str = "", detail: str = "", cut_short: bool = False,
    ) -> None:
        super().__init__(message)
        usual = _TAXONOMY.get(code, _TAXONOMY["internal.bug"])
        self.code, self.message = code, message
        self.fault, self.retry, self.remedy = fault or usual[0], retry or usual[1], remedy or usual[2]
        self.retry_after = retry_after  # seconds; 0 leaves it to the host
        self.step, self.stream = "", ""  # filled in by the runtime
        self.scope, self.permissions = scope, tuple(permissions)
        self.upstream_status, self.request_id = upstream_status, request_id
        self.config_path, self.detail = config_path, detail
        self.cut_short = cut_short  # an answer that ended in its middle: worth asking for once more

    def copy(self) -> Problem:
        """Returns a copy."""
        p = Problem(self.code, self.message)
        p.__dict__.update(self.__dict__)
        return p

    def to_wire(self) -> pb.Error:
        """Returns the problem as a protocol message."""
        wire = pb.Error(
            code=self.code, message=self.message, remedy=self.remedy,
            fault=_FAULTS.get(self.fault, pb.FAULT_CONNECTOR), retry=_RETRIES.get(self.retry, pb.RETRY_AFTER),
            step=self.step, stream=self.stream, scope=self.scope, permissions=self.permissions,
            upstream_status=max(self.upstream_status, 0), upstream_request_id=self.request_id,
            config_path=self.config_path, detail=self.detail,
        )
        if self.retry_after > 0:
            wire.retry_after.FromNanoseconds(int(self.retry_after * 1e9))
        return wire


def config_invalid(pointer: str, message: str) -> Problem:
    """Returns the problem of one wrong setting; pointer is a JSON pointer, e.g. "/base_url"."""
    name = pointer.strip("/").split("/")[0]
    remedy = f'Correct the setting "{name}".' if name else ""
    return Problem("config.invalid", message, config_path=pointer, remedy=remedy)


def permission_missing(permissions: Sequence[str], message: str) -> Problem:
    """Returns the problem of permissions that were not granted."""
    remedy = f"Grant {' and '.join(permissions)} and sync again." if permissions else ""
    return Problem("permission.missing", message, permissions=permissions, remedy=remedy)


def from_status(status: int, headers: Mapping[str, str], permissions: Sequence[str], host: str, path: str) -> Problem:
    """Returns the problem of an HTTP status that is not a success. Permissions are the ids that the
    request needs."""
    if status == 401:
        p = Problem("auth.invalid", f"{host} refused the credential (status 401)")
    elif status == 403:
        p = permission_missing(permissions, f"{host} does not allow this credential to read this (status 403)")
    elif status in (404, 410):
        p = Problem("notfound.endpoint", f"{host} has nothing (status {status}) at {path}")
    elif status == 429:
        p = Problem("rate.limited", f"{host} limits the number of requests (status 429)")
    elif status == 407:
        p = Problem("network.proxy", f"{host} is behind a proxy that requires a sign-in (status 407)")
    elif status == 402:
        p = Problem("permission.licence", f"{host} does not include this in the current plan (status 402)")
    elif status >= 500:
        p = Problem("upstream.5xx", f"{host} failed to answer (status {status})")
    else:
        p = Problem("upstream.invalid_response", f"{host} refused the request (status {status})")
    p.upstream_status = status
    return p


def from_transport(error: BaseException, host: str) -> Problem | None:
    """Returns the network problem of a transport error, or None for another error."""
    if isinstance(error, socket.gaierror):
        return Problem("network.dns", f"the name {host} does not resolve")
    if isinstance(error, ssl.SSLError):
        return Problem("network.tls", f"no trusted TLS connection to {host}: {_tls_reason(error)}")
    if isinstance(error, TimeoutError):
        return Problem("network.timeout", f"{host} did not answer in time")
    if isinstance(error, ConnectionRefusedError):
        return Problem("network.connect", f"{host} refused the connection")
    if isinstance(error, (ConnectionError, EOFError)):
        return Problem("network.connect", f"the connection to {host} broke")
    if isinstance(error, OSError):
        return Problem("network.connect", f"no connection to {host}")
    return None


def _tls_reason(error: ssl.SSLError) -> str:
    # The numbers are OpenSSL's own, of X509_verify_cert_error_string.
    code = getattr(error, "verify_code", 0)
    if code in (18, 19, 20, 21):
        return "its certificate was signed by an authority this machine does not know"
    if code in (62, 64):
        return "its certificate is for another name"
    if code in (9, 10):
        return "its certificate has expired, or this machine's clock is wrong"
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return "it does not use TLS on this port"
    return "the handshake was refused"


def as_problem(error: BaseException) -> Problem:
    """Returns the problem of an exception. An exception that is not a Problem is a crash. The
    message names its type, file and line, and the detail every line of the traceback. Neither holds
    the exception's text, which may hold a secret."""
    if isinstance(error, Problem):
        return error
    return Problem("internal.panic", f"the connector crashed: {type(error).__name__} at {_place(error)}", detail=where(error))


def where(error: BaseException) -> str:
    """Returns an exception's type and the lines of its traceback, innermost last."""
    return "\n".join([type(error).__name__] + [
        f"{frame.name} ({os.path.basename(frame.filename)}:{frame.lineno})" for frame in _frames(error)])


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return traceback.extract_tb(error.__traceback__)[-32:]


def _place(error: BaseException) -> str:
    """Returns the author's line nearest to the exception, which may be from a library."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.basename(error.filename)}:{error.lineno}"
    frames = _frames(error)
    own = [f for f in frames if "pyconnector/" not in f.filename and not f.filename.startswith(("/usr/", "<"))]
    if not frames:
        return "an unknown line"
    last = (own or frames)[-1]
    return f"{os.path.basename(last.filename)}:{last.lineno}"

"""An HTTP client that only reads. It retries failures that may pass, waits for rate limits, stays
on its host, limits the size of answers, and logs each request under the current step."""

from __future__ import annotations

import email.utils
import ipaddress
import json
import random
import threading
import time
import urllib.parse
from typing import Any, Callable, Mapping

from pyconnector import connection
from pyconnector.connection import Answer
from pyconnector.problems import Problem, config_invalid, from_status
from pyconnector.secrets import Secret
from pyconnector.session import Session

_MAX_TRIES = 3
_MAX_RATE_TRIES = 8
_MAX_REDIRECTS = 5
_YEAR = 365 * 24 * 3600.0
_HEALING = {"upstream.5xx", "upstream.maintenance", "network.connect", "network.timeout", "network.dns"}
_SECRET_WORDS = ("token", "key", "secret", "password", "signature", "sig", "auth", "code", "session")
_PAGE_WORDS = ("page", "cursor", "start")

Explain = Callable[[Problem, bytes], Problem]


class Client:
    """Reads one API with GET and HEAD, and with POST to the paths in queries, where a POST changes
    nothing. It is safe to use from several threads."""

    def __init__(
        self, session: Session, base_url: str, *, headers: Mapping[str, str | Secret] | None = None,
        queries: tuple[str, ...] = (), ca_pem: str = "", timeout: float = 30, max_body: int = 32 << 20,
        max_wait: float = 900, explain: Explain | None = None,
    ) -> None:
        """Base_url must be https, except on this machine. Timeout is for one attempt, max_body
        counts decompressed bytes, and max_wait is for a rate limit and never past the run's
        deadline. Explain may refine the problem of a refused request with the vendor's message, of
        which it gets at most 4 KiB."""
        self._session, self._headers, self._queries = session, dict(headers or {}), queries
        self._timeout, self._max_body, self._max_wait, self._explain = timeout, max_body, max_wait, explain
        u = urllib.parse.urlsplit(base_url)
        try:
            named = bool(u.hostname) and u.port != 0 and "@" not in u.netloc
        except ValueError:
            named = False
        if not named:
            raise config_invalid("/base_url", "the address of the API cannot be read")
        if u.scheme != "https" and not (u.scheme == "http" and _is_loopback(u.hostname or "")):
            raise config_invalid("/base_url", f"the address {u.scheme}://{u.netloc} must begin with https://")
        self.base, self.host, self.encrypted = base_url.rstrip("/") or base_url, u.netloc, u.scheme == "https"
        self._tls = connection.tls(ca_pem)
        self._lock = threading.Lock()
        self._resumes = 0.0  # before which the vendor's header allows no request
        self._idle = connection.Idle()
        session.on_close(self._idle.close)

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Answer:
        """Reads a path below the base address, or an absolute address on the same host, which
        vendors give for the next page."""
        return self._do("GET", path, query, None, False)

    def get_json(self, path: str, query: Mapping[str, object] | None = None) -> Answer:
        """Is get with the decoded document in Answer.json. A body that is not JSON is
        upstream.invalid_response. The client requests an incomplete answer once more."""
        return self._do("GET", path, query, None, True)

    def query(self, path: str, body: Any) -> Answer:
        """Posts a JSON document to a declared query path and decodes the answer."""
        return self._do("POST", path, None, json.dumps(body).encode(), True)

    def do(self, method: str, path: str, query: Mapping[str, object] | None = None) -> Answer:
        """Sends a request with another method. It refuses by name every method that could change
        something upstream."""
        return self._do(method, path, query, None, False)

    def _address(self, method: str, path: str, query: Mapping[str, object] | None) -> str:
        url = path if "://" in path or path.startswith("//") else self.base + "/" + path.lstrip("/")
        u = urllib.parse.urlsplit(self.same_host(url))
        if method not in ("GET", "HEAD") and not (method == "POST" and u.path in self._queries):
            raise Problem("internal.bug", f"{method} {u.path} could change something upstream and is not declared as a query")
        if query:
            given = dict(urllib.parse.parse_qsl(u.query, keep_blank_values=True)) | {k: str(v) for k, v in query.items()}
            u = u._replace(query=urllib.parse.urlencode(given))
        return u._replace(fragment="").geturl()

    def same_host(self, url: str) -> str:
        """Returns the absolute address for an address from the vendor, if it has the client's
        scheme and host. A request to another host would give it the credential."""
        try:
            whole = urllib.parse.urljoin(self.base + "/", url)
            u, own = urllib.parse.urlsplit(whole), urllib.parse.urlsplit(self.base)
            same = (u.scheme, (u.hostname or "").lower(), connection.port(u)) == (
                own.scheme, (own.hostname or "").lower(), connection.port(own))
        except ValueError as e:
            raise Problem("upstream.invalid_response", "the address of the next page cannot be read") from e
        if not same or "@" in u.netloc:
            raise Problem("upstream.invalid_response", f"{self.host} sent the connector to another host, {u.hostname or 'none'}")
        return whole

    def _do(self, method: str, path: str, query: Mapping[str, object] | None, body: bytes | None, want_json: bool) -> Answer:
        """Sends a request until it is answered, cannot succeed, or would take too long. Each cause
        has its own count, so that a rate limit does not use up the tries for a failing server."""
        url = self._address(method, path, query)
        tries = _Tries()
        while True:
            self._pace()
            problem: Problem
            try:
                answer = self._leased(method, url, body, want_json)
                self._read_limits(answer)
                return self._judge(answer, want_json)
            except Problem as p:
                problem = p
            self._session.stop.check()
            wait = tries.next(problem)
            if wait is None:
                raise problem
            if not self._affordable(wait):
                problem.retry_after = problem.retry_after or wait
                raise problem
            self._session.pause("429" if problem.code == "rate.limited" else "retry", wait, tries.total)

    def _leased(self, method: str, url: str, body: bytes | None, want_json: bool) -> Answer:
        lease = self._session.lease
        lease.take(self._session.waiting_for_lease)
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                answer = self.once(method, url, body, want_json)
                if answer.status not in (301, 302, 303, 307, 308) or method == "POST":
                    return answer
                url = self.same_host(urllib.parse.urljoin(url, answer.headers.get("location", "")))
        finally:
            lease.release()
        raise Problem("upstream.invalid_response", f"{self.host} redirects the connector in a circle")

    def once(self, method: str, url: str, body: bytes | None = None, want_json: bool = False) -> Answer:
        """Sends a request one time and reads the whole answer."""
        begun = time.monotonic()
        answer: Answer | None = None
        try:
            answer = connection.exchange(
                method, url, self._headers_for(body, want_json), body, idle=self._idle, tls=self._tls,
                timeout=self._timeout, max_body=self._max_body, stop=self._session.stop)
            return answer
        finally:
            self._session.request(
                method, _shown(url), answer.status if answer else 0, len(answer.body) if answer else 0,
                time.monotonic() - begun, answer.request_id if answer else "")

    def _headers_for(self, body: bytes | None, want_json: bool) -> dict[str, str]:
        headers = {"User-Agent": self._session.about.agent, "Accept-Encoding": "gzip"}
        if want_json:
            headers["Accept"] = "application/json"
        if body is not None:
            headers["Content-Type"] = "application/json"
        for name, value in self._headers.items():
            text = value.reveal() if isinstance(value, Secret) else value
            if not text.isascii() or not text.isprintable():
                raise Problem(
                    "auth.invalid", "the credential holds a line break or another character that no credential has",
                    remedy="Copy the credential without line breaks and enter it again.")
            headers[name] = text
        return headers

    def _judge(self, answer: Answer, want_json: bool) -> Answer:
        path = urllib.parse.urlsplit(answer.url).path
        if not 200 <= answer.status <= 299:
            p = from_status(answer.status, answer.headers, self._session.permissions(), self.host, path)
            p.request_id = answer.request_id
            if p.code in ("rate.limited", "upstream.5xx"):
                p.retry_after = retry_after(answer.headers.get("retry-after", ""))
            raise self._explain(p, answer.body[: 4 << 10]) if self._explain else p
        if not want_json:
            return answer
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html" or answer.body[:64].lstrip().startswith(b"<"):
            raise answer.invalid(
                "is a web page, not JSON",
                remedy="Check that the address is the vendor's API and that no sign-in page, firewall or proxy answers instead.")
        try:
            answer.json = json.loads(answer.body.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError) as e:
            # Cut short or garbled: worth one more try, like a body that broke off.
            raise answer.invalid("is not JSON", cut_short=True) from e
        return answer

    def _pace(self) -> None:
        with self._lock:
            wait = self._resumes - time.time()
        if wait <= 0:
            return
        if not self._affordable(wait):
            raise Problem("rate.limited", f"{self.host} allows no more requests for {wait:.0f} s", retry_after=wait)
        self._session.pause("header", wait, remaining=0)

    def _read_limits(self, answer: Answer) -> None:
        """Keeps the time until which the vendor allows no further request, from the usual families
        of headers."""
        if answer.status == 429:
            return  # waited for on its own account
        for family in ("x-ratelimit-", "x-rate-limit-", "ratelimit-"):
            remaining, reset = answer.headers.get(family + "remaining", ""), answer.headers.get(family + "reset", "")
            if remaining.strip() != "0":
                continue
            wait = reset_wait(reset)
            if wait is not None:
                with self._lock:
                    self._resumes = time.time() + wait
                return

    def _affordable(self, wait: float) -> bool:
        return wait <= self._max_wait and wait < self._session.stop.remaining()


class _Tries:
    """Counts the failures of one request."""

    def __init__(self) -> None:
        self.total = self._failures = self._limited = self._invalid = 0

    def next(self, p: Problem) -> float | None:
        """Counts a problem and returns the wait before another try, None for no other try."""
        self.total += 1
        if p.code == "rate.limited":
            self._limited += 1
            return (p.retry_after or _jitter(1, self._limited)) if self._limited < _MAX_RATE_TRIES else None
        if p.code in _HEALING:
            self._failures += 1
            return (p.retry_after or _jitter(0.5, self._failures)) if self._failures < _MAX_TRIES else None
        if p.cut_short:
            self._invalid += 1
            return _jitter(0.5, 1) if self._invalid < 2 else None
        return None


def _jitter(base: float, attempt: int) -> float:
    """Returns a random wait. Its maximum is base, doubled with every try. Connectors that failed
    together therefore do not return together."""
    return random.uniform(0.001, min(base * 2 ** min(attempt - 1, 10), 60))


def retry_after(text: str) -> float:
    """Reads Retry-After: seconds or a date. Returns 0 for a header that is missing, zero, in the
    past or unreadable."""
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    if seconds != seconds:
        return 0.0
    return min(max(seconds, 0.0), _YEAR)


def reset_wait(text: str) -> float | None:
    """Reads a reset header: seconds from now, or a Unix time in seconds or milliseconds. Returns
    None for a useless value, such as a year from now."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    if seconds > 1e9:
        seconds = max(seconds / (1e3 if seconds > 1e11 else 1) - time.time(), 0.0)
    return seconds if 0 <= seconds <= _YEAR else None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _shown(url: str) -> str:
    """Returns url without the values of query parameters whose names suggest a secret. It keeps the
    parameters that name the requested page."""
    u = urllib.parse.urlsplit(url)
    shown = [
        (name, "***" if any(w in name.lower() for w in _SECRET_WORDS) and not any(w in name.lower() for w in _PAGE_WORDS) else value)
        for name, value in urllib.parse.parse_qsl(u.query, keep_blank_values=True)]
    return u._replace(query=urllib.parse.urlencode(shown, safe="*")).geturl()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

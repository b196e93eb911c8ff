"""Secrets, and their removal from everything that leaves the program."""

from __future__ import annotations

import base64
import json
import urllib.parse

from pyconnector import limits
from pyconnector.problems import Problem

MASK = "[secret]"

# From this length on a secret is searched for. A shorter one would blot out
# ordinary words and is no secret worth the name.
_SHORTEST = 3
_LONG = 8  # does not occur by chance


class Secret:
    """A credential. Printing, formatting and pickling show a mask; only reveal returns the
    value."""

    __slots__ = ("_value", "_before")

    def __init__(self, value: str, before: str = "") -> None:
        self._value, self._before = value, before

    def reveal(self) -> str:
        """Returns the value. Pass it only to the client that needs it."""
        return self._before + self._value

    def after(self, words: str) -> Secret:
        """Returns the secret with words before it, such as "Bearer "."""
        return Secret(self._value, words)

    def bearer(self) -> Secret:
        """Returns the value of the header Authorization for a bearer token: Client(session,
        address, headers={"Authorization": session.secret("token").bearer()})."""
        return self.after("Bearer ")

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return MASK

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return Secret, (MASK,)


def basic(username: Secret, password: Secret) -> Secret:
    """Returns the value of the header Authorization for a user name and a password. Secret("") is
    an empty password, for a vendor that takes a key as the user name."""
    return Secret("Basic " + base64.b64encode(f"{username.reveal()}:{password.reveal()}".encode()).decode())


class Scrubber:
    """Removes known secrets from text, also in the usual encodings of programs."""

    def __init__(self, values: dict[str, str]) -> None:
        self._found: list[str] = []
        self._long: list[str] = []
        for value in values.values():
            self.add(value)

    def add(self, value: str) -> None:
        """Removes one more secret from now on."""
        if len(value) < _SHORTEST:
            return
        found = {value, urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value), json.dumps(value)[1:-1],
                 json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
        if len(value) >= _LONG:
            self._long = [*self._long, value]
            raw = value.encode("utf-8", "replace")
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                found |= {encode(raw).decode(), encode(raw).decode().rstrip("=")}
        # A key file may be quoted line by line.
        found |= {line.strip() for line in value.splitlines() if len(line.strip()) >= 16}
        # The longest first, so that a secret inside another leaves no remainder. Replaced as a whole,
        # because other threads read it.
        self._found = sorted(found.union(self._found), key=len, reverse=True)

    def text(self, text: str, limit: int = limits.MAX_TEXT_BYTES) -> str:
        """Returns text without secrets, at most limit bytes of valid UTF-8."""
        for secret in self._found:
            if secret in text:
                text = text.replace(secret, MASK)
        return cut(text, limit)

    def holds(self, text: str) -> bool:
        """Reports whether text holds a long secret."""
        return any(secret in text for secret in self._long)

    def clean(self, problem: Problem) -> Problem:
        """Returns a copy of a problem without secrets, each text within its limit."""
        p = problem.copy()
        p.message, p.remedy, p.scope = self.text(p.message), self.text(p.remedy), self.text(p.scope)
        p.detail = self.text(p.detail, limits.MAX_LOG_BYTES)
        p.request_id = self.text(p.request_id, 256)
        return p


def cut(text: str, limit: int) -> str:
    """Returns at most limit bytes of valid UTF-8."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return raw.decode()
    return raw[: limit - 3].decode("utf-8", "ignore") + "…"

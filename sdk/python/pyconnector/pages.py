"""A guard for loops over pages."""

from __future__ import annotations

import hashlib

from pyconnector.problems import Problem

_MOST = 10_000  # where a loop is taken to be endless


class Pages:
    """Guards a paging loop. It raises a problem for a list that repeats a page or never ends, so
    that the stream is not complete."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._count = most, 0
        self._tokens: set[bytes] = set()
        self._bodies: set[bytes] = set()

    def saw(self, token: str, body: bytes | None) -> None:
        """Counts a page. Token is what requested it and body its content. A repeated token or body
        is an error. Pass None for body when pages may be equal."""
        self._count += 1
        if self._count > self._most:
            raise Problem("upstream.invalid_response", f"the list does not end after {self._most} pages")
        known = hashlib.sha256(token.encode()).digest()
        if known in self._tokens:
            raise Problem("upstream.invalid_response", f"page {self._count} of the list is one that was read before")
        self._tokens.add(known)
        if body is None:
            return
        content = hashlib.sha256(body).digest()
        if content in self._bodies:
            raise Problem("upstream.invalid_response", f"page {self._count} of the list repeats an earlier page")
        self._bodies.add(content)

"""KnowBe4's lists, which have numbered pages."""

from __future__ import annotations

from typing import Any, Callable

from pyconnector import Client, Listing, ListPage, Output, Place, Problem

PER_PAGE = 500  # the most that KnowBe4 gives


class Rows:
    """A list at a path. A page has no total and does not say whether it is the last one, so the
    list ends at an empty page, never at a short one."""

    def __init__(self, client: Client, path: str, per_page: int = PER_PAGE) -> None:
        self._client, self._path, self._per_page = client, path, per_page

    def page(self, at: Place) -> ListPage:
        """Returns one page."""
        answer = self._client.get_json(self._path, {"page": at.page, "per_page": self._per_page})
        if not isinstance(answer.json, list):
            raise answer.invalid("holds no list")
        return ListPage(answer.json)

    def read(self, name: str, out: Output, key: str, put: Callable[[Any], None]) -> None:
        """Sends every row, and reports a gap when the list changes during the read."""
        Listing(name, self.page, lambda row: row.get(key) if isinstance(row, dict) else None, put).read(out)


class Sender:
    """Sends records. A row without its id is a gap, and the stream continues."""

    def __init__(self, out: Output, what: str, key: str, document) -> None:
        self._out, self._what, self._key, self._document = out, what, key, document
        self._nameless = 0

    def __call__(self, row: Any) -> None:
        found = row.get(self._key) if isinstance(row, dict) else None
        if isinstance(found, bool) or not isinstance(found, (int, str)) or found == "":
            self._nameless += 1
            self._out.gap(f"{self._what} {self._nameless} without an id",
                          Problem("schema.key_missing", f"a row of the {self._what}s has no {self._key}"))
            return
        try:
            self._out.put(str(found), self._document(str(found), row))
        except Problem as p:
            # A record that cannot be sent, such as one that is too large, is a gap
            # already; the others are still worth having.
            if p.code not in ("limit.record_too_large", "schema.unexpected", "schema.key_missing"):
                raise


def text(value: object) -> str | None:
    """Returns a text, or None for an empty or missing one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None

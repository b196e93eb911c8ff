"""KnowBe4's lists, which come in numbered pages."""

from __future__ import annotations

import json
from typing import Any, Iterator

from pyconnector import Client, Output, Pages, Problem

PER_PAGE = 500  # the most that KnowBe4 gives
_REREADS = 2


class Moved(Exception):
    """Rows came or went while the list was read, so that some may have been missed."""


class Rows:
    """A list at a path. A page has no total and no word on whether it is the
    last: the list ends at an empty page, never at one that is merely short."""

    def __init__(self, client: Client, path: str, per_page: int = PER_PAGE) -> None:
        self._client, self._path, self._per_page = client, path, per_page

    def page(self, number: int, per_page: int = 0) -> tuple[list[Any], bytes]:
        """Returns the rows of a page, and the answer as it came."""
        answer = self._client.get_json(self._path, {"page": number, "per_page": per_page or self._per_page})
        if not isinstance(answer.json, list):
            raise answer.invalid("holds no list")
        return answer.json, answer.body

    def once(self) -> Iterator[list[Any]]:
        """Yields every page. Pages are numbered, so a row that goes away moves
        all behind it to the front, and one of them over the edge of a page that
        was read already. That is noticed: after each page the row at the edge
        before it is asked for again, and has to be the one that was read."""
        guard = Pages()
        read = 0
        edge: Any = None
        for number in range(1, 1 << 20):
            rows, body = self.page(number)
            if number > 1 and rows and read == (number - 1) * self._per_page:
                again, _ = self.page(read, per_page=1)
                if _id(again[:1]) != _id(edge):
                    raise Moved
            if not rows:
                return
            guard.saw(str(number), body)
            read += len(rows)
            edge = rows[-1:]
            yield rows


def _id(rows: Any) -> Any:
    """Returns what names the first row; its other fields may change meanwhile."""
    row = rows[0] if rows else None
    if not isinstance(row, dict):
        return row
    return next((row[name] for name in ("enrollment_id", "id") if name in row), json.dumps(row, sort_keys=True))


def read_all(rows: Rows, out: Output, put) -> None:
    """Puts every row, and reads the list again when it moved. One that does not
    hold still is no complete read."""
    for _ in range(_REREADS + 1):
        try:
            for page in rows.once():
                for row in page:
                    put(row)
                out.checkpoint()
            return
        except Moved:
            out.note("The list changed while it was read: reading it again.")
    out.gap("the whole list", Problem("upstream.invalid_response", "the list changed each time it was read"))


class Sender:
    """Puts records, each once: a list that is read again repeats most of them. A
    row without its id is a gap; the others are still worth having."""

    def __init__(self, out: Output, what: str, key: str, document) -> None:
        self._out, self._what, self._key, self._document = out, what, key, document
        self._sent: dict[str, int] = {}
        self._nameless = 0

    def __call__(self, row: Any) -> None:
        found = row.get(self._key) if isinstance(row, dict) else None
        if isinstance(found, bool) or not isinstance(found, (int, str)) or found == "":
            self._nameless += 1
            self._out.gap(f"{self._what} {self._nameless} without an id",
                          Problem("schema.key_missing", f"a row of the {self._what}s has no {self._key}"))
            return
        fields = self._document(str(found), row)
        same = hash(json.dumps(fields, sort_keys=True))
        if self._sent.get(str(found)) == same:
            return
        self._sent[str(found)] = same
        try:
            self._out.put(str(found), fields)
        except Problem as p:
            # A record that cannot be sent, such as one that is too large, is a gap
            # already; the others are still worth having.
            if p.code not in ("limit.record_too_large", "schema.unexpected", "schema.key_missing"):
                raise


def text(value: object) -> str | None:
    """Returns a text, or None for what is none or empty."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None

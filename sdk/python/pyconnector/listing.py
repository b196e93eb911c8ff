"""Lists whose pages are requested by number or by offset."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Callable, Sequence

from pyconnector.output import Output
from pyconnector.problems import Problem

_MOST = 10_000  # pages after which a list is taken to be endless
_PASSES = 3


@dataclasses.dataclass(frozen=True)
class Place:
    """The beginning of a page."""

    page: int = 1
    offset: int = 0  # rows before it


@dataclasses.dataclass(frozen=True)
class ListPage:
    """One page. Total is the number of rows in the whole list, None when the answer does not have
    it."""

    rows: Sequence[Any]
    total: int | None = None


class _Moved(Exception):
    """The list changed while it was read: reading it again may help."""


class _NotWhole(Exception):
    """The pages do not agree with each other, or with the total."""


class Listing:
    """Reads a list whose pages are requested by number or by offset, and determines whether it read
    the whole list. Such a list has no snapshot. A row that is added or removed during the read
    moves every later row, perhaps to a page that was already read. It therefore counts different
    keys and not rows, reads until a page is empty, requests each page once more after the next one
    and expects the same keys, and compares the totals of all answers with each other and with the
    number of keys.

    It reads a list that moved again, three times in all. It reports a gap for a list that keeps
    moving, repeats a page, or disagrees with its total. The stream is then not complete, and the
    host removes nothing.

    Name is the name of the rows in messages. Page returns one page, perhaps several times. Key
    returns an id of the row that never changes, None when the row has none. Put sends a row; it is
    called once for a row, and again when a later answer has the same key with other content.

    A list with a token or an address for the next page needs Pages."""

    def __init__(self, name: str, page: Callable[[Place], ListPage], key: Callable[[Any], Any], put: Callable[[Any], None]) -> None:
        self._name, self._page, self._key, self._put = name, page, key, put
        self._sent: dict[str, int] = {}  # hash of the content, by key

    def read(self, out: Output) -> None:
        """Sends every row of the list."""
        for n in range(_PASSES):
            try:
                _Pass(self, out, last=n == _PASSES - 1).read()
                return
            except _Moved as e:
                reason = str(e)
                out.note(f"The list of {self._name} changed while it was read: reading it again.")
            except _NotWhole as e:
                out.gap(self._name, Problem(
                    "upstream.invalid_response", f"the list of {self._name} is not whole: {e}",
                    remedy="Ask the vendor why the pages of this list do not agree with each other. Nothing was removed."))
                return
        out.gap(self._name, Problem(
            "upstream.invalid_response", f"the list of {self._name} changed each time it was read: {reason}",
            remedy="Sync again when the list changes less: a list that changes between two pages cannot be read whole. Nothing was removed."))

    def _send(self, name: str, row: Any, content: str) -> None:
        same = hash(content)
        if self._sent.get(name) != same:
            self._sent[name] = same
            self._put(row)


class _Pass:
    """One reading of a list, from its first page to an empty one."""

    def __init__(self, listing: Listing, out: Output, last: bool) -> None:
        self._listing, self._out, self._last = listing, out, last
        self._where: dict[str, int] = {}  # page of each key
        self._twice = False  # a key came on two pages
        self._total: int | None = None
        self._moved = ""

    def read(self) -> None:
        """Raises when the list is not whole."""
        pages: dict[tuple[str, ...], int] = {}
        at, before, keys_before = Place(), None, ()
        while at.page <= _MOST:
            page = self._listing._page(at)
            self._compare_total(page.total)
            named = [(self._name(row), row) for row in page.rows]
            keys = tuple(sorted(name for name, _ in named))
            if keys in pages:
                self._repeated(at.page, pages[keys])
                return
            # Nothing can have crossed the edge before an empty page when the total is
            # still the same.
            if before and (keys or page.total is None):
                self._look_back(before, keys_before)
            if not keys:
                self._ended()
                return
            self._send(named, at.page)
            pages[keys] = at.page
            before, keys_before = at, keys
            at = Place(at.page + 1, at.offset + len(keys))
        raise Problem("upstream.invalid_response", f"the list of {self._listing._name} does not end after {_MOST} pages")

    def _name(self, row: Any) -> str:
        """Returns the key of a row, else its content."""
        key = self._listing._key(row)
        return "k" + str(key) if key not in (None, "") else "c" + _content(row)

    def _compare_total(self, total: int | None) -> None:
        if total is None:
            return
        if self._total is not None and self._total != total:
            self._move(f"its total went from {self._total} to {total}")
        if self._total != total:
            self._out.expect(total)
        self._total = total

    def _move(self, reason: str) -> None:
        self._moved = self._moved or reason
        if not self._last:
            raise _Moved(self._moved)

    def _look_back(self, at: Place, keys: tuple[str, ...]) -> None:
        """Requests the previous page once more. Its keys differ when a row crossed its edge after
        it was read."""
        again = self._listing._page(at)
        self._compare_total(again.total)
        if tuple(sorted(self._name(row) for row in again.rows)) != keys:
            self._move(f"page {at.page} holds other rows after page {at.page + 1} was read")

    def _send(self, named: list[tuple[str, Any]], page: int) -> None:
        for name, row in named:
            self._twice = self._twice or self._where.get(name, page) != page
            self._where[name] = page
            self._listing._send(name, row, _content(row))
        self._out.checkpoint()

    def _repeated(self, page: int, earlier: int) -> None:
        """Judges a list with two equal pages. A vendor that answers numbers after the last page
        with the last page agrees with its total; every other list is not whole."""
        if self._moved:
            raise _Moved(self._moved)
        if self._total == len(self._where) and page == earlier + 1:
            return
        counts = "" if self._total is None else f"; it has {len(self._where)} different rows, and its total is {self._total}"
        raise _NotWhole(f"page {page} repeats page {earlier}{counts}")

    def _ended(self) -> None:
        if self._moved:
            raise _Moved(self._moved)
        if self._total is not None and self._total != len(self._where):
            raise _NotWhole(f"it has {len(self._where)} different rows, and its total is {self._total}")
        if self._twice and self._total is None:
            raise _Moved("some rows were on two pages")


def _content(row: Any) -> str:
    return json.dumps(row, sort_keys=True)

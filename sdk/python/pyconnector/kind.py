"""Values of the host's record kinds. The kinds and their fields are the JSON
Schemas under sdk/kind/schema."""

from __future__ import annotations

import datetime
import json
from typing import Any


def tri(value: object) -> str:
    """Returns "yes" or "no" for a bool and "unknown" for anything else: what the
    vendor does not tell is never no."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else "unknown"


def moment(text: object) -> str | None:
    """Returns a moment as RFC 3339 in UTC, or None for one that is not known or
    has no zone: a guessed zone would be a wrong time. The first day of the calendar
    is what some programs write for "never"."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.datetime.fromisoformat(text.strip())
        if at.tzinfo is None or at.year == 1:
            return None
        at = at.astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return None
    shown = at.isoformat(timespec="microseconds" if at.microsecond else "seconds")
    whole, dot, rest = shown.removesuffix("+00:00").partition(".")
    return whole + dot + rest.rstrip("0") + "Z"


def day(text: object) -> str | None:
    """Returns the day of a moment that moves by itself, such as a last sign-in."""
    at = moment(text)
    return at and at[:10] + "T00:00:00Z"


def document(fields: dict[str, Any]) -> bytes:
    """Returns the one form of a document: keys in order, no white space, and what
    is None left out, since an absent field was not read. Raises ValueError for
    what is no JSON."""
    known = {name: value for name, value in fields.items() if value is not None}
    text = json.dumps(known, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()

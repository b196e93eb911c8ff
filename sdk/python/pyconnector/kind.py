"""Values of the host's kinds. The JSON Schemas in sdk/kind/schema define the kinds and their
fields."""

from __future__ import annotations

import datetime
import json
from typing import Any


def tri(value: object) -> str:
    """Returns "yes" or "no" for a bool and "unknown" for anything else: a missing fact is never
    no."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else "unknown"


def moment(text: object) -> str | None:
    """Returns a moment as RFC 3339 in UTC, or None for one that is unknown or has no zone: a
    guessed zone would be a wrong time. Some programs write the first day of the calendar for
    "never"."""
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
    """Returns the day of a moment that changes often, such as a last sign-in."""
    at = moment(text)
    return at and at[:10] + "T00:00:00Z"


def document(fields: dict[str, Any]) -> bytes:
    """Returns the canonical form of a document: sorted keys, no white space, and no None, since an
    absent field was not read. Raises ValueError for a value that is not JSON."""
    known = {name: value for name, value in fields.items() if value is not None}
    text = json.dumps(known, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()

"""The training and the policies that people were assigned, with their progress."""

from __future__ import annotations

from typing import Any

from knowbe4.api import client
from knowbe4.rows import Rows, Sender, text
from pyconnector import Output, Session, moment

PATH = "/v1/training/enrollments"

# KnowBe4 publishes no list of the words; another one is unknown, not assigned.
_STATUS = {
    "not started": "assigned", "in progress": "in_progress", "completed": "complete", "passed": "complete",
    "past due": "overdue",
}


def read(session: Session, out: Output) -> None:
    """Reads every enrollment."""
    Rows(client(session), PATH).read("enrollments", out, "enrollment_id", Sender(out, "enrollment", "enrollment_id", training))


def training(key: str, row: dict[str, Any]) -> dict[str, Any]:
    """Returns an enrollment as a training. KnowBe4 gives no due date here."""
    user = row.get("user") if isinstance(row.get("user"), dict) else {}
    names = [text(user.get("first_name")), text(user.get("last_name"))]
    return {
        "external_id": key,
        "course": text(row.get("module_name")),
        "person_name": " ".join(filter(None, names)) or None,
        "person_email": text(user.get("email")),
        "status": _STATUS.get(str(row.get("status")).lower(), "unknown"),
        "assigned_at": moment(row.get("enrollment_date")),
        "completed_at": moment(row.get("completion_date")),
        "vendor": row,
    }

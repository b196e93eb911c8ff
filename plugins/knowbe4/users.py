"""The users of the KnowBe4 console."""

from __future__ import annotations

from typing import Any

from knowbe4.api import client
from knowbe4.rows import Rows, Sender, text
from pyconnector import Output, Session, day, moment

PATH, GROUPS = "/v1/users", "/v1/groups"

# Archived users cannot sign in and can be brought back.
_STATUS = {"active": "active", "archived": "suspended"}

# The fields of the vendor's document that are kept. Scores change without an action of the user,
# and a review of access does not need phone numbers, comments and custom fields.
_KEPT = (
    "id", "employee_number", "first_name", "last_name", "job_title", "email", "location", "division", "manager_name",
    "manager_email", "provisioning_managed", "provisioning_guid", "groups", "aliases", "joined_on", "status",
    "organization", "department", "language", "employee_start_date", "archived_at",
)


def read(session: Session, out: Output) -> None:
    """Reads every user, with the names of their groups and their admin rights."""
    api = client(session)
    admins = _admins(api.get_json("/v1/account"))
    groups: dict[str, str] = {}

    def name_group(row: Any) -> None:
        if isinstance(row, dict) and (name := text(row.get("name"))):
            groups[str(row.get("id"))] = name

    Rows(api, GROUPS).read("groups", out, "id", name_group)
    send = Sender(out, "user", "id", lambda key, row: account(key, row, groups, admins))
    Rows(api, PATH).read("users", out, "id", send)


def _admins(answer) -> set[str]:
    """Returns the ids of the account's admins. Roles can give other users a part of their rights,
    so the others are unknown, not no."""
    listed = answer.json.get("admins") if isinstance(answer.json, dict) else None
    return {str(a.get("id")) for a in listed or () if isinstance(a, dict)}


def account(key: str, row: dict[str, Any], groups: dict[str, str], admins: set[str]) -> dict[str, Any]:
    """Returns a user as an account."""
    listed = row.get("groups")
    names = [text(row.get("first_name")), text(row.get("last_name"))]
    return {
        "external_id": key,
        "username": text(row.get("email")),
        "email": text(row.get("email")),
        "name": " ".join(filter(None, names)) or None,
        "status": _STATUS.get(str(row.get("status")).lower(), "unknown"),
        "type": "human",
        "groups": sorted(groups.get(str(g), str(g)) for g in listed) if isinstance(listed, list) else None,
        "mfa": "unknown",
        "admin": "yes" if key in admins else "unknown",
        "last_login_at": day(row.get("last_sign_in")),
        "created_at": moment(row.get("joined_on")),
        "title": text(row.get("job_title")),
        "department": text(row.get("department")),
        "manager": text(row.get("manager_email")),
        "vendor": {name: row[name] for name in _KEPT if name in row},
    }

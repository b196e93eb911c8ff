"""The connector's description, and its check."""

from __future__ import annotations

import pkgutil

from knowbe4 import enrollments, users
from knowbe4.api import client
from knowbe4.rows import Rows
from pyconnector import Connector, Limits, NetworkHost, Permission, Place, Probe, Problem, Report, Session, Stream

PERMISSION = "reporting-api"

# KnowBe4 allows four requests a second, but only fifty a minute.
_A_MINUTE = 50


def new() -> Connector:
    """Returns the connector."""
    return Connector(
        id="knowbe4",
        name="KnowBe4",
        version="1.0.0",
        vendor="KnowBe4, Inc.",
        summary="Reads the users of a KnowBe4 account and the progress of their security training.",
        homepage="https://www.knowbe4.com",
        license="Apache-2.0",
        categories=("security_training", "user_access_review"),
        config_schema=_file("config.json"),
        guide=_file("guide.md").decode(),
        permissions=(Permission(
            PERMISSION, "Lists users, groups and training enrollments; KnowBe4 grants the Reporting API as a whole.",
            ("users", "enrollments")),),
        network=tuple(NetworkHost(f"{region}.api.knowbe4.com", f"KnowBe4's API for accounts on the {region.upper()} server")
                      for region in ("us", "eu", "ca", "uk", "de"))
        + (NetworkHost("{base_url}", "A gateway of your own, only when the advanced setting names one"),),
        memory_mib=96,
        limits=Limits(requests_per_second=round(_A_MINUTE / 60, 2), concurrent_requests=4),
        check=_check,
        streams=(
            Stream("users", "Users", "account", users.read, "Every user in the KnowBe4 console, also archived users.", (PERMISSION,)),
            Stream("enrollments", "Training enrollments", "training", enrollments.read,
                   "Every course and policy that was assigned to a user.", (PERMISSION,)),
        ),
    )


def _check(session: Session, report: Report) -> None:
    """Requests the account and one row of each list, one probe each."""
    authenticate = Probe("authenticate", "Reporting API token")
    allowed = Probe(PERMISSION, "Reporting API", permission=PERMISSION)
    api = client(session)
    try:
        report.reach(api)
    except Problem:
        report.skip("Not tried: KnowBe4 was not reached.", authenticate, allowed)
        raise
    refused: list[Problem] = []

    def sign_in() -> str:
        try:
            account = api.get_json("/v1/account").json
        except Problem as p:
            if p.code != "permission.missing":
                raise
            refused.append(p)
            return "KnowBe4 accepts the token."
        name = account.get("name") if isinstance(account, dict) else None
        report.identity = str(name or "")
        return f"The token belongs to {name}." if name else "KnowBe4 accepts the token."

    def read_lists() -> str:
        if refused:
            p = refused[0]
            p.permissions = (PERMISSION,)
            raise p
        for path in (users.PATH, users.GROUPS, enrollments.PATH):
            Rows(api, path, per_page=1).page(Place())
        return "Users, groups and enrollments can be listed."

    try:
        report.do(authenticate, sign_in)
    except Problem:
        report.skip("Not tried: the token was not accepted.", allowed)
        raise
    report.do(allowed, read_lists)


def _file(name: str) -> bytes:
    return pkgutil.get_data("knowbe4", name) or b""

"""Requests to KnowBe4, and the meaning of its refusals."""

from __future__ import annotations

from pyconnector import Client, Problem, Session


def client(session: Session) -> Client:
    """Returns the client. KnowBe4 has no sign-in: each request has the token."""
    settings = session.settings
    address = settings.get("base_url") or f"https://{settings['region']}.api.knowbe4.com"
    return Client(session, address, headers={"Authorization": session.secret("api_token").bearer()}, explain=_explain)


def _explain(p: Problem, _: bytes) -> Problem:
    if p.upstream_status == 503:
        # Documented as the vendor's word for maintenance.
        return Problem("upstream.maintenance", "KnowBe4 is down for maintenance (status 503)", retry_after=p.retry_after,
                       upstream_status=503, request_id=p.request_id)
    if p.code == "permission.missing":
        p.remedy = "Switch the Reporting API on under Account Integrations in KnowBe4, which needs a Platinum or Diamond plan, and sync again."
    return p

"""All that an author of a connector in Python sees.

A connector is a `Connector` that says what it is and has functions that read;
`serve` does the rest: the handshake with the host, the protocol, batches and
checkpoints, back-pressure, cancelling, results, secrets kept out of everything,
and an HTTP client that only reads.

It owns the wire, as sdk/OTHER-LANGUAGES.md describes it, and knows no vendor. It
never decides whether a record changed, and never keeps anything between runs.

    serve ── handshake ─▶ serving ── stdin ends, Shutdown ─▶ draining ─▶ ended
                            │
          Sync: Open ─ connect ─ read stream … ─ results ─ Done

Threads: one per call that does the work and one that takes the host's words,
both of which end with the call; one that watches stdin and one the parent, which
end with the program; a timer per request and per deadline, cancelled with it.
"""

from pyconnector.connector import Connector, FileAccess, Limits, NetworkHost, Permission, Stream
from pyconnector.check import Probe, Report, TooBroad, Undetermined
from pyconnector.http import Answer, Client
from pyconnector.kind import day, moment, tri
from pyconnector.listing import Listing, ListPage, Place
from pyconnector.output import Output
from pyconnector.pages import Pages
from pyconnector.problems import Problem, config_invalid, permission_missing
from pyconnector.secrets import Secret, basic
from pyconnector.session import Session

__all__ = [
    "Answer", "Client", "Connector", "FileAccess", "Limits", "ListPage", "Listing", "NetworkHost", "Output", "Pages",
    "Permission", "Place", "Probe", "Problem", "Report", "Secret", "Session", "Stream", "TooBroad", "Undetermined", "basic", "config_invalid",
    "day", "moment", "permission_missing", "tri",
]

"""The library for connectors in Python.

A connector is a `Connector` with a description and with functions that read.
`serve` does the rest: the handshake with the host, the protocol, batches,
checkpoints, back-pressure, cancellation and results. It keeps secrets out of
all output, and its HTTP client only reads.

sdk/OTHER-LANGUAGES.md describes the protocol. The library knows no vendor. It
does not decide whether a record changed, and it keeps nothing between runs.

    serve ── handshake ─▶ serving ── stdin ends, Shutdown ─▶ draining ─▶ ended
                            │
          Sync: Open ─ connect ─ read stream … ─ results ─ Done

Threads: each call has one that does the work and one that receives the host's
messages; both end with the call. One thread watches stdin and one the parent
process; they end with the program. Each request and each deadline has a timer,
which ends with it.
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

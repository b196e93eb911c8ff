"""The parts of a connector that an author writes."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Callable, Sequence

from connector.v1 import connector_pb2 as pb
from pyconnector import guide
from pyconnector.about import SDK, About
from pyconnector.check import Report
from pyconnector.output import Output
from pyconnector.session import Session

# The host asks for a feature by its word, never by a version number.
CAPABILITIES = ("check.probes", "sync.checkpoints", "sync.gaps", "deletes.tombstone", "budget.lease", "secrets.renew")

CONNECT = "connect"  # the id of the step in which Connector.connect runs

_DELETES = {
    "snapshot": pb.DELETE_VISIBILITY_SNAPSHOT, "tombstone": pb.DELETE_VISIBILITY_TOMBSTONE,
    "never": pb.DELETE_VISIBILITY_NEVER,
}


@dataclasses.dataclass(frozen=True)
class Permission:
    """A right that the vendor must grant."""

    id: str  # the vendor's own name
    reason: str  # why it is needed, one sentence
    streams: Sequence[str] = ()  # what it unlocks
    optional: bool = False


@dataclasses.dataclass(frozen=True)
class NetworkHost:
    """A host that the connector connects to."""

    host: str  # a name, "*.example.com", or "{setting}" when a setting names it
    purpose: str
    port: int = 0  # 0 = 443


@dataclasses.dataclass(frozen=True)
class FileAccess:
    """A file, or a directory with all its content, that the connector reads."""

    path: str  # absolute, or "{setting}" for one that a setting names
    purpose: str


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the vendor allows one tenant; 0 is unknown."""

    requests_per_second: float = 0
    concurrent_requests: int = 0
    concurrent_runs: int = 0
    tenant_settings: Sequence[str] = ()  # that together name the tenant; none = the credential does


@dataclasses.dataclass(frozen=True)
class Stream:
    """A named sequence of records of one kind.

    When read returns, it has sent everything, except for the reported gaps. It raises an error for
    a part that it could not read."""

    name: str
    title: str  # in the words of the person reading the screen
    kind: str
    read: Callable[[Session, Output], None]
    description: str = ""
    permissions: Sequence[str] = ()
    deletes: str = "snapshot"  # or "tombstone", "never"
    incremental: bool = False  # keeps its cursor between complete runs


@dataclasses.dataclass(frozen=True)
class Connector:
    """What an author writes and passes to serve."""

    id: str  # lower-case letters, digits, dashes; also the file name of the program
    name: str
    version: str
    vendor: str
    summary: str
    categories: Sequence[str]
    config_schema: bytes  # JSON Schema of an object; "writeOnly" marks a secret
    guide: str  # Markdown, as guide.parse reads it
    streams: Sequence[Stream]
    homepage: str = ""
    license: str = ""
    permissions: Sequence[Permission] = ()
    network: Sequence[NetworkHost] = ()
    network_tcp: bool = False  # a library of it dials by itself: it needs a proxy port, and is contained less well
    files: Sequence[FileAccess] = ()
    memory_mib: int = 0
    limits: Limits = Limits()
    connect: Callable[[Session], None] | None = None  # signs in before the streams are read
    check: Callable[[Session, Report], None] | None = None

    def stream(self, name: str) -> Stream | None:
        """Returns the stream called name."""
        return next((s for s in self.streams if s.name == name), None)

    def about(self) -> About:
        """Returns what a session needs of the connector."""
        return About(self.id, self.version, self.config_schema, {s.name: s.permissions for s in self.streams})

    def describe(self) -> pb.DescribeResponse:
        """Returns the descriptor as a protocol message. Raises ValueError that names each
        mistake."""
        wrong = list(_mistakes(self))
        if wrong:
            raise ValueError("; ".join(wrong))
        limits = pb.Limits(
            memory_mib=self.memory_mib, requests_per_second=self.limits.requests_per_second,
            concurrent_requests=self.limits.concurrent_requests, concurrent_runs=self.limits.concurrent_runs,
            tenant_settings=self.limits.tenant_settings)
        d = pb.DescribeResponse(
            id=self.id, name=self.name, version=self.version, sdk=SDK, capabilities=CAPABILITIES, summary=self.summary,
            homepage=self.homepage, vendor=self.vendor, categories=self.categories, config_schema=self.config_schema,
            guide=guide.parse(self.guide), limits=limits, license=self.license, network_tcp=self.network_tcp)
        if self.connect:
            d.steps.add(id=CONNECT, title="Sign in")
        for s in self.streams:
            d.streams.add(
                name=s.name, title=s.title, kind=s.kind, permissions=s.permissions, deletes=_DELETES[s.deletes],
                incremental=s.incremental, description=s.description)
            d.steps.add(id=s.name, title="Read " + s.title[:1].lower() + s.title[1:], stream=s.name)
        for p in self.permissions:
            d.permissions.add(id=p.id, reason=p.reason, streams=p.streams, optional=p.optional)
        for n in self.network:
            d.network.add(host=n.host, port=n.port, purpose=n.purpose)
        for f in self.files:
            d.files.add(path=f.path, purpose=f.purpose)
        return d

    def manifest(self) -> str:
        """Returns the descriptor as JSON, for `NAME describe`."""
        d = self.describe()
        shown = {
            "id": d.id, "name": d.name, "version": d.version, "sdk": d.sdk, "vendor": d.vendor, "summary": d.summary,
            "homepage": d.homepage, "license": d.license, "categories": list(d.categories),
            "capabilities": list(d.capabilities), "memory_mib": self.memory_mib,
            "streams": [{
                "name": s.name, "title": s.title, "kind": s.kind, "description": s.description,
                "permissions": list(s.permissions), "deletes": s.deletes, "incremental": s.incremental,
            } for s in self.streams],
            "permissions": [dataclasses.asdict(p) for p in self.permissions],
            "network": [dataclasses.asdict(n) for n in self.network],
            "network_tcp": self.network_tcp,
            "files": [dataclasses.asdict(f) for f in self.files],
            "limits": dataclasses.asdict(self.limits),
            "config_schema": json.loads(self.config_schema),
        }
        return json.dumps(shown, indent=2, ensure_ascii=False)


def _mistakes(c: Connector):
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", c.id):
        yield f"id {c.id!r} must be lower-case letters, digits and dashes"
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", c.version):
        yield f"version {c.version!r} is not a semantic version"
    if not (c.name and c.vendor and c.summary and c.categories and c.streams):
        yield "name, vendor, summary, a category and a stream must be set"
    names: set[str] = {CONNECT}
    for s in c.streams:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", s.name) or s.name in names:
            yield f"stream {s.name!r}: the name is malformed or taken"
        names.add(s.name)
        if s.deletes not in _DELETES:
            yield f"stream {s.name!r}: deletes is {s.deletes!r}"
    declared = {p.id for p in c.permissions}
    for s in c.streams:
        for p in set(s.permissions) - declared:
            yield f"stream {s.name!r}: permission {p!r} is not declared"
    schema = json.loads(c.config_schema)
    for name, p in schema.get("properties", {}).items():
        if p.get("writeOnly") and "default" in p:
            yield f"secret {name!r} must not have a default"

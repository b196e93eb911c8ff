"""The part of a connector that a session needs."""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

SDK = "plumbline-python 1.0.0"


@dataclasses.dataclass(frozen=True)
class About:
    """A connector without its functions."""

    id: str
    version: str
    config_schema: bytes
    permissions: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)  # by the step that needs them

    @property
    def agent(self) -> str:
        """The name that the connector sends to its vendor."""
        return f"{self.id}/{self.version} ({SDK})"

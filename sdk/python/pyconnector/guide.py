"""The set-up guide in Markdown: an introduction that ends with "Takes about N minutes.", "## Before
you start", "## Step 1: Title" and so on, each ending with "**Expected outcome:**", and "## Notes".
It refuses other headings, so that a typing mistake does not hide a step."""

from __future__ import annotations

import re

from connector.v1 import connector_pb2 as pb

_OUTCOME = "**Expected outcome:**"
_MINUTES = re.compile(r"takes about (\d+) minutes?\.[ \t]*", re.IGNORECASE)


def parse(markdown: str) -> pb.SetupGuide:
    """Returns the guide as a protocol message. Raises ValueError."""
    found = _MINUTES.search(markdown)
    text = _MINUTES.sub("", markdown, count=1)
    introduction, *parts = ("\n" + text.replace("\r\n", "\n")).split("\n## ")
    g = pb.SetupGuide(introduction=introduction.strip(), minutes=int(found[1]) if found else 0)
    for part in parts:
        title, _, body = part.partition("\n")
        _add(g, title.strip(), body.strip())
    if not g.introduction or not g.steps:
        raise ValueError("the guide has no introduction or no step")
    return g


def _add(g: pb.SetupGuide, title: str, body: str) -> None:
    if title == "Before you start":
        g.prerequisites.extend(_items(body))
        return
    if title == "Notes":
        g.notes.extend(_items(body))
        return
    step = re.fullmatch(r"Step (\d+):(.*)", title)
    number = len(g.steps) + 1
    if not step or int(step[1]) != number:
        raise ValueError(f'the guide has the heading "{title}" where "Step {number}: …" or another known one is wanted')
    text, mark, outcome = body.partition(_OUTCOME)
    if not mark or not outcome.strip():
        raise ValueError(f"step {number} of the guide does not end with its expected outcome")
    g.steps.add(id=f"step-{number}", title=step[2].strip(), body=text.strip(), expected_outcome=outcome.strip())


def _items(body: str) -> list[str]:
    """Returns the items of a Markdown list, continuation lines joined."""
    items: list[str] = []
    for line in filter(None, map(str.strip, body.splitlines())):
        if line.startswith(("- ", "* ")):
            items.append(line[2:].strip())
        elif items:
            items[-1] += " " + line
        else:
            items.append(line)
    return items

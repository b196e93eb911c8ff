"""The part of JSON Schema 2020-12 that settings use."""

from __future__ import annotations

import re
from typing import Any, Iterator

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "array": (list,), "object": (dict,), "null": (type(None),),
}


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(name, ()))


def violations(schema: dict[str, Any], value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yields a JSON pointer and the broken rule for each violation."""
    names = schema.get("type")
    names = [names] if isinstance(names, str) else names
    if names and not any(_is(value, name) for name in names):
        yield at, f"must be of type {' or '.join(names)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield at, f"must be one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema and value != schema["const"]:
        yield at, f"must be {schema['const']}"
    for word, wanted in (("oneOf", "exactly one"), ("anyOf", "one")):
        if word in schema:
            fits = sum(not any(violations(s, value, at)) for s in schema[word])
            if fits == 0 or word == "oneOf" and fits > 1:
                yield at, f"must fit {wanted} of the forms it may have"
    for part in schema.get("allOf", ()):
        yield from violations(part, value, at)
    if isinstance(value, str):
        yield from _text(schema, value, at)
    elif isinstance(value, dict):
        yield from _members(schema, value, at)
    elif isinstance(value, list):
        yield from _items(schema, value, at)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            yield at, f"must be at least {schema['minimum']}"
        if "maximum" in schema and value > schema["maximum"]:
            yield at, f"must be at most {schema['maximum']}"


def _text(schema: dict[str, Any], value: str, at: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minLength", 0):
        yield at, "must not be empty" if schema["minLength"] == 1 else f"must have at least {schema['minLength']} characters"
    if len(value) > schema.get("maxLength", len(value)):
        yield at, f"must have at most {schema['maxLength']} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield at, "has not the form it must have"


def _members(schema: dict[str, Any], value: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}/{_escape(name)}", "is missing"
    for name, member in value.items():
        pointer = f"{at}/{_escape(name)}"
        if name in known:
            yield from violations(known[name], member, pointer)
        elif schema.get("additionalProperties") is False:
            yield pointer, "is not a known setting"


def _items(schema: dict[str, Any], value: list[Any], at: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minItems", 0):
        yield at, f"must have at least {schema['minItems']} entries"
    for i, item in enumerate(value):
        yield from violations(schema.get("items", {}), item, f"{at}/{i}")


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")

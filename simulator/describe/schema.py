"""JSON Schema of the file form, generated from the same type hints that read it.

It knows keys, kinds, units and simple ranges; that names lead somewhere only the reader checks.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from simulator.describe.backlogs import Backlog
from simulator.describe.chain import Chain
from simulator.describe.controllers import KINDS
from simulator.describe.faults import Fault, crash
from simulator.describe.files import MAX_ENTRIES
from simulator.describe.forms import (
    ABSTRACT,
    MARKED,
    TAGS,
    Build,
    choices,
    fields_of,
    least,
    most,
    required_keys,
)
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.presets import PRESETS
from simulator.describe.sources import Source
from simulator.describe.steps import Call
from simulator.describe.structure import Structure
from simulator.describe.system import Scenario
from simulator.describe.units import text_pattern
from simulator.describe.wording import NAME

__all__ = ["json_schema"]

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Schema (draft 2020-12) of a scenario file, for editors that complete and check TOML."""
    book = _Book()
    fields = fields_of(Scenario)
    controllers = choices(KINDS)
    kinds = [book.tagged(tag, build, skip=("name",)) for tag, build in controllers.items()]
    parts: Schema = {
        "pools": _entries(book.table(Pool, skip=("name",))) | {"minProperties": 1},
        "structure": book.of(Structure),
        "faults": _entries(book.table(Fault, skip=("name",), needs=("on",))),
        "controllers": _entries({"anyOf": kinds}),
        "sources": _entries(book.table(Source, skip=("name",))),
        "backlogs": _entries(book.table(Backlog, skip=("name",))),
        "links": {
            "anyOf": [
                _entries(book.table(Link, skip=("name",))),
                {"type": "array", "items": book.table(Link)},
            ]
        },
    }
    own = {key: book.of(fields[key]) for key in ("name", "horizon", "starts", "stands_for")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reliability scenario",
        "type": "object",
        "properties": own | parts | {"chain": book.of(Chain)},
        "additionalProperties": False,
        "oneOf": [
            {"required": ["pools"]},
            {"required": ["chain"], "properties": dict.fromkeys(parts, False)},
        ],
        "$defs": book.definitions,
    }


def _entries(entry: Schema) -> Schema:
    """Named tables of one kind."""
    return {
        "type": "object",
        "additionalProperties": entry,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "maxProperties": MAX_ENTRIES,
    }


def _quantity(unit: str) -> Schema:
    """A number in base units or a text with a unit."""
    if unit == "number":
        return {"type": "number"}
    kind = unit.removesuffix(" or inf")
    number: Schema = {"type": "number", "minimum": 0}
    if kind == "share":
        number["maximum"] = 1
    text = {"type": "string", "pattern": text_pattern(kind)}
    return {"anyOf": [number, text], "description": f"a {kind}"}


class _Book:
    """Collects the definitions while walking the type hints."""

    def __init__(self) -> None:
        self.definitions: Schema = {}

    def of(self, kind: Any) -> Schema:
        """Schema of one type hint."""
        origin = get_origin(kind)
        if origin is Annotated:
            return _quantity(get_args(kind)[1])
        if origin in (Union, types.UnionType):
            kinds = [k for k in get_args(kind) if k is not type(None)]
            none = [{"const": "none"}] if type(None) in get_args(kind) else []
            alone = kinds[0] in TAGS.values() and len(kinds) == 1  # then its tag may be left out
            return {
                "anyOf": [*map(self.of, kinds), *([self.table(kinds[0])] if alone else []), *none]
            }
        if origin is Literal:
            return {"enum": [word for word in get_args(kind) if word]}
        if origin in (tuple, Sequence):
            return self._list(get_args(kind))
        if inspect.isclass(kind) and (issubclass(kind, ABSTRACT) or dataclasses.is_dataclass(kind)):
            return self._class(kind)
        if kind is int:
            return {"type": "integer"}  # its range stands where it is used: _field, _list
        return {"type": {float: "number", str: "string", bool: "boolean"}[kind]}

    def _list(self, args: tuple[Any, ...]) -> Schema:
        if len(args) > 1 and args[1] is not Ellipsis:
            items = [self._item(a) for a in args]
            return {
                "type": "array", "prefixItems": items, "minItems": len(items),
                "maxItems": len(items),
            }  # fmt: skip
        rows = {"type": "array", "items": self.of(args[0])}
        pair = get_args(args[0])
        if get_origin(args[0]) is tuple and len(pair) == 2:  # zones: a table of name = count
            return {
                "anyOf": [rows, {"type": "object", "additionalProperties": self._item(pair[1])}]
            }
        return rows

    def _item(self, kind: Any) -> Schema:
        return self.of(kind) | ({"minimum": 1} if kind is int else {})

    def _class(self, kind: type) -> Schema:
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # a placeholder: a class may contain itself
            tags = choices((kind,)) if kind not in MARKED else {}
            forms = [self.tagged(tag, build) for tag, build in tags.items()]
            if kind is Fault:
                forms = [self.table(Fault), self.tagged("crash", crash)]
            self.definitions[name] = {"anyOf": forms} if forms else self.table(kind)
        return {"$ref": f"#/$defs/{name}"}

    def table(
        self, build: Build, skip: tuple[str, ...] = (), needs: tuple[str, ...] = ()
    ) -> Schema:
        """Schema of the table form of a class or constructor, and of its one-value form."""
        fields = {k: v for k, v in fields_of(build).items() if k not in skip}
        required = [*needs, *(key for key in required_keys(build) if key not in skip)]
        table: Schema = {
            "type": "object",
            "properties": {k: self._field(build, k, v) for k, v in fields.items()},
            "additionalProperties": False,
        }
        if build is Call:
            table["properties"]["preset"] = {"enum": list(PRESETS)}
        if required:
            table["required"] = required
        if len(required) > 1 or not fields or build in (Pool, Fault, Chain, *MARKED):
            return table
        return {"anyOf": [table, self.of(next(iter(fields.values())))]}

    def _field(self, build: Build, key: str, kind: Any) -> Schema:
        if int not in (kind, *get_args(kind)):
            return self.of(kind)
        return self.of(kind) | {"minimum": least(build, key), "maximum": most(build, key)}

    def tagged(self, tag: str, build: Build, skip: tuple[str, ...] = ()) -> Schema:
        """Schema of a one-key table."""
        return {
            "type": "object",
            "properties": {tag: self.table(build, skip)},
            "required": [tag],
            "additionalProperties": False,
        }

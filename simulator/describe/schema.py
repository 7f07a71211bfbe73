"""JSON Schema of the file form, generated from the same type hints that read it."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from simulator.describe.chain import Chain
from simulator.describe.codec import MARKED, TAGS, choices, fields_of, required_keys
from simulator.describe.controllers import Crew, Failover
from simulator.describe.distributions import Distribution
from simulator.describe.faults import Fault, crash
from simulator.describe.pools import Pool
from simulator.describe.structure import Structure
from simulator.describe.system import Scenario

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """Schema (draft 2020-12) of a scenario file, for editors that complete and check TOML."""
    book = _Book()
    named = {k: book.of(v) for k, v in fields_of(Scenario).items() if k in ("name", "horizon", "starts")}
    controller = {"anyOf": [book.tagged(tag, build, skip=("name",)) for tag, build in choices((Crew, Failover)).items()]}
    properties = named | {
        "pools": _map_of(book.table(Pool, skip=("name",))),
        "faults": _map_of(book.table(Fault, skip=("name",))),
        "controllers": _map_of(controller),
        "structure": book.of(Structure),
        "chain": book.of(Chain),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reliability scenario",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": ["pools"]}, {"required": ["chain"]}],
        "$defs": book.definitions,
    }


def _map_of(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": entry}


class _Book:
    """Collects the definitions while walking the type hints."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def of(self, kind: Any) -> dict[str, Any]:
        """Schema of one type hint."""
        origin = get_origin(kind)
        if origin is Annotated:
            unit = get_args(kind)[1]
            return {"type": "number"} if unit == "number" else {"type": ["number", "string"], "description": unit}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(k) for k in get_args(kind) if k is not type(None)]}
        if origin is Literal:
            return {"enum": [a for a in get_args(kind) if a]}
        if origin in (tuple, typing.Sequence) or getattr(origin, "__name__", "") == "Sequence":
            return self._list(get_args(kind))
        if inspect.isclass(kind) and (issubclass(kind, Distribution) or dataclasses.is_dataclass(kind)):
            return self._class(kind)
        return {"type": {int: "integer", float: "number", str: "string", bool: "boolean"}[kind]}

    def _list(self, args: tuple[Any, ...]) -> dict[str, Any]:
        if len(args) == 1 or args[1] is Ellipsis:
            zones = get_origin(args[0]) is tuple and len(get_args(args[0])) == 2
            items = {"type": "array", "items": self.of(args[0])}
            return {"anyOf": [items, {"type": "object"}]} if zones else items
        return {"type": "array", "prefixItems": [self.of(a) for a in args]}

    def _class(self, kind: type) -> dict[str, Any]:
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            tags = choices((kind,)) if kind not in MARKED else {}
            if tags and kind is not Fault:
                schema = {"anyOf": [self.tagged(tag, build) for tag, build in tags.items()]}
            else:
                schema = self.table(kind)
            self.definitions[name] = schema
        return {"$ref": f"#/$defs/{name}"}

    def table(self, build: Callable[..., Any], skip: tuple[str, ...] = ()) -> dict[str, Any]:
        """Schema of the table form of a class or constructor, and of its one-value form."""
        fields = {k: v for k, v in fields_of(build).items() if k not in skip}
        required = [key for key in required_keys(build) if key not in skip]
        table: dict[str, Any] = {
            "type": "object",
            "properties": {k: self.of(v) for k, v in fields.items()},
            "additionalProperties": False,
        }
        if required:
            table["required"] = required
        forms = [table]
        if len(required) <= 1 and fields and build not in (Pool, Fault):
            forms.append(self.of(next(iter(fields.values()))))
        if build is Fault:
            forms.append(self.tagged("crash", crash))
        return forms[0] if len(forms) == 1 else {"anyOf": forms}

    def tagged(self, tag: str, build: Callable[..., Any], skip: tuple[str, ...] = ()) -> dict[str, Any]:
        """Schema of a one-key table."""
        assert tag in TAGS or tag == "crash"  # every tag is one that the codec reads
        return {
            "type": "object",
            "properties": {tag: self.table(build, skip)},
            "required": [tag],
            "additionalProperties": False,
        }

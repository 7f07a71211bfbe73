"""Python source files as the architecture tests see them: names, syntax trees, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes
    ----------
    module : str
        Dotted name; for ``from a import b`` it is ``a.b`` if that is a module of the checkout.
    line : int
        Where it stands.
    lazy : bool
        Inside a function.
    typing : bool
        Inside ``if TYPE_CHECKING``: never executed.
    names : tuple[str, ...]
        What ``from`` takes; empty for a plain import.
    level : int
        Number of leading dots.
    """

    module: str
    line: int
    lazy: bool
    typing: bool
    names: tuple[str, ...]
    level: int


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, its text and, on demand, its syntax tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.name)

    @cached_property
    def raw_imports(self) -> tuple[Import, ...]:
        """Every import, wherever it stands."""
        return tuple(_imports(self.tree, lazy=False, typing=False))


def under(name: str, package: str) -> bool:
    """Whether `name` is `package` or lies in it."""
    return name == package or name.startswith(package + ".")


def checkout(*folders: str) -> list[Module]:
    """All Python files of these folders; folders that do not exist have none."""
    return [
        Module(
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"),
            path.read_text(encoding="utf-8"),
        )
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def _imports(node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, lazy, typing, (), 0)
        elif isinstance(child, ast.ImportFrom):
            names = tuple(alias.name for alias in child.names)
            yield Import(child.module or "", child.lineno, lazy, typing, names, child.level)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(ast.Module(child.body, []), lazy=lazy, typing=True)
            yield from _imports(ast.Module(child.orelse, []), lazy=lazy, typing=typing)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, lazy=lazy or function, typing=typing)


def imports(module: Module, known: Iterable[str]) -> Iterator[Import]:
    """Imports of a module, each ``from`` split into the modules it reaches."""
    names = set(known)
    for found in module.raw_imports:
        inner = [f"{found.module}.{name}" for name in found.names]
        for target in {name if name in names else found.module for name in inner} or {found.module}:
            yield Import(target, found.line, found.lazy, found.typing, found.names, found.level)

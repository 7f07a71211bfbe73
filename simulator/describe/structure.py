"""Structure: when is the system up, given its parts? Series, parallel, k of n, and meshes.

A part is the name of a pool (``"db"``), of one member (``"db[0]"``), of a scenario fault, or another
structure. If none is given it is derived from the calls: see :mod:`simulator.rules.anatomy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = [
    "MAX_PATHS", "KofN", "Network", "Parallel", "Part", "Series", "Structure", "k_of_n", "names_in",
    "network", "parallel", "series",
]  # fmt: skip

MAX_PATHS = 50_000
"""Most simple paths of a network: its fault tree has a branch for each."""


@dataclass(frozen=True, slots=True)
class Series:
    """Up while all parts are up."""

    series: tuple[Part, ...]

    def __post_init__(self) -> None:
        _need_parts(self.series, "series")


@dataclass(frozen=True, slots=True)
class Parallel:
    """Up while any part is up."""

    parallel: tuple[Part, ...]

    def __post_init__(self) -> None:
        _need_parts(self.parallel, "parallel")


@dataclass(frozen=True, slots=True)
class KofN:
    """Up while at least `k` of the parts `of` are up."""

    k: int
    of: tuple[Part, ...]

    def __post_init__(self) -> None:
        _need_parts(self.of, "of")
        whole = isinstance(self.k, int) and not isinstance(self.k, bool)
        if not whole or not 1 <= self.k <= len(self.of):
            raise DescriptionError(
                f"{shown(self.k)}: allowed is a whole number from 1 to the {len(self.of)} parts",
                "k",
            )


@dataclass(frozen=True, slots=True)
class Network:
    """Up while `source` and `target` are joined by edges whose parts are up (a mesh, a bridge).

    Parameters
    ----------
    edges : tuple of (node, node, part)
        Undirected edges; a part may stand on several edges.
    source, target : str
    """

    edges: tuple[tuple[str, str, Part], ...]
    source: str
    target: str

    def __post_init__(self) -> None:
        nodes = dict.fromkeys(n for a, b, _ in self.edges for n in (a, b))
        for key, node in (("source", self.source), ("target", self.target)):
            if node not in nodes:
                known = ", ".join(nodes) or "none"
                raise DescriptionError(f"{shown(node)} is no node of the edges: {known}", key)
        if self.source == self.target:
            raise DescriptionError(f"{shown(self.target)} is the source too", "target")
        if not sum(1 for _ in self.paths()):
            raise DescriptionError(
                f"no path leads from {self.source!r} to {self.target!r}: the system would never be up",
                "edges",
            )

    def paths(self) -> Iterator[tuple[Part, ...]]:
        """Every simple path from source to target, as the parts on its edges.

        Raises
        ------
        DescriptionError
            Beyond ``MAX_PATHS`` paths.
        """
        around = self._within_reach()
        stack: list[tuple[str, tuple[str, ...], tuple[Part, ...]]] = []
        if self.source in around:
            stack.append((self.source, (self.source,), ()))
        found = steps = 0
        while stack:
            node, seen, parts = stack.pop()
            steps += 1
            if found > MAX_PATHS or steps > 10 * MAX_PATHS:
                raise DescriptionError(
                    f"a network of more than {MAX_PATHS:,} paths: nest smaller structures", "edges"
                )
            if node == self.target:
                found += 1
                yield parts
                continue
            stack += [(n, (*seen, n), (*parts, p)) for n, p in around[node] if n not in seen]

    def _within_reach(self) -> dict[str, list[tuple[str, Part]]]:
        """Neighbours, and the part on the way, of every node from which the target can be reached."""
        around: dict[str, list[tuple[str, Part]]] = {}
        for a, b, part in self.edges:
            around.setdefault(a, []).append((b, part))
            around.setdefault(b, []).append((a, part))
        reached, todo = {self.target}, [self.target]
        while todo:
            for node, _ in around[todo.pop()]:
                if node not in reached:
                    reached.add(node)
                    todo.append(node)
        return {node: ways for node, ways in around.items() if node in reached}


Structure = Series | Parallel | KofN | Network
Part = str | Structure


def _need_parts(parts: tuple[Part, ...], key: str) -> None:
    if not parts:
        raise DescriptionError("at least one part is needed", key)


def series(*parts: Part) -> Series:
    """Up while all `parts` are up."""
    return Series(parts)


def parallel(*parts: Part) -> Parallel:
    """Up while any of `parts` is up."""
    return Parallel(parts)


def k_of_n(k: int, *parts: Part) -> KofN:
    """Up while at least `k` of `parts` are up."""
    return KofN(k, parts)


def network(edges: list[tuple[str, str, Part]], source: str, target: str) -> Network:
    """Up while `source` and `target` are joined by edges that are up."""
    return Network(tuple((a, b, p) for a, b, p in edges), source, target)


def names_in(part: Part) -> Iterator[str]:
    """Every name that stands in a structure."""
    if isinstance(part, str):
        yield part
        return
    if isinstance(part, Network):
        inner: tuple[Part, ...] = tuple(p for _, _, p in part.edges)
    elif isinstance(part, KofN):
        inner = part.of
    else:
        inner = part.series if isinstance(part, Series) else part.parallel
    for child in inner:
        yield from names_in(child)

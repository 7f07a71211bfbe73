"""Structure: when is the system up, given its parts? Series, parallel, k of n, and meshes.

A part is the name of a pool (``"db"``), of one member (``"db[0]"``), of a scenario fault, or another
structure. If none is given it is derived from the calls: see :mod:`simulator.describe.derive`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.errors import DescriptionError

__all__ = ["KofN", "Network", "Parallel", "Part", "Series", "Structure", "k_of_n", "names_in", "network", "parallel", "series"]


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
        if isinstance(self.k, bool) or not isinstance(self.k, int) or not 1 <= self.k <= len(self.of):
            raise DescriptionError(f"{self.k!r}: allowed is a whole number from 1 to {len(self.of)}", "k")


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
        nodes = {n for a, b, _ in self.edges for n in (a, b)}
        for key, node in (("source", self.source), ("target", self.target)):
            if node not in nodes:
                raise DescriptionError(f"{node!r} is no node of the edges: {', '.join(sorted(nodes))}", key)

    def paths(self) -> Iterator[tuple[Part, ...]]:
        """Every simple path from source to target, as the parts on its edges."""
        around: dict[str, list[tuple[str, Part]]] = {}
        for a, b, part in self.edges:
            around.setdefault(a, []).append((b, part))
            around.setdefault(b, []).append((a, part))
        stack: list[tuple[str, tuple[str, ...], tuple[Part, ...]]] = [(self.source, (self.source,), ())]
        while stack:
            node, seen, parts = stack.pop()
            if node == self.target:
                yield parts
                continue
            stack += [(n, (*seen, n), (*parts, p)) for n, p in around[node] if n not in seen]


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

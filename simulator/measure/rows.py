"""Reading the rows of a run: which are of a source, a pool or a call, and which went on the wire."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.errors import DescriptionError
from simulator.measure.inputs import Floats
from simulator.tables.outcomes import CAUSES, OUTCOMES, REJECTED, Outcomes

__all__ = [
    "FAILED", "Flags", "Integers", "attempts_of", "attempts_to", "calls_to", "edges_of", "end_of", "floats",
    "integers", "number_of", "on_the_wire", "requests_of", "went_well",
]  # fmt: skip

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

FAILED = tuple(OUTCOMES.index(word) for word in ("error", "timeout", "rejected", "shed"))
"""Outcomes of requests that ended badly, as indices."""

_NOBODY = CAUSES.index("nobody in rotation")


def number_of(name: str, names: Sequence[str], what: str) -> int:
    """Place of a name among those of a run.

    Raises
    ------
    DescriptionError
        Naming those there are.
    """
    if name not in names:
        raise DescriptionError(f"no {what} is called {name!r}; there are {', '.join(names)}", what)
    return list(names).index(name)


def floats(outcomes: Outcomes, table: str, column: str) -> Floats:
    """A column of ``"requests"`` or ``"attempts"`` as floats, shape (n,).

    Raises
    ------
    DescriptionError
        If the run kept no rows.
    """
    columns = outcomes.requests if table == "requests" else outcomes.attempts
    if column not in columns:
        raise DescriptionError("this run kept sums only: run it with rows", table)
    return np.asarray(columns[column], dtype=np.float64)


def integers(outcomes: Outcomes, table: str, column: str) -> Integers:
    """A column of ``"requests"`` or ``"attempts"`` as integers, shape (n,)."""
    return floats(outcomes, table, column).astype(np.int64)


def requests_of(outcomes: Outcomes, source: str | None) -> Flags:
    """Which requests a source sent; all of them for None."""
    of = integers(outcomes, "requests", "source")
    if source is None:
        return np.ones(of.size, dtype=bool)
    return np.asarray(of == number_of(source, outcomes.sources, "source"))


def attempts_of(outcomes: Outcomes, source: str | None) -> Flags:
    """Which attempts sources made themselves, not the pools on their behalf."""
    own = integers(outcomes, "attempts", "parent") < 0
    if source is not None:
        of = integers(outcomes, "attempts", "source")
        own &= of == number_of(source, outcomes.sources, "source")
    return np.asarray(own)


def calls_to(outcomes: Outcomes, pool: str) -> tuple[int, ...]:
    """Numbers of the calls that go to a pool."""
    wanted = number_of(pool, outcomes.pools, "pool")
    return tuple(i for i, callee in enumerate(outcomes.callee) if callee == wanted)


def attempts_to(outcomes: Outcomes, pool: str) -> Flags:
    """Which attempts are of calls to a pool, those that never left their caller included."""
    return np.isin(integers(outcomes, "attempts", "site"), calls_to(outcomes, pool))


def on_the_wire(outcomes: Outcomes) -> Flags:
    """Which attempts left their caller: not rejected by its own policies, and with somebody to go to."""
    away = integers(outcomes, "attempts", "outcome") != REJECTED
    there = integers(outcomes, "attempts", "member") >= 0
    somebody = integers(outcomes, "attempts", "cause") != _NOBODY
    return np.asarray(away & there & somebody, dtype=bool)


def went_well(outcomes: Outcomes, table: str) -> Flags:
    """Which requests or attempts ended ok or degraded."""
    return np.asarray(integers(outcomes, table, "outcome") <= 1)


def end_of(outcomes: Outcomes, table: str) -> Floats:
    """When each ended for its sender, seconds; the horizon for what is still under way."""
    ended = floats(outcomes, table, "ended_s")
    return np.asarray(np.where(np.isnan(ended), outcomes.horizon_s, ended))


def edges_of(horizon_s: float, bin_s: float) -> Floats:
    """Edges of bins from 0 to the horizon, seconds; the last bin may be shorter.

    Raises
    ------
    DescriptionError
        If the width is not above 0, or there would be more than 10 million bins.
    """
    if not bin_s > 0:
        raise DescriptionError(f"{bin_s!r}: a width above 0 s is needed", "bin_s")
    count = int(np.ceil(horizon_s / bin_s * (1 - 1e-12)))
    if count > 10_000_000:
        raise DescriptionError(f"{bin_s!r}: that makes {count:,} bins", "bin_s")
    edges: Floats = np.arange(max(count, 1) + 1, dtype=np.float64) * float(bin_s)
    edges[-1] = horizon_s
    return edges

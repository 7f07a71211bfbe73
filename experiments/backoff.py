"""Which backoff gets many writers of one row through soonest, and with the fewest calls?

Scenario: N clients must each write the same row once, under optimistic locking. An attempt reads the
row's version and writes with it: four messages of |N(10 ms, 2 ms)| each. A write whose version is no
longer the row's is refused; its client backs off and begins again by reading. All start at once.
Method: a simulation of its own, because the rule of conflict is all there is to it; an attempt is one
event. The waits are those of simulator.rules.backoff: base 5 ms, at most 2 s, the first doubled already.
Look at: without backoff everybody is soonest done, for calls that grow as the square of N. Doubling
without jitter is the worst of both: the clients stay in step and meet again. Jitter keeps few calls and
costs little time; of its three kinds "decorrelated" is the quickest below about a hundred clients and
makes the most calls.
Sources: M. Brooker, Exponential Backoff And Jitter, Amazon Architecture Blog, 2015, and its simulator.
"""

from __future__ import annotations

import heapq
import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.pictures import Axis, exact_and_simulated, times
from experiments.repeat import each
from experiments.running import main, quantities
from simulator.describe import MS, SECOND, Backoff
from simulator.rules.backoff import wait

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TIMES = {"base": 5 * MS, "cap": 2 * SECOND, "hop": 10 * MS, "hop_spread": 2 * MS}
STRATEGIES = ("none", "exponential", "equal", "full", "decorrelated")
CLIENTS = (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 150, 190)
TRIALS = 400
QUICK_CLIENTS, QUICK_CONTESTS = (10, 20, 30), 12
BLOCK = 512  # random numbers drawn at once


class Contest(NamedTuple):
    """So many clients with one strategy, so many times; times in seconds."""

    clients: int
    strategy: str
    trials: int
    seed: int
    base: float
    cap: float
    hop: float
    hop_spread: float


def backoff_of(contest: Contest) -> Backoff | None:
    """The rule by which the clients of a contest wait."""
    if contest.strategy == "none":
        return None
    jitter = "none" if contest.strategy == "exponential" else contest.strategy
    return Backoff(contest.base, contest.cap, jitter, first=1)  # type: ignore[arg-type]


def hold(contest: Contest) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) until the last client knows that it has written, and writes sent; shape (trials,) each."""
    rng = np.random.default_rng(
        [contest.seed, contest.clients, STRATEGIES.index(contest.strategy)]
    )
    results = [_trial(contest, backoff_of(contest), rng) for _ in range(contest.trials)]
    ended, calls = np.array(results).T
    return ended, calls


def _trial(contest: Contest, rule: Backoff | None, rng: np.random.Generator) -> tuple[float, int]:
    """One contest: the heap holds for each client when its next write arrives and when it read.

    Reads change nothing, so only writes are events; a write fails if another one succeeded since
    its read.
    """
    hops = _Hops(rng, contest.hop, contest.hop_spread)
    uniforms: list[float] = []
    ahead = [(*hops.attempt(0.0), client) for client in range(contest.clients)]
    heapq.heapify(ahead)
    failed, waited = [0] * contest.clients, [contest.base] * contest.clients
    written = finished = 0.0
    calls = 0
    while ahead:
        arrives, read, client = ahead[0]
        calls += 1
        answered = arrives + hops.one()
        if written <= read:
            written = arrives
            finished = max(finished, answered)
            heapq.heappop(ahead)
            continue
        failed[client] += 1
        if rule is not None:
            uniforms = uniforms or rng.random(BLOCK).tolist()
            waited[client] = wait(rule, failed[client], uniforms.pop(), waited[client])
            answered += waited[client]
        heapq.heapreplace(ahead, (*hops.attempt(answered), client))
    return finished, calls


class _Hops:
    """Times of messages on the way, drawn many at once."""

    def __init__(self, rng: np.random.Generator, mean: float, spread: float) -> None:
        self._rng, self._mean, self._spread = rng, mean, spread
        self._ready: list[float] = []

    def one(self) -> float:
        """Time of one message, seconds."""
        if not self._ready:
            self._ready = np.abs(self._rng.normal(self._mean, self._spread, BLOCK)).tolist()
        return self._ready.pop()

    def attempt(self, start: float) -> tuple[float, float]:
        """When the write of an attempt arrives, and when its read did, for one that begins at `start`."""
        read = start + self.one()
        return read + self.one() + self.one(), read


def row(contest: Contest) -> dict[str, float | str]:
    """Means of a contest with their standard errors; times in seconds."""
    ended, calls = hold(contest)
    root = math.sqrt(len(ended))
    return {
        "clients": contest.clients, "strategy": contest.strategy, "trials": contest.trials,
        "time_s": float(ended.mean()), "time_error_s": float(ended.std(ddof=1)) / root,
        "calls": float(calls.mean()), "calls_error": float(calls.std(ddof=1)) / root,
    }  # fmt: skip


def contests(
    clients: Sequence[int], trials: int, seed: int, stated: Mapping[str, float] = TIMES
) -> list[Contest]:
    """One contest for each number of clients and strategy."""
    return [Contest(n, s, trials, seed, **stated) for n in clients for s in STRATEGIES]


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Table: time and calls for each number of clients and strategy."""
    import pandas as pd

    stated = quantities(settings, TIMES)
    clients, trials = (QUICK_CLIENTS, QUICK_CONTESTS) if quick else (CLIENTS, TRIALS)
    asked = contests(clients, trials, seed, stated)
    return {"contest": pd.DataFrame(each(row, asked, jobs, "contests"))}


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row for each number of clients: time and calls by strategy."""
    table = tables["contest"].assign(time_ms=lambda t: (1e3 * t["time_s"]).round(0))
    wide = table.pivot(index="clients", columns="strategy", values=["time_ms", "calls"])
    order = [(what, s) for what in ("time_ms", "calls") for s in STRATEGIES]
    wide = wide[order].reset_index()
    wide.columns = [f"{a}_{b}".rstrip("_") for a, b in wide.columns]
    return wide.astype({"clients": int})


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What jitter saves with the most clients."""
    table = tables["contest"].set_index(["clients", "strategy"])
    most = int(table.index.get_level_values("clients").max())
    full, plain, none = (table.loc[(most, s)] for s in ("full", "exponential", "none"))
    return [
        f"{most} clients: with full jitter {plain['calls'] / full['calls']:.1f} times fewer calls than with "
        f"doubling alone, and done {plain['time_s'] / full['time_s']:.1f} times sooner; without any backoff "
        f"{none['calls'] / most**2:.2f} N^2 calls."
    ]


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Time and calls against the number of clients, a line for each strategy."""
    table = tables["contest"]
    trials = f"mean of {table['trials'].iloc[0]} contests; one row, each client writes it once"
    clients = Axis("clients", "clients that write the same row")
    return {
        "time.png": exact_and_simulated(
            table, None, clients,
            Axis("time_s", "time until all have written", "log", ticks=times(0.3, 1, 3, 10, 30, 100)), "strategy",
            title="Doubling without jitter keeps the writers in step", note=trials,
        ),
        "calls.png": exact_and_simulated(
            table, None, clients, Axis("calls", "writes sent, by all clients"), "strategy",
            title="Jitter saves more calls the more writers there are", note=trials,
        ),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))

"""Published collapses under load: a server that slows down with what it handles, and a cold cache.

Sources
-------
M. Brooker's programs, run again: "Metastability and Distributed Systems" (2021): a server that takes
1 s and 0.01 s for each request in it, messages of 0.1 s (exponential), clients that wait 3 s and try
three times; means of 10 runs. "Caches, Modes, and Unstable Systems" (2021): 1,000 requests per second,
Zipf 1.3 over 2,000,000 keys, an origin that takes 5 to 100 fetches per second and drops the others; the
times are those of the fluid answer, which the published program meets to the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from experiments.comparing import Figure, Said
from experiments.repeat import each
from simulator.describe import (
    Backoff,
    Cache,
    Call,
    Every,
    Exponential,
    Link,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Slowdown,
    Source,
    Spike,
    System,
    TokenRate,
    Work,
    Zipf,
)
from simulator.describe.profiles import Profile
from simulator.measure.series import series
from simulator.requests import traffic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Tent", "cold_figures", "collapse_figures"]

Floats = npt.NDArray[np.float64]

# --- a server that slows down --------------------------------------------------------------------

HORIZON, LATE = 80.0, (60, 80)  # s; the part that shows where it has come to rest
BASE, EACH, MESSAGE, TIMEOUT, ATTEMPTS = 1.0, 0.01, 0.1, 3.0, 3
COLLAPSE = "collapse under load"
PUBLISHED_RUNS = 10
MORE = 4  # times as many runs of the spike without backoff, where one in four recovers


@dataclass(frozen=True, slots=True)
class Tent(Profile):
    """A rate that climbs in a straight line to its peak and falls as steeply, down to nothing.

    Parameters
    ----------
    peak : float
        Per second.
    slope : float
        Per second, per second.
    at_s : float
        When the peak is, seconds.
    """

    peak: float
    slope: float
    at_s: float

    def at(self, t: float) -> float:
        return max(self.peak - self.slope * abs(t - self.at_s), 0.0)

    @property
    def most(self) -> float:
        return self.peak

    def total(self, t: Floats) -> Floats:
        before = np.minimum(t, self.at_s)
        climbed = (self.peak - self.slope * self.at_s) * before + self.slope * before**2 / 2
        after = np.clip(t - self.at_s, 0.0, self.peak / self.slope)
        return np.asarray(climbed + self.peak * after - self.slope * after**2 / 2)


LOADS: dict[str, Profile] = {"spike": Spike(40.0, 80.0, 20.0, 5.0), "ramp": Tent(80.0, 1.6, 25.0)}


class _Collapse(NamedTuple):
    load: str
    backs_off: bool
    seed: int


def _collapse(one: _Collapse) -> pd.DataFrame:
    """Second by second: what was offered, tried and answered, and what the server had in hand."""
    share = EACH / (BASE + EACH)
    server = Pool("server", serve=[Work(BASE + EACH)], slowdown=Slowdown(contention=share))
    waits = Backoff(20.0, cap=3600.0, jitter="full") if one.backs_off else None
    call = Call(
        "server", timeout=TIMEOUT, retry=Retry(ATTEMPTS, backoff=waits, on=("timeout",))
    )
    scenario = Scenario(
        System([server], links=[Link("clients", "server", delay=Exponential(MESSAGE))]),
        sources=[Source("clients", Poisson(LOADS[one.load]), to=call)],
        horizon=HORIZON,
    )
    outcomes = traffic(scenario, seed=one.seed).outcomes
    rows, ends = outcomes.attempts, np.arange(1.0, HORIZON + 1)
    begun = np.searchsorted(np.sort(rows["started_s"]), ends)
    done = np.searchsorted(np.sort(rows["served_s"]), ends)
    return series(outcomes, 1.0).assign(handled=begun - done)


def collapse_figures(
    seed: int, quick: bool, jobs: int, runs: int
) -> tuple[list[Figure | Said], pd.DataFrame]:
    """Where spike and ramp end, with and without backoff; and goodput over time, means of the runs."""
    import pandas as pd

    kinds = [(load, waits) for load in LOADS for waits in (False, True)][: 2 if quick else 4]
    groups: Groups = {}
    for kind in kinds:
        many = runs * (2 if quick else MORE) if kind == ("spike", False) else runs
        items = [_Collapse(*kind, seed + k) for k in range(many)]
        groups[kind] = each(_collapse, items, jobs, "collapses")
    found = _after_spike(groups)
    if not quick:
        found += _after_ramp(groups)
    lines = [_line(mine, name) for name, mine in _alike(groups).items()]
    return found, pd.concat(lines, ignore_index=True)


def _line(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    """Means over runs, second by second."""
    mean = sum(tables[1:], tables[0]) / len(tables)
    return mean[["time_s", "offered_per_s", "attempts_per_s", "goodput_per_s"]].assign(line=name)


def _alike(groups: Groups) -> dict[str, list[pd.DataFrame]]:
    """The runs by what they are, and, where their fates differ, by how they end: a mean would hide it."""
    found: dict[str, list[pd.DataFrame]] = {}
    for (load, waits), mine in groups.items():
        name = f"{load}, {'full jitter' if waits else 'no backoff'}"
        well = [t for t in mine if load == "spike" and _well_by(t, LATE[0])]
        rest = [t for t in mine if load != "spike" or not _well_by(t, LATE[0])]
        for part in (well, rest):
            if part:
                share = f" ({len(part)} of {len(mine)} runs)" if well and rest else ""
                found[name + share] = part
    return found


Groups = dict[tuple[str, bool], list["pd.DataFrame"]]


def _mean(tables: list[pd.DataFrame], column: str, start: int, end: int) -> tuple[float, float]:
    """Mean over seconds, and its standard error between runs."""
    values = np.array([float(t[column].iloc[start:end].mean()) for t in tables])
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()), spread / len(values) ** 0.5


def _after_spike(groups: Groups) -> list[Figure | Said]:
    """Without backoff a run recovers or serves nothing; what was published is a mean of ten runs."""
    plain, jittered = groups["spike", False], groups["spike", True]
    good, asked = (_mean(plain, f"{name}_per_s", *LATE)[0] for name in ("goodput", "offered"))
    theirs, ours = ((0.2 * 0.8 / runs) ** 0.5 for runs in (PUBLISHED_RUNS, len(plain)))
    shares = [_mean([t], "goodput_per_s", *LATE)[0] / asked for t in plain]
    part = sum(0.1 < share < 0.5 for share in shares)
    back = sum(share > 0.5 for share in shares)
    late, name = f"{LATE[0]} to {LATE[1]} s", "spike, no backoff"
    note = f"{back} of {len(plain)} runs recover, {part} serve a part, {len(plain) - back - part} nothing"
    return [
        Figure(
            COLLAPSE, f"{name}: answers per second, {late}, mean of runs", 8.0, good, theirs * asked, ours * asked,
            percent=10.0, errors=3.0, note=note,
        ),
        Figure(
            COLLAPSE, f"{name}: share of requests answered, {late}, mean of runs", 0.19, good / asked, theirs, ours,
            errors=3.0, note="published: 18 to 20 %, mean of 10 runs",
        ),
        Said(COLLAPSE, name, "each run goes on serving a fifth", part, len(plain), note=note),
        Said(
            COLLAPSE, "spike, backoff with full jitter", "recovers by 35 s", sum(_well_by(t, 35) for t in jittered),
            len(jittered),
        ),
    ]  # fmt: skip


def _well_by(table: pd.DataFrame, second: int) -> bool:
    """No second from then on in which less is answered than half of what is asked, and all in all 95 %."""
    good, asked = (table[f"{n}_per_s"].iloc[second:].to_numpy() for n in ("goodput", "offered"))
    smooth = np.convolve(good, np.ones(5) / 5, "valid"), np.convolve(asked, np.ones(5) / 5, "valid")
    return bool((smooth[0] > 0.5 * smooth[1]).all() and good.sum() > 0.95 * asked.sum())


def _after_ramp(groups: Groups) -> list[Figure | Said]:
    found: list[Figure | Said] = []
    for waits, handled in ((False, 2258.0), (True, 1528.0)):
        name = "backoff with full jitter" if waits else "no backoff"
        good, _ = _mean(groups["ramp", waits], "goodput_per_s", *LATE)
        found.append(Figure(COLLAPSE, f"ramp, {name}: answers per second, 60 to 80 s", 0.0, good))
        ours, error = _mean(groups["ramp", waits], "handled", 78, 79)
        found.append(
            Figure(
                COLLAPSE, f"ramp, {name}: requests in the server at 79 s", handled, ours, error, error,
                percent=10.0, errors=3.0, note="published as final",
            )
        )  # fmt: skip
    return found


# --- a cold cache --------------------------------------------------------------------------------

KEYS, REQUESTS, REACHED = Zipf(1.3, 2_000_000), 1000.0, 0.8
PUBLISHED_COLD = {5.0: 59.2, 10.0: 29.6, 20.0: 14.8, 100.0: 2.96}  # fetches per s: s until 80 % hit
COLD = "cold cache"


class _Cold(NamedTuple):
    limit: float
    seed: int
    replication: int


def _cold(one: _Cold) -> float:
    """When the keys in the cache have 80 % of the requests, seconds after the flush."""
    fetch = Call(
        "origin", after="miss", required=False, rate_limit=TokenRate(one.limit, burst=2.0)
    )
    pools = [Pool("app", serve=[Call("cache"), fetch]), Pool("cache", cache=Cache()), Pool("origin")]
    scenario = Scenario(
        System(pools),
        sources=[Source("users", Every(1 / REQUESTS), to=Call("app"), keys=KEYS)],
        horizon=1.4 * PUBLISHED_COLD[one.limit],
    )
    found = traffic(scenario, seed=one.seed, replication=one.replication).outcomes
    rows = found.attempts
    stored = (rows["site"] == found.sites.index("app>origin")) & (rows["outcome"] == 0)
    weights = np.arange(1, KEYS.n + 1, dtype=float) ** -float(KEYS.exponent)
    keys = found.requests["key"][rows["number"][stored]]
    share = np.cumsum(weights[keys]) / weights.sum()
    return float(rows["sent_s"][stored][np.searchsorted(share, REACHED)])


def cold_figures(seed: int, limits: Sequence[float], runs: int, jobs: int) -> list[Figure]:
    """Time until four of five requests hit: within 10 %."""
    items = [_Cold(limit, seed, r) for limit in limits for r in range(runs)]
    times = np.array(each(_cold, items, jobs, "cold caches")).reshape(len(limits), runs)
    return [
        Figure(
            COLD, f"origin of {limit:g} fetches per second: s until 80 % hit", PUBLISHED_COLD[limit],
            float(mine.mean()), 0.0, float(mine.std(ddof=1)) / runs**0.5, percent=10.0,
        )
        for limit, mine in zip(limits, times)
    ]  # fmt: skip

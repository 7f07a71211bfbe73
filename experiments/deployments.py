"""Recreate, rolling, blue-green or canary: what does a deployment cost, and what if the build is bad?

Scenario: 100 members at 30 to 40 % of their capacity, 70 to 100 requests a second, deployed at a random
time between 9 and 17 o'clock (models/deployments.py). One build in fifty is bad: 30 % errors, speed 0.7.
A rollout in waves halts when new members fail 2 % more often than old ones; otherwise somebody notices
after a median of 8 minutes, and takes it back.
Method: a deployment and 40 minutes around it, request by request, for a good and for a bad build, on the
luck of the same window without a deployment: what failed there is taken off. Both are weighted by the
chance of a bad build. A canary is also run alone, for sizes and kinds of builds, to see how long it must
stand before its errors are told from the usual ones.
Look at: the document's table in numbers. Blue-green loses nothing by itself and goes back in seconds, but
all users see a bad build until somebody notices. A rolling deployment is watched like a canary, and its
first ten members have their evidence within seconds: it loses no more. A canary of 1 % sees too little at
times: before there are 50 requests in a minute nothing is decided, and with so few a good build may be halted.
Sources: System Design Fundamentals, section 3.2, for the strategies and the words; all numbers are assumptions.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.designs import mean_by
from experiments.repeat import each
from experiments.running import changed, main
from models.deployments import (
    BEGINS,
    CHANCE_BAD,
    MEMBERS,
    STRATEGIES,
    USUAL_ERRORS,
    WATCHED,
    scenario,
)
from simulator.conducting import Conducted, conduct
from simulator.describe import HOUR, MIN
from simulator.tables.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RUNS, QUICK_RUNS = 6, 2
AFTER, QUICK_AFTER = 40 * MIN, 20.0  # s, of a window after the deployment has begun
BEFORE, QUICK_BEFORE = BEGINS, 10.0  # s
DAY_BEGINS, DAY_ENDS = 9 * HOUR, 17 * HOUR
KEPT = 1 * HOUR  # assumption: the old set of a blue-green deployment is paid for so long
SHORT = {("canary", "bad"): 15 * MIN, ("rolling", "bad"): 15 * MIN, ("recreate", "good"): 12 * MIN,
         ("blue_green", "good"): 12 * MIN}  # fmt: skip
"""Windows that may end earlier: all that happens has happened by then."""
SIZES = (0.01, 0.02, 0.05, 0.10)
SOAKS = (1 * MIN, 2 * MIN, 5 * MIN, 10 * MIN)
KINDS = {"30 % errors": 0.30, "3 % errors": 0.03, "good": 0.0}
CANARIES, QUICK_CANARIES = 10, 1
QUICK_SIZES, QUICK_SOAKS = (0.10,), (30.0,)
MEASURES = ("unavailable_s", "failed", "seen", "rollback_s", "member_hours")


@dataclass(frozen=True, slots=True)
class _Window:
    """What is run for one replication."""

    replication: int
    seed: int
    before: float
    after: float
    settings: Sequence[str]

    def time_of_day(self) -> float:
        """When the deployment begins; the same for all strategies."""
        return float(np.random.default_rng((self.seed, self.replication)).uniform(DAY_BEGINS, DAY_ENDS))


def run(*, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """Tables: windows one by one, their means by strategy and build, canaries by size, soak and kind."""
    import pandas as pd

    before, after = (QUICK_BEFORE, QUICK_AFTER) if quick else (BEFORE, AFTER)
    windows = [_Window(n, seed, before, after, settings) for n in range(QUICK_RUNS if quick else RUNS)]
    rows = pd.DataFrame([row for found in each(_window, windows, jobs, "windows") for row in found])
    means = mean_by(rows, ["strategy", "build"], MEASURES, shares=["seen"])
    return {"windows": rows, "means": means, "canaries": canaries(seed, quick, jobs, settings)}


# --- windows around deployments ----------------------------------------------------------------------


def _window(item: _Window) -> list[dict[str, Any]]:
    """All strategies with a good and a bad build, against the same time without a deployment."""
    plain = _conduct(item, "rolling", "good", begins=1e9, after=item.after)
    rows = []
    for strategy in STRATEGIES:
        for build in ("good", "bad"):
            after = min(item.after, SHORT.get((strategy, build), item.after))
            one = _conduct(item, strategy, build, begins=item.before, after=after)
            rows.append({
                "strategy": strategy, "build": build, "replication": item.replication,
                "time_of_day_h": item.time_of_day() / HOUR, "window_s": after, **measured(one, plain, item.before),
            })  # fmt: skip
    return rows


def _conduct(item: _Window, strategy: Any, build: str, begins: float, after: float) -> Conducted:
    described = scenario(
        strategy, chance_bad=float(build == "bad"), begins=begins, horizon=item.before + after,
        time_of_day=item.time_of_day() - item.before,
    )  # fmt: skip
    return conduct(changed(described, item.settings), seed=item.seed, replication=item.replication)


def measured(one: Conducted, plain: Conducted, begins: float) -> dict[str, float]:
    """Numbers of one window.

    Returns
    -------
    dict
        ``unavailable_s``: seconds in which at least half of the requests failed. ``failed``: requests
        that failed here and not without the deployment. ``seen``: share of the requests of 40 minutes
        that a bad member took. ``rollback_s``: from the decision until nobody runs the bad build; NaN if
        there was none. ``bad_s``: from the first bad member until then, or the end. ``member_hours``:
        paid for beyond the usual ones.
    """
    assert plain.outcomes is not None  # there are users
    sent, failed = _failed(one)
    _, usual = _failed(plain)
    bins = np.floor(sent[sent >= begins]).astype(int)
    lost = np.bincount(bins, weights=failed[sent >= begins]) >= 0.5 * np.maximum(np.bincount(bins), 1)
    bad = bad_spells(one)
    return {
        "unavailable_s": float(lost.sum()),
        "failed": float((failed & ~usual[: len(failed)]).sum()),
        "seen": _taken(one, bad) / float((plain.outcomes.requests["sent_s"] >= begins).sum()),
        **_back(one, bad), "member_hours": _member_hours(one, begins),
        "taken_back": float(any(c.words() == "back" for c in one.timeline.changes)),
    }  # fmt: skip


def _failed(one: Conducted) -> tuple[np.ndarray, np.ndarray]:
    """When each request was sent and whether it failed, in the order of their numbers."""
    assert one.outcomes is not None
    rows = one.outcomes.requests
    order = np.argsort(rows["number"])
    outcome = rows["outcome"][order]
    under_way = outcome == OUTCOMES.index("in_flight")
    return rows["sent_s"][order], (outcome > OUTCOMES.index("degraded")) & ~under_way


def bad_spells(one: Conducted) -> list[tuple[int, float, float]]:
    """Member, start and end of each time that a member runs the bad build."""
    end = one.scenario.horizon
    return [(s.members[0][1], s.start, min(s.end, end)) for s in one.timeline.spells if s.effect.speed < 1.0]


def _taken(one: Conducted, bad: Sequence[tuple[int, float, float]]) -> float:
    """Requests that a bad member took."""
    assert one.outcomes is not None
    rows = one.outcomes.attempts
    first, last = np.full(2 * MEMBERS, np.inf), np.full(2 * MEMBERS, -np.inf)
    for member, start, end in bad:
        first[member], last[member] = start, end
    member, sent = rows["member"], rows["sent_s"]
    return float(((member >= 0) & (sent >= first[member]) & (sent < last[member])).sum())


def _back(one: Conducted, bad: Sequence[tuple[int, float, float]]) -> dict[str, float]:
    told = [c.at for c in one.timeline.changes if c.words().startswith(("halted", "taken back"))]
    last = max((end for _, _, end in bad), default=math.nan)
    done = bool(told) and bool(bad) and last < one.scenario.horizon
    first = min((start for _, start, _ in bad), default=math.nan)
    return {"rollback_s": last - told[0] if done else math.nan, "bad_s": last - first}


def _member_hours(one: Conducted, begins: float) -> float:
    """Members built beside the others are paid for from the beginning until they go, or the old ones do."""
    extra = 0.0
    for spell in one.timeline.spells:
        if spell.cause == "not there yet" and spell.end < math.inf:
            back = (s.start for s in one.timeline.spells if s.cause.endswith("back") and not s.effect.up)
            extra += min(next(back, math.inf), begins + KEPT) - begins
    return extra / HOUR


# --- canaries ----------------------------------------------------------------------------------------


def canaries(seed: int, quick: bool, jobs: int, settings: Sequence[str]) -> pd.DataFrame:
    """Chance that a canary is halted before the next wave begins, by size, soak and kind of build."""
    import pandas as pd

    sizes, soaks, many = (QUICK_SIZES, QUICK_SOAKS, QUICK_CANARIES) if quick else (SIZES, SOAKS, CANARIES)
    items = [(kind, size, n) for kind in KINDS for size in sizes for n in range(many)]
    task = functools.partial(_canary, seed=seed, soak=max(soaks), settings=settings)
    rows = pd.DataFrame(each(task, items, jobs, "canaries"))
    found = []
    for (kind, size), part in rows.groupby(["kind", "size"], sort=False):
        sees = 60.0 * size * part["rate_per_s"].mean()
        for soak in soaks:
            halted = int((part["halted_after_s"] <= soak).sum())
            found.append({
                "kind": kind, "size": size, "soak_s": soak, "halted": halted, "runs": len(part),
                **_interval(halted, len(part)), "requests_per_min": sees,
            })  # fmt: skip
    return pd.DataFrame(found)


def _interval(hits: int, runs: int) -> dict[str, float]:
    from simulator.measure.estimates import proportion_estimate

    found = proportion_estimate(hits, runs)
    return {"chance": hits / runs, "low": found.low, "high": found.high}


def _canary(item: tuple[str, float, int], seed: int, soak: float, settings: Sequence[str]) -> dict[str, Any]:
    """How long one canary stands until it is halted."""
    kind, size, replication = item
    window = _Window(replication, seed, 10.0, soak, settings)
    error = KINDS[kind]
    described = scenario(
        "canary", error=error, speed=1.0, chance_bad=float(error > 0), waves=(size, 1.0), soak=2 * soak,
        begins=window.before, time_of_day=window.time_of_day(), horizon=window.before + 30.0 + soak,
    )  # fmt: skip
    described = changed(described, (*settings, "controllers.deploy.rollout.member_takes=20 s"))
    one = conduct(described, seed=seed, replication=replication, attempts=False)
    assert one.outcomes is not None
    up = max((c.at for c in one.timeline.changes if c.what == "build" and c.value is not None), default=math.nan)
    told = [c.at for c in one.timeline.changes if c.words().startswith("halted")]
    rate = len(one.outcomes.requests["sent_s"]) / one.scenario.horizon
    return {"kind": kind, "size": size, "replication": replication, "rate_per_s": rate,
            "halted_after_s": told[0] - up if told else math.inf}  # fmt: skip


# --- tables and pictures -----------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The document's table in numbers: a row for each strategy; `expected_failed` weighs good and bad."""
    import pandas as pd

    means = tables["means"].set_index(["strategy", "build"])
    found = []
    for strategy in dict.fromkeys(tables["means"]["strategy"]):
        good, bad = means.loc[(strategy, "good")], means.loc[(strategy, "bad")]
        row = {"strategy": strategy, "unavailable_s": good["unavailable_s"], "failed_good": good["failed"]}
        row |= {f"failed_bad{end}": max(bad[f"failed{end}"], 0.0) for end in ("", "_low", "_high")}
        weights = ((1.0 - CHANCE_BAD, good), (CHANCE_BAD, bad))
        row["expected_failed"] = sum(w * part["failed"] for w, part in weights)
        row |= {"rollback_s": bad["rollback_s"], "seen_bad": bad["seen"]}
        row["member_hours"] = sum(w * part["member_hours"] for w, part in weights)
        found.append(row)
    return pd.DataFrame(found)


FORMATS = {"rollback_s": "duration", "seen_bad": "percent"}


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What a canary of 1 % can tell."""
    rows = tables["canaries"]
    told = []
    for kind in ("30 % errors", "3 % errors"):
        part = rows[(rows["kind"] == kind) & (rows["size"] == rows["size"].min())]
        last = part[part["soak_s"] == part["soak_s"].max()].iloc[0]
        told.append(
            f"A canary of {100 * last['size']:g} % sees about {last['requests_per_min']:.0f} requests a minute; of a "
            f"build with {kind} {last['halted']:g} of {last['runs']:g} were halted within {last['soak_s'] / 60:g} min "
            f"(fewer than {WATCHED.least} in a minute decide nothing)."
        )
    good = tables["windows"][tables["windows"]["build"] == "good"]
    halted = good.groupby("strategy", sort=False)["taken_back"].agg(["sum", "count"])
    each_one = (f"{row['sum']:g} of {row['count']:g} {name}" for name, row in halted.iterrows())
    told.append(f"Good builds taken back: {', '.join(each_one)}.")
    good = rows[rows["kind"] == "good"]
    told.append(
        f"Good builds halted by the usual {USUAL_ERRORS:.1%} of errors, within {good['soak_s'].max() / 60:g} min: "
        + ", ".join(f"{r.halted:g} of {r.runs:g} at {100 * r.size_:g} %" for r in
                    good[good["soak_s"] == good["soak_s"].max()].rename(columns={"size": "size_"}).itertuples())
        + "."
    )  # fmt: skip
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """The strategies side by side; what a canary catches."""
    from experiments.deployments_pictures import plot_canaries, plot_strategies

    return {
        "strategies.png": plot_strategies(tables["means"]),
        "canaries.png": plot_canaries(tables["canaries"]),
    }


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))

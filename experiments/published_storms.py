"""Published storms of retries: the pause of HotOS'21 with what helps, and the four outcomes of OSDI'22.

Sources
-------
HotOS'21: N. Bronson et al., "Metastable Failures in Distributed Systems": 280 requests per second on a
database for 300, one retry, ten seconds of pause; loads and the hidden capacity of 150 are theirs. What
policies make of it, and when, is from an independent discrete-event simulation (random arrivals, fixed
service times, 5 seeds, medians). OSDI'22: L. Huang et al., "Metastable Failures in the Wild", the
MongoDB experiment of its artifact (capacity 2.0 to 0.45 or 0.40 for 9 or 10 s, 5 attempts, 3 s); its
load is not known, and was identified as 0.365 to 0.3925 of capacity in the same simple model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.comparing import Figure, Said
from experiments.repeat import each
from simulator.describe import (
    At,
    Call,
    Effect,
    Every,
    Fault,
    Link,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    TokenBucket,
    Work,
)
from simulator.measure.series import series
from simulator.requests import traffic

__all__ = ["Storm", "mongo_figures", "pause_figures", "recovery_s", "watch"]

CAPACITY, RATE, TIMEOUT, BEGINS, PAUSE = 300.0, 280.0, 1.0, 20.0, 10.0
WELL, WINDOW = 0.95, 5  # well again: this share of what is offered, averaged over so many seconds
HOTOS, POLICIES, OSDI = "HotOS'21 pause", "HotOS'21 policies", "OSDI'22 MongoDB"


@dataclass(frozen=True, slots=True)
class Storm:
    """One server, one source, one trigger; times in seconds.

    Parameters
    ----------
    name : str
    rate, capacity, timeout : float
    attempts : int
    random : bool
        Poisson arrivals; False: equal steps.
    effect : Effect
        Of the trigger, on the server or on the link to it.
    on_link : bool
    begins, lasts, horizon : float
    queue : Queue
    budget : TokenBucket or None
    """

    name: str
    rate: float = RATE
    capacity: float = CAPACITY
    timeout: float = TIMEOUT
    attempts: int = 2
    random: bool = False
    effect: Effect = field(default_factory=lambda: Effect(speed=0.0))
    on_link: bool = False
    begins: float = BEGINS
    lasts: float = PAUSE
    horizon: float = 120.0
    queue: Queue = field(default_factory=Queue)
    budget: TokenBucket | None = None

    def scenario(self) -> Scenario:
        """In the words of the library."""
        retry = Retry(self.attempts, on=("timeout",), budget=self.budget)
        call = Call("db", timeout=self.timeout, retry=retry if self.attempts > 1 else None)
        server = Pool("db", threads=1, queue=self.queue, serve=[Work(1 / self.capacity)])
        arrivals = Poisson(self.rate) if self.random else Every(1 / self.rate)
        trigger = Fault(
            "link:wire" if self.on_link else "db",
            when=At(self.begins), lasts=self.lasts, effect=self.effect,
        )  # fmt: skip
        return Scenario(
            System([server], links=[Link("web", "db", name="wire")] if self.on_link else []),
            sources=[Source("web", arrivals, to=call)],
            faults=[trigger],
            horizon=self.horizon,
        )


@dataclass(frozen=True, slots=True)
class Watched:
    """What a storm did, second by second."""

    offered: np.ndarray
    attempts: np.ndarray
    goodput: np.ndarray

    def mean(self, column: str, start: int, end: int) -> float:
        """Per second, from one second to another."""
        return float(getattr(self, column)[start:end].mean())


def watch(item: tuple[Storm, int]) -> Watched:
    """Run a storm with a seed."""
    storm, seed = item
    table = series(traffic(storm.scenario(), seed=seed).outcomes, 1.0)
    columns = ("offered_per_s", "attempts_per_s", "goodput_per_s")
    return Watched(*(table[name].to_numpy() for name in columns))


def recovery_s(found: Watched) -> float:
    """From when on goodput is what is offered, to the end; NaN if it never is. Seconds."""
    window = np.ones(WINDOW) / WINDOW
    good, asked = (np.convolve(v, window, "valid") for v in (found.goodput, found.offered))
    short = np.nonzero(good < WELL * asked)[0]
    back = int(short[-1]) + 1 if len(short) else 0
    return float(back) if back < len(good) else float("nan")


# --- HotOS'21 ----------------------------------------------------------------------------------------

NEVER, BACK = "never recovers", "recovers"
OUTCOMES: tuple[tuple[str, Storm], ...] = (
    (NEVER, Storm("the server stands still", horizon=300.0)),
    (BACK, Storm("the link is cut instead", effect=Effect(up=False), on_link=True, horizon=100.0)),
    (BACK, Storm("145 requests per second", rate=145.0, horizon=420.0)),
    (NEVER, Storm("155 requests per second", rate=155.0, horizon=420.0)),
    (NEVER, Storm("budget 8 %", budget=TokenBucket(0.08, 10.0), horizon=400.0)),
    (NEVER, Storm("budget 20 %", budget=TokenBucket(0.20, 10.0), horizon=400.0)),
    (NEVER, Storm("queue of 330", queue=Queue(cap=330), horizon=300.0)),
    (BACK, Storm("queue of 290", queue=Queue(cap=290), horizon=100.0)),
    (BACK, Storm("queue of 150", queue=Queue(cap=150), horizon=100.0)),
)
QUICK_OUTCOMES = (1, 6)
TIMES: tuple[tuple[float, Storm], ...] = (  # well again, s, and under which policy
    (159.0, Storm("no retry", attempts=1, horizon=300.0)),
    (225.0, Storm("budget 2 %", budget=TokenBucket(0.02, 10.0), horizon=400.0)),
    (445.0, Storm("budget 5 %", budget=TokenBucket(0.05, 10.0), horizon=900.0)),
    (30.0, Storm("newest first", queue=Queue(order="lifo"), horizon=100.0)),
    (31.0, Storm("queue of 150", queue=Queue(cap=150), horizon=100.0)),
    (31.0, Storm("queue of 290", queue=Queue(cap=290), horizon=100.0)),
    (65.0, Storm("drop what is older than the timeout", queue=Queue(expires_after=TIMEOUT), horizon=300.0)),
)  # fmt: skip
EXPIRY = 149.0  # goodput per second from 40 to 60 s, dropping what is older than the timeout
SEEDS = 5


def _again(storm: Storm, **changes: Any) -> Storm:
    from dataclasses import replace

    return replace(storm, **changes)


def pause_figures(seed: int, quick: bool, jobs: int, pause: float) -> list[Figure | Said]:
    """The pause, its opposite, what helps and what does not; recovery times within 10 %."""
    chosen = [OUTCOMES[i] for i in QUICK_OUTCOMES] if quick else OUTCOMES
    storms = [_again(storm, lasts=pause) for _, storm in chosen]
    if quick:
        storms = [_again(s, horizon=min(s.horizon, 50.0)) for s in storms]
    runs = each(watch, [(storm, seed) for storm in storms], jobs, "storms")
    found: list[Figure | Said] = []
    for (says, storm), run in zip(chosen, runs):
        came = (recovery_s(run) == recovery_s(run)) == (says == BACK)
        found.append(Said(HOTOS, storm.name, says, int(came), 1, note="equal steps"))
    if not quick:
        found += _levels(runs[0]) + _regular(seed, jobs, pause) + _random(seed, jobs, pause)
    return found


def _levels(stuck: Watched) -> list[Figure]:
    """The failed state: twice the load, and nothing comes of it."""
    load, good = stuck.mean("attempts", 60, 300), stuck.mean("goodput", 60, 300)
    return [
        Figure(HOTOS, "attempts per second in the failed state", 560.0, load, percent=1.0),
        Figure(HOTOS, "goodput in the failed state", 0.0, good),
    ]


def _regular(seed: int, jobs: int, pause: float) -> list[Figure]:
    """Recovery with arrivals in equal steps, one run each."""
    storms = [_again(storm, lasts=pause) for _, storm in TIMES]
    runs = each(watch, [(storm, seed) for storm in storms], jobs, "recoveries")
    return [
        Figure(
            POLICIES, f"{storm.name}: well again at, s (equal steps)", published, recovery_s(run), percent=10.0,
        )
        for (published, storm), run in zip(TIMES, runs)
    ]  # fmt: skip


def _random(seed: int, jobs: int, pause: float) -> list[Figure]:
    """Recovery with random arrivals: medians of five seeds, as published, and their chance errors.

    The standard error of a median of n is taken as 1.2533 times that of the mean, for theirs as for
    ours: a rough figure for times that are far from normal.
    """
    storms = [_again(storm, lasts=pause, random=True) for _, storm in TIMES]
    items = [(storm, seed + k) for storm in storms for k in range(SEEDS)]
    runs = each(watch, items, jobs, "recoveries at random")
    found = []
    for i, (published, storm) in enumerate(TIMES):
        mine = runs[i * SEEDS : (i + 1) * SEEDS]
        times = np.array([recovery_s(run) for run in mine])
        error = 1.2533 * float(times.std(ddof=1)) / SEEDS**0.5
        found.append(
            Figure(
                POLICIES, f"{storm.name}: well again at, s (random arrivals)", published,
                float(np.median(times)), error, error, percent=10.0, errors=3.0,
                note="seeds: " + ", ".join(f"{t:.0f}" for t in times),
            )
        )  # fmt: skip
    rates = np.array([run.mean("goodput", 40, 60) for run in runs[-SEEDS:]])
    error = 1.2533 * float(rates.std(ddof=1)) / SEEDS**0.5
    found.append(
        Figure(
            POLICIES, f"{TIMES[-1][1].name}: goodput at 40 to 60 s", EXPIRY, float(np.median(rates)), error,
            error, percent=10.0, errors=3.0, note="random arrivals",
        )
    )  # fmt: skip
    return found


# --- OSDI'22 -----------------------------------------------------------------------------------------

MONGO_CASES = (  # quota left of 2.0, seconds, share of the load, what happened
    (0.45, 10.0, 1.0, BACK),
    (0.40, 10.0, 1.0, NEVER),
    (0.40, 9.0, 1.0, BACK),
    (0.40, 10.0, 0.7, BACK),
)
LOADS = (0.365, 0.38, 0.39)  # of capacity


def mongo(quota: float, lasts: float, load: float, scale: float, **more: Any) -> Storm:
    """The experiment at `scale` requests per second of capacity."""
    name = f"quota {quota:.2f} for {lasts:g} s"
    return Storm(
        name, rate=load * scale, capacity=scale, timeout=3.0, attempts=5, begins=60.0, lasts=lasts,
        effect=Effect(speed=quota / 2.0), **more,
    )  # fmt: skip


def _mongo_case(
    case: tuple[float, float, float, str], rho: float, runs: list[Watched], note: str
) -> Said:
    quota, lasts, share, says = case
    came = sum((recovery_s(run) == recovery_s(run)) == (says == BACK) for run in runs)
    less = f", load - {100 * (1 - share):.0f} %" if share < 1 else ""
    what = f"load {rho:g}, quota {quota:.2f} of 2.0 for {lasts:g} s{less} ({note})"
    return Said(OSDI, what, says, came, len(runs))


def mongo_figures(seed: int, quick: bool, jobs: int, seeds: int) -> list[Said]:
    """Four outcomes: in equal steps for loads within the window; at random for two scales."""
    sets = [(rho, 200.0, False, 1, "equal steps", 160.0) for rho in (LOADS[1:2] if quick else LOADS)]
    if not quick:
        sets.append((0.38, 2000.0, True, seeds, "random, 2,000/s", 110.0))
        sets.append((0.38, 200.0, True, seeds, "random, 200/s", 200.0))
    cases = MONGO_CASES[1:2] if quick else MONGO_CASES
    found = []
    for rho, scale, random, many, note, horizon in sets:
        items = [
            (mongo(q, d, rho * share, scale, random=random, horizon=90.0 if quick else horizon), seed + k)
            for q, d, share, _ in cases
            for k in range(many)
        ]
        runs = each(watch, items, jobs, f"MongoDB, {note}")
        for i, case in enumerate(cases):
            found.append(_mongo_case(case, rho, runs[i * many : (i + 1) * many], note))
    return found

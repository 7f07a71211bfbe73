"""Published figures about retries: backoff contests, budgets and breakers on retries, layers of callers.

Sources
-------
Backoff: the program of M. Brooker's article "Exponential Backoff And Jitter" (Amazon Architecture Blog,
2015), run again with 400 trials a cell; standard errors were stated for some cells only, so ours,
scaled to 400 trials, stand for all of them. Strategies: the program of his "Fixing retries with token
buckets and circuit breakers" (2022), run again once with 100 clients of 10 calls per second for 20 s.
Layers: "Timeouts, retries, and backoff with jitter" (Amazon Builders' Library), and "Addressing
Cascading Failures" (Site Reliability Engineering, chapter 22).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments import backoff
from experiments.comparing import Figure
from experiments.repeat import each
from simulator.describe import (
    At,
    Call,
    Effect,
    Every,
    Exponential,
    Fault,
    Link,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    Spike,
    System,
    TokenBucket,
    Work,
)
from simulator.requests import traffic

__all__ = ["contest_figures", "layer_figures", "strategy_figures"]

# --- the contest of backoffs -----------------------------------------------------------------------

PUBLISHED_TRIALS = 400
PUBLISHED_CONTEST = {  # clients: time in ms and calls, for each strategy in the order of STRATEGIES
    10: ((384, 51.2), (3448, 50.9), (716, 42.4), (459, 38.9), (432, 37.6)),
    20: ((607, 153.5), (14500, 150.5), (1578, 108.1), (1014, 100.2), (826, 101.4)),
    30: ((777, 287.3), (22364, 276.9), (2612, 182.5), (1675, 171.4), (1255, 180.1)),
    40: ((961, 468.3), (29816, 439.3), (3515, 262.9), (2264, 249.4), (1720, 272.6)),
    50: ((1139, 689.6), (36442, 624.1), (4227, 347.3), (2884, 332.4), (2191, 374.1)),
    60: ((1322, 956.0), (42762, 832.5), (4829, 435.0), (3388, 419.4), (2764, 485.4)),
    70: ((1499, 1261.5), (48107, 1057.0), (5399, 525.9), (3792, 509.1), (3230, 605.4)),
    80: ((1680, 1609.7), (53584, 1302.0), (5824, 618.5), (4182, 602.5), (3728, 732.9)),
    90: ((1857, 1996.7), (58607, 1572.5), (6197, 714.7), (4588, 697.7), (4236, 862.6)),
    100: ((2029, 2423.3), (63473, 1853.9), (6641, 812.1), (4906, 795.9), (4630, 1000.8)),
    150: ((2878, 5138.8), (85771, 3552.9), (8249, 1324.1), (6385, 1318.5), (6544, 1761.7)),
    190: ((3540, 8007.4), (101694, 5169.3), (9397, 1759.8), (7446, 1771.6), (7954, 2436.1)),
}


def contest_figures(seed: int, quick: bool, jobs: int, trials: int) -> list[Figure]:
    """Time and calls for each number of clients and strategy: within 3 standard errors or 1 %."""
    clients = backoff.QUICK_CLIENTS if quick else tuple(PUBLISHED_CONTEST)
    rows = each(backoff.row, backoff.contests(clients, trials, seed), jobs, "backoff contests")
    found = []
    for row in rows:
        n, strategy = int(row["clients"]), str(row["strategy"])
        time_ms, calls = PUBLISHED_CONTEST[n][backoff.STRATEGIES.index(strategy)]
        theirs = math.sqrt(trials / PUBLISHED_TRIALS)
        for what, published, ours, error in (
            ("time, ms", time_ms, 1e3 * float(row["time_s"]), 1e3 * float(row["time_error_s"])),
            ("calls", calls, float(row["calls"]), float(row["calls_error"])),
        ):
            found.append(
                Figure(
                    "backoff contest", f"{n} clients, {strategy}: {what}", published, ours, error * theirs, error,
                    percent=1.0, errors=3.0,
                )
            )  # fmt: skip
    return found


# --- strategies of retrying ----------------------------------------------------------------------

CLIENTS, RATE, SPAN = 100, 10.0, 20.0  # each so many calls per second, for so many seconds
MESSAGE = 0.01  # s, mean, exponential, each way
MOST_FAILURES, RETRIES = 0.1, 3  # of the breaker on retries
UNLIMITED = 1_000  # attempts: only the bucket limits them
PUBLISHED_STRATEGIES = {  # chance of failure: attempts per call and share of calls that succeed
    0.01: ((1.0, 0.991), (1.012, 1.000), (1.009, 1.000), (1.009, 0.9996)),
    0.05: ((1.0, 0.951), (1.057, 1.000), (1.052, 1.000), (1.043, 0.990)),
    0.10: ((1.0, 0.896), (1.107, 1.000), (1.098, 0.988), (1.030, 0.923)),
    0.20: ((1.0, 0.801), (1.251, 0.998), (1.116, 0.891), (1.002, 0.795)),
    0.30: ((1.0, 0.693), (1.413, 0.992), (1.119, 0.781), (1.000, 0.705)),
    0.50: ((1.0, 0.509), (1.876, 0.934), (1.121, 0.560), (1.000, 0.497)),
    0.75: ((1.0, 0.254), (2.727, 0.688), (1.121, 0.281), (1.000, 0.251)),
}
RULES: dict[str, Retry | None] = {
    "no retry": None,
    "3 retries": Retry(1 + RETRIES, on=("error",)),
    "token bucket 10 %": Retry(UNLIMITED, on=("error",), budget=TokenBucket(0.1, 5.0, strict=True)),
}
BREAKER = "breaker on retries 10 %"


class _Run(NamedTuple):
    strategy: str
    failure: float
    seed: int
    replication: int


def _one(run: _Run) -> np.ndarray:
    """Calls, attempts and successes of every client in one run of the published size; shape (clients, 3)."""
    if run.strategy == BREAKER:
        return ratio_breaker(run.failure, np.random.default_rng([run.seed, run.replication]))
    call = Call("server", retry=RULES[run.strategy])
    calls = Spike(0.0, CLIENTS * RATE, 0.0, SPAN)  # then silence, in which the last ones end
    fails = Fault("server", when=At(0.0), lasts=None, effect=Effect(error=run.failure))
    scenario = Scenario(
        System([Pool("server")], links=[Link("users", "server", delay=Exponential(MESSAGE))]),
        sources=[Source("users", Poisson(calls), to=call, clients=CLIENTS)],
        faults=[fails],
        horizon=SPAN + 5.0,
    )
    found = traffic(scenario, seed=run.seed, replication=run.replication).outcomes.requests
    client, good = found["client"], found["outcome"] == 0
    return np.array(
        [np.bincount(client, w, CLIENTS) for w in (np.ones(len(client)), found["attempts"], good)]
    ).T


def ratio_breaker(failure: float, rng: np.random.Generator) -> np.ndarray:
    """Calls with up to three retries, none while failures exceed a tenth of the calls since the start.

    No budget of the description counts failed attempts against calls for ever, so this is a small
    simulation of its own: a heap of when attempts end, each client by itself.

    Returns
    -------
    array, shape (clients, 3)
        Calls, attempts and successes.
    """
    found = []
    for _ in range(CLIENTS):
        starts = np.sort(rng.uniform(0.0, SPAN, rng.poisson(RATE * SPAN)))
        ahead = [(t, i, -1) for i, t in enumerate(starts.tolist())]  # time, number, retries so far
        begun = attempts = good = failed = 0
        while ahead:
            now, number, retries = heapq.heappop(ahead)
            if retries < 0:
                begun += 1
            elif rng.random() >= failure:
                good += 1
                continue
            else:
                failed += 1
                if failed > MOST_FAILURES * begun or retries == RETRIES:
                    continue
            attempts += 1
            there_and_back = float(rng.exponential(MESSAGE, 2).sum())
            heapq.heappush(ahead, (now + there_and_back, number, retries + 1))
        found.append((begun, attempts, good))
    return np.array(found, dtype=float)


def _error(run: np.ndarray, column: int) -> float:
    """Standard error of a column per call in one run: clients are independent, their calls are not."""
    ratio = run[:, column].sum() / run[:, 0].sum()
    spread = ((run[:, column] - ratio * run[:, 0]) ** 2).sum() * len(run) / (len(run) - 1)
    return float(math.sqrt(spread) / run[:, 0].sum())


def strategy_figures(
    seed: int, failures: Sequence[float], replications: int, jobs: int, quick: bool
) -> list[Figure]:
    """Attempts and success by strategy; errors are those of their one run, rounding included, and of ours."""
    names = (*RULES, BREAKER)
    cells = [(p, n) for p in failures for n in (names[2:] if quick else names)]
    asked = [_Run(n, p, seed, r) for p, n in cells for r in range(replications)]
    runs = each(_one, asked, jobs, "strategies")
    found = []
    for number, (p, name) in enumerate(cells):
        mine = runs[number * replications : (number + 1) * replications]
        for k, what in enumerate(("attempts per call", "share that succeeds")):
            published = PUBLISHED_STRATEGIES[p][names.index(name)][k]
            error = math.sqrt(sum(_error(run, k + 1) ** 2 for run in mine) / replications)
            rounded = (5e-5 if published == 0.9996 else 5e-4) / math.sqrt(3)
            every = np.concatenate(mine)
            found.append(
                Figure(
                    "retry strategies", f"failure {p:g}, {name}: {what}", published,
                    float(every[:, k + 1].sum() / every[:, 0].sum()), math.hypot(error, rounded),
                    error / math.sqrt(replications), errors=3.0,
                )
            )  # fmt: skip
    return found


# --- layers ----------------------------------------------------------------------------------------


def layer_figures(seed: int) -> list[Figure]:
    """Calls of a dead leaf for one request: 3 attempts in 5 layers, 4 in 3."""
    found = []
    for layers, attempts, published in ((5, 3, 243.0), (3, 4, 64.0)):
        names = [f"layer{i}" for i in range(1, layers)] + ["leaf"]
        calls = [Call(name, retry=Retry(attempts, on=("error",))) for name in names]
        pools = [Pool(name, serve=[call]) for name, call in zip(names, calls[1:])]
        dead = Fault("leaf", when=At(0.0), lasts=None, effect=Effect(error=1.0))
        scenario = Scenario(
            System([*pools, Pool("leaf", serve=[Work(0.001)])]),
            sources=[Source("users", Every(1.0), to=calls[0])],
            faults=[dead],
            horizon=3.5,
        )
        outcomes = traffic(scenario, seed=seed).outcomes
        leaf = outcomes.attempts["site"] == outcomes.sites.index(f"layer{layers - 1}>leaf")
        ours = float(leaf.sum()) / len(outcomes.requests["number"])
        what = f"{layers} layers of {attempts} attempts: calls of the dead leaf"
        found.append(Figure("layers", what, published, ours))
    return found

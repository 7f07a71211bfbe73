"""The policies of the retry storm, each run once, and what the fluid says about them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from experiments.running import changed
from models import retry_storm as model
from simulator.describe import Backoff, Breaker, Consecutive, Queue, Scenario, TokenBucket
from simulator.measure.rows import floats, integers
from simulator.measure.series import queue_wait, series
from simulator.measure.verdict import verdict
from simulator.requests import traffic
from simulator.run import exact
from simulator.tables.outcomes import IN_FLIGHT

if TYPE_CHECKING:
    import pandas as pd

    from simulator.tables.outcomes import Outcomes

__all__ = [
    "BARE", "BIN", "QUICK", "RANDOM", "WINDOW", "Case", "backlog_s", "policies", "run_policy", "scenario_of",
    "storm_of", "trigger_of",
]  # fmt: skip

BIN, STORM_BIN = 5.0, 1.0  # s
STORM_UNTIL = 120.0  # s
WINDOW = 2.0  # s: recovered once 95 % of the requests sent in every window end well
AFTER = 20.0  # s after the pause in which goodput is told
BARE = "1 retry at once"
JITTERED = "backoff 1 s to 60 s, full jitter"
RANDOM = (JITTERED,)  # the others draw nothing
QUICK = (BARE, JITTERED, "budget 20 %", "no retry", "queue of 0.97 s", "newest first")


@dataclass(frozen=True, slots=True)
class Case:
    """One run: what it is called, its scenario, its luck, and what else a row says of it."""

    name: str
    scenario: Scenario
    seed: int
    replication: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)


def policies(scale: float) -> dict[str, dict[str, Any]]:
    """Every policy by name: what it changes in the model. Sizes go with the rates."""

    def retry(**more: Any) -> dict[str, Any]:
        return {"retry": replace(model.RETRY, **more)}

    def budget(share: float) -> dict[str, Any]:
        return retry(budget=TokenBucket(share, max(10 * scale, 1.0)))

    def cap(of_300: int) -> dict[str, Any]:
        return {"queue": Queue(cap=round(of_300 * scale))}

    return {
        BARE: {},
        "backoff 5 s, fixed": retry(backoff=Backoff(5.0, kind="fixed", jitter="none")),
        JITTERED: retry(backoff=Backoff(1.0, 60.0)),
        "budget 20 %": budget(0.20),
        "budget 8 %": budget(0.08),
        "budget 5 %": budget(0.05),
        "budget 2 %": budget(0.02),
        "no retry": {"retry": None},
        "queue of 1.1 s": cap(330),
        "queue of 0.97 s": cap(290),
        "queue of 0.5 s": cap(150),
        "expires after 1 s": {"queue": Queue(expires_after=1.0)},
        "expires after 0.9 s": {"queue": Queue(expires_after=0.9)},
        "newest first": {"queue": Queue(order="lifo")},
        "deadline 1 s, cancelled": {"deadline": 1.0, "cancels": "running"},
        "breaker, 5 in a row, 5 s": {"breaker": Breaker(Consecutive(5), stays_open=5.0)},
    }


def scenario_of(change: Mapping[str, Any], scale: float, settings: Sequence[str]) -> Scenario:
    """The model at `scale` times its rates, with a policy and the user's settings."""
    return changed(
        model.scenario(rate=model.RATE * scale, capacity=model.CAPACITY * scale, **change), settings
    )


def storm_of(scenario: Scenario, attempts: int) -> exact.RetryStorm:
    """What the formulas know of a scenario, with so many attempts a request."""
    source, (step,) = scenario.sources[0], scenario.system["db"].served[""]
    return exact.retry_storm(
        rate=source.rate or math.nan, capacity=1 / step.law.mean(), attempts=attempts,
        timeout=source.to.timeout or math.inf,
    )  # fmt: skip


def trigger_of(scenario: Scenario) -> tuple[float, float]:
    """Start and end of the pause, seconds."""
    (fault,) = scenario.faults
    return fault.when.all[0], fault.when.all[0] + fault.repair.mean()


def run_policy(case: Case) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """A row, goodput over time, and the first two minutes second by second."""
    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    start, end = trigger_of(case.scenario)
    judged = verdict(outcomes, (start, end), window_s=WINDOW)
    rates, offered = series(outcomes, BIN), case.scenario.sources[0].rate
    after = rates[(rates["time_s"] >= end) & (rates["time_s"] < end + AFTER)]
    predicted, told = predicted_recovery(case.scenario)
    row = {
        "policy": case.name, "replication": case.replication,
        "attempts_per_request": _attempts(outcomes),
        "after_share": after["goodput_per_s"].mean() / offered, "last_share": judged.last,
        "state": judged.state,
        "recovered_after_s": math.nan if judged.recovered_after_s is None else judged.recovered_after_s,
        "predicted_after_s": predicted, "prediction": told,
    }  # fmt: skip
    share = (rates["goodput_per_s"] / offered).clip(upper=1.0).round(3)
    goodput = rates[["time_s"]].assign(policy=case.name, replication=case.replication, share=share)
    return row, goodput, _second_by_second(outcomes)


def _attempts(outcomes: Outcomes) -> float:
    """Mean attempts of the requests that have ended."""
    ended = integers(outcomes, "requests", "outcome") != IN_FLIGHT
    return float(floats(outcomes, "requests", "attempts")[ended].mean())


def _second_by_second(outcomes: Outcomes) -> pd.DataFrame:
    rates, waits = series(outcomes, STORM_BIN), queue_wait(outcomes, "db", STORM_BIN)
    table = rates[["time_s", "offered_per_s", "attempts_per_s", "goodput_per_s"]]
    table = table.assign(**waits[["mean_s", "max_s", "open_share"]].round(4))
    return table[table["time_s"] < STORM_UNTIL]


def predicted_recovery(scenario: Scenario) -> tuple[float, str]:
    """Seconds from the end of the pause until waits are below the timeout, by the fluid; why not."""
    call, queue = scenario.sources[0].to, scenario.system["db"].queue
    one, (start, end) = storm_of(scenario, 1), trigger_of(scenario)
    if queue.cap is not None and queue.cap < one.largest_safe_queue:
        return 0.0, "waits never reach the timeout"
    if queue.expires_after or queue.order != "fifo" or call.deadline or call.breaker:
        return math.nan, "no formula"
    if queue.cap is not None:
        return math.nan, "never: the queue is longer than the timeout"
    budget = call.retry.budget if call.retry else None
    extra = budget.per_call if budget else (call.retry.attempts - 1 if call.retry else 0)
    many = replace(one, rate=one.rate * (1 + extra))
    backlog = backlog_s(one, extra, end - start, end - start)
    seconds = many.drain_time(backlog - one.timeout, rate=many.rate)
    return (math.nan, "never") if math.isinf(seconds) else (seconds, "fluid")


def backlog_s(storm: exact.RetryStorm, extra: float, lasts: float, at: float) -> float:
    """Backlog of the fluid `at` seconds after a pause of `lasts` began, in seconds of work.

    First attempts come all the time, `extra` retries for each from the first timeout on.
    """
    load = storm.rate / storm.capacity
    return load * (at + extra * max(at - storm.timeout, 0.0)) - max(at - lasts, 0.0)

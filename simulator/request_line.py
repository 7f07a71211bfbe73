"""The line "by request" of a report: its share of failed requests, and why it differs from the time down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simulator.describe.system import Scenario, System
from simulator.episode_run import Pace
from simulator.episodes import Sample, cut, pace_of, request_rate, run_episodes
from simulator.errors import NotSupported
from simulator.history import faults_of
from simulator.measure.episodes import Episodes, difference, unavailability
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.rules.variants import variants

__all__ = ["RequestLine", "RequestStep", "request_availability"]


@dataclass(frozen=True, slots=True)
class RequestStep:
    """One assumption between the time down and the requests that failed.

    Parameters
    ----------
    name, assumed : str
    unavailability : float
        Share of requests that fail with this step taken.
    effect : Estimate
        What it adds, paired on the same episodes and the same luck.
    """

    name: str
    assumed: str
    unavailability: float
    effect: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class RequestLine:
    """Availability as requests see it.

    Parameters
    ----------
    estimate : Estimate
        Share of requests that fail (error, timeout, rejected, shed).
    by_time : Estimate
        Share of time down in the same replications.
    steps : tuple of RequestStep
    kinds : tuple of (str, int, int, float)
        Kinds of episodes: how many there were, of which run, and the share of requests each costs.
    degraded : float
        Share of requests in the sampled episodes that were answered, but degraded.
    healthy : Estimate
        Share that fails while nothing is wrong.
    stuck : int
        Sampled episodes that did not recover by themselves.
    settled_s : float
        Longest time from the end of the last fault to all well, seconds.
    requests : float
        Requests in all replications.
    """

    estimate: Estimate
    by_time: Estimate
    steps: tuple[RequestStep, ...]
    kinds: tuple[tuple[str, int, int, float], ...]
    degraded: float
    healthy: Estimate
    stuck: int
    settled_s: float
    requests: float

    @property
    def episodes(self) -> int:
        """Episodes in all replications."""
        return sum(many for _, many, _, _ in self.kinds)

    @property
    def episodes_run(self) -> int:
        """Episodes whose requests were run."""
        return sum(run for _, _, run, _ in self.kinds)


def request_availability(
    scenario: Scenario,
    *,
    seed: int = 1,
    replications: int = 100,
    effort: int = 60,
    pace: Pace | None = None,
    steps: bool = True,
    known: float | None = None,
) -> RequestLine:
    """Share of requests that fail over the horizon, by episodes (see :mod:`simulator.episodes`).

    Parameters
    ----------
    scenario : Scenario
        With open sources of constant rate.
    seed : int
    replications : int
        Histories of faults that are looked at, at least 2.
    effort : int
        About how many episodes are run, request by request.
    pace : Pace, optional
        How long to watch; default: from rates and timeouts.
    steps : bool
        Also run the variants that explain the difference to the time down.
    known : float, optional
        Exact mean share of time down over the horizon: the interval then covers only what requests add.

    Returns
    -------
    RequestLine

    Raises
    ------
    NotSupported
        Without sources, or for rates that change over time.
    NotEnoughData
        If no fault happened.
    """
    if not isinstance(scenario.system, System) or not scenario.sources:
        raise NotSupported("request availability", "events", "needs traffic: state a source")
    pace = pace or pace_of(scenario)
    faults = faults_of(scenario, seed=seed, first=0, count=replications)
    for _ in range(4):  # wider gaps between episodes until all are well before the next begins
        episodes = cut(scenario, faults, pace)
        sample = run_episodes(scenario, faults, episodes, pace, seed=seed, effort=effort)
        if sample.settled_s < 0.7 * pace.settle_s or sample.stuck:
            break
        pace = replace(pace, settle_s=2.0 * sample.settled_s + pace.settle_s)
    found = unavailability(sample.episodes, sample.healthy, bound=sample.stuck > 0, known=known)
    down = np.bincount(
        sample.episodes.replication, weights=[e.down_s for e in episodes], minlength=replications
    )
    explained: tuple[RequestStep, ...] = ()
    if steps:

        def run(variant: Scenario) -> Sample:
            return run_episodes(variant, faults, episodes, pace, seed=seed, effort=effort)

        explained = _steps(scenario, sample, run, known)
    kinds = _kinds([e.kind for e in episodes], sample.episodes)
    return RequestLine(
        found, _by_time(down / scenario.horizon, known), explained, kinds, sample.degraded, sample.healthy,
        sample.stuck, sample.settled_s, request_rate(scenario) * scenario.horizon * replications,
    )  # fmt: skip


def _by_time(shares: np.ndarray, known: float | None) -> Estimate:
    """Share of time down: exact where it is known, else of the replications looked at."""
    if known is None:
        return mean_estimate(shares)
    return Estimate(known, known, known, 0.95, "exact over the horizon", len(shares), 0.0)


def _steps(
    scenario: Scenario, last: Sample, run: Callable[[Scenario], Sample], known: float | None
) -> tuple[RequestStep, ...]:
    """The variants in order, each against the one before; the first against the time down."""
    chain = variants(scenario)
    samples = [last if v.scenario is scenario or v.scenario == scenario else run(v.scenario) for v in chain]
    by_time = replace(
        samples[0].episodes, failed=samples[0].episodes.expected[samples[0].episodes.chosen]
    )
    before, healthy, found = by_time, 0.0, []
    for variant, sample in zip(chain, samples):
        effect = difference(before, sample.episodes)
        shift = sample.healthy.value - healthy
        effect = replace(
            effect, value=effect.value + shift, low=effect.low + shift, high=effect.high + shift
        )
        level = unavailability(sample.episodes, sample.healthy, known=known).value
        found.append(RequestStep(variant.name, variant.assumed, level, effect))
        before, healthy = sample.episodes, sample.healthy.value
    return tuple(found)


def _kinds(names: list[str], episodes: Episodes) -> tuple[tuple[str, int, int, float], ...]:
    """What each kind of episode costs, the dearest first."""
    labels = list(dict.fromkeys(names))
    total = episodes.requests * episodes.replications
    rows = []
    for kind, (many, run, mean, _) in episodes.by_kind().items():
        expected = float(episodes.expected[episodes.kind == kind].sum())
        rows.append((labels[kind], many, run, (expected + many * mean) / total))
    return tuple(sorted(rows, key=lambda row: -row[3]))

"""Request availability over years: the share of requests that fail, from a sample of episodes.

Ten years at 500 requests a second are 1e11 requests; nobody runs them. But between faults all days are
alike. So the faults of some replications are cut into episodes - from the first fault until all is well
again *in the traffic* - and the requests of a sample of each kind of episode are run, and those of some
healthy windows. Within an episode the time between two changes is run only as long as things still
change; the rest counts as the last part of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulator.describe.faults import Every, Poisson
from simulator.describe.profiles import Profile
from simulator.describe.system import Scenario
from simulator.episode_run import Episode, EpisodeRun, Pace, healthy_windows
from simulator.errors import NotEnoughData, NotSupported
from simulator.history import with_beliefs
from simulator.measure.episodes import Episodes
from simulator.measure.estimates import Estimate
from simulator.rules.features import refuse_lived
from simulator.sample.luck import Luck
from simulator.structure_down import down_seconds
from simulator.tables.timeline import Spell, Timeline

__all__ = ["Episode", "Pace", "Sample", "cut", "healthy_windows", "pace_of", "run_episodes"]

Floats = npt.NDArray[np.float64]
_PLATEAUS = (1, 8, 64)  # times as long, as long as requests pile up in them


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What the sampled episodes of one variant of a scenario have shown.

    Parameters
    ----------
    episodes : Episodes
    healthy : Estimate
    stuck : int
        Sampled episodes that did not recover.
    settled_s : float
        Longest time from the last fault to all well.
    degraded : float
        Share of requests answered, but degraded, in the sampled episodes.
    """

    episodes: Episodes
    healthy: Estimate
    stuck: int
    settled_s: float
    degraded: float


def pace_of(scenario: Scenario) -> Pace:
    """A pace that fits the rates and timeouts of a scenario.

    Raises
    ------
    NotSupported
        For sources whose rate changes over time or that do not send for ever, and for what acts during
        the run.
    """
    refuse_lived(scenario, "request availability over years")
    rate = request_rate(scenario)
    patience = max((s.to.deadline or s.to.timeout or 1.0 for s in scenario.sources), default=1.0)
    check = max(100.0 / rate, patience)
    return Pace(check, 5 * check, 10 * check, 20 * check, 300 * check)


def request_rate(scenario: Scenario) -> float:
    """Requests per second of all sources together."""
    total = 0.0
    for source in scenario.sources:
        arrivals = source.arrivals
        if isinstance(arrivals, Poisson) and not isinstance(arrivals.rate, Profile):
            total += arrivals.rate
        elif isinstance(arrivals, Every):
            total += 1.0 / arrivals.period
        else:
            raise NotSupported(
                f"request availability with the arrivals of {source.name}",
                "events",
                "over years a source sends at a constant rate: poisson or every",
            )
    if total == 0.0:
        raise NotSupported("request availability", "events", "needs traffic: state a source")
    return total


def cut(scenario: Scenario, faults: Sequence[Sequence[Spell]], pace: Pace) -> list[Episode]:
    """Episodes of all replications."""
    found: list[Episode] = []
    for replication, spells in enumerate(faults):
        groups: list[list[Spell]] = []
        last = -math.inf
        for spell in sorted(spells, key=lambda s: s.start):
            if not groups or spell.start > last + pace.settle_s:
                groups.append([])
            groups[-1].append(spell)
            last = max(last, min(spell.end, scenario.horizon))
        starts = [group[0].start for group in groups] + [math.inf]
        for number, group in enumerate(groups):
            end = min(max(spell.end for spell in group), scenario.horizon)
            found.append(
                Episode(
                    replication, number, group[0].start, end, starts[number + 1], _kind(group),
                    down_seconds(scenario, group),
                )
            )  # fmt: skip
    return found


def _kind(spells: Sequence[Spell]) -> str:
    """Causes without the numbers of members; more than three are many."""
    causes = sorted(_cause(spell) for spell in spells)
    return " + ".join(causes) if len(causes) <= 3 else f"{len(set(causes))} causes, many faults"


def _cause(spell: Spell) -> str:
    pool, bracket, rest = spell.cause.partition("[")
    return pool + rest.partition("]")[2] if bracket else pool


def run_episodes(
    scenario: Scenario,
    faults: Sequence[Sequence[Spell]],
    episodes: Sequence[Episode],
    pace: Pace,
    *,
    seed: int,
    effort: int,
    after_effects: bool = True,
    same_luck: bool = False,
) -> Sample:
    """Run the requests of a sample of the episodes and of healthy windows.

    Parameters
    ----------
    scenario : Scenario
    faults : sequence of sequence of Spell
        By replication.
    episodes : sequence of Episode
    pace : Pace
    seed : int
    effort : int
        About how many episodes to run.
    after_effects : bool
        False leaves an episode when its last fault ends: to see what that would miss.
    same_luck : bool
        Run each episode as the piece of the whole horizon that it is, to compare the two.
    """
    healthy, worst, most = healthy_windows(scenario, pace, seed=seed, windows=max(8, effort // 8))
    chosen = choose(episodes, effort, seed)
    rate = request_rate(scenario)
    timelines: dict[int, Timeline] = {}
    failed, stuck, settled, degraded, sent = [], 0, 0.0, 0.0, 0.0
    for index in chosen:
        episode = episodes[index]
        if episode.replication not in timelines:
            spells = faults[episode.replication]
            timelines[episode.replication] = with_beliefs(spells, scenario)
        for longer in _PLATEAUS:
            slower = replace(pace, plateau_s=longer * pace.plateau_s)
            one = EpisodeRun(scenario, timelines[episode.replication], episode, slower, seed, index, rate, same_luck)
            one.until_well(worst, most, after_effects)
            if not (one.crowded if longer == 1 else one.growing):
                break
        else:  # what is left out is worse than what was seen: the estimate is a bound
            one.stuck = 1
        failed.append(one.failed - healthy.value * one.sent)
        stuck += one.stuck
        settled = max(settled, one.settled_s)
        degraded, sent = degraded + one.degraded, sent + one.sent
    kinds = {kind: n for n, kind in enumerate(dict.fromkeys(e.kind for e in episodes))}
    found = Episodes(
        np.array([e.replication for e in episodes], dtype=np.int64),
        np.array([kinds[e.kind] for e in episodes], dtype=np.int64),
        np.array([rate * e.down_s for e in episodes]),
        np.array(chosen, dtype=np.int64),
        np.array(failed),
        len(faults),
        rate * scenario.horizon,
    )
    return Sample(found, healthy, stuck, settled, degraded / sent if sent else 0.0)


def choose(episodes: Sequence[Episode], effort: int, seed: int) -> list[int]:
    """A random sample of each kind: all of the rare ones, more of the frequent ones.

    Raises
    ------
    NotEnoughData
        If there is no episode at all.
    """
    if not episodes:
        raise NotEnoughData("no fault happened: ask for more replications or a longer horizon", 0.0)
    kinds: dict[str, list[int]] = {}
    for index, episode in enumerate(episodes):
        kinds.setdefault(episode.kind, []).append(index)
    roots = sum(math.sqrt(len(group)) for group in kinds.values())
    rng = Luck(seed).stream("episodes", "sample", 0)
    chosen: list[int] = []
    for kind in sorted(kinds):
        group = kinds[kind]
        many = min(len(group), max(4, round(effort * math.sqrt(len(group)) / roots)))
        chosen += sorted(rng.choice(group, size=many, replace=False).tolist())
    return chosen

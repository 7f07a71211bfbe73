"""Push requests through a scenario: what became of each, and why.

>>> from simulator import Call, Exponential, Poisson, Pool, Scenario, Source, System, Work
>>> db = Pool("db", threads=4, serve=[Work(Exponential(0.01))])
>>> users = Source("users", Poisson(100.0), to=Call("db", timeout=1.0))
>>> run = traffic(Scenario(System([db]), sources=[users], horizon=10.0), seed=1)
>>> run.outcomes.counts()["timeout"]
0
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.conducting import conduct
from simulator.describe.system import Scenario
from simulator.describe.units import format_duration
from simulator.drain import predicted_drain
from simulator.errors import DescriptionError, NotSupported
from simulator.history import timeline_of
from simulator.measure.verdict import Verdict, verdict
from simulator.rules.backlog import BacklogHistory
from simulator.run.conductor import needs_conducting
from simulator.run.events.engine import Traffic
from simulator.run.events.plan import plan_traffic
from simulator.tables.outcomes import Outcomes
from simulator.tables.timeline import NO_EFFECT, Timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrafficRun", "traffic"]


@dataclass(frozen=True, slots=True, eq=False)
class TrafficRun:
    """What a run of requests has left.

    Parameters
    ----------
    scenario : Scenario
    timeline : Timeline
        The faults it went through.
    outcomes : Outcomes
        A row for each request and attempt.
    seed, replication : int
    backlogs : mapping of str to BacklogHistory
        Amounts over time, if the scenario has any.
    """

    scenario: Scenario
    timeline: Timeline
    outcomes: Outcomes
    seed: int
    replication: int
    backlogs: Mapping[str, BacklogHistory] = field(default_factory=dict)

    def series(self, bin_s: float, source: str | None = None) -> pd.DataFrame:
        """Requests, attempts and goodput per second; see :func:`simulator.measure.series.series`."""
        from simulator.measure.series import series

        return series(self.outcomes, bin_s, source)

    def outcomes_over_time(self, bin_s: float, source: str | None = None) -> pd.DataFrame:
        """What became of the requests of each bin; :func:`simulator.measure.series.outcomes_over_time`."""
        from simulator.measure.series import outcomes_over_time

        return outcomes_over_time(self.outcomes, bin_s, source)

    def queue_wait(self, pool: str, bin_s: float) -> pd.DataFrame:
        """Waits for a thread of a pool; see :func:`simulator.measure.series.queue_wait`."""
        from simulator.measure.series import queue_wait

        return queue_wait(self.outcomes, pool, bin_s)

    def breakers_open(self, call: str, bin_s: float) -> pd.DataFrame:
        """Share of a call's breakers that are open; :func:`simulator.measure.breakers.breakers_open`."""
        from simulator.measure.breakers import breakers_open

        return breakers_open(self.outcomes, call, bin_s, self._scopes().get(call, "caller"))

    def trace(self, number: int, source: str | None = None) -> str:
        """One request as a tree of attempts; see :func:`simulator.show.trace.trace`.

        Parameters
        ----------
        number : int
            Number of the request at its source, from 0.
        source : str, optional
            Needed if there are several.
        """
        from simulator.show.trace import trace

        return trace(self.outcomes, number, source)

    def trigger(self) -> tuple[float, float] | None:
        """Start of the first and end of the last fault that ends within the run, seconds; None without one.

        What lasts beyond the run is part of how things are, not something to recover from.
        """
        end = self.outcomes.horizon_s
        spells = [s for s in self.timeline.spells if s.effect != NO_EFFECT and s.end < end]
        if not spells:
            return None
        return min(s.start for s in spells), max(s.end for s in spells)

    def verdict(
        self, trigger: tuple[float, float] | None = None, *, source: str | None = None,
        share: float = 0.95, window_s: float | None = None,
    ) -> Verdict:  # fmt: skip
        """Recovered, stuck or degraded; with the predicted drain time where a formula knows it.

        Parameters
        ----------
        trigger : tuple of float, optional
            Start and end, seconds; default: from the first fault to the last.
        source, share, window_s
            See :func:`simulator.measure.verdict.verdict`.

        Raises
        ------
        DescriptionError
            Without a trigger that ends within the run.
        """
        trigger = trigger or self.trigger()
        if trigger is None:
            raise DescriptionError("no fault ends within the run: say from when to when", "trigger")
        drain = predicted_drain(self.scenario, self.outcomes, trigger[1])
        return verdict(self.outcomes, trigger, drain, source=source, share=share, window_s=window_s)

    def tables(self, others: Sequence[TrafficRun] = ()) -> dict[str, pd.DataFrame]:
        """The summary as tables, by name.

        Parameters
        ----------
        others : sequence of TrafficRun
            More replications: what is said of sources is of all of them, with intervals over them;
            pools, calls, causes and faults are those of this run.

        Returns
        -------
        dict of str to DataFrame
            ``sources``, ``outcomes``, ``worth``, ``calls``, ``causes``
            (:mod:`simulator.measure.requests_summary`), ``pools`` (both tables of
            :mod:`simulator.measure.traffic`) and ``faults`` (``start_s``, ``end_s``, ``cause``,
            ``what``).
        """
        import pandas as pd

        from simulator.measure import requests_summary as summary
        from simulator.measure.traffic import rate_errors_duration, utilisation

        runs = [self.outcomes, *(other.outcomes for other in others)]
        busy = utilisation(self.outcomes, self.scenario, self.timeline).drop(columns="pool")
        return {
            "sources": summary.source_summary(runs),
            "outcomes": summary.outcome_shares(runs),
            "worth": summary.answers_worth(runs),
            "pools": pd.concat([rate_errors_duration(self.outcomes), busy], axis=1),
            "calls": summary.call_summary(self.outcomes, self.timeline, self._scopes()),
            "causes": summary.attempts_by_cause(self.outcomes),
            "faults": pd.DataFrame(self._faults(), columns=["start_s", "end_s", "cause", "what"]),
            "changes": pd.DataFrame(self._changes(), columns=["at_s", "cause", "what"]),
        }

    def text(self, others: Sequence[TrafficRun] = ()) -> str:
        """The tables for a terminal, and the verdict if there was a trigger; `others` as for `tables`."""
        from simulator.show.requests_text import requests_text

        length = format_duration(self.outcomes.horizon_s)
        title = f"{self.scenario.name or 'system'}: requests over {length}, seed {self.seed}"
        if self.replication:
            title += f", replication {self.replication}"
        if others:
            title += f", {1 + len(others)} replications (pools, calls and verdict: the first)"
        told, why = self._told()
        return requests_text(
            title, self.tables(others), f"no verdict: {why}" if told is None else str(told)
        )

    def as_json(self, others: Sequence[TrafficRun] = ()) -> dict[str, Any]:
        """One nested object; null where there is no number. `others` as for `tables`.

        Returns
        -------
        dict
            ``name``, ``horizon_s``, ``seed``, ``replication``; each table of `tables` as a list of
            rows; ``verdict``, null with ``verdict_reason`` if there is none.
        """
        found: dict[str, Any] = {
            "name": self.scenario.name, "horizon_s": self.outcomes.horizon_s, "seed": self.seed,
            "replication": self.replication, "replications": 1 + len(others),
        }  # fmt: skip
        for name, table in self.tables(others).items():
            found[name] = [
                {str(key): _plain(value) for key, value in row.items()}
                for row in table.to_dict("records")
            ]
        told, reason = self._told()
        if told is None:
            return found | {"verdict": None, "verdict_reason": reason}
        keys = (
            "state",
            "recovered_after_s",
            "before",
            "during",
            "last",
            "share",
            "window_s",
            "observed_s",
        )
        return found | {
            "verdict": {key: _plain(getattr(told, key)) for key in keys}
            | {
                "drain_s": _plain(told.drain.after_s), "drain_reason": told.drain.reason,
                "never_drains": told.drain.after_s == math.inf, "warnings": list(told.warnings),
            }
        }  # fmt: skip

    def _scopes(self) -> dict[str, str]:
        """Scope of the breaker of each call that has one."""
        sites = plan_traffic(self.scenario).sites
        rules = [(site.name, site.call.breaker) for site in sites]
        return {name: rule.scope for name, rule in rules if rule is not None}

    def _told(self) -> tuple[Verdict | None, str]:
        """The verdict, or why there is none."""
        if self.trigger() is None:
            return None, "no fault ends within the run"
        try:
            return self.verdict(), ""
        except DescriptionError as error:
            return None, str(error)

    def _changes(self) -> list[tuple[float, str, str]]:
        """What people and controllers did, once for each thing done by one of them at one moment."""
        told = [
            (c.at, c.cause, c.words())
            for c in self.timeline.changes
            if c.cause != "not there yet" and (c.at > 0.0 or c.what not in ("role", "term"))
        ]
        return list(dict.fromkeys(told))

    def _faults(self) -> list[tuple[float, float, str, str]]:
        rows = []
        done = {(c.at, c.cause) for c in self.timeline.changes if c.what == "begins"}
        for s in self.timeline.spells:
            if (s.start, s.cause) in done:
                continue
            whom = [f"{pool}[{i}]" for pool, i in s.members] + [f"link {name}" for name in s.links]
            what = f"{len(whom)} members" if len(whom) > 4 else ", ".join(whom)
            what += f": {'out of rotation' if s.effect == NO_EFFECT else s.effect.words()}"
            rows.append((s.start, s.end, s.cause, what))
        return rows


def _plain(value: Any) -> Any:
    """A value JSON knows: no NaN, no infinity, no NumPy type."""
    if isinstance(value, str) or value is None:
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def traffic(
    scenario: Scenario, *, seed: int = 1, replication: int = 0, timeline: Timeline | None = None
) -> TrafficRun:
    """Every request of one history.

    Parameters
    ----------
    scenario : Scenario
        With sources; its horizon is the length of the run.
    seed, replication : int
        Same numbers, same rows.
    timeline : Timeline, optional
        Faults to go through; default: those of the scenario, drawn by their addresses.

    Returns
    -------
    TrafficRun

    Raises
    ------
    NotSupported
        For a stated chain or a scenario without sources.
    """
    if timeline is None and needs_conducting(scenario):
        run = conduct(scenario, seed=seed, replication=replication)
        if run.outcomes is None:
            raise NotSupported("a scenario without sources", "events", "state who sends requests")
        return TrafficRun(run.scenario, run.timeline, run.outcomes, seed, replication, run.backlogs)
    if timeline is None:
        timeline = timeline_of(scenario, seed=seed, replication=replication)
    outcomes = Traffic(scenario, timeline, seed=seed, replication=replication).finish()
    return TrafficRun(scenario, timeline, outcomes, seed, replication)

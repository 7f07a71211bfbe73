"""How long a system is down by its structure while some faults come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simulator.describe.system import Scenario
from simulator.history import over_time
from simulator.rules.anatomy import Anatomy, anatomy
from simulator.rules.logic import is_down
from simulator.tables.timeline import Spell

__all__ = ["down_seconds"]


def down_seconds(scenario: Scenario, spells: Sequence[Spell]) -> float:
    """Seconds for which the fault tree of the system says down, within the horizon."""
    body, numbers = _body(scenario)
    known = [s for s in spells if s.cause in numbers and s.start < scenario.horizon]
    if not known:
        return 0.0
    times = np.unique([t for s in known for t in (s.start, min(s.end, scenario.horizon))])
    active = np.zeros((len(body.events), len(times) - 1), dtype=np.bool_)
    for spell in known:
        first, last = np.searchsorted(times, [spell.start, min(spell.end, scenario.horizon)])
        active[numbers[spell.cause], first:last] = True
    return float(np.diff(times)[np.asarray(is_down(body.top, active))].sum())


def _body(scenario: Scenario) -> tuple[Anatomy, dict[str, int]]:
    """Fault tree and numbers of the events of a scenario, made once for each object."""
    return _cached(_Key(scenario))


class _Key:
    """A scenario by identity: descriptions are frozen, but hold lists that cannot be hashed."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.scenario is self.scenario


@lru_cache(maxsize=8)
def _cached(key: _Key) -> tuple[Anatomy, dict[str, int]]:
    # with its sources: where they call the tree begins, and a pool they do not reach does not count
    body = anatomy(replace(over_time(key.scenario), sources=key.scenario.sources))
    return body, {event.name: i for i, event in enumerate(body.events)}

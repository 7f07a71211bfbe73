"""The spells of every basic event in one replication: a history to push requests through."""

from __future__ import annotations

from simulator.run.montecarlo.given import DependentGroup
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import Alternation, RenewalEvent
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["event_spells"]


def event_spells(job: BulkJob, replication: int) -> list[list[tuple[float, float]]]:
    """When each basic event was active in one replication.

    Parameters
    ----------
    job : BulkJob
        As for a run of many; the history is the one that run has in this replication.
    replication : int

    Returns
    -------
    list of list of (float, float)
        By event: start and end of each spell, seconds, ascending; an end at the horizon may lie
        beyond it.
    """
    luck = Luck(job.seed)
    block, column = divmod(replication, REPLICATIONS_PER_BLOCK)
    found: list[list[tuple[float, float]]] = [[] for _ in job.events]

    def note(index: int, spells: object) -> None:
        mine = spells.column == column  # type: ignore[attr-defined]
        starts, ends = spells.start[mine], spells.end[mine]  # type: ignore[attr-defined]
        found[index] = [(float(s), float(e)) for s, e in zip(starts, ends)]

    for index, event in enumerate(job.events):
        if isinstance(event, RenewalEvent):
            unit = Alternation(event, event.cycle_s(), luck, block, job.horizon_s)
            note(index, unit.until(job.horizon_s))
    for group in job.groups:
        if job.scenario is not None:
            given = DependentGroup(job.scenario, group, luck, block).units(block)
            for index, one in given.items():
                note(index, one.until(job.horizon_s))
    return [sorted(spells) for spells in found]

"""The spells of every basic event in the replications of a block: histories to push requests through."""

from __future__ import annotations

from simulator.run.montecarlo.given import DependentGroup
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import Alternation, RenewalEvent
from simulator.run.montecarlo.spells import Spells
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["block_spells", "event_spells"]

Times = list[tuple[float, float]]


def block_spells(job: BulkJob, block: int) -> dict[int, Spells]:
    """The spells of each event in all replications of one block, by number of the event."""
    luck, horizon = Luck(job.seed), job.horizon_s
    found: dict[int, Spells] = {}
    for index, event in enumerate(job.events):
        if isinstance(event, RenewalEvent):
            unit = Alternation(event, event.cycle_s(), luck, block, horizon)
            found[index] = unit.until(horizon)
    for group in job.groups:
        if job.scenario is not None:
            given = DependentGroup(job.scenario, group, luck, block).units(block)
            found |= {index: one.until(horizon) for index, one in given.items()}
    return found


def event_spells(job: BulkJob, first: int, count: int) -> list[list[Times]]:
    """When each basic event was active, replication by replication.

    Parameters
    ----------
    job : BulkJob
        As for a run of many; the histories are those that run has in these replications.
    first, count : int
        Number of the first replication, and how many.

    Returns
    -------
    list of list of list of (float, float)
        By replication and event: start and end of each spell, seconds, ascending.
    """
    found: list[list[Times]] = [[[] for _ in job.events] for _ in range(count)]
    last = first + count - 1
    for block in range(first // REPLICATIONS_PER_BLOCK, last // REPLICATIONS_PER_BLOCK + 1):
        offset = block * REPLICATIONS_PER_BLOCK - first
        for index, spells in block_spells(job, block).items():
            for column, start, end in zip(
                spells.column.tolist(), spells.start.tolist(), spells.end.tolist()
            ):
                if 0 <= column + offset < count:
                    found[column + offset][index].append((start, end))
    for events in found:
        for times in events:
            times.sort()
    return found

"""Years of independent faults in bulk: all replications of a block at once.

The work is split by blocks of replications and by slices of time, for memory only: each block is
computed in the same way wherever and beside whatever it runs, so results do not depend on how many
workers there are, nor on how many replications are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from simulator.errors import DescriptionError
from simulator.rules.blame import cut_matrix
from simulator.rules.logic import Node
from simulator.run.montecarlo.changes import TABLE_PARTS
from simulator.run.montecarlo.given import DependentGroup, Given
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.merge import BusyPeriods, Origins, Outages
from simulator.run.montecarlo.modules import ALWAYS, NEVER, Plan, flat_plan, modular_plan
from simulator.run.montecarlo.renewals import Alternation, RenewalEvent
from simulator.run.montecarlo.results import BulkResult, CauseTally, OutageList, OutageLog, Tally
from simulator.run.montecarlo.spells import FloatArray, IntArray, Spells, empty_spells, joined
from simulator.run.montecarlo.tallies import blame, by_cause, tally, window_downtime
from simulator.run.montecarlo.tracing import spells_near
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["run_bulk"]

_SPELLS_AT_ONCE = 250_000  # per block and slice of time: some 40 MB with all that comes of them


def run_bulk(
    job: BulkJob, first: int, replications: int, progress: Callable[[int], None] | None = None
) -> BulkResult:
    """Simulate replications `first` to `first` + `replications` - 1.

    Parameters
    ----------
    job : BulkJob
    first : int
        Number of the first replication, at least 0.
    replications : int
        How many, at least 1.
    progress : callable, optional
        Called after each block with the number of replications done since the last call.

    Returns
    -------
    BulkResult

    Notes
    -----
    Each value depends on the job and on the number of its replication alone. Times are exact to
    the rounding of float64 (6e-8 s after 10 years); ties are settled by the order "failures before
    repairs, then index".
    """
    if first < 0 or replications < 1:
        raise DescriptionError(
            f"{replications} replications from number {first}: must be at least 1, from 0 or later"
        )
    _keep_memory()
    runner = _Runner(job, first, replications)
    done = 0
    while done < replications:
        block, low = divmod(first + done, REPLICATIONS_PER_BLOCK)
        high = min(REPLICATIONS_PER_BLOCK, low + replications - done)
        runner.block(block, slice(low, high), slice(done, done + high - low))
        done += high - low
        if progress is not None:
            progress(high - low)
    return runner.result(first)


def _keep_memory() -> None:
    """Make the C library keep freed arrays of up to 16 MB for the next block.

    Once it has seen such a piece freed, glibc takes and leaves the like on its heap; otherwise it
    would return each array to the system, and a quarter of the time would go into page faults. The
    piece is never touched, so it costs no memory; other C libraries do not care.
    """
    np.empty(16 << 20, dtype=np.uint8)


@dataclass(slots=True)
class _Traced:
    """Origins of the outages of the system and blame, of one block, slice by slice."""

    origins: list[Origins] = field(default_factory=list)
    shared: FloatArray | None = None


class _Runner:
    """The arrays of a run, filled block by block."""

    def __init__(self, job: BulkJob, first: int, replications: int) -> None:
        self.job = job
        self.luck = Luck(job.seed, job.audit)
        self.cycles = [event.cycle_s() for event in job.events]
        last = (first + replications - 1) // REPLICATIONS_PER_BLOCK
        scenario = job.scenario
        self.groups = [DependentGroup(scenario, g, self.luck, last) for g in job.groups if scenario]
        self.traces = job.outages or job.cuts is not None
        trees = [*job.pools.values(), job.top]
        flat = flat_plan([job.top], len(job.events))
        self.top: Node | None = flat.steps[0].outcomes[0][1] if flat.steps else None
        self.narrow = self.traces and len(job.events) <= TABLE_PARTS
        self.plan: Plan = (flat_plan if self.narrow else modular_plan)(trees, len(job.events))
        self.tallies = [Tally.blank(replications) for _ in trees]
        self.windows = np.zeros((replications, job.windows)) if job.window_s is not None else None
        self.outages = OutageLog(len(job.events), replications)
        self._prepare_causes(replications)

    def _prepare_causes(self, replications: int) -> None:
        events = self.job.events
        names = tuple(dict.fromkeys(event.summed_as for event in events))
        self.cause_of = np.array([names.index(event.summed_as) for event in events], dtype=np.int64)
        self.causes: CauseTally | None = None
        self.cuts = None if self.job.cuts is None else cut_matrix(self.job.cuts, len(events))
        if self.traces:
            shape = (replications, len(names))
            shared = None if self.cuts is None else np.zeros(shape)
            self.causes = CauseTally(names, shared, np.zeros(shape), np.zeros(shape, np.int64))

    def block(self, block: int, columns: slice, rows: slice) -> None:
        """Simulate a block and keep its `columns` as `rows` of the arrays."""
        pieces, traced = self._pieces(block)
        for tree, (slot, parts) in enumerate(zip(self.plan.wanted, pieces, strict=True)):
            if slot == NEVER:
                continue
            top = tree == len(pieces) - 1
            spells, order = parts[0], None
            if len(parts) > 1 or not spells.in_order or (top and self.traces):
                spells, order = joined(parts, self.job.horizon_s)
            _copy(tally(spells), self.tallies[tree], columns, rows)
            if top and self.windows is not None and self.job.window_s is not None:
                spent = window_downtime(spells, self.job.window_s, self.job.windows)
                self.windows[rows] = spent[columns]
            if top and self.traces and order is not None:
                self._sum_causes(spells, order, traced, columns, rows)
                if self.job.outages:
                    listed = self._listed(spells, order, traced, block, columns)
                    self.outages.append(listed, columns.stop - columns.start)

    def _pieces(self, block: int) -> tuple[list[list[Spells]], _Traced]:
        """Spells of every wanted tree in each slice of time."""
        job, luck = self.job, self.luck
        units: dict[int, Alternation | Given] = {
            index: Alternation(event, cycle, luck, block, job.horizon_s)
            for index, (event, cycle) in enumerate(zip(job.events, self.cycles, strict=True))
            if isinstance(event, RenewalEvent)
        }
        for group in self.groups:
            units.update(group.units(block))
        pieces: list[list[Spells]] = [[] for _ in self.plan.wanted]
        traced = _Traced()
        since = 0.0
        for stop in _stops(job.horizon_s, self.cycles):
            slots = {index: unit.until(stop) for index, unit in units.items()}
            slots[ALWAYS], slots[NEVER] = _always(job.horizon_s), empty_spells()
            for step in self.plan.steps:
                busy = BusyPeriods([slots[part] for part in step.parts], job.horizon_s)
                for slot, tree in step.outcomes:
                    outages = busy.outages(tree)
                    slots[slot] = busy.spells_of(outages)
                    if self.narrow and slot == self.plan.wanted[-1]:
                        self._note(busy, outages, traced, since)
            if self.traces and not self.narrow and self.top is not None:
                self._trace_wide(slots, self.top, traced, since)
            for slot, parts in zip(self.plan.wanted, pieces, strict=True):
                parts.append(slots[slot])
            since = stop
        return pieces, traced

    def _trace_wide(
        self, slots: dict[int, Spells], top: Node, traced: _Traced, since_s: float
    ) -> None:
        """The outages of the system once more, event by event and nowhere else."""
        horizon, slot = self.job.horizon_s, self.plan.wanted[-1]
        events = [slots[index] for index in range(len(self.job.events))]
        busy = BusyPeriods(spells_near(events, slots[slot], horizon), horizon)
        outages = busy.outages(top)
        slots[slot] = busy.spells_of(outages)
        self._note(busy, outages, traced, since_s)

    def _note(self, busy: BusyPeriods, outages: Outages, traced: _Traced, since_s: float) -> None:
        traced.origins.append(busy.origins_of(outages))
        if self.cuts is not None and self.causes is not None:
            count = len(self.causes.causes)
            spent = blame(busy, outages, self.cuts, self.cause_of, count, since_s)
            traced.shared = spent if traced.shared is None else traced.shared + spent

    def _sum_causes(
        self, spells: Spells, order: IntArray, traced: _Traced, columns: slice, rows: slice
    ) -> None:
        """Keep whose the outages of a block are; nobody's, if nothing can keep the system up."""
        causes = self.causes
        if causes is None or not traced.origins:
            return
        if causes.shared_s is not None and traced.shared is not None:
            causes.shared_s[rows] = traced.shared[columns]
        by = np.concatenate([o.completed_by for o in traced.origins])[order]
        cause, count = self.cause_of[by], len(causes.causes)
        began = (spells.start > 0).astype(np.float64)
        lasted = by_cause(spells.column, cause, spells.end - spells.start, count)
        number = by_cause(spells.column, cause, began, count)
        causes.completed_s[rows] = lasted[columns]
        causes.completed[rows] = number[columns].astype(np.int64)

    def _listed(
        self, spells: Spells, order: IntArray, traced: _Traced, block: int, columns: slice
    ) -> OutageList:
        events = len(self.job.events)
        completed_by = np.full(len(spells), -1)
        active = np.zeros((len(spells), (events + 7) // 8), dtype=np.uint8)
        if traced.origins:
            completed_by = np.concatenate([o.completed_by for o in traced.origins])[order]
            active = np.concatenate([o.active for o in traced.origins])[order]
        low, high = np.searchsorted(spells.column, [columns.start, columns.stop])
        return OutageList(
            spells.column[low:high] + block * REPLICATIONS_PER_BLOCK,
            spells.start[low:high],
            spells.end[low:high],
            completed_by[low:high].astype(np.int32),
            active[low:high],
            events,
        )

    def result(self, first: int) -> BulkResult:
        pools = dict(zip(self.job.pools, self.tallies[:-1], strict=True))
        outages = self.outages.listed() if self.job.outages else None
        return BulkResult(
            first, self.job.horizon_s, self.tallies[-1], pools, self.windows, outages, self.causes
        )


def _stops(horizon_s: float, cycles: Sequence[float]) -> list[float]:
    """Ends of the slices of time, as few as memory allows."""
    expected = sum(1.0 + horizon_s / cycle for cycle in cycles) * REPLICATIONS_PER_BLOCK
    slices = max(1, math.ceil(expected / _SPELLS_AT_ONCE))
    return [horizon_s * k / slices for k in range(1, slices)] + [horizon_s]


def _always(horizon_s: float) -> Spells:
    columns = np.arange(REPLICATIONS_PER_BLOCK)
    return Spells(columns, np.zeros(len(columns)), np.full(len(columns), horizon_s), in_order=True)


def _copy(source: Tally, target: Tally, columns: slice, rows: slice) -> None:
    target.down_s[rows] = source.down_s[columns]
    target.failures[rows] = source.failures[columns]
    target.first_s[rows] = source.first_s[columns]

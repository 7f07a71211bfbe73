"""A slow, readable twin of the bulk engine: one replication at a time, one change after another.

It reads the same luck (row k of an address is life or repair number k) and shares no other code
with the engine: states are judged by the definition of the gates, cut sets by trying all sets.
"""

import math
from dataclasses import dataclass, field

from simulator.sample.lifetimes import ExposureBlock
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck
from tests.fault_trees import down, minimal


@dataclass
class Walk:
    """What happened in one replication."""

    outages: list = field(default_factory=list)  # [start, end, completing event, active events]
    pools: dict = field(default_factory=dict)  # name -> list of the same
    blame: dict = field(default_factory=dict)  # event -> seconds


def walk(job, replication, blames=False):
    """Walk through one replication of a bulk job."""
    changes = sorted(_changes(job, replication))  # (time, 0 = failure / 1 = repair, event)
    trees = {**job.pools, None: job.top}
    out = Walk(
        pools={name: [] for name in job.pools}, blame=dict.fromkeys(range(len(job.events)), 0.0)
    )
    cuts = minimal(job.top, len(job.events)) if blames else ()
    count = [0] * len(job.events)
    was = dict.fromkeys(trees, False)
    now = 0.0
    for time, kind, event in [(0.0, -1, None), *changes, (job.horizon_s, 2, None)]:
        _charge(out, count, cuts, time - now)
        now = time
        if event is not None:
            count[event] += 1 if kind == 0 else -1
        for name, tree in trees.items():
            is_down = down(tree, [n > 0 for n in count]) and kind != 2
            spells = out.outages if name is None else out.pools[name]
            if is_down and not was[name]:
                spells.append([time, None, event, {i for i, n in enumerate(count) if n > 0}])
            if was[name] and not is_down:
                spells[-1][1] = time
            was[name] = is_down
    return out


def _charge(out, count, cuts, lasted):
    full = [cut for cut in cuts if all(count[i] > 0 for i in cut)]
    for cut in full:
        for i in cut:
            out.blame[i] += lasted / len(full) / len(cut)


def _changes(job, replication):
    luck = Luck(job.seed)
    block, column = divmod(replication, REPLICATIONS_PER_BLOCK)
    for index, event in enumerate(job.events):
        lives = ExposureBlock(luck, "life", event.name, block)
        repairs = ExposureBlock(luck, "repair", event.name, block)
        start = ExposureBlock(luck, "start", event.name, block).rows(1)[0, column]
        starts_down = 1 - math.exp(-start) <= event.starts_down
        time, number = 0.0, 0
        while True:
            law = event.first if number == 0 and event.first is not None else event.life
            if not (number == 0 and starts_down):
                time += law.time_at_hazard(float(lives.rows(number + 1)[number, column]))
            if time >= job.horizon_s:
                break
            yield time, 0, index
            if event.repair is None:
                yield job.horizon_s, 1, index
                break
            law = event.repair
            if number == 0 and starts_down and event.first_repair is not None:
                law = event.first_repair
            time += law.time_at_hazard(float(repairs.rows(number + 1)[number, column]))
            yield min(time, job.horizon_s), 1, index
            if time >= job.horizon_s:
                break
            number += 1

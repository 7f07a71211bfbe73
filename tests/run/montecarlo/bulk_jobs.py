"""Jobs and helpers shared by the tests of the bulk engine."""

import dataclasses

import numpy as np

from simulator.describe.distributions import (
    Deterministic,
    Exponential,
)
from simulator.describe.units import HOUR, YEAR
from simulator.rules.logic import all_of, any_of
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import RenewalEvent
from simulator.sample.luck import REPLICATIONS_PER_BLOCK

BLOCK = REPLICATIONS_PER_BLOCK


def fixed(name, life_h, repair_h, **more):
    repair = None if repair_h is None else Deterministic(repair_h * HOUR)
    return RenewalEvent(name, Deterministic(life_h * HOUR), repair, **more)


def memoryless(name, life_h, repair_h, **more):
    return RenewalEvent(name, Exponential(life_h * HOUR), Exponential(repair_h * HOUR), **more)


def web_service(**more):
    """One load balancer, three apps, two caches, one database; repairs take 4 h on average."""
    lives = {"lb": 39996, "app0": 3996, "app1": 3996, "app2": 3996}
    lives |= {"cache0": 3996, "cache1": 3996, "db": 7996}
    pools = {"lb": 0, "app": all_of([1, 2, 3]), "cache": all_of([4, 5]), "db": 6}
    settings = {"horizon_s": 10 * YEAR, "seed": 1, "pools": pools} | more
    events = tuple(memoryless(n, life, 4, cause=n.rstrip("012")) for n, life in lives.items())
    return BulkJob(events, any_of(list(pools.values())), **settings)


def hours(job):
    """Outages of the first replication, in hours: [start, end, completing event, active events]."""
    listed = run_bulk(dataclasses.replace(job, outages=True), 0, 1).outages
    active = [set(map(int, np.flatnonzero(row))) for row in listed.active_events()]
    columns = (listed.start_s / HOUR, listed.end_s / HOUR, listed.completed_by, active)
    return [list(row) for row in zip(*columns, strict=True)]


def arrays_of(result):
    """Every array of a result, by path."""
    out = {}

    def collect(path, value):
        if isinstance(value, np.ndarray):
            out[path] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                collect(f"{path}.{key}", inner)
        elif dataclasses.is_dataclass(value):
            for part in dataclasses.fields(value):
                collect(f"{path}.{part.name}", getattr(value, part.name))

    collect("", result)
    return out


def same_bytes(one, two):
    a, b = arrays_of(one), arrays_of(two)
    assert a.keys() == b.keys()
    return all(a[k].dtype == b[k].dtype and a[k].tobytes() == b[k].tobytes() for k in a)

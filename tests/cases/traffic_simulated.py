"""The cases of traffic that are put to the request engine: for how long, how often, what is read off.

Runs start empty. What is left out at the start is many relaxation times long, or the case has no
memory; a tail is left out where requests sent late might not end. Errors are those between
independent runs, never within one: queues remember.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator import Scenario, traffic
from tests.cases import traffic_readers as read
from tests.cases import traffic_systems as systems
from tests.cases.catalogue import Parameters
from tests.cases.traffic import CASES

__all__ = ["ASKED", "Asked", "Size"]

Described = Callable[[Parameters, float], Scenario]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is simulated.

    Parameters
    ----------
    length : float
        Of a run, in the unit of time of the case.
    runs : int
        Independent ones.
    detects : float
        Relative bias the check would find.
    """

    length: float
    runs: int
    detects: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One case by simulation.

    Parameters
    ----------
    case : str
    described : callable
        From the parameters and the length of a run to the scenario.
    reads : callable
        See `traffic_readers`.
    left_out, tail : float
        The start and the end of a run that do not count, in the unit of time of the case.
    quick, long : Size or None
        None: too long for a quick test.
    stated : callable
        From the stated answer to what the ratio must be.
    allows : float
        Relative distance that the case itself allows (a fluid answer to a system of whole keys).
    """

    case: str
    described: Described
    reads: read.Reader
    left_out: float
    tail: float
    quick: Size | None
    long: Size
    stated: Callable[[float], float] = float
    allows: float = 0.0

    @property
    def expected(self) -> float:
        """What the ratio must be."""
        return self.stated(float(CASES[self.case]["exact"]))

    def one(self, length: float, replication: int) -> read.Pair:
        """What is read off one run."""
        described = self.described(CASES[self.case]["parameters"], length)
        seed = zlib.crc32(self.case.encode())  # luck of its own for every case
        found = traffic(described, seed=seed, replication=replication).outcomes

        def counts(sent: npt.NDArray[np.float64]) -> read.Flags:
            return np.asarray((sent >= self.left_out) & (sent < length - self.tail))

        return self.reads(
            found, counts(found.requests["sent_s"]), counts(found.attempts["sent_s"])
        )

    def pairs(self, size: Size) -> list[read.Pair]:
        """One pair for each run."""
        return _pairs(self, size)


@cache
def _pairs(row: Asked, size: Size) -> list[read.Pair]:
    """The runs of a row; kept, because the negative control reads them again."""
    return [row.one(size.length, replication) for replication in range(size.runs)]


def one_percent(quantile: float) -> float:
    """A time is the 99th percentile if one answer in a hundred takes longer.

    The tail falls by a factor e in a fifth of that time, so a share that is 80 % off is a percentile
    that is 13 % off.
    """
    assert quantile > 0
    return 0.01


def misses(hit_ratio: float) -> float:
    """What reaches the origin."""
    return 1.0 - hit_ratio


def _queues() -> list[Asked]:
    many, p99 = systems.many_servers, CASES["mm1-0.9-p99"]["exact"]
    return [
        Asked("erlB-25-20", systems.loss, read.shed, 10, 0, Size(150, 20, 0.3), Size(510, 40, 0.08)),
        Asked("erlB-100-90", systems.loss, read.shed, 20, 0, Size(40, 20, 0.6), Size(120, 40, 0.18)),
        Asked("erlC-10-8", many, read.wait_above(0.0), 50, 20, Size(400, 20, 0.15), Size(2070, 40, 0.05)),
        Asked("mmc-10-8-W", many, read.wait, 50, 20, Size(400, 20, 0.35), Size(2070, 40, 0.12)),
        Asked("mmc-100-90-Wtail", many, read.wait_above(0.1), 40, 10, None, Size(300, 40, 0.3)),
        Asked("mm1-0.9-p99", many, read.latency_above(p99), 4000, 500, None, Size(44500, 40, 0.8), one_percent),
        Asked("mm1k-9-10-20-loss", systems.places, read.shed, 20, 5, Size(275, 20, 0.7), Size(2025, 40, 0.2)),
        Asked("mm1k-9-10-20-T", systems.places, read.latency, 20, 5, Size(275, 20, 0.2), Size(2025, 40, 0.06)),
        Asked("md1-0.8-W", systems.fixed_service, read.wait, 200, 50, Size(2750, 20, 0.3), Size(20250, 40, 0.08)),
        Asked("erlA-50-55", systems.impatient, read.shed, 20, 20, Size(80, 20, 0.3), Size(300, 40, 0.1)),
        Asked("erlA-50-55-Wq", systems.impatient, read.wait, 20, 20, Size(80, 20, 0.3), Size(300, 40, 0.1)),
        Asked("mm1+D-1.2-5", systems.fixed_patience, read.shed, 100, 20, Size(1500, 20, 0.08), Size(10000, 40, 0.03)),
        Asked("jsq2-0.8", systems.one_of_two, read.latency, 200, 50, Size(1500, 20, 0.3), Size(8000, 40, 0.06)),
        Asked("closed-10", systems.closed_loop, read.latency, 20, 5, Size(325, 20, 0.06), Size(1625, 40, 0.02)),
        Asked("open-same-thr", many, read.latency, 20, 10, Size(330, 20, 0.15), Size(1630, 40, 0.04)),
    ]  # fmt: skip


def _caches() -> list[Asked]:
    cached, origin = systems.recently_used, read.calls_of("app>origin")
    return [
        Asked("lru-exact-8-3", cached, origin, 50, 1, Size(1050, 20, 0.06), Size(5050, 40, 0.015), misses),
        Asked("ttl-reset", systems.kept_alive, origin, 10, 1, Size(160, 20, 0.5), Size(800, 40, 0.15), misses),
        Asked(
            "rewarm-zipf1.3-20", systems.limited_origin, read.distinct_until(0.8), 0, 0, None, Size(19, 30, 0.06),
            allows=0.02,
        ),
    ]  # fmt: skip


def _retries() -> list[Asked]:
    bucket, late = systems.token_bucket, read.latency_above(3.0)
    leaf, lowest = read.calls_of("layer4>leaf"), read.calls_of("layer2>leaf")
    return [
        Asked("amp-0.5-4", systems.retried, read.tried, 0, 0, Size(2000, 20, 0.02), Size(10000, 40, 0.01)),
        Asked("amp-5x3-dead", systems.layers, leaf, 0, 1, Size(9, 2, 1e-9), Size(101, 2, 1e-9)),
        Asked("amp-3x3-.95", systems.layers, lowest, 0, 1, Size(201, 20, 0.1), Size(1001, 40, 0.03)),
        Asked("bucket-0.05-att", bucket, read.tried, 300, 0, Size(2300, 20, 0.01), Size(10300, 40, 0.003)),
        Asked("bucket-0.05-fail", bucket, read.failed, 300, 0, None, Size(30300, 40, 0.5)),
        Asked("bucket-0.1-fail", bucket, read.failed, 1000, 0, Size(3000, 20, 0.5), Size(16000, 40, 0.12)),
        Asked("bucket-0.5-att", bucket, read.tried, 300, 0, Size(1800, 20, 0.001), Size(10300, 40, 0.0002)),
        Asked("bucket-0.5-fail", bucket, read.failed, 300, 0, Size(1800, 20, 0.05), Size(10300, 40, 0.01)),
        Asked("timeout-retry-lat", systems.timed_out, read.latency, 0, 7, Size(2000, 20, 0.04), Size(10000, 40, 0.01)),
        Asked("hedge-exp", systems.hedged, late, 0, 50, Size(2050, 20, 0.5), Size(10050, 40, 0.12)),
        Asked("fanout-100", systems.fan_out, read.latency_above(0.5), 0, 5, None, Size(2005, 40, 0.06)),
    ]  # fmt: skip


def _breakers() -> list[Asked]:
    opened = read.until_open
    return [
        Asked("breaker-trip-.5-5", systems.row_breaker, opened, 0, 0, Size(12000, 16, 0.4), Size(16000, 80, 0.15)),
        Asked("breaker-window-10-5-.2", systems.window_breaker, opened, 0, 0, None, Size(26000, 60, 0.2)),
        Asked("breaker-open-.2-3p", systems.probing_breaker, read.rejected, 2000, 0, None, Size(12000, 20, 0.4)),
    ]  # fmt: skip


ASKED: dict[str, Asked] = {
    row.case: row for row in (*_queues(), *_caches(), *_retries(), *_breakers())
}

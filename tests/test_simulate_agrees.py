"""Monte-Carlo against the exact engine, feature by feature, through the public call.

Each system stands beside the same one without its feature: the estimate has to agree with the
exact mean over the horizon of the first (|z| < 4.5, with the bias stated that this would find) and
must not agree with that of the second. So a feature that is left out would be found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from simulator import (
    HOUR,
    Crew,
    Effect,
    Exponential,
    Failover,
    Fault,
    Life,
    LoadSharing,
    On,
    Poisson,
    Pool,
    Scenario,
    Standby,
    System,
    availability,
    crash,
    exact,
    series,
)  # fmt: skip
from simulator.describe import Controller
from simulator.replicate import replicate
from tests.statistical import check_mean, check_proportion

MTTF_H, MTTR_H = 100.0, 10.0


def hours(mean: float) -> Exponential:
    return Exponential(mean * HOUR)


def pool(members: int = 2, name: str = "node", mttf: float = MTTF_H, **more: Any) -> Pool:
    return Pool(name, members, faults=[crash(hours(mttf), hours(MTTR_H))], **more)


def case(
    pools: Pool | Sequence[Pool], *controllers: Controller, faults: Sequence[Fault] = ()
) -> Scenario:
    """A scenario of 2,000 h."""
    system = System([pools] if isinstance(pools, Pool) else pools)
    return Scenario(system, faults=faults, controllers=controllers, horizon=2000 * HOUR)


@dataclass(frozen=True)
class Pair:
    """A system, and the same without what it is here for.

    Attributes
    ----------
    this, without : Scenario
    detects : float
        Relative bias of the share of time down that the test would find.
    """

    this: Scenario
    without: Scenario
    detects: float


def hidden() -> Pool:
    latent = Fault(
        when=Life(hours(150)), effect=Effect(hidden=True), found_by=Poisson(1 / (50 * HOUR)),
        name="latent",
    )  # fmt: skip
    failure = crash(hours(MTTF_H), hours(MTTR_H))
    return Pool("node", 2, on_shortage="lost", faults=[failure, latent])


def shock(chance: float, rate_h: float = 100.0) -> Fault:
    return Fault(
        "node", when=Life(hours(rate_h)), lasts=hours(MTTR_H), together=True, repaired="each",
        chance=chance, name="shock",
    )  # fmt: skip


def chained(chance: float) -> Fault:
    return Fault(
        "b", when=On("failed:a", chance=chance), lasts=hours(20), together=True, name="knock"
    )


def inspected(rate_h: float | None) -> Pool:
    found = None if rate_h is None else Poisson(1 / (rate_h * HOUR))
    fault = Fault(when=Life(hours(MTTF_H)), lasts=hours(MTTR_H), found_by=found, name="silent")
    return Pool("node", 2, faults=[fault])


def two_causes(ages: Any) -> Pool:
    faults = [crash(hours(50), hours(20), ages=ages, name=name) for name in ("one", "other")]
    return Pool("node", 1, faults=faults)


def urgent(first: str) -> Scenario:
    pools = [pool(1, "a", 50.0), pool(1, "b", 50.0), pool(3, "c", 50.0)]
    crew = Crew("crew", order="priority", priority=(first,), preemptive=True)
    return replace(case(pools, crew), system=System(pools, structure=series("a")))


CREW = Crew("crew")
SLOW = Failover("node", promote=hours(2), works=0.9, by_hand=hours(8))
LONG = Failover("node", promote=hours(15))
INSTANT = Failover("node")

PAIRS = {
    "one crew": Pair(case(pool(3, needed=2), CREW), case(pool(3, needed=2)), 0.1),
    "two crews": Pair(case(pool(4, needed=2), replace(CREW, size=2)), case(pool(4, needed=2)), 0.2),
    "crew that travels": Pair(
        case(pool(), replace(CREW, travel=hours(5))), case(pool(), CREW), 0.1
    ),
    "crew shared": Pair(
        case(pool(3), Crew("crew", order="shared")), case(pool(3)), 0.25
    ),
    "cold standby": Pair(
        case(pool(3, needed=2, standby="cold"), CREW), case(pool(3, needed=2), CREW), 0.1
    ),
    "warm standby": Pair(
        case(pool(3, needed=2, standby=Standby("warm", 0.3)), CREW),
        case(pool(3, needed=2, standby="cold"), CREW), 0.08,
    ),
    "hot standby": Pair(
        case(pool(3, needed=2, standby="hot")), case(pool(3, needed=2, standby="cold")), 0.1
    ),
    "load sharing by exponent": Pair(
        case(pool(3, load_sharing=LoadSharing(exponent=1.5)), CREW), case(pool(3), CREW), 0.1
    ),
    "load sharing by factors": Pair(
        case(pool(2, load_sharing=LoadSharing(factors=(1.0, 3.0)))), case(pool(2)), 0.1
    ),
    "failover": Pair(case(pool(), SLOW), case(pool(), INSTANT), 0.06),
    "failover, repairs after it": Pair(
        case(pool(), replace(LONG, repairs="after")), case(pool(), LONG), 0.06
    ),
    "failover, cold standby, one crew": Pair(
        case(pool(standby="cold"), SLOW, CREW), case(pool(standby="cold"), INSTANT, CREW), 0.07
    ),
    "election by a majority": Pair(
        case(pool(3, needed=2), Failover("node", promote=hours(2), voters="members")),
        case(pool(3, needed=2), Failover("node", promote=hours(2))), 0.05,
    ),
    "one fault over both": Pair(
        case(pool(), faults=[replace(shock(1.0), repaired="together")]), case(pool()), 0.05
    ),
    "shock with a chance": Pair(
        case(pool(), faults=[shock(0.6)]), case(pool(), faults=[shock(1.0)]), 0.06
    ),
    "chained fault": Pair(
        case([pool(1, "a"), pool(1, "b")], faults=[chained(0.5)]),
        case([pool(1, "a"), pool(1, "b")], faults=[chained(0.2)]), 0.05,
    ),
    "found by inspection": Pair(case(inspected(30)), case(inspected(None)), 0.08),
    "hidden damage": Pair(
        case(hidden()), case(replace(hidden(), faults=hidden().faults[:1])), 0.05
    ),
    "ageing stops while down": Pair(
        case(two_causes("while_up")), case(two_causes("always")), 0.04
    ),
    "an urgent pool": Pair(urgent("a"), urgent("b"), 0.05),
}  # fmt: skip


def exactly(scenario: Scenario) -> float:
    """Mean share of the horizon spent down."""
    found = availability(scenario, engines=("exact",)).system
    assert found.exact_over_horizon is not None, found.reasons
    return found.exact_over_horizon


def shares(scenario: Scenario, seed: int, replications: int) -> np.ndarray:
    """Share of each history spent down."""
    samples = replicate(scenario, seed=seed, replications=replications)
    return samples.system.down_s / samples.horizon_s


@pytest.mark.parametrize("name", PAIRS)
def test_share_of_time_down(name: str) -> None:
    pair = PAIRS[name]
    share = shares(pair.this, 1, 1024)
    check_mean(share, exactly(pair.this), pair.detects)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(share, exactly(pair.without), 2.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_share_of_time_down_sharply(name: str) -> None:
    """Other luck and 32 times as much of it: finds a bias 5.6 times as small."""
    pair = PAIRS[name]
    share, truth = shares(pair.this, 2, 32 * 1024), exactly(pair.this)
    z = check_mean(share, truth, pair.detects / 5)
    print(f"{name}: {truth:.6f}, z = {z:+.2f}, finds a bias of {100 * pair.detects / 5:.1f} %")


def test_data_that_are_lost_stay_lost() -> None:
    """P(lost within the horizon); detects 10 %. Without `lost` the pool comes back."""
    scenario = case(pool(3, mttf=50.0, on_shortage="lost", needed=2), CREW)
    short = replace(scenario, horizon=300 * HOUR)
    samples = replicate(short, seed=1, replications=4096)
    lost = int(np.isfinite(samples.system.first_s).sum())
    check_proportion(lost, 4096, exact.loss_probability(short, short.horizon), detects=0.1)
    check_mean(samples.system.down_s / samples.horizon_s, exactly(short), detects=0.1)
    assert samples.system.failures.max() == 1
    back = replace(short, system=System([pool(3, mttf=50.0, needed=2)]))
    with pytest.raises(AssertionError, match="z ="):
        check_mean(samples.system.down_s / samples.horizon_s, exactly(back), detects=0.9)


@pytest.mark.xfail(
    strict=True,
    reason="a repair and the fault it sets off elsewhere overlap for no time at all, and count",
)
def test_an_outage_lasts() -> None:
    """A repaired member sets off a fault of the other one at the same instant; detects 8 %.

    One goes down as the other comes back: down before, down after, or never down in between. The
    chance of a failure within 150 h tells whether that instant was taken for an outage.
    """
    knock = Fault("node", when=On("repaired:node", chance=0.5), lasts=hours(6), name="knock")
    scenario = replace(case(pool(mttf=200.0), faults=[knock]), horizon=150 * HOUR)
    samples = replicate(scenario, seed=1, replications=8192, outages=True)
    assert samples.outages is not None
    failed = int(np.isfinite(samples.system.first_s).sum())
    check_proportion(failed, 8192, exact.unreliability(scenario, 150 * HOUR), detects=0.15)
    assert (samples.outages.end_s > samples.outages.start_s).all()

"""What counts as down: the structure that the calls, or the user, give a system."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from simulator import (
    HOUR,
    YEAR,
    Call,
    Exponential,
    Pool,
    Scenario,
    System,
    availability,
    crash,
    network,
)
from simulator.replicate import replicate
from tests.run.montecarlo.bulk_jobs import same_bytes
from tests.statistical import check_estimate

MTTF_H, MTTR_H = 100.0, 10.0
U = MTTR_H / (MTTF_H + MTTR_H)  # share of time down of one member


def pool(name: str, members: int = 1, *, needed: int = 1, **more: Any) -> Pool:
    fault = crash(Exponential(MTTF_H * HOUR), Exponential(MTTR_H * HOUR))
    return Pool(name, members, needed=needed, faults=[fault], **more)


def settled(*pools: Pool, **more: Any) -> Scenario:
    """A year of a system that has been running for ever: the long-run formulas hold exactly."""
    return Scenario(System(pools, **more), horizon=YEAR, starts="equilibrium")


def checked(scenario: Scenario, expected: float, wrong: float) -> None:
    """Exact to 1e-12, Monte-Carlo within 4.5 standard errors (detects 5 %), and not the wrong one."""
    report = availability(scenario, replications=512)
    assert report.system.exact == pytest.approx(expected, rel=1e-12, abs=0)
    found = report.system.montecarlo
    assert found is not None
    check_estimate(found.value, found.error, expected, detects=0.05)
    with pytest.raises(AssertionError, match="z ="):
        check_estimate(found.value, found.error, wrong, detects=0.9)


def test_pools_that_are_called_all_count():
    front = pool("front", serve=[Call("back")])
    checked(settled(front, pool("back")), 1 - (1 - U) ** 2, wrong=U)


@pytest.mark.parametrize(
    "call", [Call("other", required=False), Call("other", plane="control")], ids=["not required", "control plane"]
)  # fmt: skip
def test_a_pool_that_no_required_path_reaches_does_not_count(call: Call):
    scenario = settled(pool("front", serve=[call]), pool("other"))
    checked(scenario, U, wrong=1 - (1 - U) ** 2)
    alone = settled(pool("front"))
    with_other = replicate(scenario, seed=1, replications=100)
    assert same_bytes(with_other.system, replicate(alone, seed=1, replications=100).system)
    assert with_other.pools["other"].failures.sum() > 0


def test_a_call_after_a_miss_counts():
    front = pool("front", serve=[Call("cache", required=False), Call("back", after="miss")])
    checked(settled(front, pool("cache"), pool("back")), 1 - (1 - U) ** 2, wrong=U)


def test_a_fallback_is_an_or():
    call = Call("back", fallback=(Call("spare"),))
    scenario = settled(pool("front", serve=[call]), pool("back"), pool("spare"))
    checked(scenario, 1 - (1 - U) * (1 - U**2), wrong=U)


def test_needed_members():
    checked(settled(pool("a", 3, needed=2)), 3 * U**2 - 2 * U**3, wrong=U**2)


def test_a_network_is_up_while_a_path_is():
    """The bridge, by going through all 32 states."""
    edges = ("su", "sv", "ut", "vt", "uv")
    paths = ({"su", "ut"}, {"sv", "vt"}, {"su", "uv", "vt"}, {"sv", "uv", "ut"})
    down = 0.0
    for state in itertools.product((0, 1), repeat=5):
        up = {edge for edge, failed in zip(edges, state, strict=True) if not failed}
        if not any(path <= up for path in paths):
            down += float(np.prod([U if failed else 1 - U for failed in state]))
    pools = [pool(edge) for edge in edges]
    bridge = network([(edge[0], edge[1], edge) for edge in edges], "s", "t")
    checked(settled(*pools, structure=bridge), down, wrong=(1 - (1 - U) ** 2) ** 2)

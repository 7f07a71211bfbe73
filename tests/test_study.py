"""The gap to the formulas, step by step, against enumeration and chains written by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models import get
from simulator.describe import (
    FOREVER,
    HOUR,
    YEAR,
    Bathtub,
    Crew,
    Detect,
    Deterministic,
    Drain,
    Effect,
    Exponential,
    Failover,
    Fault,
    Life,
    Lognormal,
    On,
    Pool,
    Scenario,
    System,
    crash,
)  # fmt: skip
from simulator.errors import DescriptionError
from simulator.gap import Step, explain_gap
from simulator.study import compare, durability

LIFE, REPAIR = 1000.0, 10.0  # hours
SHARED_LIFE, SHARED_REPAIR = 20_000.0, 5.0


def by_name(steps: tuple[Step, ...]) -> dict[str, Step]:
    return {step.name: step for step in steps}


def pair_with_shared_fault() -> Scenario:
    """Two members in parallel; each fails alone, and one fault hits both."""
    shared = Fault(
        "pair", when=Life(Exponential(SHARED_LIFE * HOUR)), lasts=Exponential(SHARED_REPAIR * HOUR),
        together=True, name="zone",
    )  # fmt: skip
    pool = Pool("pair", 2, faults=[crash(Exponential(LIFE * HOUR), Exponential(REPAIR * HOUR))])
    return Scenario(System([pool]), faults=[shared], horizon=10 * YEAR)


def enumerated(events: list[float], is_down: object) -> float:
    """P(down) by going through all 2^n states."""
    assert callable(is_down)
    total = 0.0
    for state in itertools.product((0, 1), repeat=len(events)):
        chance = float(np.prod([u if s else 1 - u for u, s in zip(events, state, strict=True)]))
        total += chance if is_down(state) else 0.0
    return total


def test_shared_fault_against_enumeration():
    local, shared = REPAIR / (LIFE + REPAIR), SHARED_REPAIR / (SHARED_LIFE + SHARED_REPAIR)
    apart = enumerated([local, local, shared, shared], lambda s: (s[0] or s[2]) and (s[1] or s[3]))
    one = enumerated([local, local, shared], lambda s: (s[0] or s[2]) and (s[1] or s[2]))
    steps = by_name(explain_gap(pair_with_shared_fault()))
    assert steps["analytic"].unavailability == pytest.approx(apart, rel=1e-12, abs=0)
    assert steps["shared faults"].effect == pytest.approx(one - apart, rel=1e-10, abs=0)
    assert steps["shared faults"].measurable


def long_run(rates: dict[tuple[int, int], float], down: set[int], states: int) -> float:
    """Long-run share of time in `down`, from the balance equations."""
    q = np.zeros((states, states))
    for (a, b), rate in rates.items():
        q[a, b] += rate
    q -= np.diag(q.sum(axis=1))
    system = np.vstack([q.T, np.ones(states)])
    pi = np.linalg.lstsq(system, np.append(np.zeros(states), 1.0), rcond=None)[0]
    return float(pi[list(down)].sum())


def crewed_pair(promote_h: float) -> Scenario:
    """Two active members, one crew, and a primary that must be replaced when it fails."""
    pool = Pool("db", 2, faults=[crash(Exponential(LIFE * HOUR), Exponential(REPAIR * HOUR))])
    failover = Failover("db", promote=Exponential(promote_h * HOUR))
    return Scenario(System([pool]), controllers=[failover, Crew("hands")], horizon=10 * YEAR)


def test_failover_and_crew_against_chains_by_hand():
    fail, mend, take = 1 / LIFE, 1 / REPAIR, 1 / 0.5
    # 0: both up; 1: replica down; 2: primary down, failover under way; 3: both down;
    # 4: repaired while the failover still runs
    ladder = {
        "own crews": {
            (0, 1): fail, (0, 2): fail, (1, 0): mend, (1, 3): fail, (2, 1): take, (2, 3): fail, (2, 4): mend,
            (3, 1): 2 * mend, (4, 0): take, (4, 2): 2 * fail,
        },
        "one crew": {
            (0, 1): fail, (0, 2): fail, (1, 0): mend, (1, 3): fail, (2, 1): take, (2, 3): fail, (2, 4): mend,
            (3, 1): mend, (4, 0): take, (4, 2): 2 * fail,
        },
    }  # fmt: skip
    expected = {name: long_run(rates, {2, 3, 4}, 5) for name, rates in ladder.items()}
    analytic = (REPAIR / (LIFE + REPAIR)) ** 2
    steps = by_name(explain_gap(crewed_pair(0.5)))
    assert steps["analytic"].unavailability == pytest.approx(analytic, rel=1e-12, abs=0)
    assert steps["failover"].unavailability == pytest.approx(expected["own crews"], rel=1e-9, abs=0)
    assert steps["repair crew"].unavailability == pytest.approx(
        expected["one crew"], rel=1e-9, abs=0
    )


def test_steps_sum_to_the_gap():
    steps = explain_gap(crewed_pair(0.5))
    gap = steps[-1].unavailability - steps[0].unavailability
    assert sum(step.effect for step in steps) == pytest.approx(gap, rel=1e-12, abs=0)


def test_an_assumption_without_effect_is_shown_as_such():
    """A crew as large as the pool makes nobody wait; ageing stops has no meaning without a second fault."""
    lone = Scenario(
        System([Pool("a", faults=[crash(Exponential(LIFE * HOUR), Exponential(REPAIR * HOUR))])]),
        controllers=[Crew("hands")],
        horizon=10 * YEAR,
    )
    steps = by_name(explain_gap(lone))
    assert not steps["repair crew"].measurable
    assert steps["repair crew"].effect == 0.0


def test_paired_steps_agree_with_exact_ones():
    """The same ladder with laws no chain has: detectable bias 10 % of the unavailability."""
    scenario = crewed_pair(0.5)
    pool = Pool("db", 2, faults=[crash(Exponential(LIFE * HOUR), Lognormal(8 * HOUR, 0.668))])
    general = Scenario(System([pool]), controllers=scenario.controllers, horizon=10 * YEAR)
    steps = explain_gap(general, replications=1024)
    sampled = by_name(steps)["repair crew"]
    assert "paired" in sampled.method
    assert sampled.low <= sampled.effect <= sampled.high
    gap = steps[-1].unavailability - steps[0].unavailability
    assert sum(step.effect for step in steps) == pytest.approx(gap, rel=1e-12, abs=0)


def test_programme_b():
    """Bathtub servers, one crew, failover with detection: four designs on the same luck."""
    life = Bathtub(early=(0.6, 60 * YEAR), chance=1 / (40 * YEAR), wear=(4.0, 9 * YEAR))
    hardware = crash(life, Lognormal(4 * HOUR, 1.2), name="hardware")
    software = crash(
        Exponential(90 * 24 * HOUR), Exponential(180.0), needs_crew=False, name="software"
    )
    pair = Pool("db", 2, faults=[hardware, software])
    base = get("web_service").build()
    assert isinstance(base.system, System)
    with_pair = Scenario(base.system.with_(pair), horizon=10 * YEAR)
    probes = Detect(every=5, misses=3, timeout=1)
    real = Failover(
        "db", detect=probes, promote=Exponential(10), works=0.98, by_hand=Exponential(1800)
    )
    crew = Crew("hands", size=1, travel=Lognormal(1800, 0.7))
    instant = Failover("db", detect=Detect.instant(), promote=Deterministic(0))
    designs = {
        "one server": Scenario(
            base.system.with_(Pool("db", 1, faults=[hardware, software])), horizon=10 * YEAR
        ),
        "pair, instant": Scenario(with_pair.system, controllers=[instant], horizon=10 * YEAR),
        "pair, real failover": Scenario(with_pair.system, controllers=[real], horizon=10 * YEAR),
        "+ one crew": Scenario(with_pair.system, controllers=[real, crew], horizon=10 * YEAR),
    }
    table = compare(designs, replications=512).set_index("design")
    assert table.loc["pair, real failover", "difference_high"] < 0  # better than one server
    assert (
        table.loc["+ one crew", "unavailability"]
        > table.loc["pair, real failover", "unavailability"]
    )
    assert table.loc["+ one crew", "assumptions_broken"] == "failover, crew travel, repair crew"


def test_programme_j():
    """RAID-5 that reads seven disks of 8 TB to rebuild one: exact and Monte-Carlo agree."""
    unreadable = Fault(
        "array", when=On("repaired:array", chance=0.361095315968084, no_redundancy=True),
        effect=Effect(up=False), lasts=FOREVER, together=True, name="unreadable",
    )  # fmt: skip
    disks = Pool(
        "array",
        8,
        needed=7,
        on_shortage="lost",
        faults=[crash(Exponential(1e6 * HOUR), Exponential(24 * HOUR))],
    )
    scenario = Scenario(
        System([disks]), faults=[unreadable], controllers=[Crew("rebuild")], horizon=10 * YEAR
    )
    table = durability(scenario, replications=4096).set_index("method")
    exactly = table.loc["exact"]
    assert exactly["mttdl_s"] / HOUR == pytest.approx(
        346132.56999237416, rel=1e-9, abs=0
    )  # case D06
    sampled = table.loc["montecarlo"]
    error = np.sqrt(exactly["p_loss"] * (1 - exactly["p_loss"]) / 4096)
    assert abs(sampled["p_loss"] - exactly["p_loss"]) < 4.5 * error  # finds a bias of 15 %
    assert not sampled["low"] <= 1.3 * exactly["p_loss"] <= sampled["high"]  # negative control


def test_a_rebuild_at_a_fixed_rate_is_left_to_monte_carlo():
    disks = Pool(
        "array", 2, on_shortage="lost", faults=[crash(Exponential(1e4 * HOUR), Drain(8e12, 100e6))]
    )
    table = durability(Scenario(System([disks]), horizon=YEAR), replications=512).set_index(
        "method"
    )
    assert "montecarlo can" in table.loc["exact", "reason"]
    assert 0 <= table.loc["montecarlo", "low"] <= table.loc["montecarlo", "high"]


def test_durability_needs_something_to_lose():
    with pytest.raises(DescriptionError, match="on_shortage"):
        durability(crewed_pair(0.5))

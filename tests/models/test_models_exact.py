"""The models mean what they say: their Markov chains against formulas and second solutions."""

import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import models
from models import datacentre_year, disk_array, quorum, web_service_pair
from simulator.describe import DAY, HOUR, MONTH, TB, YEAR, Drain, Every, Exponential, Poisson
from simulator.describe.files import load
from simulator.errors import NotSupported
from simulator.rules.anatomy import anatomy
from simulator.run.exact.bdd import p_down
from simulator.run.exact.passage import first_passage
from simulator.run.exact.state_space import state_space
from simulator.run.exact.stationary import long_run, stationary

DISK = Exponential(1e6 * HOUR)
DAY_REBUILD = Exponential(24 * HOUR)


def unavailability(scenario):
    space = state_space(scenario)
    assert not space.cut_rate.any()
    found = stationary(space.generator, space.start)
    return long_run(space.generator, found.probabilities, space.up).unavailability


def hours_to_loss(scenario):
    space = state_space(scenario)
    return first_passage(space.generator, ~space.up, space.start).mean_s / HOUR


# --- quorum -------------------------------------------------------------------------------------


@pytest.mark.parametrize("nodes", [3, 5, 7])
def test_quorum_is_binomial(nodes):
    q = Fraction(4, 2194)  # 4 h of 2,190 h + 4 h
    terms = [
        math.comb(nodes, k) * q**k * (1 - q) ** (nodes - k)
        for k in range(nodes // 2 + 1, nodes + 1)
    ]
    build = {3: quorum.three, 5: quorum.scenario, 7: quorum.seven}[nodes]
    assert unavailability(build()) == pytest.approx(float(sum(terms)), rel=1e-12, abs=0)


def chain_of_elections(n=5, mttf=2190.0, mttr=4.0, election_h=10 / 3600):
    """Long-run share of (k up, no leader), written down state by state and solved with NumPy."""
    half = n // 2 + 1
    states = [(k, s) for k in range(n + 1) for s in ("OE" if k >= half else "N")]
    at = {state: i for i, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))

    def go(a, b, rate):
        q[at[a], at[b]] += rate

    for k, s in states:
        letter = s if k > half else "N"  # after a failure that takes no leader
        if s == "O":
            go((k, s), (k - 1, "E" if k > half else "N"), 1 / mttf)
            go((k, s), (k - 1, letter), (k - 1) / mttf)
        elif k:
            go((k, s), (k - 1, letter), k / mttf)
        if s == "E":
            go((k, s), (k, "O"), 1 / election_h)
        if k < n:
            back = s if s != "N" else "E" if k + 1 >= half else "N"
            go((k, s), (k + 1, back), (n - k) / mttr)
    np.fill_diagonal(q, -q.sum(axis=1))
    q[:, 0] = 1.0
    p = np.linalg.solve(q.T, np.eye(len(states))[0])
    return sum(p[at[state]] for state in states if state[1] != "O")


def test_quorum_with_elections():
    got = unavailability(quorum.with_election())
    assert got == pytest.approx(chain_of_elections(), rel=1e-9, abs=0)
    assert got > 20 * unavailability(quorum.scenario())  # the elections are what costs


# --- disk arrays --------------------------------------------------------------------------------


def birth_death_hours(n, tolerated, mttf, repair_rate):
    """Mean time until `tolerated` + 1 are down: sum of the mean times of each step up."""
    step, total = Fraction(0), Fraction(0)
    for down in range(tolerated + 1):
        fails = Fraction(n - down, mttf)
        step = (1 + repair_rate(down) * step) / fails
        total += step
    return float(total)


@pytest.mark.parametrize(
    ("n", "parity", "one_at_a_time"),
    [(2, 1, False), (3, 2, False), (3, 2, True), (8, 1, False), (10, 2, True), (14, 4, False)],
)
def test_arrays_without_bit_errors(n, parity, one_at_a_time):
    rate = Fraction(1, 24)
    expected = birth_death_hours(
        n, parity, 10**6, lambda down: rate * (min(down, 1) if one_at_a_time else down)
    )
    scenario = disk_array.array(
        disks=n,
        parity=parity,
        life=DISK,
        rebuild=DAY_REBUILD,
        bit_error=0.0,
        rebuilds_at_once=1 if one_at_a_time else None,
    )
    assert hours_to_loss(scenario) == pytest.approx(expected, rel=1e-9, abs=0)


def test_ten_disks_one_rebuild_at_a_time_as_published():
    # ten disks, two may be down, 1e6 h and 24 h: solved elsewhere with 40 digits
    scenario = disk_array.array(
        disks=10, parity=2, life=DISK, rebuild=DAY_REBUILD, bit_error=0.0, rebuilds_at_once=1
    )
    assert hours_to_loss(scenario) == pytest.approx(2412307434876.543, rel=1e-9, abs=0)


@pytest.mark.parametrize("bit_error", [1e-14, 1e-15, 1 / (1e14 * 4096), 1 / (1e14 * 32768)])
def test_unreadable_bits_during_a_rebuild(bit_error):
    """M = T0 + T1 + (chance to be back at all good) M, for RAID-5."""
    chance = -math.expm1(7 * 8e12 * 8 * math.log1p(-bit_error))
    fails, rebuilt = 7e-6, 1 / 24
    back = rebuilt * (1 - chance) / (rebuilt + fails)
    leave = fails / (rebuilt + fails) + rebuilt * chance / (rebuilt + fails)
    expected = (1 / 8e-6 + 1 / (rebuilt + fails)) / leave
    assert back + leave == pytest.approx(1.0, rel=1e-12, abs=0)
    scenario = disk_array.array(
        disks=8, parity=1, size=8 * TB, life=DISK, rebuild=DAY_REBUILD, bit_error=bit_error
    )
    assert hours_to_loss(scenario) == pytest.approx(expected, rel=1e-9, abs=0)


def test_the_raid5_of_the_enterprise_class_as_published():
    scenario = disk_array.array(life=DISK, rebuild=DAY_REBUILD)
    assert disk_array.chance_unreadable(56 * TB, 1e-15) == pytest.approx(
        0.361095315968084, rel=1e-12, abs=0
    )
    assert hours_to_loss(scenario) == pytest.approx(346132.56999237416, rel=1e-9, abs=0)


def test_raid6_reads_everything_only_without_redundancy():
    """Four states: all good, one down, two down, lost; bit errors count from two down to one."""
    lam, mu, read = 1e-6, 1 / 24, disk_array.chance_unreadable(6 * 8 * TB, 1e-15)
    out0, out1, out2 = 8 * lam, 7 * lam + mu, 6 * lam + 2 * mu
    # mean hours m0, m1, m2 to loss
    a = np.array(
        [[1, -1, 0], [-mu / out1, 1, -7 * lam / out1], [0, -2 * mu * (1 - read) / out2, 1]]
    )
    expected = np.linalg.solve(a, [1 / out0, 1 / out1, 1 / out2])[0]
    scenario = disk_array.array(disks=8, parity=2, life=DISK, rebuild=DAY_REBUILD)
    assert hours_to_loss(scenario) == pytest.approx(expected, rel=1e-9, abs=0)


def test_a_scrubbed_mirror():
    """Per hour: failures 5e-6, latent errors 1/8760, scrubs 1/168, rebuilds 1/12."""
    lam, lse, scrub, mu = 5e-6, 1 / 8760, 1 / 168, 1 / 12
    out = [2 * lam + 2 * lse, 2 * lam + lse + scrub, 2 * lam + 2 * scrub, mu + lam + lse]
    # clean, one erring, both erring, degraded; a degraded or erring survivor that fails is a loss
    to = np.zeros((4, 4))
    to[0, 1], to[0, 3] = 2 * lse, 2 * lam
    to[1, 0], to[1, 2], to[1, 3] = scrub, lse, lam  # only the erring disk may fail
    to[2, 1] = 2 * scrub
    to[3, 0] = mu
    rates = np.diag(out) - to
    expected = np.linalg.solve(rates, np.ones(4))[0]
    scenario = disk_array.array(
        disks=2,
        parity=1,
        life=Exponential(HOUR / lam),
        rebuild=Exponential(12 * HOUR),
        bit_error=0.0,
        latent=Exponential(8760 * HOUR),
        scrub=Poisson(1 / (168 * HOUR)),
    )
    got = hours_to_loss(scenario)
    assert got == pytest.approx(expected, rel=1e-9, abs=0)
    assert got == pytest.approx(4954207.748446222, rel=1e-9, abs=0)  # solved elsewhere, 40 digits


def test_the_latent_rate_is_the_published_share():
    assert disk_array.LATENT.cdf(32 * MONTH) == pytest.approx(0.0345, rel=1e-12, abs=0)


def test_fixed_rebuild_times_and_fixed_scrubs_are_left_to_simulation():
    drain = disk_array.array(rebuild=Drain(8 * TB, 100e6))
    assert drain.system["array"].faults[0].lasts.seconds == 80_000.0
    with pytest.raises(NotSupported, match="montecarlo"):
        state_space(drain)
    with pytest.raises(NotSupported, match="montecarlo"):
        state_space(disk_array.array(scrub=Every(7 * DAY)))


# --- the pair -----------------------------------------------------------------------------------


def test_the_pair_without_its_assumptions_is_the_product():
    ideal = web_service_pair.scenario(
        beta=0.0, promote=Exponential(1e-6), works=1.0, crew=None, travel=None
    )
    up = 0.9999 * (1 - 0.001**3) * (1 - 0.001**2) * (1 - 0.0005**2)
    # a promotion of one microsecond a few times a year adds 1e-13
    assert unavailability(ideal) == pytest.approx(1 - up, rel=1e-8, abs=0)


def test_each_assumption_of_the_pair_costs_something():
    def u(**more):
        base = {"beta": 0.0, "promote": Exponential(1e-6), "works": 1.0, "crew": None}
        return unavailability(web_service_pair.scenario(**(base | more)))

    ideal = u()
    life, up = web_service_pair.hardware_life(web_service_pair.REPAIR), YEAR
    shared = 0.05 * 3600 / life  # rate of the shared fault times its repair
    assert u(beta=0.05) - ideal == pytest.approx(shared, rel=2e-3, abs=0)
    crashes = up / life + up / web_service_pair.SOFTWARE_LIFE.mean()  # of a primary, a year
    slow = u(promote=web_service_pair.DETECT_AND_PROMOTE) - ideal
    assert slow == pytest.approx(crashes * 23.5 / YEAR, rel=5e-3, abs=0)
    by_hand = u(works=0.98) - ideal
    assert by_hand == pytest.approx(crashes * 0.02 * 1800 / YEAR, rel=2e-2, abs=0)


def test_the_bookshop_has_a_small_chain():
    space = state_space(load(Path(models.__file__).parent / "bookshop.toml"))
    assert len(space.up) < 1_500
    assert not space.cut_rate.any()


# --- the data centre ----------------------------------------------------------------------------


def share(fault):
    """Long-run share of time a fault with its own life and repair is active."""
    life, repair = fault.when.distribution.mean(), fault.lasts.mean()
    return repair / (life + repair)


def hand_calculation():
    """Condition on which shared faults are active; within that, machines are independent."""
    shared = datacentre_year.cluster_faults()
    machines = datacentre_year.service()["web"].faults
    alive = math.prod(1 - share(f) for f in machines)
    total = 0.0
    for active in itertools.product((False, True), repeat=len(shared)):
        weight = math.prod(
            share(f) if on else 1 - share(f) for f, on in zip(shared, active, strict=True)
        )
        dark = {s for f, on in zip(shared, active, strict=True) if on for s in f.selectors}
        racks = 3 - len(dark)
        web = binomial_down(2 * racks, 3, alive)
        data = binomial_down(racks, 2, alive)
        total += weight * (1 - (1 - web) * (1 - data))
    network = math.prod(1 - share(f) for f in datacentre_year.network_faults())
    return 1 - network * (1 - total)


def binomial_down(n, needed, p):
    """Chance that fewer than `needed` of `n` are up."""
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1) if k < needed)


def test_the_data_centre_by_hand():
    scenario = datacentre_year.scenario()
    parts = anatomy(scenario)
    assert len(parts.events) < 60
    u = np.array([share(event.fault) for event in parts.events])
    assert float(p_down(parts.top, u)) == pytest.approx(hand_calculation(), rel=1e-9, abs=0)

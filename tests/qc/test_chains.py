"""The tools of the second implementations against exact cases (ids of tests/cases)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.qc.ageing_pair import YEAR, bathtub_life
from tests.qc.chains import birth_death_passage, explore, stationary_dense
from tests.qc.datacentre_year import Cause, closed_unavailability, datacentre_year
from tests.qc.quorum import elected, majority
from tests.qc.web_service_pair import BETA, HARDWARE, SOFTWARE
from tests.statistical import check_proportion


def test_passage_is_that_of_a_10_4_code() -> None:
    # case D01-rs-10-4-par-mttdl, hours
    found = birth_death_passage([(14 - k) / 1e6 for k in range(5)], [k / 24 for k in range(5)])
    assert found == pytest.approx(3.0122633378711156e20, rel=1e-12, abs=0)


def test_passage_with_an_unreadable_sector() -> None:
    # case D06-raid5-ure-mttdl, hours
    h = 0.361095315968084
    found = birth_death_passage([8e-6, 7e-6], [0, (1 - h) / 24], h / 24)
    assert found == pytest.approx(346132.56999237416, rel=1e-12, abs=0)


def test_stationary_is_that_of_imperfect_coverage() -> None:
    # case B24-failover-coverage-0.95: states 2, M, 1, 0
    rates = np.zeros((4, 4))
    rates[0, 2], rates[0, 1], rates[1, 2] = 0.95e-3, 0.05e-3, 2.0
    rates[2, 0], rates[2, 3], rates[3, 2] = 0.1, 1e-3, 0.1
    p = stationary_dense(rates)
    assert p[1] + p[3] == pytest.approx(0.0001237470610073011, rel=1e-12, abs=0)


def test_explored_chain_of_three_nodes() -> None:
    # cases D09-quorum-3-unavail and D10-quorum-3-mttf, hours
    def moves(down: int) -> list[tuple[int, float]]:
        return [(down + 1, (3 - down) / 2190)] * (down < 3) + [(down - 1, down / 4)] * (down > 0)

    chain = explore(0, moves)
    up = chain.where(lambda down: down < 2)
    assert chain.stationary()[~up].sum() == pytest.approx(9.9595522117151e-06, rel=1e-12, abs=0)
    assert chain.mean_time(up) == pytest.approx(201662.5, rel=1e-12, abs=0)


def test_quorums_are_those_of_the_cases() -> None:
    # cases D09, D10 (5 nodes) and D11
    five = majority(5)
    assert five["unavailability"] == pytest.approx(6.04340454966178e-08, rel=1e-12, abs=0)
    assert five["mttf"] == pytest.approx(22143710.5 * 3600, rel=1e-12, abs=0)
    assert elected()["unavailability"] == pytest.approx(1.3289078694255953e-06, rel=1e-12, abs=0)


def test_two_ways_to_enumerate_the_racks() -> None:
    found = datacentre_year()["unavailability"]
    assert found == pytest.approx(closed_unavailability(), rel=1e-11, abs=0)


def test_a_uniform_duration_settles_at_its_long_run_share() -> None:
    cause = Cause(20.0, 1.0, 6.0)
    late = float(cause.active_at(np.array([8000.0]))[0])
    assert late == pytest.approx(cause.active, rel=1e-6, abs=0)
    early = float(cause.active_at(np.array([0.5]))[0])  # nothing is over before an hour
    assert early == pytest.approx(-np.expm1(-20 / 8760 * 0.5), rel=1e-6, abs=0)


def test_a_database_server_is_up_for_the_document_s_share() -> None:
    # availability of a member without crew and shared fault: hardware 1 h, software 3 min
    up = 1 / (1 + HARDWARE * 3600) / (1 + SOFTWARE * 180)
    assert 1 - up == pytest.approx(0.0005, rel=1e-12, abs=0)
    assert BETA == 0.05


def test_ageing_lives_follow_the_three_hazards() -> None:
    rng = np.random.default_rng(5)
    lives = np.array([bathtub_life(rng) for _ in range(40_000)]) / YEAR
    for age in (1.0, 5.0, 9.0):
        hazard = (age / 60) ** 0.6 + age / 40 + (age / 9) ** 4
        check_proportion(int((lives > age).sum()), lives.size, float(np.exp(-hazard)), 0.05)

"""Closed loops: the birth-death chain of one station, and the product form of several."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from simulator.run.exact.closed import closed_loop


@pytest.mark.parametrize(
    ("clients", "think", "service"), [(1, 2.0, 0.5), (10, 1.15, 0.1), (40, 1.0, 0.1)]
)
def test_one_station_is_a_birth_death_chain(clients, think, service):
    weights = [
        math.factorial(clients) / math.factorial(clients - n) * (service / think) ** n
        for n in range(clients + 1)
    ]
    p = np.array(weights) / sum(weights)
    rate = (1 - p[0]) / service
    number = float(p @ np.arange(clients + 1))
    found = closed_loop(clients=clients, think=think, service=service)
    assert found.throughput == pytest.approx(rate, rel=1e-11, abs=0)
    assert found.response_time == pytest.approx(number / rate, rel=1e-11, abs=0)
    assert found.mean_numbers[0] == pytest.approx(number, rel=1e-11, abs=0)
    assert found.utilisations[0] == pytest.approx(1 - p[0], rel=1e-11, abs=0)


def test_three_stations_by_their_product_form():
    """Weight of (n1, n2, n3): service^n each, think^n0 / n0! for those who think (Gordon, Newell)."""
    clients, think, needs = 6, 0.7, (0.1, 0.25, 0.2)
    total, numbers = 0.0, np.zeros(3)
    for state in itertools.product(range(clients + 1), repeat=3):
        thinking = clients - sum(state)
        if thinking >= 0:
            weight = think**thinking / math.factorial(thinking)
            weight *= math.prod(need**n for need, n in zip(needs, state, strict=True))
            total += weight
            numbers += weight * np.array(state)
    found = closed_loop(clients=clients, think=think, service=needs)
    np.testing.assert_allclose(found.mean_numbers, numbers / total, rtol=1e-12)
    assert found.response_time == pytest.approx(sum(found.station_times), rel=1e-14, abs=0)
    assert found.throughput * (think + found.response_time) == pytest.approx(
        clients, rel=1e-13, abs=0
    )


def test_the_bottleneck_sets_the_rate():
    found = closed_loop(clients=5000, think=1.0, service=[0.1, 0.02])
    assert found.throughput == pytest.approx(10.0, rel=1e-12, abs=0)


def test_without_thinking_one_station_is_always_busy():
    assert closed_loop(clients=3, think=0, service=0.5).response_time == pytest.approx(
        1.5, rel=1e-15, abs=0
    )

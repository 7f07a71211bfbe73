"""Caches: enumerated lists, a chain of lists, published hit ratios, a simulated cache."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from simulator.errors import NotSupported
from simulator.run.exact.caches import (
    che_approximation,
    lru_hit_ratio,
    stampede_size,
    ttl_hit_ratio,
    zipf_popularity,
)
from tests.statistical import check_mean


def test_zipf():
    p = zipf_popularity(3, 2.0)
    np.testing.assert_allclose(p, np.array([36, 9, 4]) / 49, rtol=1e-15)
    np.testing.assert_allclose(zipf_popularity(5, 0), 0.2, rtol=1e-15)


def test_shares_of_the_most_popular_keys_as_published():
    """Zipf(1.00001) over 2,827,946 keys: hit ratio of the K most popular."""
    total = np.cumsum(zipf_popularity(2_827_946, 1.00001))
    found = [total[k - 1] for k in (1_000, 10_000, 100_000, 500_000, 1_000_000)]
    np.testing.assert_allclose(found, [0.4851, 0.6342, 0.7834, 0.8877, 0.9326], rtol=0, atol=5e-5)


@pytest.mark.parametrize(
    ("keys", "exponent", "size"), [(5, 1.0, 2), (6, 0.8, 4), (7, 0.0, 3), (4, 2.5, 1)]
)
def test_lru_by_enumerating_lists(keys, exponent, size):
    """King: a list (i1, i2, ...) has probability p1 p2/(1-p1) p3/(1-p1-p2) ..."""
    p = zipf_popularity(keys, exponent)
    hits = 0.0
    for held in itertools.permutations(range(keys), size):
        weight, left = 1.0, 1.0
        for key in held:
            weight *= p[key] / left
            left -= p[key]
        hits += weight * sum(p[key] for key in held)
    assert lru_hit_ratio(p, size) == pytest.approx(hits, rel=1e-12, abs=0)


def test_lru_by_its_chain():
    """The cache itself as a Markov chain over ordered lists, stepped until it settles."""
    p, size = np.array([0.5, 0.3, 0.15, 0.05]), 2
    lists = list(itertools.permutations(range(4), size))
    place = {held: i for i, held in enumerate(lists)}
    moves = np.zeros((len(lists), len(lists)))
    for held in lists:
        for key in range(4):
            after = (key, *(k for k in held if k != key))[:size]
            moves[place[held], place[after]] += p[key]
    shares = np.linalg.matrix_power(moves, 500)[0]
    hits = sum(share * p[list(held)].sum() for share, held in zip(shares, lists, strict=True))
    assert lru_hit_ratio(p, size) == pytest.approx(hits, rel=1e-12, abs=0)


def test_lru_at_the_ends():
    p = [0.25, 0.5, 0.25]
    assert lru_hit_ratio(p, 1) == pytest.approx(sum(x * x for x in p), rel=1e-14, abs=0)
    assert lru_hit_ratio(p, 3) == 1.0
    assert lru_hit_ratio([*p, 0.0], 3) == 1.0  # nobody asks for the fourth
    assert lru_hit_ratio(np.full(20, 0.05), 7) == pytest.approx(7 / 20, rel=1e-12, abs=0)
    with pytest.raises(NotSupported, match="che_approximation"):
        lru_hit_ratio(np.full(21, 1 / 21), 7)


def test_che_solves_its_equation_and_is_close_for_many_keys():
    p = zipf_popularity(20, 0.8)
    found = che_approximation(p, 8)
    held = 1 - np.exp(-p * found.characteristic_requests)
    assert held.sum() == pytest.approx(8, rel=1e-12, abs=0)
    assert found.hit_ratio == pytest.approx(p @ held, rel=1e-12, abs=0)
    assert found.hit_ratio == pytest.approx(lru_hit_ratio(p, 8), rel=0.01, abs=0)
    assert che_approximation(p, 20).hit_ratio == 1.0
    assert che_approximation(p, 0.01).hit_ratio == pytest.approx(0.01 * p @ p, rel=1e-3, abs=0)


def simulated_hits(rng: np.random.Generator, resets: bool) -> float:
    """Share of hits of one key asked for 3 times a second, kept for 0.4 s."""
    times, expires, hits = np.cumsum(rng.exponential(1 / 3, 4000)), -1.0, 0
    for now in times:
        hit = now < expires
        hits += hit
        if resets or not hit:
            expires = now + 0.4
    return hits / times.size


@pytest.mark.parametrize("resets", [True, False])
def test_ttl_by_simulation(resets):
    rng = np.random.default_rng(20)
    shares = [simulated_hits(rng, resets) for _ in range(60)]
    check_mean(shares, ttl_hit_ratio(rate=3, ttl=0.4, resets_on_hit=resets), detects=0.02)
    with pytest.raises(AssertionError):
        check_mean(shares, ttl_hit_ratio(rate=3, ttl=0.4, resets_on_hit=not resets), detects=0.02)


def test_ttl_of_several_keys_is_their_weighted_mean():
    p = np.array([0.7, 0.3])
    each = [ttl_hit_ratio(rate=10 * x, ttl=0.2, resets_on_hit=False) for x in p]
    found = ttl_hit_ratio(rate=10, ttl=0.2, resets_on_hit=False, popularity=p)
    assert found == pytest.approx(p @ each, rel=1e-14, abs=0)
    assert ttl_hit_ratio(rate=0, ttl=1, resets_on_hit=True) == 0.0


def test_stampede():
    """Mean of 1 + Poisson(rate * fetch)."""
    rng = np.random.default_rng(3)
    sizes = 1 + rng.poisson(40 * 0.25, 40_000)
    check_mean(sizes, stampede_size(rate=40, fetch=0.25), detects=0.01)
    assert stampede_size(rate=0, fetch=math.pi) == 1.0

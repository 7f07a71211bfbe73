"""Sides of a partition, majorities, candidates, leases: by hand and by a search of every partition."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import pytest

from simulator import Link, Pool, System
from simulator.describe.ground import Ground
from simulator.rules.election import candidate, decider, lease_ends, majority


def _reached(zones, roads, start):
    """A second way: breadth first."""
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for a, b, _ in roads:
            for there in ({a, b} - {here}) if here in (a, b) else ():
                if there not in found:
                    found.add(there)
                    todo.append(there)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_who_reaches_whom_against_a_search(seed):
    rng = Random(seed)
    zones = list("abcdef")[: rng.randint(2, 6)]
    pairs = [p for p in combinations(zones, 2) if rng.random() < 0.6]
    roads = tuple((a, b, f"{a}{b}") for a, b in pairs)
    ground = Ground(roads)
    cut = {name for _, _, name in roads if rng.random() < 0.5}
    parts = ground.parts(cut)
    left = [road for road in roads if road[2] not in cut]
    for one, other in product(zones, zones):
        ever = other in _reached(zones, roads, one)
        now = other in _reached(zones, left, one)
        assert ground.reach(one, other, parts) == (now or not ever)


def test_whoever_stands_in_no_zone_reaches_everybody():
    ground = Ground((("a", "b", "ab"),))
    parts = ground.parts({"ab"})
    assert not ground.reach("a", "b", parts)
    assert ground.reach("", "b", parts)
    assert ground.reach("a", "", parts)
    assert ground.reach("a", "elsewhere", parts)


def test_only_links_between_zones_are_roads():
    pool = Pool("db", 2, zones=(("a", 1), ("b", 1)))
    links = [Link("zone:a", "zone:b"), Link("db", "db"), Link("*", "zone:a")]
    assert Ground.of(System([pool], links=links)).roads == (("a", "b", "zone:a-zone:b"),)


def test_at_most_one_side_of_a_partition_decides():
    """Whoever is asked first, a majority of all votes stands on one side only."""
    roads = tuple((a, b, a + b) for a, b in combinations("abcd", 2))
    ground, weights = Ground(roads), {"a": 2, "b": 1, "c": 1, "d": 1}
    for many in range(len(roads) + 1):
        for cut in combinations([name for _, _, name in roads], many):
            parts = ground.parts(cut)
            sides = {decider(weights, 3, ground, parts, first) for first in "abcd"}
            reached = {
                frozenset(z for z in "abcd" if ground.reach(s, z, parts))
                for s in sides
                if s is not None
            }
            assert len(reached) <= 1
            assert (None in sides) == (not reached)


@pytest.mark.parametrize(("votes", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_more_than_half(votes, needed):
    assert majority(votes) == needed
    assert 2 * needed > votes >= 2 * (needed - 1)


def test_the_own_zone_comes_first_and_the_lowest_number():
    zones = ["a", "b", "a", "b"]
    assert candidate(zones, [3, 2, 1], "a", cross_zone=True) == 2
    assert candidate(zones, [3, 1], "a", cross_zone=True) == 1
    assert candidate(zones, [3, 1], "a", cross_zone=False) is None
    assert candidate(zones, [], "a", cross_zone=True) is None


def test_a_slow_clock_believes_its_lease_lasts_longer():
    assert lease_ends(100.0, 30.0, 0.0) == 130.0
    assert lease_ends(100.0, 30.0, 0.25) == 140.0  # 40 s of which its clock counts 30

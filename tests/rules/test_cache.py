"""What a cache holds, against a list that is searched through, and against exact hit ratios."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.serving import Cache, Zipf
from simulator.errors import DescriptionError
from simulator.rules.cache import new_store
from tests.statistical import check_mean

KING = 0.5356153359019611  # exact LRU, 8 keys of Zipf exponent 1, 3 places (King 1971)
CHE = 0.5316730883992411  # Che's approximation of the same


class Searched:
    """The definition: one record for each key, looked through at every step."""

    def __init__(self, cache):
        self.cache, self.held, self.step = cache, [], 0

    def find(self, key, now):
        self.step += 1
        ttl = math.inf if self.cache.ttl is None else self.cache.ttl
        self.held = [e for e in self.held if now < e["since"] + ttl]
        for entry in self.held:
            if entry["key"] == key:
                entry["used"] = self.step
                entry["uses"] += 1
                return entry
        return None

    def get(self, key, now):
        entry = self.find(key, now)
        if entry and self.cache.ttl_from == "use":
            entry["since"] = now
        return entry is not None

    def put(self, key, now):
        entry = self.find(key, now)
        if entry:
            entry["since"] = now
            return
        if self.cache.size is not None and len(self.held) == self.cache.size:
            order = {
                "lru": lambda e: e["used"],
                "lfu": lambda e: (e["uses"], e["used"]),
                "fifo": lambda e: e["filled"],
            }[self.cache.eviction]
            self.held.remove(min(self.held, key=order))
        new = {"key": key, "since": now, "used": self.step, "uses": 1, "filled": self.step}
        self.held.append(new)


caches = st.builds(
    Cache,
    size=st.one_of(st.none(), st.integers(1, 4)),
    ttl=st.sampled_from([None, 0.5, 1.0, 2.0]),
    ttl_from=st.sampled_from(["fill", "use"]),
    eviction=st.sampled_from(["lru", "lfu", "fifo"]),
)
moves = st.lists(
    st.tuples(
        st.sampled_from(["get"] * 4 + ["put"] * 3 + ["fetch"] * 6 + ["forget", "copy"]),
        st.integers(0, 6),
        st.sampled_from([0.0, 0.0, 0.0, 0.125, 0.25, 0.5]),
    ),
    max_size=80,
)


@given(cache=caches, moves=moves)
@settings(max_examples=300, deadline=None)
def test_it_holds_what_the_definition_says(cache, moves):
    store, oracle, now = new_store(cache), Searched(cache), 0.0
    for move, key, passed in moves:
        now += passed
        if move == "forget":
            store.forget()
            oracle.held = []
        elif move == "copy":
            store, old = store.copy(), store
            old.forget()
        else:
            hit = None
            if move in ("get", "fetch"):
                hit = store.get(key, now)
                assert hit == oracle.get(key, now)
            if move == "put" or (hit is False and move == "fetch"):
                store.put(key, now)
                oracle.put(key, now)
            assert len(store) == len(oracle.held)
            held = {entry["key"] for entry in oracle.held}
            assert {key for key in range(7) if store.copy().get(key, now)} == held


def test_the_least_frequent_goes_whatever_the_frequent_do():
    store = new_store(Cache(size=2, eviction="lfu"))
    for key in (1, 2):
        store.put(key, 0.0)
    assert [store.get(1, 0.0) for _ in range(3)] == [True] * 3  # alone among the more frequent
    store.put(3, 0.0)
    assert [store.get(key, 0.0) for key in (1, 2, 3)] == [True, False, True]


def test_the_orders_of_eviction_differ():
    """Negative control: one story, after which each order has let go of another key.

    1 was filled first, 2 is the least recently used, 3 the least often.
    """
    gone = {}
    for eviction in ("fifo", "lru", "lfu"):
        store = new_store(Cache(size=3, eviction=eviction))
        for key in (1, 2, 3):
            store.put(key, 0.0)
        for key in (2, 2, 1, 1, 3):
            assert store.get(key, 0.0)
        store.put(4, 0.0)
        gone[eviction] = [key for key in (1, 2, 3, 4) if not store.get(key, 0.0)]
    assert gone == {"fifo": [1], "lru": [2], "lfu": [3]}


def test_the_end_of_a_life():
    """From the fill: at exactly 1 s it is gone, used or not. From the use: 1 s after the last."""
    fill, use = (new_store(Cache(ttl=1.0, ttl_from=start)) for start in ("fill", "use"))
    for store in (fill, use):
        store.put(7, 0.0)
        assert store.get(7, 0.75)
    assert (fill.get(7, 1.0), use.get(7, 1.0)) == (False, True)
    assert not use.get(7, 2.0)
    assert (len(fill), len(use)) == (0, 0)


def test_what_has_expired_takes_no_place():
    """Key 1 is the least recently used, but key 2 is dead: 2 makes place, not 1."""
    store = new_store(Cache(size=2, ttl=1.0, ttl_from="use"))
    store.put(2, 0.0)
    store.put(1, 0.5)
    store.put(3, 1.0)
    assert [store.get(key, 1.0) for key in (1, 2, 3)] == [True, False, True]


@pytest.mark.parametrize("eviction", ["lru", "lfu", "fifo"])
def test_what_was_forgotten_does_not_expire_later(eviction):
    store = new_store(Cache(size=2, ttl=1.0, eviction=eviction))
    store.put(2, 0.0)
    store.forget()
    assert len(store) == 0
    store.put(1, 0.5)
    assert [store.get(key, 1.25) for key in (1, 2)] == [True, False]
    assert not store.get(1, 1.5)
    assert len(store) == 0


@pytest.mark.parametrize("eviction", ["lru", "lfu", "fifo"])
def test_warm(eviction):
    """The first keys are held as far as they fit, and the first of them stays longest."""
    store = new_store(Cache(size=3, eviction=eviction, ttl=10.0))
    store.warm(range(100))
    assert len(store) == 3
    for new in (50, 51):
        store.put(new, 0.0)
    assert [key for key in range(100) if store.copy().get(key, 9.0)] == [0, 50, 51]
    assert not store.get(0, 10.0)
    endless = new_store(Cache(ttl=10.0))
    endless.warm(range(100), now=5.0)
    assert len(endless) == 100
    assert endless.get(99, 14.0)


def hit_ratio(eviction, requests, rng):
    """Share of hits of one history that starts with 1,000 requests that do not count."""
    store, hits = new_store(Cache(size=3, eviction=eviction)), 0
    keys = rng.choice(8, size=requests + 1000, p=Zipf(1.0, 8).probabilities()).tolist()
    for i, key in enumerate(keys):
        if store.get(key, 0.0):
            hits += i >= 1000
        else:
            store.put(key, 0.0)
    return hits / requests


def test_the_exact_value_is_that_of_kings_formula():
    """The keys held, in the order of last use: drawn one after the other without putting back."""
    p = Zipf(1.0, 8).probabilities()
    king = sum(
        p[a] * p[b] / (1 - p[a]) * p[c] / (1 - p[a] - p[b]) * (p[a] + p[b] + p[c])
        for a, b, c in itertools.permutations(range(8), 3)
    )
    assert king == pytest.approx(KING, rel=1e-13, abs=0)


def test_least_recently_used_hits_as_often_as_king_says():
    rng = np.random.default_rng(8)
    ratios = [hit_ratio("lru", 10_000, rng) for _ in range(120)]
    check_mean(ratios, KING, detects=0.005)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(ratios, CHE, detects=0.005)


def test_first_in_first_out_hits_as_often_as_gelenbe_says():
    """A set of keys is held with a chance in proportion to the product of theirs (Gelenbe 1973)."""
    p = Zipf(1.0, 8).probabilities()
    sets = list(itertools.combinations(range(8), 3))
    weights = [math.prod(p[i] for i in s) for s in sets]
    exact = sum(w * sum(p[i] for i in s) for w, s in zip(weights, sets)) / sum(weights)
    rng = np.random.default_rng(9)
    ratios = [hit_ratio("fifo", 10_000, rng) for _ in range(60)]
    check_mean(ratios, exact, detects=0.007)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(ratios, KING, detects=0.007)


def miss_ratio(ttl_from, rng):
    store, misses = new_store(Cache(ttl=0.5, ttl_from=ttl_from)), 0
    for now in np.cumsum(rng.exponential(0.1, size=10_000)).tolist():
        if not store.get(1, now):
            misses += 1
            store.put(1, now)
    return misses / 10_000


@pytest.mark.parametrize("ttl_from", ["use", "fill"])
def test_a_time_to_live_under_poisson_arrivals(ttl_from):
    """10 requests per s, 0.5 s to live. From the last use a miss is a gap of 0.5 s or more: exp(-5).
    From the fill a miss is followed by 5 hits on average: 1 / (1 + 5)."""
    truth = {"use": math.exp(-5), "fill": 1 / 6}
    rng = np.random.default_rng(10)
    ratios = [miss_ratio(ttl_from, rng) for _ in range(40)]
    check_mean(ratios, truth[ttl_from], detects=0.1)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(ratios, truth[ttl_from] * 1.15, detects=0.1)


def test_a_stated_share_of_hits_holds_nothing():
    with pytest.raises(DescriptionError, match="hits"):
        new_store(Cache(hits=0.9))

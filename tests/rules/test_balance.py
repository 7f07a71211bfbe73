"""Who gets the next request: each kind against its definition."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.pools import BALANCE
from simulator.errors import DescriptionError
from simulator.rules.balance import new_balancer, spread_over_64_bits

WEIGHTS = (1.0, 2.0, 0.5, 4.0, 1.0, 3.0)
FULL = range(6)


def make(kind, members=6):
    return new_balancer(kind, members, WEIGHTS[:members] if kind == "weighted" else ())


rotations = st.lists(st.integers(0, 5), min_size=1, unique=True).map(sorted)


@pytest.mark.parametrize("kind", BALANCE)
@given(
    asked=st.lists(
        st.tuples(
            rotations,
            st.lists(st.integers(0, 3), min_size=6, max_size=6),
            st.floats(0.0, 1.0, exclude_max=True),
            st.integers(0, 2**40),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=60, deadline=None)
def test_one_of_the_candidates_and_what_is_unused_is_unused(kind, asked):
    told, deaf = make(kind), make(kind)
    for candidates, busy, u, key in asked:
        chosen = told.choose(candidates, busy, u, key)
        assert chosen in candidates
        blind = deaf.choose(
            tuple(candidates),
            busy if told.uses_busy else [9] * 6,
            u if told.uses_u else 0.0,
            key if told.uses_key else 0,
        )
        assert blind == chosen


def test_what_they_look_at():
    looks = {
        kind: (make(kind).uses_u, make(kind).uses_busy, make(kind).uses_key) for kind in BALANCE
    }
    assert looks == {
        "round_robin": (False, False, False),
        "random": (True, False, False),
        "weighted": (True, False, False),
        "least_busy": (False, True, False),
        "two_choices": (True, True, False),
        "by_key": (False, False, True),
        "nearest": (True, False, False),
    }


@given(asked=st.lists(rotations, max_size=40))
def test_round_robin_takes_the_next_candidate_after_the_last_chosen(asked):
    balancer, last = make("round_robin"), -1
    for candidates in asked:
        round_trip = [m % 6 for m in range(last + 1, last + 7)]
        expected = next(m for m in round_trip if m in candidates)
        last = balancer.choose(candidates, (), 0.0, 0)
        assert last == expected


def test_round_robin_is_even():
    balancer = make("round_robin")
    assert [balancer.choose(FULL, (), 0.0, 0) for _ in range(13)] == [*range(6), *range(6), 0]


@given(asked=st.lists(st.tuples(rotations, st.lists(st.integers(0, 2), min_size=6, max_size=6))))
def test_least_busy_goes_round_among_equals(asked):
    balancer, last = make("least_busy"), -1
    for candidates, busy in asked:
        fewest = min(busy[m] for m in candidates)
        round_trip = [m % 6 for m in range(last + 1, last + 7)]
        expected = next(m for m in round_trip if m in candidates and busy[m] == fewest)
        last = balancer.choose(candidates, busy, 0.0, 0)
        assert last == expected


@pytest.mark.parametrize("candidates", [range(6), [1, 4], [0, 2, 5], [3]])
def test_random_is_even_and_never_beyond_the_end(candidates):
    balancer, n = make("random"), len(candidates)
    chosen = [balancer.choose(candidates, (), (i + 0.5) / (100 * n), 0) for i in range(100 * n)]
    assert [chosen.count(m) for m in candidates] == [100] * n
    assert balancer.choose(candidates, (), 1 - 2**-53, 0) == candidates[-1]


@pytest.mark.parametrize("candidates", [range(6), [1, 4], [0, 2, 5], [3]])
def test_weighted_in_proportion_to_the_weights(candidates):
    """An even grid of u: each gets its share of it, whatever its weight, but for one at each border."""
    balancer, n = make("weighted"), 12_000
    chosen = [balancer.choose(candidates, (), (i + 0.5) / n, 0) for i in range(n)]
    whole = sum(WEIGHTS[m] for m in candidates)
    for m in candidates:
        assert abs(chosen.count(m) - n * WEIGHTS[m] / whole) <= 1
    assert balancer.choose(candidates, (), 1 - 2**-53, 0) == candidates[-1]
    assert balancer.choose(candidates, (), 0.0, 0) == candidates[0]


@pytest.mark.parametrize("candidates", [range(6), [1, 4], [0, 2, 5]])
def test_two_choices_sees_every_ordered_pair_equally_often(candidates):
    """Two are idle, all others busy: an idle one wins unless neither is drawn; of the two the first."""
    balancer, n = make("two_choices"), len(candidates)
    pairs = list(itertools.permutations(candidates, 2))
    drawn = {}
    for i in range(len(pairs)):
        u = (i + 0.5) / len(pairs)
        first = balancer.choose(candidates, [1] * 6, u, 0)  # all equal: the first drawn
        alone = [0 if m == first else 1 for m in range(6)]
        assert balancer.choose(candidates, alone, u, 0) == first
        loaded = [1 if m == first else 0 for m in range(6)]
        second = balancer.choose(candidates, loaded, u, 0)  # the first is busier: the second
        drawn[(first, second)] = drawn.get((first, second), 0) + 1
    assert drawn == dict.fromkeys(pairs, 1)
    assert balancer.choose(candidates, [1] * 6, 1 - 2**-53, 0) == candidates[-1]
    assert len({first for first, _ in drawn}) == n


def test_two_choices_of_one():
    assert make("two_choices").choose([4], [9] * 6, 0.7, 0) == 4


def test_two_choices_balance_what_random_does_not():
    """20,000 balls into 1,000 bins that are never emptied: the fullest holds ln ln n / ln 2 more than
    the mean of 20 with two choices (Azar et al. 1999: within a constant), far more with one."""
    luck = random.Random(11)
    fullest = {}
    for kind in ("random", "two_choices"):
        balancer, busy = new_balancer(kind, 1000), [0] * 1000
        for _ in range(20_000):
            busy[balancer.choose(range(1000), busy, luck.random(), 0)] += 1
        fullest[kind] = max(busy)
    assert fullest["two_choices"] <= 20 + 5
    assert fullest["random"] >= 20 + 10  # the negative control; Poisson(20): 34 to 38 among 1,000


def test_the_mix_is_splitmix64():
    """The first outputs of the published generator for the seeds 1234567 and 0."""
    gamma = 0x9E3779B97F4A7C15
    outputs = [spread_over_64_bits(1234567 + i * gamma) for i in range(3)]
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert spread_over_64_bits(0) == 0xE220A8397B1DCDAF


KEYS = range(20_000)


def owners(balancer, candidates):
    return [balancer.choose(candidates, (), 0.0, key) for key in KEYS]


@pytest.mark.parametrize("gone", [[3], [0, 9], [1, 2, 3, 4, 5, 6, 7, 8]])
def test_a_member_that_leaves_moves_its_own_keys_alone(gone):
    balancer = new_balancer("by_key", 10)
    before = owners(balancer, range(10))
    left = [m for m in range(10) if m not in gone]
    after = owners(balancer, left)
    assert all(b == a for b, a in zip(before, after) if b not in gone)
    assert set(after) == set(left)
    moved = [a for b, a in zip(before, after) if b in gone]
    assert set(moved) == set(left)  # and spreads them over all that are left
    assert owners(balancer, range(10)) == before


def test_key_modulo_members_would_move_nearly_all():
    """Negative control of the test above."""
    moved = sum(key % 10 != key % 9 for key in KEYS if key % 10 != 9)
    assert moved > 0.75 * len(KEYS)


@pytest.mark.parametrize("members", [2, 5, 10, 30])
def test_keys_spread_evenly_enough(members):
    """With 100 points each, a share has a relative sigma of 10 %: all lie within 45 % of even.

    The ring is random but fixed; a share is Beta(100, 100 (n - 1)), whose sigma is about
    sqrt((1 - 1/n) / 100) of its mean. Counting 600 keys or more each adds 4 % at most.
    """
    chosen = owners(new_balancer("by_key", members), range(members))
    even = len(KEYS) / members
    assert all(abs(chosen.count(m) / even - 1) < 0.45 for m in range(members))


def test_one_point_each_would_not():
    """Negative control: the same ring with a single point for each member."""
    kind = type(new_balancer("by_key", 1))
    chosen = owners(kind(10, points=1), range(10))
    even = len(KEYS) / 10
    assert any(abs(chosen.count(m) / even - 1) > 0.45 for m in range(10))


@pytest.mark.parametrize("kind", BALANCE)
def test_a_copy_goes_its_own_way(kind):
    luck = random.Random(3)
    asked = [([luck.randrange(3) for _ in range(6)], luck.random(), i) for i in range(20)]
    balancer = make(kind)
    for busy, u, key in asked[:4]:
        balancer.choose(FULL, busy, u, key)
    twin = balancer.copy()
    seen = [balancer.choose(FULL, *question) for question in asked]
    assert [twin.choose(FULL, *question) for question in asked] == seen


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        (("round_robbin", 3), "did you mean 'round_robin'"),
        (("random", 0), "members"),
        (("random", 2, (1.0, 2.0)), "weighted"),
        (("weighted", 3, (1.0, 2.0)), "2 weights for 3"),
        (("weighted", 2, (1.0, 0.0)), "0.0"),
    ],
)
def test_what_cannot_be_is_refused(arguments, culprit):
    with pytest.raises(DescriptionError, match=culprit):
        new_balancer(*arguments)

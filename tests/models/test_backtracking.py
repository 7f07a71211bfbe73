"""Steps of a backtracking search: the published counts, closed forms, and a search that walks."""

import random
import re

import pytest

from models.backtracking import Steps, count_steps, growth_exponent, linear_steps
from simulator.errors import DescriptionError

GREEDY, LAZY = ".*.*=.*", ".*?.*?=.*?"

# Graham-Cumming, Details of the Cloudflare outage on July 2, 2019 (Appendix), except as noted.
PUBLISHED = [
    (GREEDY, "x=x", 23, True),
    (GREEDY, "x=xx", 33, True),
    (GREEDY, "x=xxx", 45, True),
    (GREEDY, "x=" + 20 * "x", 555, True),
    (GREEDY, 20 * "x", 4067, False),
    (GREEDY + ";", "x=x", 90, False),
    (GREEDY + ";", "x=" + 20 * "x", 5353, False),
    (LAZY, "x=x", 11, True),
    (LAZY, "x=" + 20 * "x", 11, True),
    (LAZY + ";", "x=" + 20 * "x", 5353, False),
    # The post has 555 here, a slip: on failure the order of the search cannot matter, so it is the
    # 90 of the greedy form, which others who counted again report, too.
    (LAZY + ";", "x=x", 90, False),
]


@pytest.mark.parametrize(("pattern", "subject", "steps", "matched"), PUBLISHED)
def test_the_published_counts(pattern, subject, steps, matched):
    found = count_steps(pattern, subject)
    assert (found.steps, found.matched, found.aborted) == (steps, matched, False)
    assert found.starts == (1 if matched else len(subject) + 1)


def failing(length):
    """Steps of ``.*.*=`` on a line of `length` without the sign: attempts, stars, literal tests.

    Summed over the starts with m = 1 .. length + 1 places left: 3 for start, first entry and
    failure; for the first star m exits, each followed by an entry of the second; and for the second
    an exit and a test of the literal for each of m (m + 1) / 2 pairs of places.
    """
    places = range(1, length + 2)
    return sum(3 + 2 * m + 2 * m * (m + 1) // 2 for m in places)


@pytest.mark.parametrize("n", range(1, 61))
def test_the_closed_forms(n):
    plain, signed = n * "x", "x=" + n * "x"
    cubic = 3 * (n + 1) + (n + 1) * (n + 2) + (n + 1) * (n + 2) * (n + 3) // 3
    assert cubic == failing(n)
    assert count_steps(GREEDY, plain).steps == cubic
    assert count_steps(GREEDY, signed).steps == n * n + 7 * n + 15
    assert count_steps(LAZY, signed).steps == 11
    # The sign is found from 2 starts, in 3 ways (two stars before it at start 0, or none taken):
    # each adds its exit, a star entered, its n + 1 exits and n + 1 tests of the semicolon: 2n + 4.
    for pattern in (GREEDY + ";", LAZY + ";"):
        assert count_steps(pattern, signed).steps == failing(n + 2) + 3 * (2 * n + 4)


# --- a second implementation: it walks ------------------------------------------------------------


def walk(pattern, subject):
    """Backtracking step by step with a stack of choices, as the convention is worded."""
    parts, total = re.findall(r"\.\*\?|\.\*|.", pattern, re.DOTALL), 0
    entered = 0
    for start in range(len(subject) + 1):
        total += 1
        choices = [(0, start, None)]  # part, offset, places at which a star may yet be left
        while choices:
            index, at, places = choices.pop()
            if index == len(parts):
                return total, True, start + 1, entered
            part = parts[index]
            if places is None:
                total, entered = total + 1, entered + 1
                places = exits(part, subject, at)
            if places:
                total += 1
                choices.append((index, at, places[1:]))
                choices.append((index + 1, places[0], None))
        total += 1
    return total, False, len(subject) + 1, entered


def exits(part, subject, at):
    if not part.startswith(".*"):
        fits = at < len(subject) and (subject[at] == part or (part == "." and subject[at] != "\n"))
        return [at + 1] if fits else []
    end = subject.find("\n", at)
    places = list(range(at, (len(subject) if end < 0 else end) + 1))
    return places if part == ".*?" else places[::-1]


def cases(count):
    rng = random.Random(20190702)
    for _ in range(count):
        pattern = "".join(rng.choices(["a", "b", ".", ".*", ".*?"], k=rng.randint(1, 5)))
        yield pattern, "".join(rng.choices("abx\n", k=rng.randint(0, 9)))


def test_counting_is_walking():
    seen = set()
    for pattern, subject in cases(3000):
        found = count_steps(pattern, subject)
        assert (found.steps, found.matched, found.starts) == walk(pattern, subject)[:3]
        seen.add(found.matched)
    assert seen == {True, False}
    assert walk(GREEDY, 20 * "x")[:3] == (4067, False, 21)


# Callouts of PCRE2 10.42 (automatic callouts, all its shortcuts off) on the first seven rows: one for
# each part entered and one at the end of a match. Shortcuts left on, it gives 0 or 1 without a sign.
CALLOUTS = (12, 17, 23, 278, 2023, 43, 2665)


@pytest.mark.parametrize(("row", "callouts"), list(zip(PUBLISHED, CALLOUTS)))
def test_parts_entered_are_those_of_pcre(row, callouts):
    pattern, subject, _, matched = row
    assert walk(pattern, subject)[3] + matched == callouts


def test_both_engines_find_what_python_finds():
    for pattern, subject in cases(3000):
        found = re.search(pattern, subject) is not None
        assert count_steps(pattern, subject).matched is found
        assert linear_steps(pattern, subject).matched is found


# --- growth ---------------------------------------------------------------------------------------


def signed(n):
    return "x=" + n * "x"


def plain(n):
    return n * "x"


def test_the_two_laws_of_growth():
    assert growth_exponent(GREEDY, signed) == pytest.approx(2, rel=0, abs=0.1)
    assert growth_exponent(GREEDY, plain) == pytest.approx(3, rel=0, abs=0.1)
    assert growth_exponent(GREEDY + ";", signed) == pytest.approx(3, rel=0, abs=0.1)


def test_without_a_pair_of_stars_and_without_going_back_it_is_the_length():
    assert growth_exponent(".*=.*", signed) == pytest.approx(1, rel=0, abs=0.1)
    assert growth_exponent("=.*", plain) == pytest.approx(1, rel=0, abs=0.1)
    for subject_of in (signed, plain):
        slope = growth_exponent(GREEDY + ";", subject_of, search=linear_steps)
        assert slope == pytest.approx(1, rel=0, abs=0.01)


def test_the_linear_engine_keeps_its_bound():
    # Three states are live before the sign: a star, the next, and the sign itself.
    assert linear_steps(GREEDY, plain(20)) == Steps(3 * 21, False, 1, 3 * 21)
    for pattern, subject in cases(300):
        parts = len(re.findall(r"\.\*\??|.", pattern))
        assert linear_steps(pattern, subject).steps <= (parts + 1) * (len(subject) + 1)


def test_long_subjects():
    n = 2_000
    cubic = 3 * (n + 1) + (n + 1) * (n + 2) + (n + 1) * (n + 2) * (n + 3) // 3
    assert count_steps(GREEDY, plain(n)).steps == cubic
    assert count_steps(20 * ".*" + "=", plain(n)).steps > 10**40


# --- the limit ------------------------------------------------------------------------------------


def test_a_limit_ends_the_whole_search():
    dearest = 3 + 2 * 21 + 21 * 22  # the first start of twenty x: see `failing`
    assert count_steps(GREEDY, plain(20)).most_per_start == dearest
    assert count_steps(GREEDY, plain(20), match_limit=dearest).steps == 4067
    hit = count_steps(GREEDY, plain(20), match_limit=dearest - 1)
    assert hit == Steps(dearest - 1, False, 1, dearest - 1, aborted=True)


def test_a_limit_hides_a_match():
    assert count_steps(GREEDY, "x=x", match_limit=23).matched
    assert not count_steps(GREEDY, "x=x", match_limit=22).matched


def test_just_below_a_limit_the_attempts_add_up():
    """Why a limit per attempt is leaky: a third of the length in attempts, before one is too dear."""
    limit = 10_000
    lengths = {n: count_steps(GREEDY, plain(n), match_limit=limit) for n in range(80, 120)}
    longest = max(n for n, found in lengths.items() if not found.aborted)
    assert lengths[longest].steps > 0.3 * longest * limit
    assert lengths[longest + 1].steps == limit


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"\d", "escape"),
        ("[^=]*=", "character class"),
        ("(?:.*)", "group"),
        ("a|b", "alternative"),
        ("^.*", "anchor"),
        ("x$", "anchor"),
        ("a*", "star of something other"),
        (".*+", "repetition"),
        (".*??", "optional"),
        (".{2}", "counted"),
        ("", "empty"),
    ],
)
def test_other_patterns_are_refused_by_name(pattern, word):
    for search in (count_steps, linear_steps):
        with pytest.raises(DescriptionError, match=word) as caught:
            search(pattern, "x")
        assert repr(pattern) in str(caught.value)
        assert "allowed are literals" in str(caught.value)


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_limit_is_a_whole_number(limit):
    with pytest.raises(DescriptionError, match=r"match_limit: .*whole number from 1"):
        count_steps(".*", "x", match_limit=limit)


@pytest.mark.parametrize("lengths", [(), (10,), (10, 10), (0, 5)])
def test_lengths_of_a_slope_rise(lengths):
    with pytest.raises(DescriptionError, match=r"lengths: .*rising"):
        growth_exponent(".*", plain, lengths)

"""The breaker against published and exact figures: how soon it opens, how long it is open."""

import numpy as np
import pytest
from scipy.stats import binom

from simulator.describe.guards import Breaker, Consecutive, Count, Rolling
from simulator.rules.breaker import CircuitBreaker
from tests.rules.chains import calls_until
from tests.statistical import check_mean, check_ratio


def one_call(breaker, failed, took=0):
    """A copy of the breaker after one more call."""
    after = breaker.copy()
    assert after.admits(0)
    after.record(took, failed, took, after.epoch)
    return after


def bernoulli(p):
    def step(state):
        breaker, last = state
        for failed, chance in ((True, p), (False, 1 - p)):
            ended = (one_call(breaker, failed), (*last, failed)[-10:])
            yield chance, np.ones(1), ended

    return step


def calls_to_open(rule, p, key):
    start = (CircuitBreaker(rule), ())
    return calls_until(start, bernoulli(p), key, lambda state: state[0].state == "open")


@pytest.mark.parametrize(("p", "n"), [(0.5, 5), (0.1, 5), (0.2, 5), (0.9, 12), (0.3, 1)])
def test_calls_until_a_row_of_failures(p, n):
    # Feller I, XIII.7: (p^-n - 1) / (1 - p); 62 and 111,110 for n = 5, p = 0.5 and 0.1.
    def key(state):
        return state[0].state, state[0]._window.row

    mean = calls_to_open(Breaker(Consecutive(n)), p, key)
    assert mean == pytest.approx((p**-n - 1) / (1 - p), rel=1e-9, abs=0)


def window_key(state):
    return state[0].state, state[1]


def test_calls_until_five_of_ten_have_failed_exactly():
    # A chain over the 2^10 contents of the window, computed elsewhere: 117.77020108919791.
    rule = Breaker(Count(10), opens_at=0.5, minimum=10)
    assert calls_to_open(rule, 0.2, window_key) == pytest.approx(
        117.77020108919791, rel=1e-9, abs=0
    )
    early = Breaker(Count(10), opens_at=0.5, minimum=5)
    assert calls_to_open(early, 0.2, window_key) < 117.0  # the control: the minimum matters


def simulated(rule, p, openings, seed):
    failures = np.random.default_rng(seed).random(150 * openings) < p
    counts, calls, breaker = [], 0, CircuitBreaker(rule)
    for failed in failures.tolist():
        calls += 1
        breaker.record(0.0, failed, 0.1, breaker.epoch)
        if breaker.state == "open":
            counts.append(calls)
            calls, breaker = 0, CircuitBreaker(rule)
    return counts


@pytest.mark.parametrize(
    ("rule", "p", "truth"),
    [
        (Breaker(Consecutive(5)), 0.5, 62.0),
        (Breaker(Count(10), minimum=10), 0.2, 117.77020108919791),
    ],
)
def test_calls_until_it_opens_simulated(rule, p, truth):
    counts = simulated(rule, p, 4000, seed=3)
    check_mean(counts, truth, detects=0.1)
    with pytest.raises(AssertionError):
        check_mean(counts, truth * 1.2, detects=0.1)


def opens_at_first_judgement(rule, calls, p):
    """Probability, from the rule's own verdict on each number of failures and the binomial law."""
    total = 0.0
    for failures in range(calls + 1):
        breaker = CircuitBreaker(rule)
        for number in range(calls):
            # Successes first: Polly looks at failures only, and the last one is judged like all.
            breaker.record(0.0, number >= calls - failures, 0.1, 0)
        total += binom.pmf(failures, calls, p) * (breaker.state == "open")
    return total


R4J = Breaker(Count(100), minimum=100)
HYSTRIX = Breaker(Rolling(10.0), minimum=20)
POLLY = Breaker(Rolling(30.0), opens_at=0.1, minimum=100, judged="on_failure")
TEN = Breaker(Count(10), minimum=10)


@pytest.mark.parametrize(
    ("rule", "calls", "p", "chance", "digit"),
    [
        (R4J, 100, 0.3, 2e-5, 1e-5),
        (R4J, 100, 0.4, 0.0271, 1e-4),
        (R4J, 100, 0.45, 0.183, 1e-3),
        (R4J, 100, 0.5, 0.540, 1e-3),
        (R4J, 100, 0.6, 0.983, 1e-3),
        (HYSTRIX, 20, 0.3, 0.048, 1e-3),
        (HYSTRIX, 20, 0.4, 0.245, 1e-3),
        (HYSTRIX, 20, 0.5, 0.588, 1e-3),
        (TEN, 10, 0.1, 0.0016, 1e-4),
        (TEN, 10, 0.2, 0.033, 1e-3),
        (TEN, 10, 0.3, 0.150, 1e-3),
        (POLLY, 100, 0.05, 0.028, 1e-3),
        (POLLY, 100, 0.08, 0.278, 1e-3),
        (POLLY, 100, 0.1, 0.549, 1e-3),
    ],
)
def test_chance_to_open_at_the_first_judgement(rule, calls, p, chance, digit):
    got = opens_at_first_judgement(rule, calls, p)
    assert got == pytest.approx(chance, rel=0, abs=0.51 * digit)
    least = round(rule.opens_at * calls)
    assert got == pytest.approx(binom.sf(least - 1, calls, p), rel=1e-9, abs=0)


# One tick is a call and the wait for the next one; a breaker stays open 300 of them.
PROBED = Breaker(Consecutive(5), stays_open=300, probes=3, one_at_a_time=True)


def probing(breaker, p):
    """Chance that the probes to come close the breaker, and their mean number."""
    closes, number = 0.0, 1.0
    for failed, chance in ((True, p), (False, 1 - p)):
        after = breaker.copy()
        assert after.admits(300)
        after.record(300, failed, 1, after.epoch)
        later = probing(after, p) if after.state == "half_open" else (after.state == "closed", 0)
        closes += chance * later[0]
        number += chance * later[1]
    return closes, number


def test_share_of_time_open_exactly():
    # Renewal-reward: 30 s open for each round of probes, 10 calls per second; 0.1303327830393605.
    closed = calls_to_open(PROBED, 0.2, lambda state: (state[0].state, state[0]._window.row))
    breaker = CircuitBreaker(PROBED)
    for _ in range(5):
        breaker.record(0, True, 1, 0)
    closes, probes = probing(breaker, 0.2)
    assert closes == pytest.approx(0.512, rel=1e-12, abs=0)
    share = (300 / closes) / (closed + 300 / closes + probes / closes)
    assert share == pytest.approx(0.1303327830393605, rel=1e-9, abs=0)


def cycles(rule, p, number, seed):
    """Ticks open and ticks in all of each cycle from closed to closed."""
    luck = iter((np.random.default_rng(seed).random(400 * number) < p).tolist())
    spans, now, open_, start = [], 0, 0, 0
    breaker = CircuitBreaker(rule)
    while len(spans) < number:
        if breaker.admits(now):
            now += 1
            was = breaker.state
            breaker.record(now, next(luck), 1, breaker.epoch)
            if was == "half_open" and breaker.state == "closed":
                spans.append((open_, now - start))
                open_, start = 0, now
        else:
            open_ += breaker.open_until - now
            now = breaker.open_until
    return np.array(spans)


def test_share_of_time_open_simulated():
    # p = 0.5, 10 ticks open: 80 open, (0.5^-5 - 1) / 0.5 = 62 closed, 8 rounds of 1.75 probes.
    rule = Breaker(Consecutive(5), stays_open=10, probes=3, one_at_a_time=True)
    open_, length = cycles(rule, 0.5, 6000, seed=8).T
    check_ratio(open_, length, 80 / 156, detects=0.05)
    with pytest.raises(AssertionError):
        check_ratio(open_, length, 80 / 142, detects=0.05)  # as if probes took no time

"""Presets: the numbers the libraries publish, and what their `differs` claims."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.describe.presets import PRESETS, preset
from simulator.describe.retries import Backoff, EnvoyBudget
from simulator.describe.steps import Call
from simulator.errors import DescriptionError
from simulator.rules.backoff import wait
from simulator.rules.breaker import CircuitBreaker
from simulator.rules.budgets import new_budget

NAMES = (
    "resilience4j", "hystrix", "polly", "envoy", "grpc", "finagle", "aws_standard", "aws_2026",
    "sre_book", "source_document",
)  # fmt: skip


def test_all_are_there_under_their_names():
    assert tuple(PRESETS) == NAMES
    assert all(preset(name).name == name for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_source_and_names_a_test_of_what_differs(name):
    ready = preset(name)
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = re.findall(r"\btest_\w+", ready.differs)
    assert named, "no test named"
    assert set(named) <= tests
    assert len(ready.source) > 20


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("resilence4j", "did you mean 'resilience4j'"),
        ("aws", "aws_standard"),
        (None, "allowed are"),
    ],
)
def test_an_unknown_name_is_answered_with_the_names(word, hint):
    with pytest.raises(DescriptionError, match=hint) as caught:
        preset(word)
    assert caught.value.where == "preset"
    assert "sre_book" in caught.value.message


@pytest.mark.parametrize("name", NAMES)
def test_call_carries_the_policies(name):
    ready, call = preset(name), preset(name).call("db")
    assert isinstance(call, Call)
    assert call.call == "db"
    for key in ("retry", "breaker", "bulkhead", "throttle", "timeout", "rate_limit", "deadline"):
        assert getattr(call, key) == getattr(ready, key)


def test_overrides_replace_add_and_leave_out():
    call = preset("polly").call("db", timeout=0.25, breaker=None, required=False)
    assert (call.timeout, call.breaker, call.required) == (0.25, None, False)
    assert call.retry == preset("polly").retry
    with pytest.raises(DescriptionError, match="did you mean 'breaker'") as caught:
        preset("polly").call("db", braker=None)
    assert caught.value.where == "braker"
    with pytest.raises(DescriptionError, match="allowed is a number above 0"):
        preset("polly").call("db", timeout=0.0)


@pytest.mark.parametrize(
    ("name", "opens_at", "minimum", "stays_open", "probes"),
    [("resilience4j", 0.5, 100, 60, 10), ("hystrix", 0.5, 20, 5, 1), ("polly", 0.1, 100, 5, 1)],
)
def test_breaker_numbers(name, opens_at, minimum, stays_open, probes):
    rule = preset(name).breaker
    got = (rule.opens_at, rule.minimum, rule.stays_open, rule.probes)
    assert got == (opens_at, minimum, stays_open, probes)


@pytest.mark.parametrize(
    ("name", "attempts", "longest"),
    [
        # Longest waits before retry 1, 2, ... with the largest number drawn.
        ("resilience4j", 3, [0.5, 0.5]),
        ("polly", 4, [2.0, 2.0, 2.0]),
        ("envoy", 2, [0.025]),
        ("grpc", 4, [0.12, 0.24, 0.48]),
        ("aws_standard", 3, [1.0, 2.0]),
        ("aws_2026", 3, [0.05, 0.1]),
        ("source_document", 4, [1.0, 2.0, 4.0]),
    ],
)
def test_retry_numbers(name, attempts, longest):
    retry = preset(name).retry
    assert retry.attempts == attempts
    waits = [wait(retry.backoff, n, 1.0, 0.0) for n in range(1, attempts)]
    assert waits == [pytest.approx(w, rel=1e-12, abs=0) for w in longest]


def test_hystrix_and_finagle_do_not_wait():
    assert preset("hystrix").retry is None
    assert preset("finagle").retry.backoff is None


def fails(breaker, times, failed=True):
    for now in times:
        assert breaker.admits(now)
        breaker.record(now, failed, 0.01, breaker.epoch)


def test_resilience4j_counts_a_full_bulkhead():
    assert "rejected" in preset("resilience4j").breaker.counts
    assert "rejected" in preset("resilience4j").retry.on
    assert (
        "rejected" not in preset("envoy").retry.on
    )  # the control: Envoy never retries an overflow


def test_resilience4j_judges_probes_after_the_minimum():
    ours = replace(preset("resilience4j").breaker, minimum=5)
    for rule, decides_after in ((ours, 10), (replace(ours, awaited=5), 5)):
        breaker = CircuitBreaker(rule)
        fails(breaker, [0.0] * 5)
        probes = 0
        while breaker.state != "closed":
            fails(breaker, [60.0], failed=False)
            probes += 1
        assert probes == decides_after


def test_hystrix_opens_at_a_snapshot():
    breaker = CircuitBreaker(preset("hystrix").breaker)
    fails(breaker, [0.6] * 60)
    assert breaker.state_at(0.999) == "closed"
    assert breaker.state_at(1.0) == "open"
    at_once = CircuitBreaker(replace(preset("hystrix").breaker, judged_every=0.0))
    fails(at_once, [0.6] * 20)
    assert at_once.state == "open"


def test_polly_judges_at_failures_only():
    rule = preset("polly").breaker
    for judged, state in (("on_failure", "closed"), ("always", "open")):
        breaker = CircuitBreaker(replace(rule, judged=judged))
        fails(breaker, [1.0] * 10)
        fails(breaker, [1.0] * 90, failed=False)
        assert breaker.state == state


def granted(budget, times, now=0.0):
    return sum(budget.spend(now, False) is not None for _ in range(times))


def test_envoy_three_retries_at_once():
    for rule, retries in ((preset("envoy").retry.budget, 3), (EnvoyBudget(), 20)):
        budget = new_budget(rule)
        for _ in range(100):
            budget.sent(0.0, False)
        assert granted(budget, 100) == retries


def test_envoy_counts_a_retry_that_waits():
    budget = new_budget(preset("envoy").retry.budget)
    assert granted(budget, 100) == 3  # not one of them sent
    budget.sent(0.1, True)
    assert granted(budget, 1, 0.1) == 0
    budget.attempt_ended(0.2, True, True)
    assert granted(budget, 2, 0.2) == 1


def test_grpc_first_attempts_charge_the_throttle():
    budget = new_budget(preset("grpc").retry.budget)
    for _ in range(4):
        budget.attempt_ended(0.0, False, False)
    assert granted(budget, 9) == 9  # asking is free
    budget.attempt_ended(0.0, False, False)
    assert granted(budget, 9) == 0


def test_finagle_forgets_retries_after_ttl():
    budget = new_budget(preset("finagle").retry.budget)
    assert [granted(budget, 999, now) for now in (0.0, 9.9, 10.0, 20.0)] == [100, 0, 100, 100]


def test_aws_quota_runs_dry():
    budget = new_budget(preset("aws_standard").retry.budget)
    assert granted(budget, 999) == 100
    assert granted(budget, 999, now=1e9) == 0


def test_aws_2026_buys_35_retries():
    budget = new_budget(preset("aws_2026").retry.budget)
    assert granted(budget, 999) == 500 // 14
    assert preset("aws_2026").retry.backoff == Backoff(base=0.05, cap=20.0, jitter="full")


def test_sre_book_one_retry_in_ten_calls():
    budget = new_budget(preset("sre_book").retry.budget)
    passed = []
    for call in range(1, 31):
        budget.call_started(0.0)
        if granted(budget, 5):
            passed.append(call)
    assert passed == [10, 20, 30]


def test_source_document_late_failure_puts_off_the_probe():
    for late, until in (({}, 40.0), ({"late": "ignored", "late_restarts": False}, 30.0)):
        breaker = CircuitBreaker(replace(preset("source_document").breaker, **late))
        assert breaker.admits(0.0)
        fails(breaker, [0.0] * 5)
        breaker.record(10.0, True, 10.0, 0)
        assert breaker.open_until == until

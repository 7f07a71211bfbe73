"""Controllers that act, against theory: |z| < 4.5, with the bias each test would find.

A few quick cases by default, the rest `slow`. The cases, and how they are made frequent enough, are in
controllers_cases.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator import Crew, Scenario
from tests.cases.controllers_cases import CASES, QUICK, Acted
from tests.statistical import check_mean

_QUICK = frozenset(case.case for case in QUICK)
_MARKED = [n if n in _QUICK else pytest.param(n, marks=pytest.mark.slow) for n in sorted(CASES)]


def _check(case: Acted) -> list[float]:
    values = case.values()
    check_mean(values, case.expected, case.detects)
    return values


@pytest.mark.parametrize("name", _MARKED)
def test_what_controllers_make_of_it_is_what_theory_says(name):
    _check(CASES[name])


@pytest.mark.parametrize("name", ["B26-failover-delay-c0.9-freq", "B34-1crew-prioB-series"])
def test_a_wrong_answer_is_found(name):
    """Negative control: the same histories against an answer off by twice the bias."""
    case = CASES[name]
    values = _check(case)
    with pytest.raises(AssertionError, match="z = "):
        check_mean(values, case.expected * (1 + 2 * case.detects), case.detects)


def test_an_election_with_roles_and_terms_is_down_as_long_as_theory_says():
    """The Raft case once more, by the controller that knows of zones, votes and terms."""
    case = CASES["D11-raft-5-election"]

    def zoned(p: dict[str, Any]) -> Scenario:
        plain = case.build(p)
        return replace(plain, controllers=[replace(f, again_after=1e-6) for f in plain.failovers])

    values = replace(case, build=zoned).values(seed=2)
    check_mean(values, case.expected, case.detects)
    with pytest.raises(AssertionError, match="z = "):
        check_mean(values, case.expected * (1 + 2 * case.detects), case.detects)


def test_the_other_order_of_service_is_not_taken_for_this_one():
    """Negative control: a crew that serves first come first served gives another answer."""
    case = CASES["B31-repairman-5of6-2crews"]
    one = replace(
        case, many=10, build=lambda p: replace(case.build(p), controllers=[Crew("crew", 1)])
    )
    with pytest.raises(AssertionError, match="z = "):
        check_mean(one.values(), case.expected, 10 * case.detects)

"""Every case by the exact engine, and no case forgotten."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.cases import (
    benchmarks,
    chains,
    durability,
    laws,
    simulated,
    simulated_dependence,
    structure,
)
from tests.cases.catalogue import CASES, HERE, check, parameters
from tests.cases.walks import WALKS

FAMILIES = (structure, chains, laws, durability, benchmarks)
ANSWERS = {case: answer for family in FAMILIES for case, answer in family.ANSWERS.items()}
MOST_UNANSWERED = 5

SIMULATED = [
    *(c.case for cases in simulated.FAMILIES.values() for c in cases),
    *(c.case for cases in simulated_dependence.FAMILIES.values() for c in cases),
    *(row[0] for row in simulated.outages()),
    *simulated.DIFFERENCES,
    *simulated.RATIOS,
]


def unanswered() -> set[str]:
    """Cases that README.md lists under "Not answered", with their reason."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Not answered")[2].partition("\n## ")[0]
    return set(re.findall(r"^- `([^`]+)`: \S", section, flags=re.MULTILINE))


@pytest.mark.parametrize("case", sorted(ANSWERS))
def test_exact_answer(case):
    check(case, ANSWERS[case](parameters(case)))


def test_the_check_would_find_an_answer_that_is_off_by_a_millionth_of_a_percent():
    case = "D09-quorum-5-unavail"
    with pytest.raises(AssertionError, match="off by"):
        check(case, ANSWERS[case](parameters(case)) * (1 + 1e-8))


def test_every_case_is_answered_in_one_place():
    listed = [case for family in FAMILIES for case in family.ANSWERS] + list(WALKS)
    only_simulated = sorted(set(SIMULATED) - set(listed))
    places = Counter([*listed, *only_simulated, *unanswered()])
    assert sorted(places) == sorted(CASES)
    assert [case for case, count in places.items() if count > 1] == []


def test_no_case_is_simulated_twice():
    assert [case for case, count in Counter(SIMULATED).items() if count > 1] == []


def test_few_cases_are_left_without_an_answer():
    assert len(unanswered()) <= MOST_UNANSWERED
    assert len(CASES) == 146

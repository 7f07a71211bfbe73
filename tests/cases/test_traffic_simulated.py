"""The cases of traffic, request by request: |z| < 4.5, with the bias each test would find.

Every check is repeated with a wrong answer, off by twice the bias it declares, which must fail. Cases
about availability are put to the Monte-Carlo engine; those that nothing can simulate are listed with
the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simulator import Pool, System, crash
from tests.cases import traffic
from tests.cases import traffic_readers as read
from tests.cases import traffic_systems as systems
from tests.cases.histories import Described, Reader, never_down, run, share_down, within
from tests.cases.systems import hours, unit
from tests.cases.traffic import CASES
from tests.cases.traffic_simulated import ASKED, Asked, Size
from tests.statistical import check_estimate, check_mean, check_ratio

NOT_SIMULATED = {
    "rpo-periodic": "no engine follows copies of data and their lag yet",
    "rpo-exp-zero": "no engine follows copies of data and their lag yet",
    "failover-ctmc": "a stated chain: exact answers it, Monte-Carlo refuses it",
    "cp-zero": "an interval for given counts: there is no system to simulate",
    "wilson-3-1000-lo": "an interval for given counts: there is no system to simulate",
}


def _p(case: str) -> dict[str, float]:
    return CASES[case]["parameters"]


def _majority(case: str) -> System:
    return traffic.majority(_p(case))


HISTORIES: dict[str, tuple[Described, float, int, float, bool, Reader, Callable[[float], float]]] = {
    "quorum-3of5": (_majority("quorum-3of5"), 5e4, 4096, 0.12, True, share_down, lambda up: 1 - up),
    "quorum-2of3": (_majority("quorum-2of3"), 1e6, 2048, 0.08, True, share_down, float),
    "kofn-crew": (traffic.crewed(_p("kofn-crew")), 1e6, 1024, 0.3, False, share_down, float),
    "kofn-indep": (traffic.crewed(_p("kofn-indep")), 1e6, 4096, 0.2, True, share_down, float),
    "no-outage-month": (
        System([Pool("unit", faults=[crash(hours(_p("no-outage-month")["mtbf"]))])]),
        _p("no-outage-month")["t"], 20_000, 0.06, False, never_down, float,
    ),
    "takacs-month": (
        System([unit("unit", _p("takacs-month")["mtbf"], _p("takacs-month")["mttr"])]),
        _p("takacs-month")["t"], 20_000, 0.03, False, within(_p("takacs-month")["x"]), float,
    ),
}  # fmt: skip
"""Case: system, hours of a history, histories, bias, in equilibrium at the start, what is read, of what."""


def judged(pairs: list[read.Pair], truth: float, detects: float, allows: float = 0.0) -> float:
    """The usual check; a case that states how far off its own answer may be is given that, too."""
    above, below = np.array(pairs).T
    if not allows:
        return check_ratio(above, below, truth, detects)
    times = above / below
    error = float(times.std(ddof=1)) / math.sqrt(times.size)
    beyond = max(abs(float(times.mean()) - truth) - allows * truth, 0.0)
    return check_estimate(truth + beyond, error, truth, detects)


def check_both_ways(row: Asked, size: Size) -> None:
    """Right for the stated answer, and wrong for one that is off by twice the declared bias."""
    pairs = row.pairs(size)
    judged(pairs, row.expected, size.detects, row.allows)
    wrong = row.expected * (1 + row.allows + 2 * size.detects)
    with pytest.raises(AssertionError, match=r"z = |no spread at all"):
        judged(pairs, wrong, size.detects, row.allows)


@pytest.mark.parametrize("case", [case for case, row in ASKED.items() if row.quick])
def test_case(case):
    check_both_ways(ASKED[case], ASKED[case].quick)


@pytest.mark.slow
@pytest.mark.parametrize("case", ASKED)
def test_case_precisely(case):
    check_both_ways(ASKED[case], ASKED[case].long)


LONG = ("quorum-3of5", "kofn-crew", "kofn-indep")


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in HISTORIES]
)
def test_case_about_availability(case):
    described, length, many, detects, settled, reads, stated = HISTORIES[case]
    values = reads(run(described, length, many, seed=1, settled=settled))
    truth = stated(CASES[case]["exact"])
    check_mean(values, truth, detects)
    with pytest.raises(AssertionError, match="z = "):
        check_mean(values, truth * (1 + 2 * detects), detects)


def test_no_case_is_forgotten():
    simulable = {case for case, stated in CASES.items() if stated["simulate"] == "yes"}
    assert simulable == set(ASKED) | set(HISTORIES) | set(NOT_SIMULATED)
    assert len(ASKED) + len(HISTORIES) + len(NOT_SIMULATED) == len(simulable) == 43


# --- the same runs of a system that is not the case ----------------------------------------------


@pytest.mark.parametrize(
    ("case", "other"),
    [
        ("erlB-25-20", {"servers": 24}),
        ("bucket-0.5-fail", {"fill": 0.2}),
        ("timeout-retry-lat", {"T": 1.5}),
        ("hedge-exp", {"d": 2}),
        ("closed-10", {"clients": 11}),
        ("lru-exact-8-3", {"C": 4}),
    ],
)
def test_another_system_has_another_answer(case, other):
    """Negative control: one parameter is changed, and the stated answer no longer fits."""
    row = ASKED[case]
    assert row.quick is not None
    changed = replace(row, described=lambda p, length: row.described({**p, **other}, length))
    with pytest.raises(AssertionError, match="z = "):
        judged(changed.pairs(row.quick), row.expected, detects=9.0)


def test_leaving_at_the_head_of_the_line_is_leaving_in_time():
    """In a line served in order it is the same whether the impatient leave at T or at the head."""
    row = ASKED["mm1+D-1.2-5"]
    assert row.quick is not None
    dropped = replace(row, described=systems.expires)
    judged(dropped.pairs(row.quick), row.expected, row.quick.detects)

"""The cases by the Monte-Carlo engine: |z| < 4.5, with the bias each test would find.

The bias is stated with the case (simulated.py, simulated_dependence.py). Every family has a
negative control: the same histories against an answer off by twice that bias must fail.
"""

from __future__ import annotations

import pytest

from tests.cases import simulated, simulated_dependence
from tests.cases.catalogue import parameters, truth
from tests.cases.histories import check, run, share_down
from tests.cases.systems import bridge
from tests.statistical import check_mean, check_ratio

FAMILIES = {**simulated.FAMILIES, **simulated_dependence.FAMILIES}
CASES = {case.case: case for family in FAMILIES.values() for case in family}
OUTAGES = {row[0]: row for row in simulated.outages()}
KNOCKED_OUT, WITHOUT = simulated.DIFFERENCES, simulated.RATIOS

LONG = frozenset(
    {
        "B02-single-point-t1",
        "B13-1of2-1crew-unavail",
        "B13-2of3-1crew-mttf",
        "B13-2of4-1crew-mttf",
        "B13-2of4-ncrew-mttf",
        "B13-2of4-1crew-mdt",
        "B13-2of4-1crew-mtbf",
        "B13-3of5-ncrew-mttf",
        "B13-3of5-1crew-mtbf",
        "B13-3of5-1crew-mdt",
        "B13-8of10-ncrew-mttf",
        "B13-8of10-1crew-unavail",
        "B13-8of10-1crew-mtbf",
        "B13-8of10-1crew-mdt",
        "B13-8of10-ncrew-mtbf",
        "B13-8of10-ncrew-mdt",
        "B14-2of3-ncrew-U(100)",
        "B18-cold-1of2-1crew-mttf",
        "B27-warm-d0.1-mttf",
        "B27-warm-d0.5-mttf",
        "B27-warm-d1.0-mttf",
        "B31-repairman-5of6-2crews",
        "B38-overload-cascade",
        "B40-beta0.01-1of2-mttf",
        "B40-beta0.05-1of2-mttf",
        "B40-beta0.1-1of2-mttf",
        "B47-hyperexp-A(10000)",
        "C35-binomial-shock-mttf",
        "D07-mirror-lse-scrub-mttdl",
        "D11-raft-5-election",
    }
)
"""Cases that take a second or more each: `slow`."""


def _marked(names):
    return [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in sorted(names)]


@pytest.mark.parametrize("name", _marked(CASES))
def test_simulated_answer(name):
    check(CASES[name])


@pytest.mark.parametrize("name", _marked(OUTAGES))
def test_mean_length_of_an_outage(name):
    _, system, hours, replications, detects = OUTAGES[name]
    tally = run(system, hours, replications, seed=1).system
    check_ratio(tally.down_s / 3600, tally.failures, truth(name), detects)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_wrong_answer_is_found(family):
    """Negative control: the first case of the family that is fast, against twice its bias."""
    case = next(c for c in FAMILIES[family] if c.case not in LONG)
    values = case.values()
    check_mean(values, case.expected, case.detects)
    with pytest.raises(AssertionError, match="z = "):
        check_mean(values, case.expected * (1 + 2 * case.detects), case.detects)


# --- importance, by taking an edge of the bridge away or making it perfect ------------------------


def _bridge(availabilities, **changed):
    return share_down(run(bridge(availabilities, **changed), 1000, 512, seed=1, settled=True))


@pytest.mark.parametrize("name", KNOCKED_OUT)
def test_importance_is_the_difference_between_an_edge_dead_and_perfect(name):
    edge, p = ("su", parameters(name)["p"]) if "birnbaum" in name else ("uv", [0.5] * 5)
    gap = _bridge(p, dead=edge) - _bridge(p, perfect=edge)
    check_mean(gap, truth(name), 0.04)


@pytest.mark.parametrize(("name", "changed"), list(zip(WITHOUT, ("dead", "perfect"))))
def test_worth_is_the_ratio_to_the_bridge_as_it_is(name, changed):
    p = parameters(name)["p"]
    as_it_is, other = _bridge(p), _bridge(p, **{changed: "su"})
    above, below = (other, as_it_is) if changed == "dead" else (as_it_is, other)
    check_ratio(above, below, truth(name), 0.06)

"""Calibration of a bathtub: known bathtubs are found again, contradictions are named."""

from __future__ import annotations

import math

import pytest

from simulator.describe.distributions import (
    AnnualFailureRate,
    Bathtub,
    MeanLife,
    ShareFailed,
    afr,
    calibrate_afr_table,
    calibrate_bathtub,
)
from simulator.describe.units import HOUR, YEAR
from simulator.errors import DescriptionError

# The source document: servers with an MTBF of 25,000-50,000 h, 5 % failed in the first year, and in
# its fault taxonomy about 2-4 % annually thereafter.
MTBF = MeanLife(25_000 * HOUR, 50_000 * HOUR, "MTBF of enterprise servers")
FIRST = ShareFailed(YEAR, 0.05, source="first year")
LATER = AnnualFailureRate(YEAR, 0.02, 0.04, "annually thereafter", until=10 * YEAR)


def test_a_specification_that_can_hold_is_met() -> None:
    found = calibrate_bathtub([MTBF, FIRST])
    assert found.holds
    assert found.conflicts == ()
    assert 25_000 <= found.life.mean() / HOUR <= 50_000
    assert found.life.cdf(YEAR) == pytest.approx(0.05, rel=1e-3, abs=0)
    assert [row.holds for row in found.rows] == [True, True]
    assert found.rows[1].got_low == found.life.cdf(YEAR)


def test_first_year_and_later_rate_hold_without_the_mtbf() -> None:
    found = calibrate_bathtub([FIRST, LATER])
    assert found.holds
    for age in range(1, 11):
        assert 0.02 / 1.01 <= afr(found.life, age * YEAR) <= 0.04 * 1.01


def test_the_documents_mtbf_and_its_later_rate_cannot_both_hold() -> None:
    """A bound without a search: 5 % lost, then 4 % a year, leaves a mean above 50,000 h."""
    alive, least_mean = 0.95, 0.95 * YEAR  # at least those alive at its end live through a year
    for _ in range(10):
        alive *= 0.96
        least_mean += alive * YEAR
    assert least_mean > 50_000 * HOUR
    found = calibrate_bathtub([MTBF, FIRST, LATER])
    assert not found.holds
    assert len(found.conflicts) == 1
    text = found.conflicts[0]
    assert "a mean life of 2.85 y to 5.71 y" in text
    assert "2 % to 4 % failing a year at ages 1 y to 10 y" in text
    assert "failed by 1 y" not in text  # the first year is not to blame
    assert "24.5 y to 49.5 y" in text  # -1 y / log(1 - 4 %) and -1 y / log(1 - 2 %)
    assert -1 / math.log1p(-0.04) == pytest.approx(24.5, rel=2e-3, abs=0)


def test_early_wear_out_reconciles_them() -> None:
    """Asked for three years only, the rate leaves room for wear-out afterwards."""
    short = AnnualFailureRate(YEAR, 0.02, 0.04, until=3 * YEAR)
    assert calibrate_bathtub([MTBF, FIRST, short]).holds


def test_an_impossible_pair_is_found_among_innocent_targets() -> None:
    more, fewer = ShareFailed(YEAR, 0.3), ShareFailed(2 * YEAR, 0.2)  # a cdf cannot fall
    innocent = MeanLife(YEAR, 100 * YEAR)
    found = calibrate_bathtub([innocent, more, fewer])
    assert len(found.conflicts) == 1
    assert "30 % failed by 1 y and 20 % failed by 2 y cannot hold together" in found.conflicts[0]
    assert "mean life" not in found.conflicts[0]


def test_a_known_bathtub_is_found_again_from_its_afr_table() -> None:
    truth = Bathtub((0.5, 800 * YEAR), 0.01 / YEAR, (4.0, 9 * YEAR))
    ages = [i * YEAR / 2 for i in range(17)]
    found = calibrate_afr_table(ages, [afr(truth, a) for a in ages], "made from a known life")
    assert found.rms_relative_error < 1e-3
    assert found.life.mean() == pytest.approx(truth.mean(), rel=0.01, abs=0)
    assert found.life.wear[0] == pytest.approx(4.0, rel=0.02, abs=0)
    assert found.life.chance == pytest.approx(truth.chance, rel=0.1, abs=0)


def test_a_table_that_rises_and_falls_fits_badly_and_says_so() -> None:
    """No bathtub goes up, down and up: the table read off Pinheiro et al. (FAST 2007)."""
    ages = [i * YEAR for i in range(5)]
    found = calibrate_afr_table(ages, [0.017, 0.08, 0.086, 0.06, 0.07], "FAST 2007, read off")
    assert not found.holds
    assert found.rms_relative_error > 0.2
    squares = [row.misfit**2 for row in found.rows]
    assert found.rms_relative_error == pytest.approx(math.sqrt(sum(squares) / 5), rel=1e-12, abs=0)


def test_the_answer_is_always_the_same() -> None:
    assert calibrate_bathtub([MTBF, FIRST]) == calibrate_bathtub([MTBF, FIRST])


def test_weights_decide_who_gives_way() -> None:
    more, fewer = ShareFailed(YEAR, 0.3), ShareFailed(2 * YEAR, 0.2)
    heavy = calibrate_bathtub([more.weighted(30.0), fewer], find_conflicts=False)
    light = calibrate_bathtub([more, fewer.weighted(30.0)], find_conflicts=False)
    assert heavy.rows[0].misfit < 0.02 < heavy.rows[1].misfit
    assert light.rows[1].misfit < 0.02 < light.rows[0].misfit


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: calibrate_bathtub([]), ("calibrate_bathtub", "targets")),
        (lambda: calibrate_bathtub([3]), ("calibrate_bathtub", "targets")),  # type: ignore[list-item]
        (lambda: MeanLife(0), ("MeanLife", "low", "0")),
        (lambda: MeanLife(3, 2), ("MeanLife", "high", "2", "at least 3")),
        (lambda: ShareFailed(YEAR, 1.0), ("ShareFailed", "low", "1.0", "below 1")),
        (lambda: ShareFailed(0.0, 0.1), ("ShareFailed", "by", "0.0")),
        (lambda: AnnualFailureRate(-1, 0.1), ("AnnualFailureRate", "age", "-1")),
        (lambda: AnnualFailureRate(YEAR, 0.1, until=0.0), ("AnnualFailureRate", "until", "0.0")),
        (lambda: calibrate_afr_table([0.0], []), ("calibrate_afr_table", "afrs")),
    ],
)
def test_bad_targets_are_named(call: object, words: tuple[str, ...]) -> None:
    with pytest.raises(DescriptionError) as caught:
        call()  # type: ignore[operator]
    for word in words:
        assert word in str(caught.value)

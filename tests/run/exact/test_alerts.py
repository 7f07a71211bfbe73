"""Burn-rate alerts: the workbook's figures, and windows moved along second by second."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.run.exact.alerts import WORKBOOK_RULES, BurnRule, burn_alert, first_alert


def test_budget_spent_at_each_alert_as_in_the_workbook():
    """2 % in an hour, 5 % in six hours, 10 % in three days."""
    spent = [burn_alert(rule, slo=0.999, errors=0.5).spent for rule in WORKBOOK_RULES]
    np.testing.assert_allclose(spent, [0.02, 0.05, 0.10], rtol=1e-12)


def test_a_rule_just_reached_takes_its_whole_window():
    for rule in WORKBOOK_RULES:
        errors = rule.burn * (1 - 0.999) * (1 + 1e-12)
        found = burn_alert(rule, slo=0.999, errors=errors)
        assert found.detection == pytest.approx(rule.long, rel=1e-9, abs=0)
        less = burn_alert(rule, slo=0.999, errors=errors * 0.99)
        assert math.isinf(less.detection)
        assert math.isnan(less.spent)


@pytest.mark.parametrize("background", [0.0, 0.004])
@pytest.mark.parametrize("errors", [0.02, 0.11, 1.0])
def test_windows_second_by_second(errors, background):
    """An hour of usual errors, two hours of incident, an hour of usual errors."""
    rule, slo, hour = BurnRule(3600, 300, 1.5), 0.99, 3600
    share = np.full(4 * hour, background)
    share[hour : 3 * hour] = errors
    total = np.concatenate([[0.0], np.cumsum(share)])

    def window(length: int) -> np.ndarray:
        return (total[hour + 1 :] - total[hour + 1 - length : -length]) / length

    fires = (window(3600) >= 0.015 * (1 - 1e-12)) & (window(300) >= 0.015 * (1 - 1e-12))
    after = np.flatnonzero(fires)
    found = burn_alert(rule, slo=slo, errors=errors, background=background)
    assert found.detection == pytest.approx(after[0] + 1, rel=0, abs=1.01)
    assert found.clears == pytest.approx(after[-1] + 1 - 2 * hour, rel=0, abs=1.01)
    spent = total[hour + after[0] + 1] - total[hour]
    assert found.spent == pytest.approx(
        spent / (0.01 * 30 * 24 * hour), rel=0, abs=errors / 25920 * 1.01
    )


def test_the_first_of_several():
    """A slow burn is for the last rule, an outage for the first."""
    assert first_alert(slo=0.999, errors=1.0).detection == pytest.approx(51.84, rel=1e-9, abs=0)
    slow = first_alert(slo=0.999, errors=0.002)
    assert slow.detection == pytest.approx(36 * 3600, rel=1e-9, abs=0)
    assert math.isinf(first_alert(slo=0.999, errors=0.0005).detection)


def test_an_alert_that_was_on_before():
    found = burn_alert(BurnRule(3600, 300, 1.0), slo=0.99, errors=0.5, background=0.02)
    assert found.detection == 0.0
    assert math.isinf(found.clears)

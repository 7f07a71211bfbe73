"""Burn-rate alerts on an error budget: when they page, what is spent by then, when they clear.

The rules of the SRE workbook ("Alerting on SLOs"): page while the share of errors is at or above
burn * (1 - slo) in a long and in a short window. Fluid: as many requests as it takes for shares to
be smooth, a constant share of errors before and during the incident.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import positive, share

__all__ = ["WORKBOOK_RULES", "BurnAlert", "BurnRule", "burn_alert", "first_alert"]

_HOUR = 3600.0
_WINDOW = 30 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class BurnRule:
    """One alert: two windows and a burn rate.

    Parameters
    ----------
    long, short : float
        Windows, s; the short one is at most as long.
    burn : float
        How many times as fast as the budget allows, above 0.
    """

    long: float
    short: float
    burn: float

    def __post_init__(self) -> None:
        positive(self.burn, "burn")
        if positive(self.short, "short") > positive(self.long, "long"):
            raise DescriptionError(f"{self.short!r} is longer than the long window", "short")


WORKBOOK_RULES = (
    BurnRule(_HOUR, _HOUR / 12, 14.4),
    BurnRule(6 * _HOUR, _HOUR / 2, 6.0),
    BurnRule(72 * _HOUR, 6 * _HOUR, 1.0),
)
"""Page, page, ticket: they spend 2, 5 and 10 % of the budget of 30 days in an all-new incident."""


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """What one rule does in one incident; see :func:`burn_alert`.

    Parameters
    ----------
    detection : float
        Seconds from the begin of the incident to the alert; infinite if there is none.
    spent : float
        Share of the budget that the errors of the incident have used by then (NaN without alert).
    clears : float
        Seconds from the end of the incident, if it lasted long, until the alert clears.
    """

    detection: float
    spent: float
    clears: float


def burn_alert(
    rule: BurnRule, *, slo: float, errors: float, background: float = 0.0, period: float = _WINDOW
) -> BurnAlert:
    """When a rule pages on an incident with a constant share of errors.

    Parameters
    ----------
    rule : BurnRule
    slo : float
        Share of requests to be served, below 1.
    errors : float
        Share of errors during the incident, above `background`.
    background : float
        Share of errors before and after it.
    period : float
        Time that the budget is for, s; default 30 days.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> found = burn_alert(WORKBOOK_RULES[0], slo=0.999, errors=1.0)
    >>> round(found.detection, 6), round(found.spent, 9)
    (51.84, 0.02)
    """
    budget, failing = 1.0 - share(slo, "slo", below_one=True), share(errors, "errors")
    usual, length = share(background, "background"), positive(period, "period")
    if failing <= usual:
        raise DescriptionError(f"{errors!r} is not above the background {background!r}", "errors")
    limit = rule.burn * budget
    if failing < limit:
        return BurnAlert(math.inf, math.nan, 0.0)
    needed = max((limit - usual) / (failing - usual), 0.0)  # share of a window in the incident
    detection = needed * rule.long
    clears = math.inf if usual >= limit else (1.0 - needed) * rule.short
    return BurnAlert(detection, failing * detection / (budget * length), clears)


def first_alert(
    rules: Sequence[BurnRule] = WORKBOOK_RULES, *, slo: float, errors: float,
    background: float = 0.0, period: float = _WINDOW,
) -> BurnAlert:  # fmt: skip
    """The earliest of several rules; the arguments are those of :func:`burn_alert`.

    Raises
    ------
    DescriptionError
        For an argument out of range, or no rule.
    """
    if not rules:
        raise DescriptionError("no rule: at least one is needed", "rules")
    found = [
        burn_alert(rule, slo=slo, errors=errors, background=background, period=period)
        for rule in rules
    ]
    return min(found, key=lambda alert: alert.detection)

"""Hazard and annual failure rate by age: points where a true curve passes through them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import ErrorbarContainer

from simulator.errors import DescriptionError
from simulator.show.hazard import plot_afr_by_age, plot_hazard
from tests.show.pictures import check, from_csv

YEAR = 365 * 86400.0


def curve(parts: bool = True) -> pd.DataFrame:
    age = np.linspace(0.01, 6, 100)
    table = pd.DataFrame(
        {
            "age_s": age * YEAR,
            "early": np.exp(-5 * age),
            "chance": 0.02 + 0 * age,
            "wear": 0.002 * age**2,
        }
    )
    table["hazard_per_year"] = table[["early", "chance", "wear"]].sum(axis=1)
    return from_csv(table if parts else table[["age_s", "hazard_per_year"]])


def points(source: str = "Published 2007") -> pd.DataFrame:
    afr = np.array([0.06, 0.02, 0.09])
    return from_csv(
        pd.DataFrame(
            {"age_s": np.array([0.5, 1.5, 2.5]) * YEAR, "afr": afr, "low": [0.05, math.nan, 0.07],
             "high": [0.07, math.nan, 0.1], "source": source}
        )
    )  # fmt: skip


def test_it_names_units_parts_and_sources() -> None:
    both = pd.concat([points(), points("Another 2013")])
    text = check(plot_hazard(curve(), both, note="bathtub"))
    for word in (
        "age (years)", "hazard (failures per year of a unit still running)", "Published 2007", "Another 2013",
        "early failures", "chance failures", "wear-out", "95 % interval", "drawn as hazard -ln(1 - AFR)", "bathtub",
    ):  # fmt: skip
        assert word in text


def test_points_stand_at_the_constant_hazard_that_gives_the_share() -> None:
    figure = plot_hazard(curve(), points())
    (bars,) = (c for c in figure.axes[0].containers if isinstance(c, ErrorbarContainer))
    y = bars.lines[0].get_ydata()
    np.testing.assert_allclose(1 - np.exp(-np.asarray(y)), [0.06, 0.02, 0.09], rtol=1e-12)
    np.testing.assert_allclose(bars.lines[0].get_xdata(), [0.5, 1.5, 2.5], rtol=1e-12)


def test_degenerate_hazards() -> None:
    check(plot_hazard(curve(parts=False)))
    check(plot_hazard(curve().tail(1), points().head(1)))
    infinite = curve()
    infinite.loc[0, ["age_s", "hazard_per_year"]] = 0.0, math.inf
    check(
        plot_hazard(
            infinite,
            points("a source whose name goes on and on, table 3, second column of page 12"),
        )
    )
    check(plot_hazard(curve().assign(hazard_per_year=1e-12, early=0.0, chance=0.0, wear=0.0)))
    check(plot_hazard(curve(), pd.concat([points(f"source {i}") for i in range(9)])))
    check(plot_hazard(curve(), points().assign(afr=1.0, high=1.0)))


def test_annual_failure_rates() -> None:
    rows = pd.concat([points(), points("model").assign(low=math.nan, high=math.nan)])
    text = check(plot_afr_by_age(rows))
    for word in (
        "age (years)",
        "annual failure rate (share of units failing within a year)",
        "5 %",
        "model",
        "bar: 95 %",
    ):
        assert word in text


def test_degenerate_rates() -> None:
    check(plot_afr_by_age(points().head(1)))
    check(plot_afr_by_age(points()[["age_s", "afr"]]))
    check(plot_afr_by_age(points().assign(afr=0.0, low=0.0, high=0.0)))
    check(
        plot_afr_by_age(
            pd.concat([points(f"a source with a rather long name {i}") for i in range(12)])
        )
    )


def test_missing_columns_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_hazard .*'hazard_per_year'"):
        plot_hazard(curve().drop(columns="hazard_per_year"))
    with pytest.raises(DescriptionError, match=r"points.*'source'"):
        plot_hazard(curve(), points().drop(columns="source"))
    with pytest.raises(DescriptionError, match=r"plot_afr_by_age.*'afr'"):
        plot_afr_by_age(points().drop(columns="afr"))

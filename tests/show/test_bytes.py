"""The same table gives the same PNG bytes, saved twice and drawn twice: one test per picture."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator.show.convergence import plot_convergence
from simulator.show.downtime import plot_downtime_cdf
from simulator.show.hazard import plot_afr_by_age, plot_hazard
from simulator.show.lines import plot_lines
from simulator.show.nines import plot_nines
from simulator.show.waterfall import plot_downtime_by_cause, plot_steps
from tests.show.pictures import check_bytes

LEVELS = pd.DataFrame(
    {
        "replications": [10, 100], "estimate": [2e-3, 1e-3], "unavailability": [2e-3, 1e-3],
        "low": [1e-3, 9e-4], "high": [3e-3, 1.1e-3], "part": ["a", "b"], "method": ["exact", "t"],
        "assumption": ["analytic", "crew"], "effect": [0.0, -1e-3],
    }
)  # fmt: skip
CAUSES = pd.DataFrame(
    {
        "cause": ["a", "b"], "share": [0.7, 0.3], "downtime_s_per_year": [70.0, 30.0],
        "low_s_per_year": [60.0, 20.0], "high_s_per_year": [80.0, 40.0], "completed_share": [0.6, 0.4],
    }
)  # fmt: skip
MONTHS = pd.DataFrame(
    {"downtime_s": [0.0, 900.0], "probability": [0.6, 1.0], "low": [0.5, 0.9], "high": [0.7, 1.0]}
)
AGES = pd.DataFrame(
    {
        "age_s": [1e7, 5e7], "hazard_per_year": [0.05, 0.02], "afr": [0.04, 0.02], "low": [0.03, 0.01],
        "high": [0.05, 0.03], "source": ["one", "two"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_convergence(LEVELS, reference=1e-3),
        lambda: plot_steps(LEVELS),
        lambda: plot_nines(LEVELS),
        lambda: plot_lines(LEVELS, "replications", "estimate", "part", y_axis="nines"),
        lambda: plot_downtime_by_cause(CAUSES),
        lambda: plot_downtime_cdf(MONTHS, budget_s=600.0),
        lambda: plot_hazard(AGES, AGES),
        lambda: plot_afr_by_age(AGES),
    ],
)
def test_bytes_are_reproducible(draw: Callable[[], Figure]) -> None:
    check_bytes(draw)

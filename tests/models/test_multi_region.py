"""Several regions: years by formula, bad input."""

import pytest

from models.multi_region import (
    DESIGNS,
    LOST_EVERY,
    LOST_FOR,
    SHARED,
    SWITCH,
    SWITCH_ANYHOW,
    SWITCH_WORKS,
    page_scenario,
    scenario,
    years,
)
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError
from simulator.run import exact

Q = LOST_FOR / (LOST_EVERY + LOST_FOR)  # of one region


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_survives_a_file(design):
    for built in (scenario(design=design), years(design=design)):
        assert loads(dump(built)) == built


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ("one region", Q),
        ("two active, half each", 1 - (1 - Q) ** 2),
        ("two active, whole each", Q**2),
        ("three active, half each", 3 * Q**2 * (1 - Q) + Q**3),
    ],
)
def test_independent_regions_by_formula(design, expected):
    found = exact.unavailability(years(design=design, shared=0.0))
    assert found == pytest.approx(expected, rel=1e-9, abs=0)


def test_shared_losses_are_a_floor():
    # rates: a tenth of the losses hits both; each region is down in just as many
    common = LOST_FOR / (LOST_EVERY / SHARED + LOST_FOR)
    found = exact.unavailability(years())
    alone = LOST_FOR / (LOST_EVERY / (1 - SHARED) + LOST_FOR)
    assert found == pytest.approx(1 - (1 - common) * (1 - alone**2), rel=1e-9, abs=0)


def test_a_switch_costs_itself_at_every_loss_of_the_active_region():
    # two regions take turns: one loss a two years of the active one, and both down now and then
    switch = SWITCH_WORKS * SWITCH + (1 - SWITCH_WORKS) * SWITCH_ANYHOW
    found = exact.unavailability(years(design="active-passive", shared=0.0))
    assert found == pytest.approx(switch / LOST_EVERY + Q**2, rel=0.01, abs=0)


def test_bad_input():
    with pytest.raises(DescriptionError, match="allowed are one region, active-passive"):
        scenario(design="four regions")
    with pytest.raises(DescriptionError, match="allowed are user crosses, calls cross, all near"):
        page_scenario(layout="elsewhere")

"""Cells: who is hit, with places given by hand; bad input."""

import math

import numpy as np
import pytest

from models.cells import INCIDENTS, scenario, shards
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError
from simulator.requests import traffic

# tenant 0 brings the poison into cells 0 and 1: 1 has both, 2 one of them first, 3 last, 4 none
PLACES = [(0, 1), (1, 0), (1, 2), (2, 0), (2, 3)]


def served(**settings):
    """Share of each tenant's requests that are served, and that are served by its second cell."""
    made = scenario(**{"cells": 4, "tenants": 5, "assigned": PLACES, "lasts_s": 40.0} | settings)
    rows = traffic(made, seed=2).outcomes.requests
    late = (rows["sent_s"] > 20.0) & (rows["sent_s"] < 42.0)
    each = [rows["outcome"][late & (rows["source"] == t)] for t in range(5)]
    return [float((o <= 1).mean()) for o in each], [float((o == 1).mean()) for o in each]


@pytest.mark.parametrize("incident", INCIDENTS)
def test_every_incident_survives_a_file(incident):
    built = scenario(incident=incident)
    assert loads(dump(built)) == built


def test_poison_hits_who_has_no_other_cell():
    well, second = served()
    assert well[1] == 0.0
    assert second[2] == 1.0
    assert well[3:] == [1.0, 1.0]
    assert second[3:] == [0.0, 0.0]


def test_a_bad_push_to_one_cell_hits_nobody_who_has_another():
    well, second = served(incident="bad push")  # cell 0
    assert well == [1.0] * 5
    assert second == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_what_all_share_hits_all_unless_they_can_do_without():
    assert served(incident="shared")[0] == [0.0] * 5
    assert served(incident="shared", needs_config=False)[0] == [1.0] * 5


def test_shards_are_as_different_as_they_can_be():
    assert len(set(shards(8, 2, 28))) == math.comb(8, 2)
    assert np.bincount([c for (c,) in shards(4, 1, 8)]).tolist() == [2, 2, 2, 2]


def test_bad_input():
    with pytest.raises(DescriptionError, match="allowed are divisors of 48"):
        scenario(cells=7)
    with pytest.raises(DescriptionError, match="allowed are poison, bad push, shared"):
        scenario(incident="flood")  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match="allowed are 1 to 8"):
        scenario(choices=9)

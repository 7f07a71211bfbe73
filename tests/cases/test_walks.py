"""Cases without chance, by the Monte-Carlo engine: exact to rounding."""

from __future__ import annotations

import pytest

from tests.cases.catalogue import check, parameters
from tests.cases.walks import WALKS, hours_up, pair


@pytest.mark.parametrize("case", sorted(WALKS))
def test_every_history_is_the_stated_one(case):
    for hours in WALKS[case](parameters(case)):
        check(case, hours, rtol=1e-12)


def test_what_ages_while_the_other_is_in_repair_matters():
    """Negative control: over 1000 h the two conventions differ."""
    suspended = parameters("F02-det-series-T1000-susp")
    hours = hours_up(pair({**suspended, "ageing_when_down": True}), suspended["T"])
    with pytest.raises(AssertionError, match="off by"):
        check("F02-det-series-T1000-susp", hours[0], rtol=1e-3)

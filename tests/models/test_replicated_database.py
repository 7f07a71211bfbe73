"""A replicated database: latencies by hand, bad input."""

import numpy as np
import pytest

from models.replicated_database import FAR, MODES, NAMES, NEAR, scenario
from simulator.conducting import conduct
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("incident", NAMES)
def test_every_variant_survives_a_file(mode, incident):
    built = scenario(mode=mode, incident=incident)
    assert loads(dump(built)) == built


@pytest.mark.parametrize(
    ("mode", "copies"), [("async", 0.0), ("semi_sync", 0.0), ("quorum", 2 * NEAR), ("sync", 2 * FAR)]
)
def test_a_write_waits_for_the_way_to_whom_it_needs(mode, copies):
    run = conduct(scenario(mode=mode, incident="none", lasts_s=5.0))
    rows = run.outcomes.requests
    here = rows["source"] == run.outcomes.sources.index("writers_a")
    took = (rows["ended_s"] - rows["sent_s"])[here & (rows["outcome"] <= 1)]
    log = 0.0 if mode == "async" else 0.2e-3
    # the shortest work of a few hundred is next to nothing
    assert np.min(took) == pytest.approx(copies + log, rel=0.01, abs=1e-4)


def test_bad_input():
    with pytest.raises(DescriptionError, match="allowed are async, semi_sync, quorum, sync"):
        scenario(mode="both")  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match="allowed are none, primary crashes"):
        scenario(incident="flood")

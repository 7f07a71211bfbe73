"""Split brain: who leads, by hand-computed times; bad input."""

import pytest

from models.split_brain import DATA, INCIDENTS, scenario
from simulator.conducting import conduct
from simulator.describe import Deterministic
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError
from simulator.measure.leadership import two_primaries
from simulator.measure.old_terms import stale_writes, without_primary

# gone at 20.25: probes at 21, 22, 23 fail, believed at 23.5, promoted at 24
SHARP = {"at_s": 20.25, "lasts_s": 30.0, "promote": Deterministic(0.5), "rate": 1.0}


@pytest.mark.parametrize("incident", INCIDENTS)
@pytest.mark.parametrize("data", DATA)
def test_every_incident_survives_a_file(incident, data):
    built = scenario(incident=incident, data=data, lease_s=2.0, drift=0.2)
    assert loads(dump(built)) == built


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 26.25),  # from the promotion to the end of the cut at 50.25
        ({"incident": "cut b"}, 0.0),  # the majority sees the primary
        ({"incident": "cut b", "majority": False}, 26.25),  # the monitor does not
        ({"incident": "pause"}, 0.0),  # it learns as it wakes
        ({"incident": "crash"}, 0.0),
        ({"stonith": True}, 0.0),
        ({"lease_s": 10.0}, 0.0),
        ({"lease_s": 10.0, "drift": 0.2}, 12.5 - 10.5),  # over at 32.75, another from 30.75 on
        ({"lease_s": 2.0, "drift": 0.2}, 0.0),  # over at 22.75, before the other at 24
        ({"lease_s": 2.0, "drift": 0.5}, 4.0 - 3.75),
    ],
)
def test_seconds_with_two_primaries(settings, expected):
    made = scenario(**SHARP | settings)
    found = two_primaries(conduct(made).timeline, "leader", made.horizon)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("lease", "expected"), [(0.0, 3.75), (10.0, 10.5)])
def test_a_pause_costs_detection_or_the_lease_and_promotion(lease, expected):
    made = scenario(**SHARP | {"incident": "pause", "lease_s": lease})
    found = without_primary(conduct(made).timeline, "leader", made.horizon)
    assert found == pytest.approx(expected, rel=1e-9, abs=0)


def test_who_wakes_writes_what_it_was_given_unless_the_store_checks():
    for data, harmed in (("store", True), ("checked", False)):
        made = scenario(**SHARP | {"incident": "pause", "data": data})
        run = conduct(made)
        stale = stale_writes(run.outcomes, run.timeline, "leader", "store")
        rows = run.outcomes.attempts
        to_leader = [run.outcomes.pools[c] == "leader" for c in run.outcomes.callee]
        held = [to_leader[s] for s in rows["site"]] & (rows["member"] == 0) & (rows["sent_s"] >= 20.25)
        assert held.sum() > 3  # sent to the sleeper until there was another
        assert len(stale) == (held.sum() if harmed else 0)


def test_bad_input():
    with pytest.raises(DescriptionError, match="allowed are own, store, checked, copies"):
        scenario(data="disk")  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match="allowed are cut a, cut b, pause, crash"):
        scenario(incident="flood")  # type: ignore[arg-type]

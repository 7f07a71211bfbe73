"""Backlogs: what they refuse, and their form in a file."""

import dataclasses

import pytest

from simulator.describe import forms
from simulator.describe.backlogs import Backlog, Spare
from simulator.describe.codec import from_plain
from simulator.describe.profiles import Daily, Ramp
from simulator.describe.writing import to_plain
from simulator.errors import DescriptionError

HOUR = 3600.0


@pytest.fixture
def tagged(monkeypatch):
    """The tag ``spare`` is known, whether or not the list of tags has it."""
    monkeypatch.setitem(forms.TAGS, "spare", Spare)
    forms.choices.cache_clear()
    yield
    forms.choices.cache_clear()


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"name": ""}, "name", "letters, digits"),
        ({"name": 3}, "name", "letters, digits"),
        ({"inflow": -1.0}, "inflow", "-1.0: allowed is 0 or more"),
        ({"inflow": float("inf")}, "inflow", "finite"),
        ({"inflow": float("nan")}, "inflow", "0 or more"),
        ({"inflow": True}, "inflow", "a rate or a profile"),
        ({"inflow": Spare(1.0, 0.5)}, "inflow", "a rate or a profile"),
        ({"rate": -2.0}, "rate", "-2.0: allowed is 0 or more"),
        ({"rate": "fast"}, "rate", "a rate, a profile or what a load leaves over"),
        ({"starts": -1.0}, "starts", "0 or more"),
        ({"starts": float("inf")}, "starts", "finite"),
        ({"expires_after": 0.0}, "expires_after", "above 0"),
        ({"expires_after": float("inf")}, "expires_after", "finite"),
        ({"expired": "gone"}, "expired", "'gone': allowed are free, costs_service"),
        ({"paused": "yes"}, "paused", "'yes': allowed are true, false"),
    ],
)
def test_a_backlog_says_what_is_wrong(wrong, key, said):
    with pytest.raises(DescriptionError, match=said) as caught:
        Backlog(**{"name": "hooks", **wrong})
    assert caught.value.where == key


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"of": -1.0}, "of", "0 or more"),
        ({"of": float("inf")}, "of", "finite"),
        ({"load": -0.1}, "load", "0 or more"),
        ({"load": "half"}, "load", "a share or a profile"),
        ({"counted": "alive"}, "counted", "'alive': allowed are present, up"),
        ({"counted": "present"}, "counted", "name one in pool"),
    ],
)
def test_spare_says_what_is_wrong(wrong, key, said):
    with pytest.raises(DescriptionError, match=said) as caught:
        Spare(**{"of": 7.0, "load": 0.5, **wrong})
    assert caught.value.where == key


def test_a_load_above_one_is_allowed():
    assert Spare(7.0, 1.5).load == 1.5
    assert Spare(7.0, Ramp(0.5, 2.0, 0.0, HOUR), "mysql", "present").pool == "mysql"


BACKLOGS = {
    "bare": Backlog("b"),
    "hooks": Backlog("hooks", 79.7, 315.0, 12.0, 14 * HOUR, "free", True),
    "lag": Backlog("lag", Daily(0.4, 1.0), Spare(7.0, Daily(0.5, 0.95), "mysql", "present")),
    "restore": Backlog("restore", rate=Spare(225e6, 0.25), starts=5e12),
}


@pytest.mark.parametrize("name", BACKLOGS)
def test_there_and_back(name, tagged):
    backlog = BACKLOGS[name]
    assert from_plain(Backlog, to_plain(backlog)) == backlog


def test_the_form_in_a_file(tagged):
    text = {
        "name": "hooks", "inflow": {"daily": {"low": "40 /s", "high": "120 /s", "peak": "18 h"}},
        "rate": {"spare": {"of": 400, "load": 0.25, "pool": "workers"}}, "starts": 5,
        "expires_after": "14 h", "expired": "free", "paused": True,
    }  # fmt: skip
    assert from_plain(Backlog, text) == Backlog(
        "hooks",
        Daily(40.0, 120.0, 18 * HOUR),
        Spare(400.0, 0.25, "workers"),
        5.0,
        14 * HOUR,
        "free",
        True,
    )
    assert from_plain(Backlog, {"name": "h", "rate": "18 /min"}).rate == pytest.approx(
        0.3, rel=1e-12, abs=0
    )


def test_a_file_is_told_where_it_is_wrong(tagged):
    spare = {"spare": {"of": 1, "load": 0.5, "counted": "here"}}
    with pytest.raises(DescriptionError) as caught:
        from_plain(Backlog, {"name": "h", "rate": spare}, "backlogs.h")
    assert caught.value.where == "backlogs.h.rate.spare.counted"
    with pytest.raises(DescriptionError, match="unknown kind"):
        from_plain(Backlog, {"name": "h", "inflow": spare}, "backlogs.h")


def test_a_backlog_is_frozen_and_its_default_does_nothing():
    bare = BACKLOGS["bare"]
    assert (bare.inflow, bare.rate, bare.starts, bare.expires_after) == (0.0, 0.0, 0.0, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        bare.starts = 1.0


def test_a_day_can_peak_at_18_and_be_lowest_twelve_hours_later():
    day = Daily(low=1.0, high=3.0, peak=18 * HOUR)
    assert day.at(18 * HOUR) == pytest.approx(3.0, rel=1e-12, abs=0)
    assert day.at(30 * HOUR) == pytest.approx(1.0, rel=1e-12, abs=0)
    assert day.at(24 * HOUR) == pytest.approx(2.0, rel=1e-12, abs=0)

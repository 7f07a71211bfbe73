"""Cloudflare 2019: structure, what the numbers of the description are, that each null is one setting away."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

from models import waf_cost
from models.cloudflare_2019 import BEGINS, DEPLOYED_AT, PAGED_AT, PROPOSED_AT, rule_cost, scenario
from models.evidence.cloudflare_2019 import EVIDENCE
from simulator.conducting import conduct
from simulator.describe import At, Lognormal, Mixture, Poisson, RollBack, Rollout, Runbook, Signal
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError
from tests.statistical import check_mean

SHARES = (0.05, 0.1, 0.1)


def rule(**settings):
    return next(c for c in scenario(**settings).controllers if isinstance(c, Rollout))


def book(**settings):
    return next(c for c in scenario(**settings).controllers if isinstance(c, Runbook))


def test_three_cities_stand_for_all():
    found = scenario()
    assert (found.stands_for, found.system["edge"].members) == (180, 3)
    assert [s.name for s in found.sources] == [
        "web z1",
        "web z2",
        "web z3",
        "access",
        "dashboard",
    ]
    assert scenario(zones=180).stands_for == 180
    assert len(scenario(zones=180).sources) == 182


def test_times_of_people_are_those_published():
    """13:42, 13:45 and 14:02 on a clock that begins at 13:40."""
    assert BEGINS == "13:40"
    assert (DEPLOYED_AT, PAGED_AT, PROPOSED_AT) == (120.0, 300.0, 1320.0)
    assert book().when == At(300.0)
    assert book().steps[0].after.mean() == 1020.0


def test_a_core_has_the_stated_load_before():
    """0.45 of a core: 90 requests a second of 5 ms each, five times slower than a millisecond."""
    found = scenario()
    work = found.system["edge"].served["web"][0].law
    rates = [s.arrivals.rate for s in found.sources if isinstance(s.arrivals, Poisson)]
    assert rates == pytest.approx([90.0] * 3, rel=1e-9, abs=0)
    assert work.mean() * rates[0] == pytest.approx(0.45, rel=1e-9, abs=0)


@pytest.mark.parametrize("scale", [1.0, 5.0, 10.0, 20.0])
def test_a_full_line_takes_as_long_on_every_scale(scale):
    """511 waiting at scale 1, of the same mean work: within what rounding to whole requests does."""
    cap = scenario(scale=scale).system["edge"].queue.cap
    assert cap * scale == pytest.approx(511.0, rel=0, abs=scale / 2)


def test_the_push_reaches_99_percent_in_the_published_time():
    assert rule().member_takes.quantile(0.99) == pytest.approx(2.29, rel=1e-9, abs=0)
    assert rule().live


def test_the_cost_of_the_rule_is_the_sum_of_its_parts():
    """Mean of a mixture: shares times the means of what `waf_cost` says of each kind."""
    found = rule_cost(400.0, 1600.0, 0.3, SHARES, None, 1.0)
    parts = [
        ({"json": 1.0}, 400.0, 0.05),
        ({"match": 1.0}, 1600.0, 0.1),
        ({"no_match": 1.0}, 1600.0, 0.1),
    ]
    mean = sum(
        share * waf_cost.extra_work(Lognormal(length, 0.3), kind).mean()
        for kind, length, share in parts
    )
    assert found.mean() == pytest.approx(mean, rel=1e-9, abs=0)
    assert rule_cost(400.0, 1600.0, 0.3, SHARES, None, 10.0).mean() == pytest.approx(
        10 * mean, rel=1e-9, abs=0
    )
    assert isinstance(found, Mixture)
    assert found.weights[0] == pytest.approx(0.75, rel=1e-9, abs=0)


def test_what_is_drawn_has_that_mean():
    law = rule_cost(400.0, 1600.0, 0.3, SHARES, None, 1.0)
    drawn = law.sample(np.random.default_rng(3), 150_000)
    check_mean(drawn, law.mean(), detects=0.06)
    with pytest.raises(AssertionError):
        check_mean(drawn, 1.12 * law.mean(), detects=0.06)


def test_it_is_written_and_read_back():
    assert loads(dump(scenario())) == scenario()


# --- nulls and lessons are settings -----------------------------------------------------------------


def test_each_null_is_a_setting():
    known = inspect.signature(scenario).parameters
    for one in EVIDENCE.observed:
        assert set(one.null_set) <= set(known)
        if one.null_set:
            assert scenario(**one.null_set) != scenario()


def test_each_moved_constant_is_a_setting_with_its_value():
    known = inspect.signature(scenario).parameters
    for name in EVIDENCE.moved:
        assert known[name].default == EVIDENCE.value(name)


def test_stages_are_whole_cities_with_a_halt():
    found = rule(rollout="staged")
    assert found.waves == pytest.approx((3 / 180, 18 / 180, 1.0), rel=1e-12, abs=0)
    assert isinstance(found.halts_on, Signal)
    assert scenario(rollout="staged").system["edge"].members == 60
    assert rule(rollout="staged", canary=0.2).waves == (0.2, 1.0)


def test_off_the_edge_people_ask_the_panel_itself():
    assert {s.needs.call for s in book().steps if s.needs} == {"edge"}
    assert {s.needs.call for s in book(control_on_edge=False).steps if s.needs} == {"control"}
    assert len([s for s in book().steps if s.needs]) == EVIDENCE.value("admin_steps")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["find", "bypass", "log in", "open the panel", "confirm", "kill"]),
        ({"bypass_min": 0.0}, ["find", "log in", "open the panel", "confirm", "kill"]),
        ({"control_on_edge": False}, ["find", "log in", "open the panel", "confirm", "kill"]),
        ({"auto_kill": True}, ["kill"]),
    ],
)
def test_steps_of_the_people(settings, names):
    assert [step.name for step in book(**settings).steps] == names


def test_the_ways_back():
    """Pushed like the rule; after two builds of eleven minutes; by hand, ten minutes each in three waves."""
    back = {kill: book(kill=kill).steps[-1] for kill in ("switch", "builds", "restart")}
    takes = {
        kill: next(a.member_takes for a in step.actions if isinstance(a, RollBack))
        for kill, step in back.items()
    }
    assert takes["switch"] == rule().member_takes
    assert back["builds"].takes.mean() == 22 * 60.0
    assert takes["restart"].values == (600.0, 1200.0, 1800.0)


def test_a_page_may_come_from_a_signal():
    assert isinstance(book(alert="signal").when, Signal)


def test_blocking_refuses_what_matches():
    assert rule(action="block").build.effect.error == 0.1
    assert rule(action="block").build.extra_work == rule().build.extra_work


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"guard": "1k"}, "allowed are None, 10k, 100k, linear"),
        ({"rollout": "slow"}, "allowed are global, staged"),
        ({"action": "log"}, "allowed are simulate, block"),
        ({"kill": "none"}, "allowed are switch, builds, restart"),
        ({"alert": "loud"}, "allowed are given, signal"),
        ({"scale": 0.0}, "above 0"),
        ({"base_ms": 0.0}, "above 0"),
        ({"zones": 0}, "whole number"),
        ({"zones": 181}, "180 zones"),
        ({"share_g": 0.9}, "shares"),
        ({"rollout": "staged", "zones": 6}, "a wave must be a whole number of zones"),
        ({"rollout": "staged", "canary": 0.01}, "a wave must be a whole number of zones"),
        ({"utilisation": 0.0}, "a rate is above 0"),
    ],
)
def test_bad_input(settings, told):
    with pytest.raises(DescriptionError, match=told):
        scenario(**settings)


# --- a run of a few minutes against arithmetic --------------------------------------------------------


def test_a_saturated_core_serves_what_it_can():
    """A core does 1 / (base + mean cost) requests per second, whatever comes: the fluid limit.

    Visitors wait for ever here, so that no core works for somebody who has left.
    """
    found = scenario(scale=20.0, horizon=900.0, timeout_s=1e6)
    pushed = rule(scale=20.0)
    rows = conduct(
        dataclasses.replace(found, controllers=[pushed]), seed=3, attempts=False
    ).outcomes.requests
    done = (rows["outcome"] <= 1) & (rows["ended_s"] >= 180.0)
    by_minute, _ = np.histogram(rows["ended_s"][done], np.linspace(180.0, 900.0, 13))
    limit = 60.0 * 3 / (0.02 + pushed.build.extra_work.mean())
    check_mean(by_minute, limit, detects=0.2)
    with pytest.raises(AssertionError):
        check_mean(by_minute, 1.5 * limit, detects=0.2)

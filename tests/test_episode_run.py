"""What a part of an episode may stand for."""

from __future__ import annotations

import pytest

from simulator import Call, Effect, Every, Pool, Scenario, Source, System, Work
from simulator.episode_run import EpisodeRun
from simulator.episodes import cut, pace_of, run_episodes
from simulator.history import with_beliefs
from simulator.tables.timeline import Spell

DOWN_S, RATE, PATIENCE_S = 2000.0, 10.2, 10.0


def scenario(rate: float) -> Scenario:
    """Two servers of 10 a second each; one of them goes down."""
    users = Source("users", Every(1.0 / rate), Call("db", timeout=PATIENCE_S))
    db = Pool("db", 2, threads=1, serve=[Work(0.1)], balance="least_busy")
    return Scenario(System([db]), sources=[users], horizon=6000.0)


SPELLS = [Spell(1000.0, 1000.0 + DOWN_S, "db[0].crash", (("db", 0),), Effect(up=False))]


def test_a_line_that_grows_slowly_is_not_taken_for_one_that_stands():
    """2 % too much: the line is as long as callers wait after 500 s, then hardly anybody is in time.

    The first 100 s stand for nothing: nobody has failed by then.
    """
    slow = scenario(RATE)
    pace = pace_of(slow)
    assert pace.plateau_s < PATIENCE_S / 0.02
    episodes = cut(slow, [SPELLS], pace)
    sample = run_episodes(slow, [SPELLS], episodes, pace, seed=1, effort=4)
    expected = RATE * (DOWN_S - PATIENCE_S / 0.02)
    assert sample.episodes.failed[0] == pytest.approx(expected, rel=0.25, abs=0)


@pytest.mark.parametrize(("rate", "grows"), [(RATE, True), (9.0, False)])
def test_only_a_line_that_grows_is_watched_for_longer(rate, grows):
    one = scenario(rate)
    pace = pace_of(one)
    (episode,) = cut(one, [SPELLS], pace)
    run = EpisodeRun(one, with_beliefs(SPELLS, one), episode, pace, 1, 0, rate)
    run.until_well(worst=0, most=2, after_effects=True)
    assert (run.crowded, run.growing) == (grows, grows)

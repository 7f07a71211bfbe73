"""A call in a file may name a preset: its policies fill what the call leaves open, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.describe import Bulkhead, Retry
from simulator.describe.files import dump, loads
from simulator.describe.presets import PRESETS
from simulator.errors import DescriptionError


def _call(text: str):
    system = loads(f"[pools.a]\nserve = [{{ {text} }}]\n[pools.b]").system
    return system["a"].calls[0]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_alone_is_what_python_builds(name):
    assert _call(f'call = "b", preset = "{name}"') == PRESETS[name].call("b")


def test_what_the_call_states_wins():
    call = _call(
        'call = "b", preset = "resilience4j", timeout = "20 ms", retry = { attempts = 7 }, as = "x"'
    )
    ready = PRESETS["resilience4j"]
    assert (call.timeout, call.retry, call.as_) == (0.02, Retry(7), "x")
    assert (call.breaker, call.bulkhead) == (ready.breaker, Bulkhead(25))
    kept = {f.name for f in dataclasses.fields(call)} - {"timeout", "retry", "as_"}
    assert all(getattr(call, key) == getattr(ready.call("b"), key) for key in kept)


def test_the_word_is_not_kept():
    scenario = loads('[pools.a]\nserve = [{ call = "b", preset = "grpc" }]\n[pools.b]')
    assert "preset" not in dump(scenario)
    assert loads(dump(scenario)) == scenario


def test_fallbacks_and_sources_take_presets_too():
    scenario = loads(
        """
        [pools.a]
        serve = [{ call = "b", fallback = [{ call = "c", preset = "polly" }] }]
        [pools.b]
        [pools.c]
        [sources.users]
        arrivals = { poisson = "3 /s" }
        to = { call = "a", preset = "aws_standard" }
        """
    )
    assert scenario.system["a"].calls[0].fallback == (PRESETS["polly"].call("c"),)
    assert scenario.sources[0].to == PRESETS["aws_standard"].call("a")


def test_a_preset_can_be_set_by_path():
    scenario = loads('[pools.a]\nserve = [{ call = "b", timeout = "1 min" }]\n[pools.b]')
    changed = scenario.set("pools.a.serve.b.preset", "hystrix").system["a"].calls[0]
    assert changed == PRESETS["hystrix"].call("b", timeout=60.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('call = "b", preset = "resilience"', ("serve[0].preset", "'resilience'", "did you mean 'resilience4j'")),
        ('call = "b", preset = 3', ("serve[0].preset", "3 is not a text")),
        ('call = "b", presett = "grpc"', ("serve[0].presett", "did you mean 'preset'")),
        ('preset = "grpc"', ("serve[0]", "'preset'", "a table with one of the keys")),
        ('call = "b", preset = "envoy", deadline = "1 parsec"', ("serve[0].deadline", "1 parsec")),
        ('call = "b", preset = "polly", wait = false', ("serve[0]", "nobody waits for")),
    ],
)  # fmt: skip
def test_slips(text, words):
    with pytest.raises(DescriptionError) as found:
        _call(text)
    for word in words:
        assert word in str(found.value)

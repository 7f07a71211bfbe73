"""The examples in the docstrings of the traffic answers give what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest

ROOMS = [
    "alerts", "budgets", "caches", "closed", "fixed_points", "guards", "hedging", "herds", "impatience",
    "losses", "queues", "retries", "rewarming", "routing", "single_server", "slowdown", "storms",
    "token_chain",
]  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_examples(room):
    found = doctest.testmod(importlib.import_module(f"simulator.run.exact.{room}"))
    assert found.attempted > 0
    assert found.failed == 0

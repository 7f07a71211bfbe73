"""``import simulator`` is quick because it loads NumPy and nothing heavier (timed by the bench)."""

from __future__ import annotations

import tomllib

import pytest

from tests.benchmarks.harness import ROOT, import_seconds


@pytest.mark.parametrize("module", ["simulator", "simulator.describe", "simulator.errors"])
def test_importing_loads_nothing_heavy(module):
    _, heavy = import_seconds(module)
    assert heavy == []


def test_a_heavy_import_would_be_seen():
    _, heavy = import_seconds("scipy.special")
    assert heavy == ["scipy"]


def test_version_is_the_one_of_the_distribution():
    import simulator

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not hasattr(simulator, "__version__"):
        pytest.skip("simulator names no version yet")
    assert simulator.__version__ == project["version"]

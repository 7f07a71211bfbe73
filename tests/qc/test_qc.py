"""Every entry of the catalogue against a second implementation by somebody who had not read it."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models import CATALOGUE
from simulator import Life, Scenario, System, exact
from simulator.describe.distributions import Distribution
from simulator.replicate import replicate
from simulator.run.montecarlo.results import BulkResult
from simulator.simulate import availability
from tests.qc import ageing_pair, quorum
from tests.qc.blind import FORMULAS, SIMULATED
from tests.statistical import check_estimate, check_mean

YEAR = 8760 * 3600.0
BLIND_FILES = sorted(
    path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_")
)
PARAMETERS = [
    pytest.param(name, marks=[pytest.mark.slow] if blind.slow else [], id=name)
    for name, blind in FORMULAS.items()
]
SAMPLED = [
    pytest.param(name, *what, id=f"{name}-{what[0]}")
    for name, blind in FORMULAS.items()
    for what in blind.sampled
]


def _built(name: str) -> Scenario:
    with warnings.catch_warnings():  # a provisional entry says so when it is run
        warnings.simplefilter("ignore")
        scenario = CATALOGUE[name].build()
    assert isinstance(scenario, Scenario)
    return scenario


def _life(scenario: Scenario) -> Distribution:
    """Life of the only fault of the only pool."""
    assert isinstance(scenario.system, System)
    (pool,) = scenario.system.pools
    (fault,) = pool.faults
    assert pool.members == 1
    assert isinstance(fault.when, Life)
    return fault.when.distribution


def _mean_unavailability(scenario: Scenario) -> float:
    found = availability(scenario, engines=("exact",)).system.exact_over_horizon
    assert found is not None, "the exact engine gives no mean over the horizon"
    return found


READ: dict[str, Callable[[Scenario], float]] = {
    "unavailability": exact.unavailability,
    "frequency": exact.frequency,
    "mttf": exact.mttf,
    "mttdl": exact.mean_time_to_loss,
    "annual loss": exact.annual_loss,
    "mean unavailability": _mean_unavailability,
    "horizon": lambda scenario: scenario.horizon,
    "life mean": lambda scenario: _life(scenario).mean(),
    "life median": lambda scenario: float(_life(scenario).quantile(0.5)),
}


def _theirs(quantity: str, scenario: Scenario) -> float:
    """The simulator's answer; an unknown quantity is a KeyError, never a silent skip."""
    what, of, pool = quantity.partition(" of ")
    if of:
        per_pool = {"unavailability": exact.unavailability, "frequency": exact.frequency}
        return per_pool[what](scenario, pool=pool)
    what, _, years = quantity.partition(" ")
    if what == "survival":
        return float(_life(scenario).survival(float(years.removesuffix(" y")) * YEAR))
    return READ[quantity](scenario)


def _disagreements(
    name: str, answers: dict[str, float], rel: float, skip: frozenset[str] = frozenset()
) -> list[str]:
    scenario = _built(name)
    lines = []
    for quantity, mine in answers.items():
        if quantity in skip:
            continue
        theirs = _theirs(quantity, scenario)
        if not math.isclose(mine, theirs, rel_tol=rel, abs_tol=0.0):
            lines.append(f"{name}, {quantity}: {theirs!r}, second implementation {mine!r}")
    return lines


@pytest.mark.parametrize("name", PARAMETERS)
def test_agrees_with_the_second_implementation(name: str) -> None:
    blind = FORMULAS[name]
    sampled = frozenset(quantity for quantity, *_ in blind.sampled)
    assert _disagreements(name, blind.answer(), blind.rel, sampled) == []


@pytest.mark.parametrize(("name", "quantity", "replications", "detects"), SAMPLED)
def test_montecarlo_agrees_with_the_second_implementation(
    name: str, quantity: str, replications: int, detects: float
) -> None:
    assert quantity == "mean unavailability"
    truth = FORMULAS[name].answer()[quantity]
    scenario = _built(name)
    down = replicate(scenario, seed=20, replications=replications).system.down_s / scenario.horizon
    check_mean(down, truth, detects)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(down, truth * (1 + 2.5 * detects), detects)


def _simulators(run: BulkResult) -> dict[str, np.ndarray]:
    pools = {name: tally.down_s for name, tally in run.pools.items()}
    return {"system": run.system.down_s, "failures": run.system.failures.astype(float), **pools}


def _standard_error(samples: np.ndarray) -> float:
    return float(samples.std(ddof=1)) / math.sqrt(samples.size)


@pytest.mark.slow
def test_ageing_pair_agrees_with_the_second_simulation() -> None:
    detectable = {"system": 0.05, "failures": 0.02, "db": 0.12, "lb": 0.055}
    scenario = _built("web_service_pair_ageing")
    assert scenario.horizon == ageing_pair.HORIZON
    mine = ageing_pair.simulate(2_500, seed=77)
    theirs = _simulators(replicate(scenario, seed=21, replications=6_000))
    assert set(mine) == set(theirs)
    for quantity, detects in detectable.items():
        value, truth = theirs[quantity].mean(), mine[quantity].mean()
        error = math.hypot(*(_standard_error(x[quantity]) for x in (mine, theirs)))
        z = check_estimate(value, error, truth, detects)
        print(f"{quantity:9s} {value:.6g} second {truth:.6g} z {z:+.2f}, finds {detects:.1%}")
        with pytest.raises(AssertionError, match="z ="):
            check_estimate(value * (1 + 2.5 * detects), error, truth, detects)


def test_every_second_implementation_is_of_an_entry() -> None:
    assert set(FORMULAS).isdisjoint(SIMULATED)
    assert set(FORMULAS) | SIMULATED <= set(CATALOGUE)


def test_no_entry_is_checked_without_a_second_implementation() -> None:
    checked = {name for name, entry in CATALOGUE.items() if entry.checked}
    assert checked <= set(FORMULAS) | SIMULATED
    waiting = sorted(set(CATALOGUE) - checked)
    print(f"checked: {sorted(checked)}; second implementation there, flag not set: {waiting}")


def test_a_neighbouring_model_is_told_apart() -> None:
    """Negative control: the numbers of another entry, or a hair off, must be found out."""
    neighbours = {
        "disk_array": "disk_array_raid5_desktop",
        "disk_array_raid1": "disk_array_scrubbed",
        "quorum": "quorum_3",
        "server_bathtub": "server_bathtub_annual",
    }
    sampled = frozenset({"mean unavailability"})
    for name, other in neighbours.items():
        found = _disagreements(name, FORMULAS[other].answer(), 1e-9, sampled)
        assert len(found) >= 2, f"{name} passes for {other}"
    hair = {quantity: value * (1 + 1e-8) for quantity, value in quorum.elected().items()}
    assert len(_disagreements("quorum_election", hair, 1e-9)) == len(hair)


@pytest.mark.parametrize("path", BLIND_FILES, ids=lambda path: path.name)
def test_second_implementations_do_not_use_the_simulator(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names}.isdisjoint({"simulator", "models"})

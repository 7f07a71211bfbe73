"""Same seed, same bytes: for any number of processes, beside anything else, in any process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models import CATALOGUE, get
from simulator import (
    HOUR,
    MONTH,
    YEAR,
    Crew,
    Exponential,
    Pool,
    Scenario,
    System,
    availability,
    crash,
)
from simulator.errors import LuckUsedTwice, NotSupported
from simulator.replicate import replicate
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.engine import job_of
from simulator.run.montecarlo.results import BulkResult
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck
from tests.run.montecarlo.bulk_jobs import arrays_of, same_bytes

MODELS = ("web_service", "web_service_pair", "web_service_pair_ageing", "quorum_election")
"""Independent parts; a group with crew, failover and shared fault; general laws; elections."""


def quarter_of(name: str) -> Scenario:
    return replace(get(name).build(), horizon=YEAR / 4)


def everything(scenario: Scenario, seed: int, replications: int, jobs: int = 1) -> BulkResult:
    """All that can be asked, through the public call."""
    report = availability(
        scenario, seed=seed, replications=replications, jobs=jobs, engines=("montecarlo",),
        window_s=MONTH, outages=True, causes=True,
    )  # fmt: skip
    assert report.samples is not None
    return report.samples


def digest(result: BulkResult) -> str:
    """One hash of all arrays."""
    found = hashlib.sha256()
    for path, array in sorted(arrays_of(result).items()):
        found.update(f"{path} {array.dtype} {array.shape}".encode() + array.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("name", MODELS)
def test_same_bytes_for_one_two_and_five_workers(name: str):
    """System, pools, windows, outages and causes; the last block is not full."""
    scenario, count = quarter_of(name), 5 * REPLICATIONS_PER_BLOCK + 37
    one = everything(scenario, 7, count)
    assert one.outages is not None
    assert one.causes is not None
    assert one.windows_s is not None
    for workers in (2, 5):
        assert same_bytes(one, everything(scenario, 7, count, workers))
    assert not same_bytes(one, everything(scenario, 8, count)), "another seed, other numbers"


@pytest.mark.parametrize("name", MODELS)
def test_what_else_is_asked_moves_nothing(name: str):
    scenario = quarter_of(name)
    plain, all_of_it = replicate(scenario, seed=7, replications=600), everything(scenario, 7, 600)
    assert same_bytes(plain.system, all_of_it.system)
    assert same_bytes(plain.pools, all_of_it.pools)
    fewer = replicate(scenario, seed=7, replications=40)
    assert fewer.system.down_s.tobytes() == plain.system.down_s[:40].tobytes()


PROGRAM = """
from dataclasses import replace
from tests.test_simulate_luck import digest, everything, quarter_of
for name in ("web_service", "web_service_pair"):
    print(digest(everything(quarter_of(name), 11, 700)))
"""


def test_same_bytes_in_two_processes():
    """Also if Python hashes text in another way: nothing may hang on the order of a set."""
    root = Path(__file__).resolve().parents[1]
    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
        ).stdout.split()
        for seed in ("1", "2")
    ]  # fmt: skip
    here = [
        digest(everything(quarter_of(name), 11, 700))
        for name in ("web_service", "web_service_pair")
    ]
    assert told == [here, here]


# --- what is added moves nothing else -------------------------------------------------------------


def mail(*, needs_crew: bool = False) -> Pool:
    """Members that fail often: they change how time is cut into slices, too."""
    fault = crash(Exponential(20 * HOUR), Exponential(5 * HOUR), needs_crew=needs_crew)
    return Pool("mail", 3, needed="all", faults=[fault])


def beside(scenario: Scenario, pool: Pool, *, first: bool) -> Scenario:
    """The scenario with one more pool, that nobody calls."""
    system = scenario.system
    assert isinstance(system, System)
    pools = (pool, *system.pools) if first else (*system.pools, pool)
    return replace(scenario, system=System(pools))


@pytest.mark.parametrize("name", MODELS[:3])
@pytest.mark.parametrize("first", [True, False])
def test_an_unrelated_pool_moves_no_other_draw(name: str, first: bool):
    scenario = quarter_of(name)
    one = replicate(scenario, seed=2, replications=520)
    two = replicate(beside(scenario, mail(), first=first), seed=2, replications=520)
    for pool, tally in one.pools.items():
        assert same_bytes(tally, two.pools[pool]), pool
    assert two.pools["mail"].failures.min() > 0
    assert "mail" not in one.pools


def test_a_pool_that_takes_the_crews_time_does_move_the_others():
    """The negative control of the test before: this pool is related."""
    pair = Pool("pair", 2, faults=[crash(Exponential(100 * HOUR), Exponential(10 * HOUR))])
    scenario = Scenario(System([pair]), controllers=[Crew("crew")], horizon=1000 * HOUR)
    one = replicate(scenario, seed=2, replications=64)
    busy = beside(scenario, mail(needs_crew=True), first=False)
    two = replicate(busy, seed=2, replications=64)
    assert not same_bytes(one.pools["pair"], two.pools["pair"])


# --- the audit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_model_of_the_catalogue_reads_an_address_twice(name: str):
    scenario = quarter_of(name)
    count = REPLICATIONS_PER_BLOCK + 40
    try:
        audited = run_bulk(job_of(scenario, seed=1, audit=True), 0, count)
    except NotSupported as refusal:  # an incident at a stated time has no years
        assert "request traffic" in str(refusal) or "act it out" in str(refusal)  # noqa: PT017
        return
    plain = run_bulk(job_of(scenario, seed=1), 0, count)
    assert same_bytes(audited, plain), "the audit looks on, it changes nothing"


@pytest.mark.parametrize("name", ["web_service", "web_service_pair"])
def test_the_audit_finds_an_address_that_is_read_twice(name: str, monkeypatch: pytest.MonkeyPatch):
    """Sow the mistake: two members that are given one name, and therefore one luck."""
    right = Luck.stream

    def mistaken(self: Luck, purpose: str, who: str, block: int) -> object:
        return right(self, purpose, who.replace("[1]", "[0]"), block)

    monkeypatch.setattr(Luck, "stream", mistaken)
    scenario = quarter_of(name)
    run_bulk(job_of(scenario, seed=1), 0, 10)  # without the audit nobody would know
    with pytest.raises(LuckUsedTwice, match=r"\[0\].*opened twice"):
        run_bulk(job_of(scenario, seed=1, audit=True), 0, 10)

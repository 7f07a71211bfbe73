"""The catalogue: every entry builds and survives a file, and says what its sources say."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

import models
from models import (
    datacentre_year,
    serial_dependencies,
    server_bathtub,
    web_service,
    web_service_pair,
)
from simulator.describe import HOUR, YEAR, Exponential, Scenario, System
from simulator.describe.distributions import (
    AnnualFailureRate,
    MeanLife,
    ShareFailed,
    afr,
    calibrate_bathtub,
)
from simulator.describe.files import dump, load, loads
from simulator.errors import DescriptionError

ROOM = Path(models.__file__).parent


@pytest.mark.parametrize("name", models.names())
def test_every_entry_builds_and_survives_a_file(name):
    built = models.get(name).build()
    assert isinstance(built, Scenario)
    assert built.name == name
    assert loads(dump(built)) == built


@pytest.mark.parametrize("name", models.names())
def test_every_entry_has_a_name_a_title_and_sources(name):
    entry = models.get(name)
    assert entry.name == name
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
    assert entry.title
    assert len(entry.title) < 90
    assert "\n" not in entry.title
    assert entry.sources
    assert all(s.citation and s.reason for s in entry.sources)
    assert f"`{name}`" in (ROOM / "README.md").read_text(encoding="utf-8")


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(DescriptionError, match=r"did you mean 'web_service'.*serial_dependencies"):
        models.get("web_servise")
    with pytest.raises(DescriptionError, match="is no model: allowed are web_service"):
        models.get("xyz")


def test_importing_the_catalogue_loads_numpy_only():
    code = (
        "import models, sys; print([m for m in ('scipy', 'pandas', 'simpy') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOM.parent, check=True
    )
    assert run.stdout.strip() == "[]"


def test_models_import_descriptions_only():
    for path in ROOM.glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"(?:from|import) (simulator[\w.]*)", line):
                assert found[1].startswith(("simulator.describe", "simulator.errors")), path.name


# --- the source document ------------------------------------------------------------------------


def availability_of_member(pool):
    """Product over the faults of mean life / (mean life + mean repair), which are independent."""
    up = 1.0
    for fault in pool.faults:
        life, repair = fault.when.distribution.mean(), fault.lasts.mean()
        up *= life / (life + repair)
    return up


def test_the_web_service_is_the_product_of_the_document():
    system = web_service.web_service()
    up = {pool.name: availability_of_member(pool) for pool in system.pools}
    members = {pool.name: pool.members for pool in system.pools}
    assert members == {"lb": 1, "app": 3, "cache": 2, "db": 1}
    down = {name: (1 - a) ** members[name] for name, a in up.items()}
    product = math.prod(1 - q for q in down.values())
    formula = 0.9999 * (1 - 0.001**3) * (1 - 0.001**2) * 0.9995  # section 2.4
    assert product == pytest.approx(formula, rel=1e-12, abs=0)
    assert formula == pytest.approx(0.999399049, rel=1e-9, abs=0)


@pytest.mark.parametrize("repair", [Exponential(60.0), Exponential(9 * HOUR)])
def test_another_repair_leaves_the_availabilities(repair):
    for pool, stated in zip(
        web_service.web_service(repair=repair).pools, (0.9999, 0.999, 0.999, 0.9995), strict=True
    ):
        assert availability_of_member(pool) == pytest.approx(stated, rel=1e-12, abs=0)


def test_a_server_of_the_pair_is_the_server_of_the_document():
    pool = web_service_pair.scenario(beta=0.0).system["db"]
    assert 1 - availability_of_member(pool) == pytest.approx(1 - 0.9995, rel=1e-9, abs=0)


def test_beta_splits_the_rate_and_adds_nothing():
    whole = web_service_pair.scenario(beta=0.0).system["db"].faults[0].when.distribution.mean()
    split = web_service_pair.scenario(beta=0.05)
    local = split.system["db"].faults[0].when.distribution.mean()
    shared = split.faults[0].when.distribution.mean()
    assert 1 / shared == pytest.approx(0.05 / whole, rel=1e-12, abs=0)
    assert 1 / shared + 1 / local == pytest.approx(1 / whole, rel=1e-12, abs=0)
    with pytest.raises(DescriptionError, match=r"1\.5.*share"):
        web_service_pair.scenario(beta=1.5)


def test_detecting_and_promoting_folded_into_one_have_the_mean_of_both():
    detect = web_service_pair.DETECT
    assert (detect.earliest, detect.latest) == (11.0, 16.0)  # 2 x 5 s + 1 s, 3 x 5 s + 1 s
    assert web_service_pair.DETECT_AND_PROMOTE.mean() == 13.5 + 10.0


def test_ten_dependencies():
    system = serial_dependencies.serial_dependencies()
    up = math.prod(availability_of_member(pool) for pool in system.pools)
    assert up == pytest.approx(0.999**10, rel=1e-12, abs=0)
    assert round(up, 3) == 0.990  # section 2.4: 99.0 %


def test_the_server_keeps_the_first_year_and_the_mtbf():
    life = server_bathtub.mtbf_life()
    assert afr(life) == pytest.approx(0.05, rel=1e-9, abs=0)
    assert life.mean() == pytest.approx(37_500 * HOUR, rel=1e-9, abs=0)
    assert life.quantile(0.5) < 4.5 * YEAR


def test_the_other_server_keeps_the_yearly_rates():
    life = server_bathtub.annual_life()
    assert afr(life) == pytest.approx(0.05, rel=1e-9, abs=0)
    assert all(0.02 <= afr(life, year * YEAR) <= 0.04 for year in range(1, 6))
    assert life.mean() > 10 * YEAR


def test_no_bathtub_keeps_all_three():
    """Why there are two servers: the document's figures contradict each other."""
    targets = [
        MeanLife(25_000 * HOUR, 50_000 * HOUR),
        ShareFailed(YEAR, 0.05),
        AnnualFailureRate(YEAR, 0.02, 0.04, until=8 * YEAR),
    ]
    found = calibrate_bathtub(targets)
    assert not found.holds
    assert "mean life" in found.conflicts[0]
    assert "failing a year" in found.conflicts[0]


def test_a_first_year_that_leaves_no_room_is_refused():
    with pytest.raises(DescriptionError, match=r"first_year.*0\.01"):
        server_bathtub.server_life(first_year=0.01)


# --- the first year of a cluster ----------------------------------------------------------------


def yearly(fault):
    """Events a year."""
    return YEAR / fault.when.distribution.mean()


def test_the_cluster_as_a_whole_sees_what_the_source_lists():
    faults = {f.name: yearly(f) for f in datacentre_year.cluster_faults()}
    racks, units = 1800 / 60, 1800 / 750  # assumptions of the model
    assert faults["overheating"] == pytest.approx(0.5, rel=1e-12, abs=0)
    assert faults["power_unit_1"] * units == pytest.approx(1, rel=1e-12, abs=0)
    assert faults["rack_move_2"] * units == pytest.approx(1, rel=1e-12, abs=0)
    assert faults["rack_b_failure"] * racks == pytest.approx(20, rel=1e-12, abs=0)
    assert faults["rack_c_wonky"] * racks == pytest.approx(5, rel=1e-12, abs=0)
    machine, rewiring = datacentre_year.service()["web"].faults
    assert yearly(machine) * 1800 == pytest.approx(1000, rel=1e-12, abs=0)
    assert rewiring.lasts.mean() == pytest.approx(0.05 * 48 * HOUR, rel=1e-12, abs=0)
    network = {f.name: yearly(f) for f in datacentre_year.network_faults()}
    assert (network["router_reload"], network["router_failure"]) == pytest.approx(
        (12, 3), rel=1e-12, abs=0
    )
    assert network["maintenance"] == pytest.approx(4, rel=1e-12, abs=0)


def test_a_power_unit_takes_the_racks_it_feeds():
    faults = {f.name: f for f in datacentre_year.cluster_faults()}
    assert faults["power_unit_1"].selectors == ("zone:rack_a", "zone:rack_b")
    assert faults["power_unit_2"].selectors == ("zone:rack_c",)


# --- the file to copy ---------------------------------------------------------------------------


def test_the_bookshop_loads_and_survives():
    shop = load(ROOM / "bookshop.toml")
    assert isinstance(shop.system, System)
    assert loads(dump(shop)) == shop
    assert [pool.name for pool in shop.system.pools] == ["lb", "app", "cache", "db"]
    assert shop.faults[0].together
    machine = shop.system["db"].faults[0].when.distribution
    assert machine.mean() == pytest.approx(1800 / 1000 * YEAR, rel=1e-12, abs=0)
    assert afr(shop.system["lb"].faults[0].when.distribution) == pytest.approx(
        0.2, rel=1e-12, abs=0
    )
    assert yearly(shop.faults[0]) == pytest.approx(20 / (1800 / 60), rel=1e-12, abs=0)

"""Every experiment, run with ``--quick``: what it promises is there, and is what it says it is.

The list is taken from the folder, so a new experiment is tested from its first day; its files have to
be promised in tests/promised.py.
"""

import hashlib
import importlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from experiments import __main__ as catalogue
from experiments.running import main
from simulator.tables import Provenance, read_tables, write_tables
from tests.promised import MAY_BE_EMPTY, PROMISED, SETTING, SIMULATED, WITHOUT_Z

EXPERIMENTS = sorted(catalogue.questions())
Runs = dict[str, Path]


def load(name):
    return importlib.import_module(f"experiments.{name}")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run an experiment once; later tests read what it left."""
    runs: Runs = {}

    def run(name: str) -> Path:
        if name not in runs:
            runs[name] = tmp_path_factory.mktemp(name)
            assert main(load(name), ["--quick", "--seed", "7", "--out", str(runs[name])]) == 0
        return runs[name]

    return run


def csvs(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.glob("*.csv")}


def test_every_experiment_promises_its_files():
    assert set(EXPERIMENTS) == set(PROMISED) == set(MAY_BE_EMPTY)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_files_and_provenance(done, name):
    place = done(name)
    found = {path.name for path in place.iterdir()}
    assert found >= PROMISED[name] | {"run.json", "summary.csv"}
    assert not [file for file in found if file.endswith(".part")]
    record = json.loads((place / "run.json").read_text())
    assert record["command"].startswith(f"python -m experiments.{name} --quick --seed 7")
    assert record["seed"] == 7
    assert record["settings"] == []
    assert {"python", "numpy", "pandas", "matplotlib"} <= set(record["versions"])
    assert record["elapsed_s"] > 0
    digests = {file: hashlib.sha256(data).hexdigest() for file, data in csvs(place).items()}
    assert record["sha256"] == digests


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_numbers_are_finite_where_promised(done, name):
    for table, frame in read_tables(done(name)).items():
        assert len(frame) > 0, table
        for column in frame.select_dtypes("number"):
            values = frame[column].to_numpy(dtype=float)
            assert not np.isinf(values).any(), (table, column)
            if column not in MAY_BE_EMPTY[name]:
                assert np.isfinite(values).all(), (table, column)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_simulated_agrees_with_exact(done, name):
    """|z| < 4.5 for every simulated value that has an exact one beside it."""
    scores = [frame["z"] for frame in read_tables(done(name)).values() if "z" in frame]
    if name in WITHOUT_Z:
        return
    worst = max(float(np.nanmax(np.abs(z.to_numpy(dtype=float)))) for z in scores)
    assert 0 < worst < 4.5


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_pictures_come_from_the_csv_files_alone(done, name):
    from simulator.show.style import png

    place = done(name)
    for file, figure in load(name).draw(read_tables(place)).items():
        assert png(figure) == (place / file).read_bytes(), file


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_unwritable_place(name, tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert main(load(name), ["--quick", "--out", str(blocked / "inside")]) == 2
    captured = capsys.readouterr()
    assert "--out" in captured.err
    assert captured.out == ""
    assert blocked.read_text() == "in the way"


@pytest.mark.parametrize(
    "arguments", [["--set", "nowhere"], ["--seed", "x"], ["--jobs", "0"], ["--unknown"]]
)
def test_bad_arguments(arguments, tmp_path, capsys):
    assert main(load("nines"), [*arguments, "--out", str(tmp_path / "new")]) == 2
    assert "error:" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_setting_that_leads_nowhere(name, tmp_path, capsys):
    assert main(load(name), ["--quick", "--set", "no.such.key=1", "--out", str(tmp_path)]) == 2
    assert "no" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_setting_works_and_is_recorded(done, name, tmp_path):
    setting = SETTING.get(name, "horizon=2 y")
    arguments = ["--quick", "--seed", "7", "--set", setting, "--out", str(tmp_path)]
    assert main(load(name), arguments) == 0
    assert json.loads((tmp_path / "run.json").read_text())["settings"] == [setting]
    assert csvs(tmp_path) != csvs(done(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_same_seed_same_bytes_for_one_and_two_jobs(name, tmp_path, monkeypatch):
    module = load(name)
    for constant in ("QUICK_REPLICATIONS", "QUICK_UNITS"):
        if hasattr(module, constant):  # more than one block of luck, so that two jobs share the work
            monkeypatch.setattr(module, constant, 1_100)
    left = []
    for jobs in (1, 2, 1):
        place = tmp_path / str(len(left))
        write_tables(place, module.run(seed=3, quick=True, jobs=jobs), Provenance("test", 3, 0.0))
        left.append(csvs(place))
    assert left[0] == left[1] == left[2]
    assert left[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in EXPERIMENTS if n not in WITHOUT_Z])
def test_another_seed_other_luck(done, name):
    table, column = SIMULATED.get(name, ("montecarlo", "estimate"))
    other = load(name).run(seed=8, quick=True, jobs=1)[table]
    assert not other[column].equals(read_tables(done(name))[table][column])


# --- figures against formulas and sources -------------------------------------------------------


def test_the_reference_table_is_right_for_365_days_and_a_twelfth():
    nines = load("nines")
    found = {
        calendar: nines.run(seed=1, quick=True, jobs=1, settings=calendar)["downtime"]["agrees"]
        for calendar in ((), ("year=365.25 d",), ("month=30 d",))
    }
    assert set(found[()]) == {"yes", "not printed"}
    assert (found[()] == "yes").sum() == 10
    assert "NO" in set(found[("year=365.25 d",)])  # negative controls: other calendars do not agree
    assert "NO" in set(found[("month=30 d",)])


def test_serial_dependencies_is_a_power(done):
    tables = read_tables(done("serial_dependencies"))
    for row in tables["exact"].to_dict("records"):
        expected = -math.expm1(row["dependencies"] * math.log(0.999))
        assert row["unavailability"] == pytest.approx(expected, rel=1e-9, abs=0)
        assert row["rule_of_thumb"] == pytest.approx(row["dependencies"] * 1e-3, rel=1e-9, abs=0)
    for row in tables["needed"].to_dict("records"):
        whole = -math.expm1(row["dependencies"] * math.log1p(-row["each_unavailability"]))
        assert whole == pytest.approx(1 - row["target"], rel=1e-9, abs=0)


def test_redundancy_ends_on_its_floors(done):
    lines = read_tables(done("redundancy"))["conditions"].set_index(["line", "members"])
    for beta in (1, 5, 10):
        rate = beta / 100 / 1_000  # shared failures per hour, repaired in 10 h
        floor = 10 * rate / (1 + 10 * rate)
        at_eight = lines.loc[(f"common cause {beta} %", 8), "unavailability"]
        assert at_eight == pytest.approx(floor, rel=1e-9, abs=0)
    for n in range(1, 9):
        alone = lines.loc[("independent", n), "unavailability"]
        assert alone == pytest.approx((10 / 1_010) ** n, rel=1e-9, abs=0)
    crews = read_tables(done("redundancy"))["crews"].set_index(["line", "members"])
    for name, rho in (("10 h, one crew for all", 0.01), ("100 h, one crew for all", 0.1)):
        for n in range(1, 9):  # machine repairman: p_j = n! / (n - j)! rho^j p_0
            weights = [math.perm(n, j) * rho**j for j in range(n + 1)]
            got = crews.loc[(name, n), "unavailability"]
            assert got == pytest.approx(weights[-1] / math.fsum(weights), rel=1e-9, abs=0)


def test_slo_risk_as_known(done):
    """From new: 0.6266, 0.5024, 0.4179; an equilibrium start is down once in 8,761 times."""
    meets = read_tables(done("slo_risk"))["meets"]
    yearly = meets[meets["objective"] == "99.99 % of a year"]["exact"].to_list()
    assert yearly == pytest.approx([0.6266, 0.5024, 0.4179], rel=2e-4, abs=0)
    assert meets["mean_unavailability"].to_list() == pytest.approx([1 / 8_761] * 9, rel=1e-9, abs=0)


def test_durability_without_read_errors_is_a_birth_death_chain(done):
    loss = read_tables(done("durability"))["loss"]
    none = loss[loss["read_errors"] == "none"].set_index("scheme")["mttdl_s"]
    year, rebuilt = 365 * 86_400.0, 1 / 80_000  # 8 TB at 100 MB/s
    fails = -math.log1p(-0.03) / year
    for scheme, (disks, parity) in load("durability").SCHEMES.items():
        step = total = 0.0
        for down in range(parity + 1):
            step = (1 + down * rebuilt * step) / ((disks - down) * fails)
            total += step
        assert none[scheme] == pytest.approx(total, rel=1e-9, abs=0)


def test_bathtub_keeps_what_it_says_it_keeps(done):
    tables = read_tables(done("bathtub"))
    rows = tables["calibration"].set_index("life")
    assert set(rows.loc["server, MTBF kept", "holds"]) == {"yes"}
    assert set(rows.loc["server, yearly rates kept", "holds"]) == {"yes"}
    assert "no" in set(rows.loc["server, all the document says", "holds"])
    # 1.5 years at 5.1 %, 1.5 at 1.4 %, 1 at 11.8 %
    left = 0.949**1.5 * 0.986**1.5 * 0.882
    assert tables["survival"]["computed"].to_list() == pytest.approx([left] * 2, rel=1e-9, abs=0)

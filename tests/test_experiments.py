"""Every experiment, run with ``--quick``: what it promises is there, and is what it says it is.

The list is taken from the folder, so a new experiment is tested from its first day; its files have to
be promised here.
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

PROMISED = {
    "availability": {"answers.csv", "steps.csv", "causes.csv", "convergence.csv", "months.csv"}
    | {f"web_service_{kind}.png" for kind in ("convergence", "causes", "nines", "months")},
    "backoff": {"contest.csv", "time.png", "calls.png"},
    "bathtub": {"calibration.csv", "conflicts.csv", "published.csv", "survival.csv", "hazard.csv", "afr.csv",
                "fleet.csv", "replaced.csv", "montecarlo.csv", "afr_by_age.png", "replaced.png",
                "hazard_disk_backblaze_2013.png", "hazard_disk_pinheiro_2007.png", "hazard_server_mtbf_kept.png",
                "hazard_server_yearly_rates_kept.png", "fleet_server_mtbf_kept.png",
                "fleet_server_yearly_rates_kept.png"},
    "blast_radius": {"runs.csv", "poison.csv", "formula.csv", "price.csv", "hit.png", "designs.png", "price.png"},
    "breaker_tuning": {"tuning.csv", "incident.csv", "probes.csv", "attempts.png", "success.png", "incident.png"},
    "bulkhead": {"runs.csv", "over_time.csv", "sizes.csv", "loss.csv", "fault.csv", "designs.png",
                 "browsing.png", "size.png"},
    "cache_loss": {"losses.csv", "over_time.csv", "cold.csv", "rewarming.csv", "loss.png", "timeouts.png", "cold.png"},
    "connection_pool": {"runs.csv", "law.csv", "stop.csv", "tipping.csv", "goodput.png", "p99.png"},
    "deployments": {"windows.csv", "means.csv", "canaries.csv", "strategies.png", "canaries.png"},
    "durability": {"loss.csv", "montecarlo.csv", "rebuild.csv", "scrub.csv", "read_errors.png", "rebuild.png",
                   "scrub.png"},
    "failover": {"curve.csv", "formula.csv", "coverage.csv", "modes.csv", "patience.png", "false.png",
                 "coverage.png", "modes.png"},
    "load_balancing": {"runs.csv", "chance.csv", "slow.png", "fails_fast.png"},
    "multi_region": {"years.csv", "losses.csv", "montecarlo.csv", "runs.csv", "over_time.csv", "pages.csv",
                     "page_formula.csv", "loss.csv", "designs.png", "years.png", "over_time.png", "pages.png"},
    "nines": {"downtime.csv", "nines.png"},
    "published": {"figures.csv", "collapse.csv", "distances.png", "collapse.png"},
    "redundancy": {"k_of_n.csv", "conditions.csv", "crews.csv", "montecarlo.csv", "k_of_n.png", "conditions.png",
                   "crews.png"},
    "retry_storm": {"policies.csv", "goodput.csv", "storm.csv", "system.csv", "drain.csv", "way_out.csv",
                    "trigger_map.csv", "edge.csv", "storm.png", "policies.png", "way_out.png", "trigger_map.png"},
    "serial_dependencies": {"exact.csv", "montecarlo.csv", "needed.csv", "left.png", "needed.png"},
    "slo_risk": {"meets.csv", "downtime.csv", "meets.png", "downtime.png"},
    "split_brain": {"incidents.csv", "drift.csv", "formula.csv", "designs.png", "drift.png"},
    "third_party": {"weights.csv", "states.csv", "years.csv", "money.csv", "outages.png", "cost.png"},
    "thundering_herd": {"herds.csv", "arrivals.csv", "in_line.csv", "knocking.csv", "reconnect.png", "expiry.png"},
    "what_if": {"question.csv", "runs.csv", "over_time.csv", "notes.csv", "over_time.png", "outcomes.png"},
}  # fmt: skip

# Columns of numbers that may have empty cells, each with the reason.
MAY_BE_EMPTY = {
    "availability": {"unavailability", "low", "high", "exact_s_per_year", "availability"},  # no answer
    "backoff": set[str](),
    "bathtub": {"low", "high"},  # published without an interval
    "blast_radius": set[str](),
    # exact: resilience4j has no formula; z: nothing varies without errors, or with nothing else
    "breaker_tuning": {"exact", "z", "success_exact", "attempts_exact"},
    "bulkhead": set[str](),
    "cache_loss": {"estimate", "low", "high"},  # not yet warm when a quick run ends
    "connection_pool": {"p50_s", "p99_s", "recovered_after_s", "tips_at_queries"},  # none in time; never
    "deployments": {"rollback_s", "rollback_s_low", "rollback_s_high", "bad_s"},  # not taken back; one run
    "durability": {"z", "simulated", "low", "high"},  # losses too rare, or not simulated with --quick
    "failover": set[str](),
    "load_balancing": {"p99_s", "p99_s_low", "p99_s_high"},  # nobody has a good answer
    "multi_region": {"z"},  # a bound has none
    "nines": {"printed"},  # the document has years and months only
    "published": {"off_percent", "errors_apart", "furthest_percent", "furthest_errors"},  # outcomes in words
    "redundancy": {"left_by_last_member", "z"},  # nothing before the first; a bound has no z
    "retry_storm": {"recovered_after_s", "predicted_after_s", "simulated_s", "mean_s", "max_s"},  # never; too late
    "serial_dependencies": {"estimate", "low", "high", "z"},  # simulated at some n only
    "slo_risk": set[str](),
    "split_brain": {"diverged_low", "diverged_high"},  # one set of incidents with --quick
    "third_party": {"z", "failed_by_episodes", "from", "to"},  # years of some designs only with --quick
    # not all served in time; no formula where refusal is quick
    "thundering_herd": {"served_s", "drained_s", "low_s", "high_s", "median_s", "attempts_per_client",
                        "left_out", "period_s", "knocks_over_spare"},
    "what_if": {"setting", "formula", "recovered_after_s", "during_p99_s"},  # none; not recovered; none good
}  # fmt: skip
SETTING = {
    "nines": "month=30 d", "backoff": "base=10 ms", "published": "pause=0.5 s", "bulkhead": "pools.app.threads=20",
    "connection_pool": "pools.db.threads=100", "load_balancing": "pools.app.threads=3",
    "what_if": "pools.app.threads=20", "retry_storm": "sources.web.to.timeout=2 s",
    "thundering_herd": "pools.gate.queue.cap=50", "breaker_tuning": "sources.callers.clients=15",
    "cache_loss": "sources.web.to.timeout=2 s", "deployments": "pools.app.threads=5",
    "split_brain": "sources.clients_a.to.timeout=1 s",
    "multi_region": "pools.app.cores=4",
    "blast_radius": "pools.cell_0.cores=1",
}  # all others: the horizon
# nothing beside an exact value; or z within a text
WITHOUT_Z = ("nines", "availability", "backoff", "published", "bulkhead", "connection_pool", "what_if", "retry_storm",
             "cache_loss", "deployments", "split_brain")  # fmt: skip
SIMULATED = {
    "slo_risk": ("meets", "estimate"), "load_balancing": ("runs", "failed_share"), "third_party": ("states", "failed"),
    "thundering_herd": ("herds", "drained_s"), "breaker_tuning": ("tuning", "estimate"),
}  # fmt: skip
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

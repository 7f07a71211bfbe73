"""What engines of years do not act out is refused by name, everywhere alike."""

from __future__ import annotations

import pytest

from simulator import (
    DAY,
    HOUR,
    YEAR,
    At,
    Call,
    Crew,
    Exponential,
    Failover,
    Fault,
    Note,
    Poisson,
    Pool,
    Restart,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    availability,
    crash,
    exact,
)  # fmt: skip
from simulator.__main__ import main
from simulator.describe.files import dump
from simulator.errors import NotSupported
from simulator.explain import who_can
from simulator.replicate import replicate
from simulator.request_line import request_availability
from simulator.rules.features import FEATURES, LIVED, features
from simulator.run.exact.solver import Solver
from simulator.run.montecarlo.engine import SUPPORTS

FAULT = crash(Exponential(9 * DAY), Exponential(DAY))
USERS = Source("users", Poisson(50.0), to=Call("db"))


def _with(*controllers, **pool):
    pools = System([Pool("db", 2, faults=[FAULT], **pool)])
    return Scenario(pools, controllers=controllers, horizon=YEAR, sources=[USERS])


LIVED_ONES = {
    "acting": _with(Runbook("book", At(HOUR), [Step(Note("looked"))])),
    "on-call hours": _with(Crew("crew", on_call=((9 * HOUR, 17 * HOUR),))),
    "restart": _with(on_shortage="restart", restart=Restart(takes=HOUR)),
    "zoned failover": _with(Failover("db", hold=60.0)),
}


def test_the_list_is_complete():
    assert set(LIVED_ONES) == LIVED
    assert not LIVED & SUPPORTS


@pytest.mark.parametrize("name", LIVED)
def test_refused_by_name(name):
    scenario = LIVED_ONES[name]
    assert name in features(scenario)
    for engine, ask in (
        ("exact", lambda: exact.unavailability(scenario)),
        ("exact", lambda: Solver(scenario).mean_unavailability(YEAR)),
        ("montecarlo", lambda: replicate(scenario, replications=8, seed=1)),
        ("request availability over years", lambda: request_availability(scenario, seed=1, effort=2)),
    ):
        with pytest.raises(NotSupported, match=FEATURES[name]) as found:
            ask()
        assert found.value.engine == engine


@pytest.mark.parametrize("name", LIVED)
def test_the_table_keeps_the_formulas_and_says_why_the_rest_is_empty(name):
    report = availability(LIVED_ONES[name], replications=8)
    assert report.system.analytic == pytest.approx(0.01, rel=1e-9, abs=0)  # both of two, 0.1 each
    assert report.system.exact is None
    assert report.system.montecarlo is None
    for engine in ("exact", "montecarlo"):
        assert FEATURES[name] in report.system.reasons[engine]
    assert f"montecarlo: no (montecarlo cannot answer {FEATURES[name]}" in who_can(LIVED_ONES[name])


@pytest.mark.parametrize("name", LIVED)
def test_the_command_ends_well_and_says_it(name, tmp_path, capsys):
    path = tmp_path / "one.toml"
    path.write_text(dump(LIVED_ONES[name]), "utf-8")
    assert main([str(path), "--replications", "8"]) == 0
    assert FEATURES[name] in capsys.readouterr().out


def test_several_are_named_together():
    both = _with(Crew("crew", on_call=((0.0, HOUR),)), Failover("db", hold=60.0))
    with pytest.raises(NotSupported, match="a crew with on-call hours, a failover with votes"):
        replicate(both, replications=8, seed=1)


def test_a_pool_that_can_lose_data_and_never_does():
    """No fault, no loss: the exact answer is 0, and so is that of every history."""
    never = Pool("disk", 2, on_shortage="lost")
    often = Pool("db", faults=[FAULT])
    report = availability(Scenario(System([never, often]), horizon=YEAR), replications=200)
    assert report.pool("disk").exact == 0.0
    assert report.pool("disk").montecarlo.value == 0.0
    assert abs(report.system.z) < 4.5
    late = Fault("disk", when=At(1.0), name="late")  # control: a loss at a stated time is refused
    with pytest.raises(NotSupported, match="stated times"):
        replicate(Scenario(System([never]), [late], horizon=YEAR), replications=8, seed=1)

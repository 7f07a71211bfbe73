"""What somebody asks of `what_if`: which system, what goes wrong, when; read from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.trouble import Trouble, with_trouble
from simulator.__main__ import scenario_of
from simulator.describe.faults import At
from simulator.describe.system import Scenario, System
from simulator.describe.units import format_duration, parse_duration, parse_share
from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = ["MAX_REQUESTS", "Question", "question_of"]

DEFAULT_SYSTEM, DEFAULT_VICTIM = "web_service", "db"
AT, LASTS, AFTER = "60 s", "5 min", "2 min"
QUICK = {"at": "5 s", "lasts": "10 s", "after": "5 s"}
SLOWER, ERRORS = 4.0, 0.2
MAX_REQUESTS = 5_000_000
"""Requests of one run beyond which a question is refused: a slip of the unit."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Parameters
    ----------
    system : str
        Name of the model or file.
    scenario : Scenario
        With sources; as it is without the fault.
    troubles : tuple of Trouble
    at_s, end_s, horizon_s : float
        Begin and end of the fault, end of the run, seconds.
    notes : tuple of str
        What was chosen on the way.
    """

    system: str
    scenario: Scenario
    troubles: tuple[Trouble, ...]
    at_s: float
    end_s: float
    horizon_s: float
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What goes wrong, for people."""
        return " and ".join(trouble.words for trouble in self.troubles)


def question_of(
    *, quick: bool = False, system: str | None = None, kill: Sequence[str] = (), pause: Sequence[str] = (),
    slow: Sequence[str] = (), error: Sequence[str] = (), cut: Sequence[str] = (), by: str | None = None,
    share: str | None = None, at: str | None = None, lasts: str | None = None, after: str | None = None,
) -> Question:  # fmt: skip
    """The question that the options ask.

    Raises
    ------
    DescriptionError
        For a system that is not there or has no traffic, a time or share that is none, nobody to fail,
        or more requests than anybody waits for.
    """
    name = system or DEFAULT_SYSTEM
    scenario, notes = _with_traffic(name)
    factor, rate = _amounts(slow, by, error, share)
    troubles = (
        *(Trouble("kill", whom) for whom in kill), *(Trouble("pause", whom) for whom in pause),
        *(Trouble("slow", whom, factor) for whom in slow), *(Trouble("error", whom, rate) for whom in error),
        *(Trouble("cut", whom) for whom in cut),
    )  # fmt: skip
    if not troubles and name == DEFAULT_SYSTEM:
        troubles = (Trouble("kill", DEFAULT_VICTIM),)
    if not troubles:
        raise DescriptionError(f"what goes wrong? --kill, --pause, --slow or --error {_pools(scenario)}", name)
    usual = QUICK if quick else {"at": AT, "lasts": LASTS, "after": AFTER}
    begin, length, rest = (
        _time(given or usual[key], option)
        for given, key, option in ((at, "at", "--at"), (lasts, "lasts", "--for"), (after, "after", "--after"))
    )
    end, horizon = begin + length, begin + length + rest
    _affordable(scenario, horizon)
    with_trouble(replace(scenario, faults=()), [t for t in troubles if t.kind != "cut"], begin, length)
    notes += _own_faults(scenario, horizon)
    return Question(name, scenario, troubles, begin, end, horizon, tuple(notes))


def _with_traffic(name: str) -> tuple[Scenario, list[str]]:
    """The scenario of a model or file; a model without sources that has a twin with them is that twin."""
    from models import CATALOGUE

    twin, notes = f"{name}_traffic", list[str]()
    if twin in CATALOGUE:
        notes.append(f"requests are those of the model {twin}")
        name = twin
    scenario = scenario_of(name)
    if name in CATALOGUE and not CATALOGUE[name].checked:
        notes.append(f"the model {name} is provisional: nobody has written it a second time yet")
    if not isinstance(scenario.system, System):
        raise DescriptionError("a stated chain has no requests: describe pools and calls", name)
    if not scenario.sources:
        first = scenario.system.pools[0].name
        told = f'such as sources = [Source("users", Poisson(200), to=Call("{first}", timeout=1.0))]'
        raise DescriptionError(f"needs traffic: state a source, {told}", name)
    return scenario, notes


def _own_faults(scenario: Scenario, horizon_s: float) -> list[str]:
    """Faults at stated times that the description brings along: they happen in every column."""
    assert isinstance(scenario.system, System)  # see _with_traffic
    named = [(fault.name, fault) for fault in scenario.faults]
    named += [(f"{pool.name}.{f.name or 'fault'}", f) for pool in scenario.system.pools for f in pool.faults]
    return [
        f"the system's own fault {name}, at {format_duration(fault.when.all[0])}, happens in every column"
        for name, fault in named
        if isinstance(fault.when, At) and fault.when.all[0] < horizon_s
    ]


def _amounts(
    slow: Sequence[str], by: str | None, error: Sequence[str], share: str | None
) -> tuple[float, float]:
    for given, whom, option, verb in ((by, slow, "--by", "--slow"), (share, error, "--share", "--error")):
        if given is not None and not whom:
            raise DescriptionError(f"{shown(given)} goes with {verb}", option)
    try:
        factor = SLOWER if by is None else float(by)
    except ValueError:
        factor = 0.0
    if not 1.0 < factor < float("inf"):
        raise DescriptionError(f"{shown(by)}: a number above 1 is allowed, times slower", "--by")
    try:
        rate = ERRORS if share is None else parse_share(share)
    except DescriptionError as problem:
        raise DescriptionError(problem.message, "--share") from None
    if not 0.0 < rate <= 1.0:
        raise DescriptionError(f"{shown(share)}: a share above 0, at most 100 %", "--share")
    return factor, rate


def _time(text: str, option: str) -> float:
    try:
        seconds = parse_duration(text)
    except DescriptionError as problem:
        raise DescriptionError(problem.message, option) from None
    if not 0.0 < seconds < float("inf"):
        raise DescriptionError(f"{shown(text)}: a time above 0 is allowed", option)
    return seconds


def _pools(scenario: Scenario) -> str:
    assert isinstance(scenario.system, System)  # see _with_traffic
    return f"one of {', '.join(pool.name for pool in scenario.system.pools)}, or --cut a link"


def _affordable(scenario: Scenario, horizon_s: float) -> None:
    many = sum((source.rate or 0.0) for source in scenario.sources) * horizon_s
    if many > MAX_REQUESTS:
        told = f"{format_duration(horizon_s)} make {many:.3g} requests: at most {MAX_REQUESTS:,} are run"
        raise DescriptionError(told, "--for")

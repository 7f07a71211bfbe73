"""Data that can be lost, and quorums (cases D)."""

from __future__ import annotations

from simulator import HOUR, YEAR, exact
from simulator.describe.distributions import from_afr
from tests.cases.catalogue import CASES, Answer, Parameters
from tests.cases.systems import array, crewed, hours, raft, read_error_array, scrubbed_mirror, unit


def _years_of_an_array(p: Parameters) -> float:
    crews = 1 if p["repair"] == "one at a time" else None
    return (
        exact.mean_time_to_loss(array(p["n"], p["tolerate"], hours(p["mttf"]), p["mttr"], crews))
        / HOUR
    )


def _loss_in_ten_years(p: Parameters) -> float:
    return exact.loss_probability(array(p["n"], 1, hours(p["mttf"]), p["mttr"]), p["t"] * HOUR)


def _unreadable(p: Parameters) -> float:
    """A constant hazard that shows in the share `uber` within a year; a year for every bit."""
    return from_afr(p["uber"]).cdf(p["disks_read"] * p["bytes"] * 8 * YEAR)


def _annual_loss(p: Parameters) -> float:
    return exact.annual_loss(array(p["n"], p["tol"], from_afr(p["afr"]), p["mttr"]))


def quorum(p: Parameters) -> object:
    """Nodes of which a majority is needed."""
    return crewed(unit("node", p["mttf"], p["mttr"], p["n"], needed=p["n"] // 2 + 1))


def _each(prefix: str, answer: Answer) -> dict[str, Answer]:
    return {case: answer for case in CASES if case.startswith(prefix)}


ANSWERS: dict[str, Answer] = {
    **_each("D01-", _years_of_an_array),
    "D04-raid5-8-consumer-P10y": _loss_in_ten_years,
    "D05-raid5-ure-prob": _unreadable,
    "D06-raid5-ure-mttdl": lambda p: exact.mean_time_to_loss(read_error_array(p)) / HOUR,
    "D07-mirror-lse-scrub-mttdl": lambda p: exact.mean_time_to_loss(scrubbed_mirror(p)) / HOUR,
    "D08-rs-10-4-annual-loss": _annual_loss,
    **_each("D09-", lambda p: exact.unavailability(quorum(p))),
    **_each("D10-", lambda p: exact.mttf(quorum(p)) / HOUR),
    "D11-raft-5-election": lambda p: exact.unavailability(raft(p)),
}

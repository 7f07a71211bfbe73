"""The outages against their second implementations, written from the facts by somebody who had not read the first.

Numbers within a stated difference, words equal. Where the two read an observable differently, the
difference stands in `READ_OTHERWISE` with its reason, and in README.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from experiments.cloudflare_observed import observe as observe_cloudflare
from experiments.github_observed import observe as observe_github
from experiments.s3_observed import observe as observe_s3
from models.evidence import cloudflare_2019, github_2018, s3_2017
from simulator.describe.evidence import Evidence
from tests.qc import outage_cloudflare_2019, outage_github_2018, outage_s3_2017

Values = dict[str, Any]

# Relative difference allowed for a number; what is not named is 2 %.
WITHIN = {
    "s3_2017": {"S10": 0.0005, "S10p": 0.0005},
    # C3: the draws of 180 cities; C5 and C11: one run, whose lines are a fifth as long as theirs
    "cloudflare_2019": {"C3": 0.35, "C5": 0.03, "C9": 0.35, "C11": 0.15},
    "github_2018": {"G4": 0.1, "G5": 0.1, "G9": 0.1, "G14": 0.03, "G15": 0.08},
}
# Enough requests for the moment at which nine of ten are served: with those of the model it is 28 to 40 min.
TRAFFIC: dict[str, dict[str, float]] = {"s3_2017": {"rate": 9.0}}
# Absolute: ours is read off bins of two minutes, in which 1 % of noise is another 1.6 minutes of the ramp.
WITHIN_MIN = {"S3": 3.5}
READ_OTHERWISE = {
    "S6": "ours: the client's first error without a success after it; theirs adds the client's timeout",
    "C8": "ours: when nine of ten are served, in bins of ten seconds; theirs: when 99 % of the cores were idle",
    "C10": "ours: the kill that the model comes to; theirs: the published one",
    "S9": "one try a minute of one object: which one is luck; both lie in 169 to 223",
}
OUTAGES: dict[str, tuple[Callable[..., Values], Callable[..., Values], Any]] = {
    "cloudflare_2019": (
        observe_cloudflare,
        outage_cloudflare_2019.answer,
        cloudflare_2019.EVIDENCE,
    ),
    "s3_2017": (observe_s3, outage_s3_2017.answer, s3_2017.EVIDENCE),
    "github_2018": (observe_github, outage_github_2018.answer, github_2018.EVIDENCE),
}


def _differences(name: str, quick: bool, **constants: Any) -> dict[str, tuple[Any, Any]]:
    """Observables on which the two disagree."""
    observe, answer, evidence = OUTAGES[name]
    traffic = {} if quick else TRAFFIC.get(name, {})
    ours = observe({"settings": {**traffic, **constants}, "seed": 1, "quick": quick})
    theirs = answer(**{**_numbers(evidence), **constants})
    found = {}
    for one in evidence.observed:
        a, b = ours[one.id], theirs[one.id]
        if one.id in READ_OTHERWISE:
            continue
        if isinstance(a, str) or isinstance(b, str):
            same = str(a) == str(b)
        else:
            rel = WITHIN[name].get(one.id, 0.02)
            same = math.isclose(float(a), float(b), rel_tol=rel, abs_tol=WITHIN_MIN.get(one.id, 1e-9))
        if not same:
            found[one.id] = (a, b)
    return found


def _numbers(evidence: Evidence) -> dict[str, float]:
    """The constants of the evidence as they are today; the second implementation kept earlier ones."""
    values = {name: constant.value for name, constant in evidence.constants.items()}
    return {name: value for name, value in values.items() if not isinstance(value, str)}


@pytest.mark.parametrize("name", OUTAGES)
def test_the_second_implementation_agrees_with_little_traffic(name: str) -> None:
    loose = _differences(name, quick=True)
    assert {k: v for k, v in loose.items() if isinstance(v[0], str)} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTAGES)
def test_the_second_implementation_agrees(name: str) -> None:
    assert _differences(name, quick=False) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("s3_2017", {"f_open": 0.8, "t0_min": 40.0}),
        ("s3_2017", {"placement_min": 50.0, "checked_min": 150.0}),
        ("github_2018", {"apply_max": 8.0, "drain": 400.0}),
        ("github_2018", {"peak_hour": 14.8, "read_peak": 0.94}),
        ("cloudflare_2019", {"share_g": 0.03, "length_g": 200.0}),
        ("cloudflare_2019", {"utilisation": 0.6, "length_g": 300.0}),
    ],
)
def test_they_agree_elsewhere_too(name: str, constants: dict[str, float]) -> None:
    assert _differences(name, quick=False, **constants) == {}


NEIGHBOURS = (
    ("github_2018", "G11", {"apply_max": 7.5}, 0.02),
    ("cloudflare_2019", "C11", {"utilisation": 0.2}, 0.15),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "id_", "constants", "rel"), NEIGHBOURS)
def test_a_neighbour_is_told_apart(
    name: str, id_: str, constants: dict[str, float], rel: float
) -> None:
    """Negative control: other constants on one side are noticed."""
    observe, answer, evidence = OUTAGES[name]
    ours = observe({"settings": constants, "seed": 1, "quick": True})
    theirs = answer(**_numbers(evidence))
    assert not math.isclose(ours[id_], theirs[id_], rel_tol=rel, abs_tol=0)


def test_the_ramp_is_read_finely_enough_to_tell_its_opening() -> None:
    """Negative control: an index that opens at 69 or 76 % in place of 72.5 % is beyond the difference allowed."""
    _, answer, evidence = OUTAGES["s3_2017"]
    here, *others = (answer(**{**_numbers(evidence), "f_open": f})["S3"] for f in (0.725, 0.69, 0.76))
    assert all(abs(other - here) > WITHIN_MIN["S3"] for other in others)

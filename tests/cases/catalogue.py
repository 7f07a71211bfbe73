"""The cases: questions with an answer known from outside, and how close a test must come."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RTOL = 1e-9
"""Largest relative difference from the stated answer, unless the case states its own."""

Parameters = Mapping[str, Any]
Answer = Callable[[Parameters], float]

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((HERE / "availability_cases.json").read_text(encoding="utf-8"))
}


def truth(case_id: str) -> float:
    """The stated answer, in the unit of the case."""
    return float(CASES[case_id]["exact"])


def parameters(case_id: str) -> Parameters:
    """The stated parameters; times in hours."""
    found: Parameters = CASES[case_id]["parameters"]
    return found


def check(case_id: str, value: float, rtol: float = RTOL) -> None:
    """Assert that `value` answers the case: relative difference only, so small values count too."""
    stated = truth(case_id)
    off = abs(value - stated) / abs(stated)
    assert math.isfinite(value), f"{case_id}: {value!r}"
    assert off <= rtol, f"{case_id}: {value!r} is not {stated!r}, off by {off:.2g}"

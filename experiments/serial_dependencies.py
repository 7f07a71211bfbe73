"""How much availability is left behind n dependencies in series, and what must each of them have?

Scenario: a service that needs n others, one and all, each at 99.9 % with repairs of 1 h, n = 1 to
100; the source document works out n = 10 ("only 99.0 %").
Method: the product of the availabilities and the exact engine (which must agree), the rule of
thumb n times the unavailability of one, and independent histories of ten years at some n; then
the other way round: what each dependency must have for the whole to reach 99.9 % or 99.99 %.
Look at: ten dependencies cost 9.96 times the downtime of one, not ten times; the rule of thumb
errs on the safe side, by half a percent at ten and by 5 % at a hundred; a hundred dependencies
behind 99.99 % need six nines each.
Sources: System Design Fundamentals, section 2.4, critical insight.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.pictures import Axis, exact_and_simulated
from experiments.running import Progress, changed, main, simulated_row
from models import get
from simulator.describe.system import Scenario
from simulator.describe.units import YEAR
from simulator.replicate import replicate
from simulator.run.exact.solver import Solver

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

NUMBERS = tuple(range(1, 101))  # dependencies
SIMULATED = (1, 3, 10, 30, 100)  # dependencies
TARGETS = (0.999, 0.9999)  # availability of the whole
REPLICATIONS = 2_000  # histories of the horizon
QUICK_REPLICATIONS = 64
FORMATS = {
    "downtime_s_per_year": "duration", "each_for_99.9_percent": "availability",
    "each_for_99.99_percent": "availability",
}  # fmt: skip
TOLD = (1, 2, 3, 5, 10, 20, 30, 50, 100)  # dependencies, in the table on the terminal


def scenario(number: int, settings: Sequence[str] = ()) -> Scenario:
    """The catalogue's model with so many dependencies, changed by the settings."""
    return changed(get("serial_dependencies").build(number=number), settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: exact values and rule of thumb, simulated points, what each dependency needs."""
    import pandas as pd

    replications = QUICK_REPLICATIONS if quick else REPLICATIONS
    points = [
        _point(scenario(n, settings), n, seed, replications, jobs)
        for n in (SIMULATED[:3] if quick else SIMULATED)
    ]
    return {
        "exact": pd.DataFrame([_exact(scenario(n, settings), n) for n in NUMBERS]),
        "montecarlo": pd.DataFrame(points),
        "needed": pd.DataFrame(_needed(NUMBERS, TARGETS)),
    }


def _exact(described: Scenario, number: int) -> dict[str, Any]:
    """The exact engine, the product of availabilities and the sum of unavailabilities."""
    solver = Solver(described)
    each, whole = [solver.unavailability(pool) for pool in solver.pools], solver.unavailability()
    product = -math.expm1(math.fsum(math.log1p(-u) for u in each))
    rule = math.fsum(each)
    return {
        "dependencies": number, "unavailability": whole, "product": product, "rule_of_thumb": rule,
        "rule_over_exact": rule / whole, "times_one": whole / each[0], "downtime_s_per_year": whole * YEAR,
    }  # fmt: skip


def _point(
    described: Scenario, number: int, seed: int, replications: int, jobs: int
) -> dict[str, Any]:
    samples = replicate(
        described,
        seed=seed,
        replications=replications,
        jobs=jobs,
        progress=Progress(f"n = {number}"),
    )
    return {"dependencies": number} | simulated_row(described, samples)


def _needed(numbers: Iterable[int], targets: Sequence[float]) -> list[dict[str, Any]]:
    """Unavailability each dependency may have: 1 - target ** (1 / n), with its digits kept."""
    return [
        {
            "dependencies": n, "target": target, "each_unavailability": -math.expm1(math.log(target) / n),
            "each_by_rule_of_thumb": (1 - target) / n,
        }
        for target in targets
        for n in numbers
    ]  # fmt: skip


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Some numbers of dependencies: exact, by the rule, simulated, and what each would need."""
    told = tables["exact"][tables["exact"]["dependencies"].isin(TOLD)].drop(columns=["product"])
    seen = tables["montecarlo"][["dependencies", "estimate", "low", "high", "z"]]
    table = told.merge(seen, on="dependencies", how="left")
    for target, part in tables["needed"].groupby("target"):
        column = f"each_for_{100 * target:g}_percent"
        table = table.merge(
            part.rename(columns={"each_unavailability": column})[["dependencies", column]],
            on="dependencies",
        )
    return table


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """What n dependencies leave, and what each of them must have."""
    import pandas as pd

    wide = tables["exact"]
    lines = pd.concat(
        wide[["dependencies"]].assign(unavailability=wide[column], line=name)
        for column, name in (("unavailability", "exact"), ("rule_of_thumb", "rule of thumb n × u"))
    )
    counts = Axis("dependencies", "dependencies in series", "log", ticks={n: f"{n}" for n in TOLD})
    figures = {
        "left.png": exact_and_simulated(
            lines, tables["montecarlo"].assign(line="exact"), counts, Axis("unavailability", "", "nines"), "line",
            title="Availability left behind n dependencies at 99.9 % each", note="all needed, independent",
        )
    }  # fmt: skip
    needed = tables["needed"]
    names = [f"for {100 * target:g} % of the whole" for target in needed["target"]]
    each = Axis("each_unavailability", "availability each must have", "nines")
    figures["needed.png"] = exact_and_simulated(
        needed.assign(line=names), None, counts, each, "line",
        title="What each of n dependencies must have", note="exact; all needed, independent, equally good",
    )  # fmt: skip
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))

"""How much does one more member help - and where does it stop helping, and why?

Scenario: n like members of which k are needed; each fails after 1,000 h and is repaired in 10 h on
average (99.01 %). First by themselves; then, with one needed, with what a real pool has: a common
cause behind 1, 5 or 10 % of the failures (beta factor), one repair crew for all, a failover that
takes 30 s and fails in 1 or 5 % of cases (then 30 min by hand), and all of it together. Last, one crew
with repairs of 100 h, when it has its hands full.
Method: the exact engine; independent histories of ten years at some points, with intervals, or an
upper bound where no failure was seen.
Look at: members on their own promise eight nines with four of them. A common cause puts a floor
under that, beta times the unavailability of one member, reached with two or three members. A failover
has its floor too: every loss of the primary costs half a minute, however many stand by. One quick
crew does not flatten the line, it costs a factor n!; a slow one does. With everything at once the
fourth member does harm: it is one more to repair for the crew that the whole pool waits for.
Sources: the beta factor, K. N. Fleming 1975; the numbers of the members are assumptions.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.pictures import Axis, exact_and_simulated
from experiments.running import Progress, changed, main, simulated_row
from simulator.describe import (
    HOUR,
    MIN,
    SECOND,
    YEAR,
    Controller,
    Crew,
    Exponential,
    Failover,
    Fault,
    Life,
    Pool,
    Scenario,
    System,
    crash,
)
from simulator.replicate import replicate
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LIFE, REPAIR, SLOW_REPAIR = 1_000 * HOUR, 10 * HOUR, 100 * HOUR  # means; assumptions
PROMOTE, BY_HAND = 30 * SECOND, 30 * MIN  # means; assumptions
HORIZON = 10 * YEAR
MOST = 8  # members
NEEDED = (1, 2, 3, 5)
CONDITIONS: dict[str, dict[str, Any]] = {
    "independent": {},
    "common cause 1 %": {"beta": 0.01},
    "common cause 5 %": {"beta": 0.05},
    "common cause 10 %": {"beta": 0.10},
    "failover works 99 %": {"works": 0.99},
    "failover works 95 %": {"works": 0.95},
    "all: 5 %, 99 %, one crew": {"beta": 0.05, "works": 0.99, "crew": 1},
}
CREWS: dict[str, dict[str, Any]] = {
    "10 h, own repair each": {},
    "10 h, one crew for all": {"crew": 1},
    "100 h, own repair each": {"repair": SLOW_REPAIR},
    "100 h, one crew for all": {"repair": SLOW_REPAIR, "crew": 1},
}
SIMULATED = {
    "independent": (2, 3, 4), "common cause 5 %": (2, 4, 8), "failover works 95 %": (2, 4),
    "all: 5 %, 99 %, one crew": (2, 4), "10 h, one crew for all": (2, 3, 4), "100 h, one crew for all": (2, 4),
}  # fmt: skip
REPLICATIONS = 4_000  # histories of the horizon
QUICK_REPLICATIONS = 64
QUICK_MEMBERS = 2  # most members simulated
WORTHWHILE = 0.5  # a member that leaves more than this share of the downtime no longer helps
BEST = {"k_of_n": 1e-17, "conditions": 1e-12, "crews": 1e-12}  # the pictures end there


def pool(
    members: int, needed: int = 1, *, repair: float = REPAIR, beta: float = 0.0, crew: int = 0,
    works: float | None = None, settings: Sequence[str] = (),
) -> Scenario:  # fmt: skip
    """`members` of which `needed` must be up.

    Parameters
    ----------
    members, needed : int
    repair : float
        Mean repair, seconds.
    beta : float
        Share of the failures of a member that hit all at once (0-1).
    crew : int
        Repairs that can go on at once; 0 = all.
    works : float, optional
        Chance that the failover from a lost primary works (0-1); None = every member serves.
    settings : sequence of str
        ``PATH=VALUE`` changes.
    """
    law = Exponential(repair)
    faults = (
        [Fault("pool", Life(Exponential(LIFE / beta)), law, together=True, name="shared")]
        if beta
        else []
    )
    controllers: list[Controller] = [Crew("hands", crew)] if crew else []
    if works is not None and members > 1:
        controllers.append(
            Failover(
                "pool", promote=Exponential(PROMOTE), works=works, by_hand=Exponential(BY_HAND)
            )
        )
    alone = crash(Exponential(LIFE / (1 - beta)), law, name="alone")
    system = System([Pool("pool", members, needed, faults=[alone])])
    return changed(Scenario(system, faults, controllers, HORIZON, name="redundancy"), settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: k of n, conditions, crews (each with what the last member still brought), simulated."""
    import pandas as pd

    replications = QUICK_REPLICATIONS if quick else REPLICATIONS
    k_of_n = [
        _exact(f"{k} needed", pool(n, k, settings=settings), n, k)
        for k in NEEDED
        for n in range(k, MOST + 1)
    ]
    sweeps = {
        key: [
            _exact(name, pool(n, settings=settings, **what), n, 1)
            for name, what in conditions.items()
            for n in range(1, MOST + 1)
        ]
        for key, conditions in (("conditions", CONDITIONS), ("crews", CREWS))
    }
    points = []
    for name, members in SIMULATED.items():
        for n in (n for n in members if n <= QUICK_MEMBERS or not quick):
            what = (CONDITIONS | CREWS)[name]
            described = pool(n, settings=settings, **what)
            samples = replicate(
                described,
                seed=seed,
                replications=replications,
                jobs=jobs,
                progress=Progress(f"{name}, {n}"),
            )
            points.append({"line": name, "members": n} | simulated_row(described, samples))
    tables = {"k_of_n": k_of_n, **sweeps}
    return {key: _gains(pd.DataFrame(rows)) for key, rows in tables.items()} | {
        "montecarlo": pd.DataFrame(points)
    }


def _exact(line: str, described: Scenario, members: int, needed: int) -> dict[str, Any]:
    return {
        "line": line,
        "members": members,
        "needed": needed,
        "unavailability": exact.unavailability(described),
    }


def _gains(table: pd.DataFrame) -> pd.DataFrame:
    """Add the share of the downtime that the last member left: 0.01 is a gain of two nines."""
    before = table.groupby("line", sort=False)["unavailability"].shift()
    return table.assign(left_by_last_member=table["unavailability"] / before)


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each line at 2, 3, 4 and 8 members, and the last member that halved the downtime."""
    import pandas as pd

    rows = []
    for key in ("conditions", "crews"):
        for line, part in tables[key].groupby("line", sort=False):
            at = part.set_index("members")["unavailability"]
            row: dict[str, Any] = {"one_needed_and": line}
            row |= {f"with_{n}": at[n] for n in (1, 2, 3, 4, 8)}
            rows.append(row | {"last_member_worth_it": _last_worthwhile(part)})
    return pd.DataFrame(rows)


def _last_worthwhile(part: pd.DataFrame) -> str:
    """The last member that took away at least half of the downtime."""
    useless = part[part["left_by_last_member"] > WORTHWHILE]["members"]
    return f"number {useless.min() - 1}" if len(useless) else f"beyond {part['members'].max()}"


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """What is left of k of n; conditions with one needed; crews."""
    seen = tables["montecarlo"]
    titles = {
        "k_of_n": ("Availability of k of n members", "exact, independent members at 99.01 %"),
        "conditions": (
            "Where one more member stops helping",
            "exact, one of n needed, members at 99.01 %",
        ),
        "crews": (
            "One repair crew for all",
            "exact, one of n needed, a failure in 1,000 h, repairs as named",
        ),
    }
    return {
        f"{key}.png": exact_and_simulated(
            tables[key], seen[seen["line"].isin(tables[key]["line"])], Axis("members", "members"),
            Axis("unavailability", "", "nines"), "line", title=title, note=note, best=BEST[key],
        )
        for key, (title, note) in titles.items()
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))

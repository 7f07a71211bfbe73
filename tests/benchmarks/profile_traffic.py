"""Where the time of the request engine goes: ``python -m tests.benchmarks.profile_traffic``.

Runs the two workloads of the benchmark under cProfile and writes ``results/speed/profile.csv``: the
share of time in each function itself, those above one per cent. The profiler makes calls dearer than
they are, so shares say where to look, not what would be won.
"""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path

import pandas as pd

from simulator.run.events.engine import Traffic
from simulator.tables import Provenance, write_tables
from tests.benchmarks.traffic_workloads import SCENARIOS

HORIZON_S = 10.0
LEAST = 0.01  # share of time below which a function is left out


def rows(name: str) -> list[dict[str, object]]:
    """Functions of one workload, the most expensive first."""
    scenario = SCENARIOS[name](HORIZON_S)
    run = Traffic(scenario, seed=1)
    profiler = cProfile.Profile()
    profiler.runcall(run.finish)
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in stats.values())
    found = [
        {
            "workload": name, "function": f"{Path(file).stem}.{function}", "calls": calls,
            "calls_per_request": round(calls / max(run.record.started[0], 1), 3), "share": own / total,
        }
        for (file, _, function), (calls, _, own, _, _) in stats.items()
        if own / total >= LEAST
    ]  # fmt: skip
    return sorted(found, key=lambda row: -float(str(row["share"])))


def main() -> None:
    """Write the table and print its top."""
    table = pd.DataFrame([row for name in SCENARIOS for row in rows(name)])
    command = "python -m tests.benchmarks.profile_traffic"
    write_tables("results/speed", {"profile": table}, Provenance(command, 1, 0.0))
    print(table.groupby("workload", sort=False).head(12).to_string(index=False))


if __name__ == "__main__":
    main()

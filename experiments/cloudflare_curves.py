"""Curves around the Cloudflare outage: limits of steps, canaries, tests that measure, and the scale of the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.cloudflare_observed import observe, observe_fall, observe_stages
from experiments.outage import item
from experiments.remembered import remembered
from models.cloudflare_2019 import rule_cost
from models.evidence.cloudflare_2019 import EVIDENCE
from models.waf_cost import MEASURED, Guard, fitted, mean_inflation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["canary", "ci", "guards", "scales"]

NAME = "cloudflare_2019"
GUARDS: tuple[Guard | None, ...] = (None, "100k", "10k", "linear")
FACTORS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)  # of both medians of the lengths
CANARIES = (1 / 60, 3 / 60, 6 / 60, 12 / 60)  # shares of the cities
SOAKS_S = (4.0, 7.0, 10.0, 13.0, 16.0, 30.0, 60.0)
SCALES = ((2.5, 1), (10.0, 4), (20.0, 8))  # scale of the clock, and cities
NOTICED_MS = (2.0, 10.0, 100.0)  # CPU of one line that a test would call too much


def guards(base: Mapping[str, Any], seed: int, jobs: int) -> pd.DataFrame:
    """Fall of the requests served by limit and length of line, and the work asked of a core over what it can do.

    By arithmetic the fall is 1 - 1 / load; where visitors leave before they are served it is more.
    """
    import pandas as pd

    grid = [(guard, factor) for guard in GUARDS for factor in FACTORS]
    settings = [{**base, **_lengths(factor), "guard": guard} for guard, factor in grid]
    found = remembered(NAME, observe_fall, [item(s, seed, False) for s in settings], jobs, "guards")
    rows = []
    for (guard, factor), one, values in zip(grid, settings, found):
        row = {"guard": _NAMES[guard], "length_g": _lengths(factor)["length_g"]}
        load = _load(one)
        short = 100.0 * max(1.0 - 1.0 / load, 0.0)
        rows.append(row | {"fall": values["fall"], "formula": short, "load": load})
    return pd.DataFrame(rows)


_NAMES = {
    None: "no limit",
    "100k": "100,000 steps",
    "10k": "10,000 steps",
    "linear": "an engine that never goes back",
}


def _lengths(factor: float) -> dict[str, float]:
    return {name: factor * EVIDENCE.value(name) for name in ("length_g", "length_fh")}


def _load(settings: Mapping[str, Any]) -> float:
    """Work that is asked of a core as a share of what it can do: utilisation x inflation."""
    value = {
        name: settings.get(name, constant.value) for name, constant in EVIDENCE.constants.items()
    }
    shares = (value["share_g"], value["share_f"], value["share_h"])
    lengths = (value["length_g"], value["length_fh"], value["length_sigma"])
    law = rule_cost(*lengths, shares, settings["guard"], 1.0)
    return float(value["utilisation"] * mean_inflation(law, value["base_ms"] / 1000.0))


def canary(base: Mapping[str, Any], seed: int, jobs: int) -> pd.DataFrame:
    """Share of the cities that get the rule, by the size of the canary and how long it is watched."""
    import pandas as pd

    grid = [(size, soak) for size in CANARIES for soak in SOAKS_S]
    settings = [{**base, "rollout": "staged", "canary": c, "soak_s": s} for c, s in grid]  # fmt: skip
    items = [item(s, seed, False) for s in settings]
    found = remembered(NAME, observe_stages, items, jobs, "canary")
    return pd.DataFrame(
        [{"canary": 100.0 * c, "soak_s": s, **values} for (c, s), values in zip(grid, found)]
    )


def ci() -> pd.DataFrame:
    """Length of a line in a test corpus from which the rule takes as much CPU as a test would notice."""
    import pandas as pd

    rows = []
    for kind in MEASURED:
        law = fitted(kind)
        for noticed in NOTICED_MS:
            longest = (noticed / 1000.0 / law.factor) ** (1.0 / law.exponent)
            rows.append({"kind": kind, "noticed_ms": noticed, "characters": longest})
    return pd.DataFrame(rows)


def scales(base: Mapping[str, Any], seeds: Sequence[int], jobs: int) -> pd.DataFrame:
    """The scored values with a faster and a slower clock; means over three seeds."""
    import pandas as pd

    variants = [dict(base), *({**base, "scale": scale, "zones": n} for scale, n in SCALES)]
    seeds = seeds[:3]
    items = [item(one, seed, False) for one in variants for seed in seeds]
    found = remembered(NAME, observe, items, jobs, "scale")
    parts = [found[i * len(seeds) : (i + 1) * len(seeds)] for i in range(len(variants))]
    names = ["as_run", *(f"scale_{scale:g}" for scale, _ in SCALES)]
    return pd.DataFrame(
        [
            {"id": o.id, **{name: _told([v[o.id] for v in part]) for name, part in zip(names, parts)}}
            for o in EVIDENCE.scored
        ]
    )  # fmt: skip


def _told(values: list[Any]) -> str:
    if any(isinstance(value, str) for value in values):
        return " / ".join(dict.fromkeys(values))
    return f"{float(np.mean(values)):.4g}"

"""What if the database dies for five minutes? Or anything else in any system goes wrong for a while?

Scenario: a model or a TOML file with sources, and what goes wrong, when, for how long:
``python -m experiments.what_if web_service --kill db --at 60s --for 5min``. Instead of --kill: --pause
(hangs, callers wait), --slow db --by 4, --error db --share "20 %", --cut app-db (a link, or the way
between two that call each other); several at once, too. Without arguments: the database of web_service
is down for five minutes; the model says what is assumed.
Method: the same requests, on the same luck, without the fault and with it, request by request; with
``--set pools.app.threads=50`` a third time, with the fault and the setting. Means over a few
replications, differences paired, 95 % intervals by t.
Look at: what became of the requests sent while it lasted, and of those sent after it: a service that
does not recover at once is worth more questions. "Ended well" is ok or degraded.
Sources: those of the model; the fault is yours.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.asking import Question, question_of
from experiments.designs import difference, mean_by, run_designs
from experiments.phases import MEASURES, numbers_of, said
from experiments.running import changed, main
from experiments.trouble import with_links, with_trouble
from simulator.describe.oddities import oddities
from simulator.describe.units import format_duration
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.describe.system import Scenario

RUNS, QUICK_RUNS = 3, 2
FEWEST = 3  # replications without which an interval by t says nothing
WITHOUT, WITH, CHANGED = "without the fault", "with the fault", "fault and setting"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this experiment alone."""
    add = parser.add_argument
    add("system", nargs="?", help="a model or a TOML file; default: web_service")
    whom = "WHOM"
    add("--kill", action="append", default=[], metavar=whom, help="db, db[0], zone:a: down, refuses")
    add("--pause", action="append", default=[], metavar=whom, help="hangs: callers wait")
    add("--slow", action="append", default=[], metavar=whom, help="works slowly, see --by")
    add("--error", action="append", default=[], metavar=whom, help="answers with errors, see --share")
    add("--cut", action="append", default=[], metavar="LINK", help="a link by its name, or A-B")
    add("--by", help="how many times slower (default 4)")
    add("--share", help='share of answers that are errors (default "20 %%")')
    add("--at", help="when it begins (default 60 s)")
    add("--for", dest="lasts", help="how long it lasts (default 5 min)")
    add("--after", help="how long to watch afterwards (default 2 min)")


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = (), **asked: Any
) -> dict[str, pd.DataFrame]:
    """Tables: numbers of every run, verdicts, and requests over time of the first replication."""
    import pandas as pd

    question = question_of(quick=quick, **asked)
    variants = _variants(question, settings)
    span = (question.at_s, question.end_s)
    rows = run_designs(
        [({"variant": name}, scenario) for name, scenario in variants.items()],
        functools.partial(numbers_of, span=span), seed=seed, jobs=jobs, what="what if",
        replications=QUICK_RUNS if quick else RUNS,
    )  # fmt: skip
    pictures = rows.pop("over_time")
    over_time = [
        table.assign(variant=name)
        for name, number, table in zip(rows["variant"], rows["replication"], pictures, strict=True)
        if number == 0
    ]
    facts = {"system": question.system, "fault": question.words, "at_s": span[0], "end_s": span[1]}
    facts |= {"horizon_s": question.horizon_s, "setting": ", ".join(settings)}
    tables = {"question": pd.DataFrame([facts]), "runs": rows, "over_time": pd.concat(over_time)}
    if notes := [*question.notes, *_odd(question.scenario, settings)]:
        tables["notes"] = pd.DataFrame({"note": notes})
    return tables


def _variants(question: Question, settings: Sequence[str]) -> dict[str, Scenario]:
    """The scenario without the fault, with it, and with the settings besides."""
    for setting in settings:
        if setting.replace(" ", "").startswith("horizon="):
            raise DescriptionError("the run ends --after the fault: say that instead", "--set")
    base = replace(question.scenario, horizon=question.horizon_s)
    lasts = question.end_s - question.at_s

    def troubled(scenario: Scenario) -> Scenario:
        return with_trouble(scenario, question.troubles, question.at_s, lasts)

    base = with_links(base, question.troubles)
    found = {WITHOUT: base, WITH: troubled(base)}
    if settings:
        found[CHANGED] = troubled(changed(base, settings))
    return found


def _odd(scenario: Scenario, settings: Sequence[str]) -> list[str]:
    """What the describer finds odd about the system as it is, and with the settings; each once."""
    variants = [scenario, changed(scenario, settings)] if settings else [scenario]
    return list(dict.fromkeys(f"odd: {line}" for variant in variants for line in oddities(variant)))


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each number: without the fault, with it, and what that changes."""
    import pandas as pd

    runs = tables["runs"]
    means = mean_by(runs, ["variant"], list(MEASURES)).set_index("variant")
    rows = []
    for name, (words, kind) in MEASURES.items():
        if not (runs[name].fillna(0.0) != 0.0).any():
            continue  # nobody was ever rejected, and the like
        row = {"": words}
        for variant in means.index:
            row[variant] = said(means.loc[variant, name], kind)
            if variant != WITHOUT:
                row["by the fault" if variant == WITH else "by the setting"] = _change(
                    runs, name, variant, WITHOUT if variant == WITH else WITH, kind
                )
        rows.append(row)
    return pd.DataFrame(rows)


def _change(runs: pd.DataFrame, name: str, variant: str, before: str, kind: str) -> str:
    first, second = (
        runs.loc[runs["variant"] == v, name].to_numpy(dtype=float) for v in (variant, before)
    )
    value, low, high = difference(first, second)
    if value != value:  # no percentile on one side
        return ""
    if low != low or low == high or len(first) < FEWEST:
        return said(value, kind, signed=True)
    if kind == "share":
        low, high = max(low, -1.0), min(high, 1.0)
    return f"{said(value, kind, signed=True)} ({said(low, kind, True)} .. {said(high, kind, True)})"


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The verdict, and what is odd about the description."""
    asked, runs = tables["question"].iloc[0], tables["runs"]
    told = [_verdict(asked, runs, WITH)]
    if CHANGED in set(runs["variant"]):
        told.append(f"With {asked['setting']}: {_verdict(asked, runs, CHANGED)}")
    return told + [str(note) for note in tables["notes"]["note"]] if "notes" in tables else told


def _verdict(asked: pd.Series, runs: pd.DataFrame, variant: str) -> str:
    """One sentence on what the fault did."""
    with_it, without = (runs[runs["variant"] == v] for v in (variant, WITHOUT))
    during, healthy = with_it["during_well"].mean(), without["during_well"].mean()
    more = (with_it["failed"].to_numpy() - without["failed"].to_numpy()).mean()
    lasts = format_duration(asked["end_s"] - asked["at_s"])
    back = with_it.loc[with_it["state"] == "recovered", "recovered_after_s"]
    return (
        f"{asked['fault']} for {lasts}: of the requests sent meanwhile {said(during, 'share')} ended well "
        f"(without it {said(healthy, 'share')}), {abs(more):,.0f} {'more' if more >= 0 else 'fewer'} failed in the "
        f"whole run; "
        f"{_recovery(back, with_it, asked['horizon_s'] - asked['end_s'])}."
    )


def _recovery(back: pd.Series, runs: pd.DataFrame, watched_s: float) -> str:
    many = f"in {len(back)} of {len(runs)} runs"
    if len(back) == len(runs):
        many = f"in all {len(runs)} runs"
    if not len(back):
        last, state = said(runs["last_well"].mean(), "share"), " or ".join(sorted(set(runs["state"])))
        return f"{format_duration(watched_s)} later it is still {state} in all {len(runs)} runs, {last} end well"
    formula = ", ".join(sorted({str(text) for text in runs["formula"] if isinstance(text, str) and text}))
    predicted = f" (by the formula for the way out: {formula})" if formula else ""
    if back.max() == 0.0:
        return f"{many} it recovered as soon as the fault was over{predicted}"
    return f"{many} it recovered, after {format_duration(back.max())} at the latest{predicted}"


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """What became of requests by when they were sent; answers and failures of all variants over time."""
    from experiments.panels import Panel, Shade, over_time
    from simulator.show.over_time import plot_outcomes

    asked, rows = tables["question"].iloc[0], tables["over_time"]
    setting = f"with {asked['setting']}; " if isinstance(asked["setting"], str) else ""
    span = (float(asked["at_s"]), float(asked["end_s"]))
    when = f"{asked['fault']}, from {format_duration(span[0])} to {format_duration(span[1])}"
    title = f"{asked['system']}: what if {asked['fault']}?"
    panels = [
        Panel({"goodput_per_s": ""}, "good answers\nper second", height=2.2),
        Panel({"failed_per_s": ""}, "failed requests\nper second", height=2.2),
        Panel({"in_flight": ""}, "requests under way\n(mean)", height=2.2),
    ]
    note = f"{setting}by when they ended; first replication"
    figures = {
        "over_time.png": over_time(
            rows, panels, by="variant", title=title, shades=[Shade(*span, when)], note=note
        )
    }
    for variant, file in ((WITH, "outcomes.png"), (CHANGED, "outcomes_setting.png")):
        part = rows[rows["variant"] == variant].drop(columns="in_flight")
        if len(part):
            told = f"shaded: {when}; {setting if variant == CHANGED else ''}first replication"
            part = part.rename(columns={"no_answer": "in_flight"}).reset_index(drop=True)
            figures[file] = plot_outcomes(part, trigger=span, title=title, note=told)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))

"""Every slip in a scenario file ends in one line that names file, key path and value.

The slips are made, not written down: every place of two valid files is broken in every way that
fits it. Hand-picked ones, with the exact words, stand in `test_broken_files.py`.
"""

from __future__ import annotations

import contextlib
import io
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from simulator.__main__ import main
from simulator.describe.files import from_table
from simulator.errors import DescriptionError
from tests import broken

ROOT = Path(__file__).resolve().parents[1]
FILES = {p.stem: p for p in (ROOT / "models/bookshop.toml", ROOT / "tests/every_noun.toml")}
KINDS: tuple[Callable[[dict[str, Any]], Iterator[broken.Slip]], ...] = (
    broken.wrong_type,
    broken.no_number,
    broken.wrong_unit,
    broken.not_finite,
    broken.negative,
    broken.whole_number,
    broken.unknown_key,
    broken.unknown_kind,
    broken.two_kinds,
    broken.reference,
    broken.bad_names,
    broken.same_name,
)


def refusal(*arguments: str) -> str:
    """The one line with which the command refuses; it writes nothing and shows no traceback."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main(list(arguments))
    line = error.getvalue()
    assert code == 2, (arguments, code, line)
    assert out.getvalue() == ""
    assert line.startswith("error: ")
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert "Traceback" not in line
    assert len(line) < 1_100
    return line


def slips(kind: Callable[[dict[str, Any]], Iterator[broken.Slip]]) -> list[broken.Slip]:
    return [
        slip for path in FILES.values() for slip in kind(tomllib.loads(path.read_text("utf-8")))
    ]


def complaint(slip: broken.Slip, line: str) -> str:
    missing = [word for word in slip.words if word not in line]
    return f"{missing} not in {line}\n" if missing else ""


def said(slip: broken.Slip) -> str:
    """What reading the table says, without the command around it."""
    try:
        from_table(slip.table)
    except DescriptionError as error:
        return str(error)
    return "nothing"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_slips_are_named(kind, tmp_path, monkeypatch):
    """Some of each kind, a few of them through the whole command."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    every = slips(kind)
    some = every[:: -(-len(every) // 40)]
    complaints = [complaint(slip, said(slip)) for slip in some]
    for slip in some[::8]:
        path.write_text(tomli_w.dumps(slip.table), "utf-8")
        line = refusal("mine.toml")
        assert "mine.toml: " in line
        complaints.append(complaint(slip, line))
    assert not any(complaints), "".join(complaints)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_slip_is_named(kind):
    complaints = [complaint(slip, said(slip)) for slip in slips(kind)]
    wrong = [line for line in complaints if line]
    assert not wrong, f"{len(wrong)} of {len(complaints)}\n" + "".join(wrong[:20])


def test_how_many_slips_there_are():
    counts = {kind.__name__: len(slips(kind)) for kind in KINDS}
    assert min(counts.values()) >= 8, counts
    assert sum(counts.values()) >= 500, counts


# Keys that people look for in one noun and that another noun says: the message names it.
ELSEWHERE = {
    ("pools.app", "build"): "write [controllers.NAME] rollout",
    ("pools.app", "cpu"): "is said by threads and cores",
    ("faults.rack.lasts.drain", "inflow"): "write [backlogs.NAME]",
    ("faults.rack.lasts.drain", "starts_after"): "a step of a runbook says after",
    ("controllers.more.runbook.steps[0]", "note"): "write does = { note = ... }",
}


@pytest.mark.parametrize(("home", "key"), ELSEWHERE)
def test_keys_that_another_noun_says(home, key, tmp_path):
    table = tomllib.loads(FILES["bookshop"].read_text("utf-8"))
    table["faults"]["rack"]["lasts"] = {"drain": {"amount": "1 TB", "rate": "1 MB/s"}}
    table["controllers"]["more"] = {"runbook": {"when": {"at": 1}, "steps": [{}]}}
    node: Any = table
    for step in home.replace("[0]", ".0").split("."):
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[key] = 1
    path = tmp_path / "mine.toml"
    path.write_text(tomli_w.dumps(table), "utf-8")
    line = refusal(str(path))
    assert f"mine.toml: {home}.{key}: " in line
    assert ELSEWHERE[home, key] in line


SMALL = 'horizon = "1 d"\n[pools.a]\nmembers = 2\n[pools.b]\n'
CRASH = 'crash = { life = { exponential = "30 d" }, repair = { exponential = "1 h" } }'
TEXTS = {
    "cycle of one": ('[pools.a]\nserve = [{ call = "a" }]', "pools.a.serve: a cycle of calls: a -> a"),
    "cycle of two": (
        '[pools.a]\nserve = [{ call = "b" }]\n[pools.b]\nserve = [{ call = "a" }]',
        "a cycle of calls: a -> b -> a",
    ),
    "cycle by fallback": (
        '[pools.a]\nserve = [{ call = "b", fallback = [{ call = "a" }] }]\n[pools.b]',
        "a cycle of calls: a -> a",
    ),
    "key twice": (SMALL + "members = 1\nmembers = 2\n", "line 6, column 12): 'members = 2'"),
    "table twice": (SMALL + "[pools.a]", "('pools', 'a') twice"),
    "fault on nothing": (SMALL + "[faults.f]\non = []", "faults.f.on: (): a fault outside"),
    "fault on no pool": (SMALL + "[faults.f]\ntogether = true", "faults.f.on: '': a fault outside"),
    "crash of nobody": (SMALL + f"[faults.f]\n{CRASH}", "faults.f.crash: a crash belongs to a pool"),
    "member too far": (SMALL + '[faults.f]\non = "a[2]"', "faults.f.on: 'a[2]': allowed is a[0] to a[1]"),
    "member of digits": (SMALL + f'[faults.f]\non = "a[{"9" * 5000}]"', "faults.f.on: 'a[999"),
    "no zones": (SMALL + '[faults.f]\non = "zone:x"', "'zone:x': the zones are none"),
    "one stands twice": (SMALL + '[faults.f]\non = ["a", "a"]', "('a', 'a'): one stands twice"),
    "failover of one": (
        SMALL + '[controllers.f]\nfailover = { pool = "b" }', "controllers.f.failover.pool: 'b' has members = 1"
    ),
    "failover twice": (
        SMALL + '[controllers.f]\nfailover = "a"\n[controllers.g]\nfailover = "a"',
        "controllers.g.failover.pool: 'a' has the failover f",
    ),
    "no majority": (
        SMALL + '[controllers.f]\nfailover = { pool = "a", voters = "members" }', "pools.a.needed: needed = 1 of"
    ),
    "two crews": (SMALL + "[controllers.c]\ncrew = 1\n[controllers.d]\ncrew = 1", "two crews, c and d"),
    "needed above members": (SMALL + "needed = 3", "pools.b.needed: 3: allowed"),
    "zones do not fit": ('[pools.a]\nmembers = 3\nzones = { x = 1, y = 1 }', "zones hold 2 of 3 members"),
    "empty zone": ('[pools.a]\nmembers = 2\nzones = { x = 0, y = 2 }', "'x' holds 0 members"),
    "structure of nobody": ('structure.series = ["a", "c"]\n' + SMALL, "structure: 'c' names no pool"),
    "structure of a zone": (
        'structure.series = ["zone:x"]\n[pools.a]\nzones = { x = 1 }', "structure: 'zone:x' is no part"
    ),
    "structure of many events": (
        'structure.series = ["f"]\n' + SMALL + '[faults.f]\non = "a"', "'f' is many events"
    ),
    "no way through": (
        'structure = { edges = [["x", "y", "a"], ["u", "v", "b"]], source = "x", target = "v" }\n' + SMALL,
        "structure.edges: no path leads from 'x' to 'v'",
    ),
    "nowhere to go": (
        'structure = { edges = [["x", "y", "a"]], source = "x", target = "x" }\n' + SMALL,
        "structure.target: 'x' is the source too",
    ),
    "5 of 2": ('structure = { k = 5, of = ["a", "b"] }\n' + SMALL, "structure.k: 5: allowed"),
    "availability 1": (
        '[pools.a]\nfaults = [{ crash = { availability = "100 %", repair = { exponential = 1 } } }]',
        "crash.availability: '100 %': allowed is a share above 0 and below 1",
    ),
    "availability and life": (
        '[pools.a]\nfaults = [{ crash = { availability = 0.9, life = { exponential = 1 } } }]',
        "faults[0].crash.crash: a crash takes either life or availability",
    ),
    "too many members": ("[pools.a]\nmembers = 1_000_000_000", "pools.a.members: 1000000000: at most 10,000"),
    "too many in all": (
        "\n".join(f"[pools.p{i}]\nmembers = 10_000" for i in range(11)), "pools: 110,000 members in all"
    ),
    "too many pools": ("\n".join(f"[pools.p{i}]" for i in range(1001)), "pools: 1001 entries: at most 1000"),
    "too many faults": (
        "[pools.a]\nmembers = 10_000\nfaults = [" + f"{{ {CRASH} }}, " * 11 + "]",
        "pools.a.faults: 11 faults on 10000 members",
    ),
    "too deep": ("structure = { series = [" * 60, "is not TOML"),
    "nested": (
        "\n".join(f"[[structure{'.series' * i}]]" for i in range(1, 90)) + "\n[pools.a]",
        "structure: is nested more than 40 deep",
    ),
    "calls too deep": (
        "\n".join(f'[pools.p{i}]\nserve = [{{ call = "p{i + 1}" }}]' for i in range(150)) + "\n[pools.p150]",
        "more than 100 deep",
    ),
    "calls without measure": (
        "\n".join(
            f'[pools.p{i}]\nserve = [{{ call = "p{i + 1}", fallback = [{{ call = "p{i + 1}" }}] }}]'
            for i in range(40)
        )
        + "\n[pools.p40]",
        "ways: at most 100,000",
    ),
    "mesh without measure": (
        "structure = { edges = ["
        + ", ".join(f'["n{i}", "n{j}", "a"]' for i in range(12) for j in range(i))
        + '], source = "n0", target = "n11" }\n' + SMALL,
        "structure.edges: a network of more than 50,000 paths",
    ),
    "digits": (f"horizon = {'9' * 5000}\n[pools.a]", "is not TOML"),
    "hexadecimal digits": (f"horizon = 0x{'f' * 9000}\n[pools.a]", "horizon: a whole number of thousands"),
    "a date": ("[pools.a]\nmembers = 2020-01-02", "pools.a.members: 2020-01-02 is not a whole number"),
    "chain and pools": ("[chain]\n[pools.a]", "pools: [chain] and pools contradict"),
    "chain and faults": (
        '[chain]\nrates = [["u", "d", 1]]\nup = ["u"]\nstart = "u"\n[faults.f]\non = "a"',
        "faults.f: a stated chain takes no faults",
    ),
    "chain of nowhere": ('[chain]\nrates = [["u", "d", 1]]\nup = ["x"]\nstart = "u"', "chain.up: 'x' is no state"),
    "chain of itself": ('[chain]\nrates = [["u", "u", 1]]\nup = ["u"]\nstart = "u"', "chain.rates: u -> u"),
    "chain of a pair": ('[chain]\nrates = [["u", "d"]]\nup = ["u"]\nstart = "u"', "chain.rates[0]: ['u', 'd']"),
    "no time at all": (
        '[pools.a]\nfaults = [{ crash = { life = { exponential = "1 us" }, repair = { exponential = "1 us" } } }]',
        "pools.a.faults[0]: about 2e+14 failures in each of 10,000 histories",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_contradictions_and_sizes(kind, tmp_path, monkeypatch):
    text, words = TEXTS[kind]
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(text, "utf-8")
    line = refusal("mine.toml")
    assert "mine.toml: " in line
    assert words in line
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    "text", ["\ufeff" + SMALL, SMALL.replace("\n", "\r\n"), '[pools."é中"]', SMALL + "\n" * 1000],
    ids=["byte order mark", "CRLF", "letters", "blank lines"],
)  # fmt: skip
def test_what_is_odd_but_right_is_read(text, tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8"))
    assert main(["explain", str(path)]) == 0
    assert "montecarlo: yes" in capsys.readouterr().out

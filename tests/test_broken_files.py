"""Broken scenario files and argument lines: exit code 2, one line that says where, what and what is allowed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.__main__ import main

VALID = """
horizon = "1 y"
[pools.lb]
faults = [{ crash = { availability = "99.99 %", repair = { exponential = "1 h" } } }]
serve = [{ call = "app" }]
[pools.app]
members = 3
needed = 2
faults = [{ crash = { life = { exponential = "30 d" }, repair = { exponential = "2 min" } } }]
serve = [{ call = "db" }]
[pools.db]
members = 2
standby = "cold"
faults = [{ crash = { life = { weibull = { shape = 1.5, scale = "2 y" } }, repair = { exponential = "4 h" } } }]
[faults.rack]
on = ["app", "db"]
together = true
when = { life = { exponential = "1 y" } }
lasts = { exponential = "1 h" }
[controllers.hands]
crew = { size = 1 }
[controllers.switch]
failover = { pool = "db", promote = { exponential = "10 s" }, works = 0.99, by_hand = { exponential = "30 min" } }
"""

# kind -> [(text to replace, replacement, words the message must contain)]
Change = tuple[str, str, tuple[str, ...]]


def _each(old: str, values: tuple[str, ...], *words: str) -> list[Change]:
    """The same text replaced by each of `values`; the message names the key path."""
    return [(old, new, words) for new in values]


KINDS: dict[str, list[Change]] = {
    "unknown key": [
        (f"[pools.{pool}]", f"[pools.{pool}]\n{key} = 1", (f"pools.{pool}", key))
        for pool in ("lb", "app", "db")
        for key in ("membres", "need", "Faults", "thread", "xyz", "serves", "zone", "on", "life", "name")
    ]
    + [(f"[{t}]", f"[{t}]\nwhy = 1", (t, "why")) for t in ("faults.rack", "controllers.hands")],
    "wrong type": _each("members = 3", tuple(
        f"members = {v}" for v in ('"3"', "3.5", "true", "[3]", "{ a = 1 }")), "pools.app.members")
    + _each("needed = 2", tuple(f"needed = {v}" for v in ('"some"', "1.5", "[]", "false")), "pools.app.needed")
    + _each("size = 1", tuple(f"size = {v}" for v in ('"1"', "1.5", "true")), "controllers.hands", "size")
    + _each('"99.99 %"', ("true", "[0.9]", "{ a = 1 }"), "pools.lb.faults[0]", "availability"),
    "unit": _each('"30 d"', tuple(
        f'"30 {u}"' for u in ("D", "dayz", "%", "/s", "TB", "parsec")), "pools.app.faults[0]", "30 ")
    + _each('"1 y"\n[pools', tuple(f'"1 {u}"\n[pools' for u in ("Y", "yr", "%", "MB", "furlong")), "horizon"),
    "range": _each("members = 3", tuple(f"members = {v}" for v in ("0", "-1", "1000000000")), "pools.app")
    + _each("needed = 2", tuple(f"needed = {v}" for v in ("0", "4", "-2")), "pools.app.needed")
    + _each("size = 1", ("size = 0", "size = -1"), "controllers.hands", "size")
    + _each("works = 0.99", ("works = 1.5", "works = -0.1", 'works = "120 %"'), "controllers.switch", "works")
    + _each('"99.99 %"', ('"0 %"', '"100 %"', '"101 %"', "-0.5", "1"), "pools.lb.faults[0]", "availability")
    + _each("shape = 1.5", ("shape = 0", "shape = -1", "shape = nan", "shape = inf"), "pools.db.faults[0]", "shape")
    + _each('"30 d"', ('"0 d"', '"-3 d"', "nan", "inf", "-1", '"1e400 d"'), "pools.app.faults[0]")
    + _each('"1 y"\n[pools', ("0\n[pools", "-5\n[pools", "nan\n[pools", "inf\n[pools"), "horizon"),
    "reference": _each('call = "db"', tuple(
        f'call = "{v}"' for v in ("dbb", "", "App", "db[0]")), "pools.app.serve")
    + _each('pool = "db"', tuple(f'pool = "{v}"' for v in ("dbb", "", "lbx")), "controllers.switch")
    + _each('on = ["app", "db"]', tuple(
        f'on = ["{v}"]' for v in ("nowhere", "db[7]", "zone:a", "app[", "")), "faults.rack.on")
    + _each("size = 1", ('size = 1, serves = ["x"]', 'size = 1, serves = [""]'), "controllers.hands", "serves"),
    "cycle": [
        ("[pools.db]", '[pools.db]\nserve = [{ call = "lb" }]', ("cycle", "serve")),
        ("[pools.db]", '[pools.db]\nserve = [{ call = "app" }]', ("cycle", "serve")),
        ("[pools.db]", '[pools.db]\nserve = [{ call = "db" }]', ("cycle", "serve")),
    ],
    "duplicate": [
        ("[pools.db]", "[pools.lb]\n[pools.db]", ("TOML",)),
        ("members = 3", "members = 3\nmembers = 4", ("TOML",)),
        ("[faults.rack]", "[faults.app]", ("app",)),
        ("[controllers.hands]", "[controllers.switch]\ncrew = {}\n[controllers.hands]", ("TOML",)),
    ],
    "missing": [
        (', repair = { exponential = "1 h" }', "", ("pools.lb.faults[0]", "repair")),
        ("shape = 1.5, ", "", ("pools.db.faults[0]", "shape")),
        ('pool = "db", ', "", ("controllers.switch", "pool")),
        ('on = ["app", "db"]\n', "", ("faults.rack", "on")),
        ("crew = { size = 1 }", "", ("controllers.hands",)),
        ('{ exponential = "30 d" }', "{}", ("pools.app.faults[0]",)),
    ],
    "unknown kind": _each('{ exponential = "30 d" }', tuple(
        f'{{ {t} = "30 d" }}' for t in ("expo", "normal", "Weibull", "life", "crew")), "pools.app.faults[0]", "allowed")
    + _each("crew = { size = 1 }", tuple(f"{t} = {{}}" for t in ("crews", "team", "Crew")), "controllers.hands"),
    "contradiction": [
        ("standby = \"cold\"", 'standby = "cold"\nload_sharing = { exponent = 1 }', ("pools.db", "standby")),
        ("together = true", 'repaired = "each"', ("faults.rack", "together")),
        ("together = true", "together = true\nchance = 0.5", ("faults.rack", "chance")),
        ("size = 1", 'size = 1, order = "priority"', ("controllers.hands", "priority")),
        ("size = 1", "size = 1, preemptive = true", ("controllers.hands", "preemptive")),
        ('standby = "cold"', 'standby = "warm"', ("pools.db", "dormancy")),
        ("[pools.lb]", "[chain]\n[pools.lb]", ("chain",)),
    ],
    "said by another noun": [
        (f"[pools.{p}]", f"[pools.{p}]\n{k} = 1", (f"pools.{p}.{k}", words))
        for p in ("lb", "app")
        for k, words in (("cpu", "threads and cores"), ("build", "rollout"), ("restart", "on_shortage"))
    ]
    + [('call = "app" }', 'call = "app", to_role = 1 }', ("pools.lb.serve", "to_role", "primary, replica"))],
    "structure": [
        ("[pools.lb]", f"[structure]\n{s}\n[pools.lb]", ("structure", *w))
        for s, w in (
            ('series = ["lb", "nobody"]', ("nobody",)),
            ("series = []", ("series",)),
            ('k = 4\nof = ["lb", "app"]', ("4",)),
            ('k = 0\nof = ["lb", "app"]', ("0",)),
            ('parallel = "lb"', ("lb",)),
            ('edges = [["a", "b", "lb"]]\nsource = "a"\ntarget = "z"', ("z",)),
            ("wrong = 1", ("series",)),
        )
    ],
}  # fmt: skip
CASES = [
    pytest.param(*change, id=f"{kind}-{i}")
    for kind, changes in KINDS.items()
    for i, change in enumerate(changes)
]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of the error; everything else about a refusal is checked here."""
    assert main(list(arguments)) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "Traceback" not in error
    return error


@pytest.mark.parametrize(("old", "new", "words"), CASES)
def test_broken_file(
    old: str, new: str, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert VALID.count(old) >= 1
    path = tmp_path / "mine.toml"
    path.write_text(VALID.replace(old, new, 1))
    message = run(capsys, str(path))
    assert str(path) in message
    for word in words:
        assert word in message
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


def test_the_valid_file_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(VALID)
    assert main([str(path), "--replications", "64", "--engine", "montecarlo"]) == 0
    assert "montecarlo" in capsys.readouterr().out


def _bytes(data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "mine.toml").write_bytes(data)
        return folder / "mine.toml"

    return make


FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (_bytes(b""), "empty"),
    "blank": (_bytes(b"\n\n# nothing\n"), "empty"),
    "not UTF-8": (_bytes(b"name = '\xff\xfe'"), "UTF-8"),
    "NUL": (_bytes(b"name = '\x00'"), "TOML"),
    "not TOML": (_bytes(b"pools: lb"), "TOML"),
    "JSON": (_bytes(b'{"pools": {}}'), "TOML"),
    "huge": (_bytes(b"#" * 5_000_000), "bytes"),
    "deep": (_bytes(b"a = " + b"[" * 5000 + b"]" * 5000), "nested"),
    "directory": (lambda folder: folder, "directory"),
    "missing": (lambda folder: folder / "nothing.toml", "no such file"),
    "no pools": (_bytes(b"[pools]\n"), "pool"),
    "pools not a table": (_bytes(b"pools = 3"), "pools"),
    "pool not a table": (_bytes(b"[pools]\ndb = 3"), "pools.db"),
    "digits": (_bytes(b"horizon = " + b"9" * 400 + b"\n[pools.a]"), "horizon"),
}


@pytest.mark.parametrize("kind", FILES)
def test_broken_as_a_file(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, word = FILES[kind]
    path = make(tmp_path)
    message = run(capsys, f"{path}/" if path == tmp_path else str(path))
    assert word in message


ARGUMENTS = [
    ("web_servce",), ("",), ("nobody",), ("web_service", "quorum", "more"), ("--engine", "exact"),
    ("web_service", "--engine", "events"), ("web_service", "--replications", "0"),
    ("web_service", "--replications", "-3"), ("web_service", "--replications", "many"),
    ("web_service", "--jobs", "0"), ("web_service", "--jobs", "1.5"), ("web_service", "--seed", "-1"),
    ("web_service", "--seed", "x"), ("web_service", "--horizon", "10 parsec"), ("web_service", "--horizon", "0"),
    ("web_service", "--horizon", "-1"), ("web_service", "--horizon", "nan"), ("web_service", "--precision", "0"),
    ("web_service", "--precision", "2"), ("web_service", "--precision", "five"),
    ("web_service", "--precision", "0.1", "--replications", "5"), ("web_service", "--nonsense"),
    ("web_service", "--engine", "exact", "--replications", "9"), ("web_service", "--set", "pools.db"),
    ("web_service", "--set", "=3"), ("web_service", "--set", "pools.nobody.members=2"),
    ("web_service", "--set", "pools.db.membres=2"), ("web_service", "--set", "pools.db.members=two"),
    ("web_service", "--set", "pools.db.members=0"), ("web_service", "--set", "pools.app.serve.nobody.required=false"),
    ("web_service", "--set", "horizon=soon"), ("web_service", "--set", "pools.db.faults[9].lasts=none"),
    ("explain",), ("explain", "nobody"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_broken_argument_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    message = run(capsys, *arguments)
    if "--set" in arguments:
        assert arguments[-1].partition("=")[0] in message


def test_there_are_enough_of_enough_kinds() -> None:
    assert len(CASES) + len(FILES) + len(ARGUMENTS) >= 190
    assert len(KINDS) + len(FILES) >= 15


@pytest.mark.parametrize("arguments", [("nobody",), ("web_service", "--set", "pools.db.members=0")])
def test_in_a_process_of_its_own(arguments: tuple[str, ...], tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_unwritable_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from experiments import nines
    from experiments.running import main as experiment

    (tmp_path / "file").write_text("in the way")
    assert experiment(nines, ["--quick", "--out", str(tmp_path / "file" / "deeper")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err

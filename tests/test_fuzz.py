"""Whatever a file or an argument line says: an answer, or one line of refusal; never a traceback."""

from __future__ import annotations

import contextlib
import io
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.__main__ import main
from simulator.describe.files import from_table, loads, to_table
from simulator.describe.forms import TAGS, fields_of
from simulator.describe.paths import parse_setting
from simulator.describe.pools import Pool
from simulator.errors import DescriptionError
from tests import broken, strategies

VALID = tomllib.loads(Path(__file__).with_name("every_noun.toml").read_text("utf-8"))
SMALL = 'horizon = "1 d"\n[pools.a]\nfaults = [{ crash = { life = { exponential = "1 d" } } }]\n'

_words = sorted({*TAGS, *fields_of(Pool), *(str(k) for p, _ in broken.leaves(VALID) for k in p)})
keys = st.one_of(st.sampled_from(_words), st.text(max_size=3))
texts = st.one_of(
    st.sampled_from(
        ["db", "lb", "db[0]", "zone:a", "5 min", "3 %", "1 /y", "8 TB", "all", "none", "new"]
    ),
    st.text(max_size=5),
)
values = st.one_of(
    texts, st.booleans(), st.floats(), st.integers(-3, 3), st.integers(10**9, 10**18), st.dates(),
    st.sampled_from([10**400, -(10**400), 1e-320, float("nan"), float("inf")]),
)  # fmt: skip
trees = st.recursive(
    values,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def reads(table: dict) -> bool:
    """Whether a table is read; if so it says the same when it is written and read again."""
    try:
        scenario = from_table(table)
    except DescriptionError as error:
        if not str(error):
            pytest.fail("an error without a message")
        return False
    assert from_table(to_table(scenario)) == scenario
    return True


@QUICK
@given(st.dictionaries(keys, trees, max_size=4))
def test_random_trees(table):
    reads(table)


@QUICK
@given(st.sampled_from(["pools", "faults", "controllers", "sources", "links"]), keys, trees)
def test_random_entries_of_a_valid_file(room, name, tree):
    reads(VALID | {room: VALID[room] | {name: tree}})


@QUICK
@given(st.sampled_from([path for path, _ in broken.leaves(VALID)]), trees)
def test_random_values_in_a_valid_file(path, tree):
    reads(broken.put(VALID, path, tree))


@QUICK
@given(st.sampled_from([path for path, _ in broken.tables(VALID)]), keys, trees)
def test_random_keys_in_a_valid_file(path, key, tree):
    reads(broken.put(VALID, (*path, key), tree))


@QUICK
@given(st.one_of(st.text(), st.text("[]{}=.\"'#\n\t ab01", max_size=40)))
def test_random_texts(text):
    with contextlib.suppress(DescriptionError):
        loads(text)


@settings(QUICK, max_examples=40)
@given(strategies.scenarios(), st.lists(keys, min_size=1, max_size=4), trees)
def test_random_paths(scenario, steps, tree):
    with contextlib.suppress(DescriptionError):
        scenario.set(".".join(steps), tree)


@QUICK
@given(st.text())
def test_random_settings(text):
    try:
        path, _ = parse_setting(text)
    except DescriptionError:
        assert not text.partition("=")[0].strip() or "=" not in text
    else:
        assert path == text.partition("=")[0].strip()


OPTIONS = (
    "--engine", "--horizon", "--replications", "--precision", "--seed", "--jobs", "--set", "--json", "--version",
    "--engine=exact", "--seed=7", "--jobs=1", "--", "-", "-x", "--set=pools.a.members=2", "--precision=0.9",
)  # fmt: skip
GIVEN = (
    "exact",
    "auto",
    "10 s",
    "64",
    "1",
    "0",
    "-1",
    "-1 h",
    "1e9",
    "nan",
    "inf",
    "",
    "50 %",
    "9" * 5000,
    "\udc80",
)
SETTINGS = (
    "pools.a.members=2",
    "horizon=1 h",
    "x",
    "=",
    "pools.a.faults=none",
    "pools.a[9]=1",
    "a..b=1",
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "small.toml"
    path.write_text(SMALL, "utf-8")
    return str(path)


@settings(QUICK, max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["FILE", "explain", "schema", "nobody", "nothing.toml", "/", "a" * 5000, "a\x00b"]),
            st.sampled_from(OPTIONS), st.sampled_from(GIVEN), st.sampled_from(SETTINGS), st.text(max_size=4),
        ),
        max_size=5,
    )
)  # fmt: skip
def test_random_argument_lines(small, arguments):
    out, error = io.StringIO(), io.StringIO()
    line = ["--replications=8", *(small if word == "FILE" else word for word in arguments)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main(line)
    assert code in (0, 2), line
    if code == 2:
        assert out.getvalue() == "", line
        assert error.getvalue().startswith("error: "), line
        assert error.getvalue().count("\n") == 1, line
    else:
        assert error.getvalue() == "", line
    assert "Traceback" not in error.getvalue()


def test_the_fuzz_finds_something_to_read():
    assert reads(VALID)
    assert not reads({})
    assert tomllib.loads(tomli_w.dumps(VALID)) == VALID

"""The rules of the house, applied to the checkout and to snippets that break them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests import architecture
from tests.source_tree import Module, checkout

PRODUCT = checkout("simulator", "models")
ALL = [*PRODUCT, *checkout("experiments", "tests")]

# Modules that load SciPy or pandas when they are imported, each with the reason.
HEAVY: dict[str, str] = {}

# Files of more than 300 lines, each with the reason that DESIGN.md gives.
LONG: dict[str, str] = {}


def packages(modules: Sequence[Module]) -> list[str]:
    return architecture.packages(modules, HEAVY)


def too_long(modules: Sequence[Module]) -> list[str]:
    return architecture.too_long(modules, LONG)


RULES: dict[Callable[[Sequence[Module]], list[str]], list[Module]] = {
    architecture.directions: PRODUCT,
    architecture.engines: PRODUCT,
    architecture.cycles: PRODUCT,
    architecture.import_style: ALL,
    packages: [*PRODUCT, *checkout("experiments")],
    architecture.randomness: ALL,
    architecture.undocumented: PRODUCT,
    too_long: ALL,
    architecture.blunt_comparisons: checkout("tests"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_checkout_keeps_the_rule(rule):
    complaints = rule(RULES[rule])
    assert not complaints, "\n" + "\n".join(complaints)


def test_the_checkout_was_found():
    names = {module.name for module in PRODUCT}
    assert {"simulator", "simulator.errors", "simulator.describe.units"} <= names


def test_exceptions_are_still_needed():
    bare = architecture.too_long(ALL, ()), architecture.packages(PRODUCT, ())
    for listed, complaints in zip((LONG, HEAVY), bare, strict=True):
        for name in listed:
            assert any(line.startswith(name + ":") for line in complaints), f"{name} needs none"


UNITS, TABLES = Module("simulator.describe.units", ""), Module("simulator.tables", "")

BROKEN: list[tuple[Callable[[Sequence[Module]], list[str]], str, str]] = [
    (architecture.directions, "simulator.describe.x", "import simulator.tables"),
    (architecture.directions, "simulator.describe.x", "from simulator import tables"),
    (architecture.directions, "simulator.describe.x", "from simulator import System"),
    (architecture.directions, "simulator.errors", "from simulator.describe.units import HOUR"),
    (architecture.directions, "simulator.rules.x", "import simulator.run.exact.bdd"),
    (architecture.directions, "simulator.rules.x", "from simulator.sample.luck import Luck"),
    (architecture.directions, "simulator.measure.x", "def f():\n    import simulator.run.exact"),
    (
        architecture.directions,
        "simulator.run.x",
        "from simulator.measure.estimates import Estimate",
    ),
    (
        architecture.directions,
        "simulator.show.x",
        "from simulator.measure.estimates import Estimate",
    ),
    (architecture.directions, "simulator.show.x", "from simulator.describe.pools import Pool"),
    (architecture.directions, "simulator.study", "from simulator.show.tables import text"),
    (architecture.directions, "simulator.run.x", "import simulator.simulate"),
    (architecture.directions, "simulator.simulate", "from simulator.study import sweep"),
    (architecture.directions, "simulator.simulate", "import models.web_service"),
    (architecture.directions, "simulator.__main__", "import models.web_service"),
    (architecture.directions, "simulator", "def f():\n    import models"),
    (architecture.directions, "simulator.utils", "x = 1"),
    (architecture.directions, "models.x", "from simulator.run.exact import solve"),
    (architecture.engines, "simulator.run.exact.x", "import simulator.run.montecarlo"),
    (architecture.engines, "simulator.run.events", "def f():\n    import simulator.run.arrays.x"),
    (architecture.cycles, "simulator.tables", "import simulator.tables"),
    (architecture.import_style, "simulator.x", "from math import *"),
    (architecture.import_style, "simulator.x", "from . import tables"),
    (packages, "simulator.measure.x", "def f():\n    import simpy"),
    (packages, "simulator.run.x", "def f():\n    import matplotlib.pyplot as plt"),
    (packages, "simulator.describe.x", "import scipy.special"),
    (packages, "simulator.sample.x", "try:\n    import tqdm\nexcept ImportError:\n    pass"),
    (packages, "simulator.run.exact.x", "from scipy import sparse"),
    (packages, "simulator.simulate", "class A:\n    import pandas as pd"),
    (architecture.randomness, "tests.x", "import random\nrandom.seed(1)"),
    (architecture.randomness, "tests.x", "import random\nrng = random.Random()"),
    (architecture.randomness, "simulator.x", "import random\nrng = random.Random(1)"),
    (architecture.randomness, "tests.x", "from random import random"),
    (architecture.randomness, "tests.x", "import numpy as np\nnp.random.seed(1)"),
    (architecture.randomness, "tests.x", "from numpy.random import rand"),
    (architecture.randomness, "tests.x", "from numpy import random\nrandom.rand(3)"),
    (architecture.randomness, "tests.x", "import numpy as np\nrng = np.random.default_rng()"),
    (architecture.undocumented, "simulator.x", "__all__ = ['f']\ndef f(): pass"),
    (architecture.undocumented, "simulator.x", "__all__ = ['C']\nclass C: pass"),
    (architecture.undocumented, "simulator.x", "__all__ = ['C']\nclass C:\n '.'\n def f(self): 1"),
    (too_long, "simulator.x", "x = 1\n" * 301),
    (architecture.blunt_comparisons, "tests.x", "assert np.allclose(a, b)"),
    (architecture.blunt_comparisons, "tests.x", "assert np.isclose(a, b, rtol=1e-9)"),
    (architecture.blunt_comparisons, "tests.x", "np.testing.assert_array_almost_equal(a, b)"),
    (architecture.blunt_comparisons, "tests.x", "assert a == pytest.approx(b)"),
    (architecture.blunt_comparisons, "tests.x", "assert a == approx(b, rel=1e-9)"),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_broken_rule_is_found(rule, name, text):
    others = [module for module in (UNITS, TABLES) if module.name != name]
    assert rule(others) == []
    assert rule([*others, Module(name, text)])


KEPT: list[tuple[Callable[[Sequence[Module]], list[str]], str, str]] = [
    (architecture.directions, "simulator.describe.x", "from simulator.errors import NotSupported"),
    (architecture.directions, "simulator.show.x", "from simulator.describe.units import HOUR"),
    (architecture.directions, "simulator.simulate", "from simulator.run.exact import solve"),
    (architecture.directions, "simulator.__main__", "def f():\n    import models.web_service"),
    (architecture.directions, "models.x", "from simulator import System"),
    (architecture.engines, "simulator.run.exact.x", "import simulator.run.exact.bdd"),
    (architecture.cycles, "simulator.tables", "def f():\n    import simulator.tables"),
    (packages, "simulator.run.x", "import simpy"),
    (packages, "simulator.describe.x", "import numpy as np\ndef f():\n    import scipy.special"),
    (
        packages,
        "simulator.describe.x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
    ),
    (architecture.randomness, "tests.x", "import numpy as np\nrng = np.random.default_rng(1)"),
    (architecture.randomness, "tests.x", "import random\nrng = random.Random(1)"),
    (
        architecture.undocumented,
        "simulator.x",
        "__all__ = ['D']\nclass B:\n '.'\n def f(self):\n  '.'\nclass D(B):\n '.'\n def f(self): 1",
    ),
    (too_long, "simulator.x", "x = 1\n" * 300),
    (architecture.blunt_comparisons, "tests.x", "assert a == pytest.approx(b, rel=1e-9, abs=0)"),
    (architecture.blunt_comparisons, "tests.x", "assert np.isclose(a, b, rtol=1e-9, atol=0)"),
    (architecture.blunt_comparisons, "tests.x", "assert np.allclose(a, b, rtol=1e-9, atol=0)"),
    (architecture.blunt_comparisons, "tests.x", "assert math.isclose(a, b, rel_tol=1e-9)"),
]


@pytest.mark.parametrize(("rule", "name", "text"), KEPT)
def test_a_kept_rule_is_no_complaint(rule, name, text):
    others = [module for module in (UNITS, TABLES) if module.name != name]
    assert rule([*others, Module(name, text)]) == []


def test_a_cycle_through_three_modules_is_one_complaint():
    ring = [
        Module("simulator.rules.a", "from simulator.rules import b"),
        Module("simulator.rules.b", "import simulator.rules.c"),
        Module("simulator.rules.c", "from simulator.rules.a import x"),
        Module("simulator.rules.d", "import simulator.rules.a"),
    ]
    assert architecture.cycles(ring) == [
        "import cycle: simulator.rules.a <-> simulator.rules.b <-> simulator.rules.c"
    ]

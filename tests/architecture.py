"""The rules of the house as functions from syntax trees to complaints; an empty list means kept.

`test_architecture.py` applies them to the checkout and, as a negative control, to snippets that
break them. Nothing is imported, so a rule also holds for code that only runs on another machine.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence

from tests.source_tree import Module, imports, under

# Who may import whom. A room may always import itself and simulator.errors.
_WORDS = ("simulator.describe", "simulator.tables")
_RUN = (*_WORDS, "simulator.sample", "simulator.rules")
_MEASURED = ("simulator.run", "simulator.measure")


def _names(*rooms: str) -> tuple[str, ...]:
    return tuple(f"simulator.{room}" for room in rooms)


MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "simulator.errors": (),
    "simulator.describe": (),
    "simulator.tables": ("simulator.describe",),
    "simulator.sample": _WORDS,
    "simulator.rules": _WORDS,
    "simulator.measure": _WORDS,
    "simulator.run": _RUN,
    # What stands between the rooms and the user: each knows those above it.
    "simulator.replicate": (*_RUN, "simulator.measure", "simulator.run"),
    "simulator.history": (*_RUN, "simulator.run"),
    "simulator.structure_down": (*_RUN, "simulator.history"),
    "simulator.episode_run": (*_RUN, *_MEASURED),
    "simulator.episodes": (*_RUN, *_MEASURED, *_names("history", "structure_down", "episode_run")),
    "simulator.request_line": (*_RUN, *_MEASURED, *_names("history", "episode_run", "episodes")),
    "simulator.drain": (*_RUN, *_MEASURED),
    "simulator.conducting": (*_RUN, *_MEASURED, "simulator.history"),
    "simulator.requests": (*_RUN, *_MEASURED, *_names("history", "conducting", "drain", "show")),
    "simulator.study_traffic": (*_RUN, *_MEASURED, "simulator.requests"),
    "simulator.simulate": (*_RUN, *_MEASURED, *_names("replicate", "request_line")),
    "simulator.gap": (*_RUN, *_MEASURED, *_names("replicate", "simulate")),
    "simulator.study": (*_RUN, *_MEASURED, *_names("replicate", "simulate")),
    "simulator.report_request": (*_WORDS, *_names("request_line", "simulate", "show")),
    "simulator.report": (*_RUN, *_MEASURED, *_names("simulate", "gap", "show", "report_request")),
    "simulator.arguments": ("simulator", "simulator.describe"),
    "simulator.explain": (*_RUN, *_MEASURED, "simulator.episodes"),
    "simulator.show": ("simulator.tables", "simulator.describe.units"),
    "simulator.__main__": ("simulator", "models"),
    "simulator": ("simulator",),  # the package itself: its __init__ offers the public names
    "models": ("simulator.describe",),
}

# Parts of run/ that know nothing of each other; what they share stands beside them in run/.
ENGINES = ("exact", "montecarlo", "events", "arrays", "controllers")

# Read by every user of the package, so they load nothing but NumPy.
LIGHT = (
    "simulator.errors",
    "simulator.tables",
    "simulator.describe",
    "simulator.sample",
    "simulator.rules",
    "simulator.measure",
)
_STANDARD = sys.stdlib_module_names
_BIT_GENERATORS = {"BitGenerator", "PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937"}
_SEEDED = {"default_rng", "Generator", "SeedSequence", *_BIT_GENERATORS}
_FRESH = {*_SEEDED, "Random"} - {
    "Generator",
    "BitGenerator",
}  # called bare, they ask the system for a seed


def room_of(name: str) -> str:
    """The longest key of `MAY_IMPORT` that a module lies under; "" if there is none.

    The key "simulator" is the package's own file alone: a new file beside it has no room yet.
    """
    rooms = [key for key in MAY_IMPORT if key == name or (key != "simulator" and under(name, key))]
    return max(rooms, key=len, default="")


def directions(modules: Sequence[Module]) -> list[str]:
    """Imports against the flow, and modules that stand in no room of the table."""
    known = {module.name for module in modules}
    complaints = []
    for module in modules:
        room = room_of(module.name)
        if not room:
            complaints.append(f"{module.name}: belongs to no room of MAY_IMPORT")
            continue
        allowed = (room, "simulator.errors", *MAY_IMPORT[room])
        for found in imports(module, known):
            ours = under(found.module, "simulator") or under(found.module, "models")
            public = room == "models" and found.module == "simulator"
            if ours and not public and not any(under(found.module, room) for room in allowed):
                complaints.append(f"{module.name}:{found.line}: must not import {found.module}")
            if under(found.module, "models") and room == "simulator.__main__":
                if not found.lazy:
                    complaints.append(f"{module.name}:{found.line}: import models in a function")
            elif under(found.module, "models") and under(module.name, "simulator"):
                complaints.append(f"{module.name}:{found.line}: only __main__ imports models")
    return sorted(set(complaints))


def engines(modules: Sequence[Module]) -> list[str]:
    """Engines that import one another."""
    known = {module.name for module in modules}
    parts = {f"simulator.run.{engine}" for engine in ENGINES}
    return [
        f"{module.name}:{found.line}: an engine must not import {found.module}"
        for module in modules
        for own in parts
        if under(module.name, own)
        for found in imports(module, known)
        if any(under(found.module, other) for other in parts - {own})
    ]


def cycles(modules: Sequence[Module]) -> list[str]:
    """Groups of modules that need each other while they are being imported."""
    known = {module.name for module in modules}
    edges = {
        module.name: {
            found.module
            for found in imports(module, known)
            if found.module in known and not found.lazy and not found.typing
        }
        for module in modules
    }
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen: set[str] = set()
        todo = list(edges[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(edges[name])
        reached[start] = seen
    groups = {
        tuple(sorted({name} | {other for other in seen if name in reached[other]}))
        for name, seen in reached.items()
        if name in seen
    }
    return [f"import cycle: {' <-> '.join(group)}" for group in sorted(groups)]


def import_style(modules: Sequence[Module]) -> list[str]:
    """Star imports and relative imports."""
    return [
        f"{module.name}:{found.line}: {'star' if '*' in found.names else 'relative'} import"
        for module in modules
        for found in module.raw_imports
        if "*" in found.names or found.level
    ]


def packages(modules: Sequence[Module], heavy_allowed: Iterable[str]) -> list[str]:
    """Third-party packages in the wrong room, or loaded before anybody needs them."""
    complaints = []
    for module in modules:
        light = any(under(module.name, room) for room in LIGHT)
        for found in module.raw_imports:
            package = found.module.partition(".")[0]
            where = f"{module.name}:{found.line}: {package}"
            early = not (found.lazy or found.typing or found.level)
            if package == "simpy" and not under(module.name, "simulator.run"):
                complaints.append(f"{where} belongs in simulator.run")
            if package == "matplotlib" and not (
                under(module.name, "simulator.show") or under(module.name, "experiments")
            ):
                complaints.append(f"{where} belongs in simulator.show and experiments")
            ours = package in _STANDARD or package in {"numpy", "simulator", "models"}
            if light and early and not ours:
                complaints.append(f"{where} must be imported inside a function: NumPy only")
            heavy = package in {"scipy", "pandas"} and under(module.name, "simulator")
            if heavy and not light and early and module.name not in heavy_allowed:
                complaints.append(f"{where} must be imported inside a function")
    return complaints


def randomness(modules: Sequence[Module]) -> list[str]:
    """Random numbers from global state, or from a generator nobody seeded.

    Tests may draw examples with a seeded ``random.Random``; everything else uses NumPy.
    """
    complaints = []
    for module in modules:
        seeded = _SEEDED | ({"random.Random"} if under(module.name, "tests") else set())
        for line, name in _random_names(module):
            if name.removeprefix("numpy.random.") not in seeded:
                complaints.append(f"{module.name}:{line}: {name} is global random state")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _asks_the_system_for_a_seed(node):
                complaints.append(f"{module.name}:{node.lineno}: a generator without a seed")
    return complaints


def _random_names(module: Module) -> list[tuple[int, str]]:
    """Line and full name of everything taken from `random` and `numpy.random`."""
    owners = {"np.random": "numpy.random", "numpy.random": "numpy.random"}
    found = []
    for imported in module.raw_imports:
        if imported.module in {"random", "numpy.random"} and imported.names:
            found += [(imported.line, f"{imported.module}.{name}") for name in imported.names]
        elif imported.module == "random":
            owners["random"] = "random"
        elif imported.module == "numpy" and "random" in imported.names:
            owners["random"] = "numpy.random"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in owners:
            found.append((node.lineno, f"{owners[ast.unparse(node.value)]}.{node.attr}"))
    return found


def _asks_the_system_for_a_seed(call: ast.Call) -> bool:
    bare = not call.args and not call.keywords
    return bare and ast.unparse(call.func).rpartition(".")[2] in _FRESH


def undocumented(modules: Sequence[Module]) -> list[str]:
    """Public names without a docstring; a method may have it from a base class of the checkout."""
    classes = {n.name: n for m in modules for n in ast.walk(m.tree) if isinstance(n, ast.ClassDef)}
    complaints = []
    for module in modules:
        exported = _exported(module.tree)
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name not in exported:
                continue
            if not ast.get_docstring(node):
                complaints.append(f"{module.name}:{node.lineno}: {node.name} has no docstring")
            if isinstance(node, ast.ClassDef):
                complaints.extend(
                    f"{module.name}:{method.lineno}: {node.name}.{method.name} has no docstring"
                    for method in _public_methods(node)
                    if not _documented(method.name, node, classes)
                )
    return complaints


def _public_methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def _exported(tree: ast.Module) -> set[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            constants = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant)]
            return {value for value in constants if isinstance(value, str)}
    return set()


def _documented(method: str, owner: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name == method and ast.get_docstring(node):
            return True
    bases = [ast.unparse(base).rpartition(".")[2].partition("[")[0] for base in owner.bases]
    return any(_documented(method, classes[b], classes) for b in bases if b in classes)


def too_long(modules: Sequence[Module], excused: Iterable[str], limit: int = 300) -> list[str]:
    """Files of more than `limit` lines."""
    return [
        f"{module.name}: {lines} lines, {limit} allowed"
        for module in modules
        if (lines := len(module.text.splitlines())) > limit and module.name not in excused
    ]


def blunt_comparisons(modules: Sequence[Module]) -> list[str]:
    """Comparisons whose default absolute tolerance calls 1.2e-8 and 2e-8 the same."""
    complaints = []
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            owner, _, name = ast.unparse(node.func).rpartition(".")
            given = {keyword.arg for keyword in node.keywords}
            banned = name in {
                "assert_array_almost_equal",
                "assert_almost_equal",
                "assertAlmostEqual",
            }
            loose = name in {"allclose", "isclose"} and owner in {"np", "numpy"}
            banned |= loose and not {"rtol", "atol"} <= given
            banned |= name == "approx" and not {"rel", "abs"} <= given
            if banned:
                complaints.append(f"{module.name}:{node.lineno}: {name} without both tolerances")
    return complaints

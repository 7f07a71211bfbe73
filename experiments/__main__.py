"""List every experiment with its question."""

from __future__ import annotations

import ast
from pathlib import Path

__all__ = ["questions"]


def questions() -> dict[str, str]:
    """The first line of every experiment's docstring, by name."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text())
        if any(isinstance(node, ast.If) and "__main__" in ast.unparse(node) for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").splitlines()[0]
    found.pop("__main__", None)
    return found


if __name__ == "__main__":
    for name, question in questions().items():
        print(f"python -m experiments.{name:<20} {question}")

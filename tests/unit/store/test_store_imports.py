"""No module of the store hides an import of another in a function; tests/test_architecture.py finds circles."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "store").rglob("*.py"))
    if path.name not in ("__init__.py", "__main__.py")  # the doors: they import all others
}


def imported(tree: ast.AST) -> set[str]:
    """Modules of the store that a piece of code imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names & FILES.keys()


def test_no_import_stands_inside_a_function() -> None:
    hidden = {
        name: inner
        for name, tree in FILES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (inner := imported(node))
    }
    assert hidden == {}

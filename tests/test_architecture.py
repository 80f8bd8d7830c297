"""Arrows run one way: every import in the house is one that its plan allows."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each package may import of the others; all may import `system`, the ground floor.
MAY = {
    "system": set(),
    "analysis": set(),
    "store": {"analysis"},
    "catalog": set(),
    "recipes": set(),
    "jobs": {"catalog", "recipes", "store"},
    "comparisons": {"analysis", "catalog", "recipes", "store"},
    "report": {"analysis", "catalog", "comparisons", "store"},
    "trainer": {"analysis", "catalog", "recipes", "store"},
    "dashboard": {"analysis", "catalog", "comparisons", "jobs", "recipes", "report", "store"},
    "pages": {"analysis", "comparisons", "dashboard"},
    "app.py": {"dashboard"},
}
NEVER = {
    "system": {"streamlit", "torch", "torchvision", "duckdb", "numpy", "pandas"},
    "analysis": {"streamlit", "torch", "torchvision", "duckdb"},
    "store": {"streamlit", "torch", "torchvision"},
    "catalog": {"streamlit", "torch", "torchvision", "duckdb"},
    "recipes": {"streamlit", "torch", "torchvision", "duckdb"},
    "jobs": {"streamlit", "torch", "torchvision", "duckdb"},
    "comparisons": {"streamlit", "torch", "torchvision", "duckdb"},
    "report": {"streamlit", "torch", "torchvision", "duckdb"},
    "trainer": {"streamlit", "duckdb"},
    "dashboard": {"torch", "torchvision", "duckdb"},
    "pages": {"torch", "torchvision", "duckdb", "numpy", "pandas"},
    "app.py": {"torch", "torchvision", "duckdb"},
}


def imports(path: Path) -> set[str]:
    """Modules a file imports, `from trainer import run` as `trainer.run`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(room: str) -> list[Path]:
    place = ROOT / room
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("room", MAY)
def test_every_arrow_is_one_of_the_plan(room: str) -> None:
    assert files(room)
    rooms = {name.removesuffix(".py") for name in MAY}
    wrong = []
    for path in files(room):
        for module in imports(path):
            top = module.split(".")[0]
            own = top == room.removesuffix(".py")
            allowed = any(module == may or module.startswith(f"{may}.") for may in MAY[room] | {"system"})
            if (top in rooms and not own and not allowed) or top in NEVER[room]:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not wrong


def test_every_package_and_module_of_the_top_folder_has_its_place_in_the_plan() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests", "benchmarks"}
    assert packages | {path.name for path in ROOT.glob("*.py")} == set(MAY)


@pytest.mark.parametrize("package", ["recipes", "trainer"])
def test_no_circle_among_the_files_and_folders_of_a_package(package: str) -> None:
    """A folder counts as one: what it imports of the package lies below all of it."""
    arrows: dict[str, set[str]] = {}
    for path in files(package):
        name = path.relative_to(ROOT / package).with_suffix("").parts[0]
        targets = {module.split(".")[1] for module in imports(path) if module.startswith(f"{package}.")}
        arrows[name] = arrows.get(name, set()) | (targets - {name})
    assert len(tuple(TopologicalSorter(arrows).static_order())) > 3  # raises CycleError, which names the circle


def test_sql_lives_in_the_store_alone() -> None:
    verbs = ("SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ")
    wrong = []
    for room in MAY:
        for path in files(room) if room != "store" else []:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(verbs):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong


def test_neither_dashboard_nor_queue_waits_for_torch() -> None:
    code = (
        "import sys, dashboard.frame.sidebar, dashboard.frame.welcome, dashboard.grad_cam.sample_maps, jobs, catalog; "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_pages_are_thin() -> None:
    long = {path.name: n for path in files("pages") if (n := len(path.read_text().splitlines())) > 90}
    assert not long

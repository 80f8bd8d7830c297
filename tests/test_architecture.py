"""Arrows run one way: every import in the house is one that its plan allows."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What the files of each folder may import of ours: folders by path, single files by module. Every folder with Python in
# it is here, and no folder is an exception. All may import `system`, the ground floor.
PLAN = {
    "system": set(),
    "analysis": set(),
    "recipes": set(),
    "store/engine": set(),
    "store": {"analysis", "store/engine"},
    "catalog": {"catalog/checks", "catalog/importers", "catalog/phantom"},
    "catalog/checks": {"catalog"},
    "catalog/importers": {"catalog"},
    "catalog/phantom": {"catalog"},
    "studies": {"analysis", "catalog/phantom", "recipes"},
    "jobs": {"catalog", "catalog/phantom", "recipes", "store", "studies"},
    "comparisons": {"analysis", "catalog", "recipes", "store", "studies"},
    "report": {"analysis", "catalog", "comparisons", "report/text", "store", "studies"},
    "report/text": set(),
    "trainer/network": {"recipes", "trainer.errors"},
    "trainer/mining": {
        "analysis", "recipes", "trainer.errors", "trainer.labels", "trainer.out_of_fold", "trainer.outcome",
        "trainer/network",
    },
    "trainer/explain": {
        "analysis", "catalog", "recipes", "store", "trainer.checkpoints", "trainer.curriculum", "trainer.errors",
        "trainer.images", "trainer.labels", "trainer.loop", "trainer.outcome", "trainer.progress", "trainer.recorder",
        "trainer/mining", "trainer/network",
    },
    "trainer": {
        "analysis", "catalog", "catalog/importers", "recipes", "store", "trainer/explain", "trainer/mining",
        "trainer/network",
    },
    "dashboard": set(),
    "dashboard/text/en": {"report/text"},
    "dashboard/text/ko": {"dashboard/text/en", "report/text"},
    "dashboard/text": {"dashboard/text/en", "dashboard/text/ko"},
    "dashboard/charts": {"analysis", "dashboard/text"},
    "dashboard/reads": {"analysis", "catalog", "dashboard/text", "jobs", "store"},
    "dashboard/widgets": {
        "analysis", "catalog", "comparisons", "dashboard/charts", "dashboard/reads", "dashboard/text", "store",
    },
    "dashboard/frame": {
        "catalog", "dashboard/reads", "dashboard/text", "dashboard/widgets", "jobs", "recipes", "store",
    },
    **{
        f"dashboard/{page}": {
            "analysis", "catalog", "catalog/importers", "comparisons", "dashboard/charts", "dashboard/frame",
            "dashboard/reads", "dashboard/text", "dashboard/widgets", "jobs", "recipes", "report", "store",
        }
        for page in (
            "overview", "confusion", "hard_negatives", "grad_cam", "comparison", "datasets", "difficulty", "review",
        )
    },
    "dashboard/studies": {
        "analysis", "comparisons", "dashboard/charts", "dashboard/frame", "dashboard/reads", "dashboard/text",
        "dashboard/widgets", "jobs", "report", "store", "studies",
    },
    "pages": {
        "analysis", "comparisons", "dashboard/comparison", "dashboard/confusion", "dashboard/datasets",
        "dashboard/difficulty",
        "dashboard/frame", "dashboard/grad_cam", "dashboard/hard_negatives", "dashboard/overview", "dashboard/reads",
        "dashboard/review", "dashboard/studies", "dashboard/text", "dashboard/widgets",
    },
    "app.py": {"dashboard/frame", "dashboard/text", "dashboard/widgets"},
}  # fmt: skip
# What the files of each package may never import of others.
NEVER = {
    "system": {"streamlit", "torch", "torchvision", "duckdb", "numpy", "pandas"},
    "analysis": {"streamlit", "torch", "torchvision", "duckdb"},
    "store": {"streamlit", "torch", "torchvision"},
    "catalog": {"streamlit", "torch", "torchvision", "duckdb"},
    "recipes": {"streamlit", "torch", "torchvision", "duckdb"},
    "studies": {"streamlit", "torch", "torchvision", "duckdb"},
    "jobs": {"streamlit", "torch", "torchvision", "duckdb"},
    "comparisons": {"streamlit", "torch", "torchvision", "duckdb"},
    "report": {"streamlit", "torch", "torchvision", "duckdb"},
    "trainer": {"streamlit", "duckdb"},
    "dashboard": {"torch", "torchvision", "duckdb"},
    "pages": {"torch", "torchvision", "duckdb", "numpy", "pandas"},
    "app.py": {"torch", "torchvision", "duckdb"},
}
MOST_LINES = 400
MOST_FILES = 15  # in a folder of the dashboard


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, inside functions too; `from trainer import run` is `trainer.run`."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def files(package: str) -> list[Path]:
    place = ROOT / package
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


OURS = {module_of(path): path for package in NEVER for path in files(package)}


def owner(name: str) -> str:
    """Return the module of ours that holds an imported name, or nothing."""
    while name and name not in OURS:
        name = name.rpartition(".")[0]
    return name


ARROWS = {module: {owner(name) for name in imports(path)} - {"", module, "app"} for module, path in OURS.items()}


def folder_of(module: str) -> str:
    path = OURS[module].relative_to(ROOT)
    return str(path if path.parent == Path() else path.parent)


@pytest.mark.parametrize("folder", PLAN)
def test_every_arrow_is_one_of_the_plan(folder: str) -> None:
    modules = [module for module in OURS if folder_of(module) == folder]
    assert modules
    allowed = PLAN[folder] | {folder, "system"}
    wrong = [
        f"{module} imports {target}"
        for module in modules
        for target in sorted(ARROWS[module])
        if folder_of(target) not in allowed and target not in allowed
    ]
    assert wrong == []


def test_every_folder_has_a_place_in_the_plan() -> None:
    tracked = subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True).split()
    outside = ("tests/", "benchmarks/")
    code = [Path(name) for name in tracked if not name.startswith(outside)]
    assert {str(path if path.parent == Path() else path.parent) for path in code} == set(PLAN)


def test_no_files_import_each_other_in_a_circle() -> None:
    assert tuple(TopologicalSorter(ARROWS).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", ["catalog", "dashboard", "recipes", "report", "store", "trainer"])
def test_each_folder_of_a_package_is_on_one_floor(package: str) -> None:
    """A folder counts as one: what it imports of its package lies below all of it."""
    start = package.count(".") + 1
    arrows: dict[str, set[str]] = {}
    for module, targets in ARROWS.items():
        if module.startswith(f"{package}."):
            name = module.split(".")[start]
            inner = {target.split(".")[start] for target in targets if target.startswith(f"{package}.")}
            arrows[name] = arrows.get(name, set()) | (inner - {name})
    assert tuple(TopologicalSorter(arrows).static_order())  # raises CycleError, which names the circle


def test_the_dashboard_has_one_way_down() -> None:
    """A page's folder uses what pages share, never the folder of another page."""
    floors = {"text/en": 0, "text/ko": 1, "text": 2, "charts": 3, "reads": 3, "widgets": 4, "frame": 5}
    wrong = []
    for module, targets in ARROWS.items():
        for target in targets:
            start, end = folder_of(module), folder_of(target)
            if start != end and start.startswith("dashboard/") and end.startswith("dashboard/"):
                above, below = (floors.get(place.removeprefix("dashboard/"), 6) for place in (start, end))
                wrong += [f"{module} imports {target}"] if below >= above else []
    assert wrong == []


@pytest.mark.parametrize("package", NEVER)
def test_no_package_imports_what_it_must_do_without(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(package)
        for name in sorted(imports(path))
        if name.split(".")[0] in NEVER[package]
    ]
    assert wrong == []


def test_no_file_is_asking_to_be_two() -> None:
    long = {str(path): n for path in OURS.values() if (n := len(path.read_text("utf-8").splitlines())) > MOST_LINES}
    assert long == {}


def test_no_folder_of_the_dashboard_is_a_bag() -> None:
    folders = [ROOT / folder for folder in PLAN if folder.startswith("dashboard")]
    assert {folder.name: n for folder in folders if (n := len(list(folder.glob("*.py")))) > MOST_FILES} == {}


def test_sql_lives_in_the_store_alone() -> None:
    verbs = ("SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ")
    wrong = []
    for package in NEVER:
        for path in files(package) if package != "store" else []:
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

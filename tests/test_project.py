"""Files around the code keep up with it: mypy's list, the locks, the version, and the guide for contributors."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from system.version import __version__
from trainer.mining import miners

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GUIDE = ROOT / "CONTRIBUTING.md"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def python_files() -> list[Path]:
    """Python files of the project, relative to its folder; nothing of folders that git leaves out."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [Path(line) for line in listed.stdout.splitlines()]
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return [path for path in paths if not path.parts[0].startswith(".") and path.parts[0] not in {"data", "runs"}]


def test_mypy_checks_every_package_and_every_module_of_the_top_folder() -> None:
    files = [path for path in python_files() if path.parts[0] != "tests"]
    mypy = PROJECT["tool"]["mypy"]
    assert mypy["strict"] is True
    assert set(mypy["packages"]) == {path.parts[0] for path in files if len(path.parts) > 1}
    assert set(mypy["modules"]) == {path.stem for path in files if len(path.parts) == 1}


def test_the_list_of_mypy_stands_in_pyproject_alone_and_ci_lints() -> None:
    assert [line.strip() for line in text("Makefile").splitlines() if "/mypy" in line] == ["$(BIN)/mypy"]
    assert "make lint" in text(".ci/run").splitlines()


def requirements(name: str) -> dict[str, str]:
    """Versions that a requirements file pins, by canonical name."""
    lines = (line.split("#")[0].strip() for line in text(name).splitlines())
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    return {canonicalize_name(req.name): str(req.specifier).removeprefix("==") for req in wanted}


def locked(name: str) -> dict[str, tuple[str, set[str]]]:
    """Version and SHA-256 hashes of each package of a lock, by canonical name."""
    entries = re.split(r"^(?=\w)", text(name), flags=re.MULTILINE)[1:]
    packages = {}
    for entry in entries:
        req = Requirement(entry.splitlines()[0].rstrip("\\ "))
        hashes = set(re.findall(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$", entry, re.MULTILINE))
        packages[canonicalize_name(req.name)] = str(req.specifier).removeprefix("=="), hashes
    return packages


LOCKS = [("requirements.txt", "requirements.lock"), ("requirements-dev.txt", "requirements-dev.lock")]


@pytest.mark.parametrize(("wanted", "lock"), LOCKS)
def test_a_lock_has_the_pinned_version_and_hashes_of_every_requirement(wanted: str, lock: str) -> None:
    packages = locked(lock)
    pinned = requirements(wanted)
    assert pinned
    stale = {name: version for name, version in pinned.items() if packages.get(name, ("none", set()))[0] != version}
    assert not stale, "requirements have changed since the lock was written; write it anew: make lock"
    assert [name for name, (_, hashes) in packages.items() if not hashes] == []


def dependencies(names: set[str]) -> Iterator[str]:
    """Names of installed packages that these need on this platform, directly or not."""
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for req in map(Requirement, lines):
            if req.marker is None or req.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(req.name))


@pytest.mark.parametrize(("wanted", "lock"), LOCKS)
def test_a_lock_has_what_the_requirements_need_in_their_turn(wanted: str, lock: str) -> None:
    assert sorted(set(dependencies(set(requirements(wanted)))) - set(locked(lock))) == [], "make lock"


def test_the_locks_agree_and_name_no_place_to_install_from() -> None:
    product, everything = (locked(lock) for _, lock in LOCKS)
    assert {name: everything.get(name) for name in product} == product
    for _, lock in LOCKS:
        bare = re.sub(r" \\$|^    # via.*$|^    #   .*$", "", text(lock), flags=re.MULTILINE)
        assert not re.search(r"https?:|--(?!hash=)|[/\\@]", bare)


def test_the_notice_names_every_requirement_of_the_product() -> None:
    words = {canonicalize_name(word) for word in re.findall(r"[\w.-]+\w", text("NOTICE"))}
    assert sorted(set(requirements("requirements.txt")) - words) == []


def licence(name: str) -> str:
    """Return what an installed package declares as its licence; empty where it is not installed."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    declared = [value[:200] for key in ("License-Expression", "License") for value in metadata.get_all(key) or []]
    return "; ".join(declared + [c for c in metadata.get_all("Classifier") or [] if c.startswith("License")])


def test_no_package_declares_a_licence_of_the_gpl() -> None:
    strong = re.compile(r"\bA?GPL|(?<!Lesser )General Public License|Affero")
    assert {
        name: declared for name in locked("requirements-dev.lock") if strong.search(declared := licence(name))
    } == {}


def test_the_version_stands_in_one_place() -> None:
    others = ["pyproject.toml", "CITATION.cff", "README.md", "CONTRIBUTING.md", "NOTICE"]
    again = re.compile(rf"(?<![\w.]){re.escape(__version__)}(?![\w.])")
    assert [name for name in others if again.search(text(name))] == []
    assert "version" not in yaml.safe_load(text("CITATION.cff"))


def test_the_change_log_begins_with_this_version() -> None:
    assert re.findall(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)[0] == __version__


def test_first_lines_of_docstrings_are_short() -> None:
    """Ruff sees to their form, and has no rule for a summary of at most 90 characters."""
    names = subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True).split()
    long = []
    for name in names:
        for node in ast.walk(ast.parse(text(name))) if not name.startswith("tests/") else ():
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                long += [f"{name}: {first}"] if len(first) > 90 else []
    assert long == []


def test_the_guide_names_files_and_commands_that_exist() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", guide)
    assert links
    assert [name for name in links if not (ROOT / name).exists()] == []
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make (\w+)", guide, re.MULTILINE)) <= targets


def test_the_miner_of_the_guide_mines_what_its_test_says() -> None:
    miner, test = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[:2]
    names = {**vars(miners), "np": np}
    exec(compile(miner, "the miner of CONTRIBUTING.md", "exec", dont_inherit=True), names)
    exec(compile(test, "the test of CONTRIBUTING.md", "exec", dont_inherit=True), names)
    names["test_near_misses_are_right_predictions_that_nearly_failed"]()

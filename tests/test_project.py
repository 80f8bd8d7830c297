"""Files around the code keep up with it: mypy's list, the locks, the version, and what a stranger looks for."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _python_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [Path(line) for line in listed.stdout.splitlines()]
    hidden = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return [path for path in hidden if not path.parts[0].startswith(".")]


def test_mypy_checks_every_package_and_every_file_of_the_top_folder() -> None:
    files = [path for path in _python_files() if path.parts[0] != "tests"]
    packages = {path.parts[0] for path in files if len(path.parts) > 1}
    modules = {path.stem for path in files if len(path.parts) == 1}
    mypy = PROJECT["tool"]["mypy"]
    assert mypy["strict"] is True
    assert set(mypy["packages"]) == packages
    assert set(mypy["modules"]) == modules


def test_mypys_list_stands_in_pyproject_alone() -> None:
    lines = [line.strip() for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "/mypy" in line]
    assert lines == ["$(BIN)/mypy"]
    assert "make lint" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

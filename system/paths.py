"""Locate the program, the store, the runs and the datasets; ODAP_* are read at each call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from system.errors import UserError

ROOT = Path(__file__).resolve().parents[1]  # of the program


def results_path() -> Path:
    """Return the store's file: `ODAP_RESULTS`, else results.duckdb in the program's folder."""
    return _resolved(os.environ.get("ODAP_RESULTS") or str(ROOT / "results.duckdb"))


def runs_root() -> Path:
    """Return the folder of checkpoints, logs and maps: `ODAP_RUNS`, else runs/ in the program's."""
    return _resolved(os.environ.get("ODAP_RUNS") or str(ROOT / "runs"))


def data_root() -> Path:
    """Return the folder of all datasets: `ODAP_DATA` (may begin with `~`), else data/."""
    named = os.environ.get("ODAP_DATA")
    return (Path(named).expanduser() if named else ROOT / "data").absolute()


def is_file(path: Path) -> bool:
    """Return whether a file is there.

    A name that no file can have (too long, a NUL in it) names none.

    `Path.is_file` raises OSError where a name is too long.
    """
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def locate_yaml(name: str | Path, kind: str, shipped: Mapping[str, Path], error: type[UserError]) -> Path:
    """Return the YAML file of a recipe or a study, by the name of one that ships or by path.

    Args:
        kind: what such a file is called in a sentence.
        shipped: the file of each name, in the order in which a sentence lists them.
        error: raised where there is no such file.
    """
    path = Path(name)
    names = ", ".join(shipped)
    if path.suffix not in {".yaml", ".yml"}:
        if str(name) not in shipped:
            raise error(f"There is no {kind} '{name}'; the ones that ship are {names}.")
        return shipped[str(name)]
    if not is_file(path):
        raise error(f"There is no {kind} file {path}; name a YAML file or one of {names}.")
    return path


def absolute_environment() -> dict[str, str]:
    """Return the variables that name these paths, for a process that works in another folder."""
    return {"ODAP_RESULTS": str(results_path()), "ODAP_RUNS": str(runs_root()), "ODAP_DATA": str(data_root())}


@lru_cache(maxsize=64)
def _resolved(name: str) -> Path:
    # Once for each name: a page asks forty times, and each part of a path costs a call of the system.
    return Path(name).resolve()

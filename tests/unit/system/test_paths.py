"""Where the program's files are: what the environment says at each call, else the program's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

import catalog
import store
from system import paths

VARIABLES = {"ODAP_RESULTS": paths.results_path, "ODAP_RUNS": paths.runs_root, "ODAP_DATA": paths.data_root}


def test_the_root_is_the_folder_of_the_app() -> None:
    assert (paths.ROOT / "app.py").is_file() and Path(__file__).resolve().parents[3] == paths.ROOT


@pytest.mark.parametrize("unset", [True, False])
def test_without_a_name_all_is_in_the_program_s_folder(unset: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False) if unset else monkeypatch.setenv(variable, "")
    found = [path().relative_to(paths.ROOT).as_posix() for path in VARIABLES.values()]
    assert found == ["results.duckdb", "runs", "data"]


def test_names_are_read_at_each_call_by_store_and_catalog_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("one", "two"):
        for variable, path in VARIABLES.items():
            monkeypatch.setenv(variable, str(tmp_path / folder / variable))
            assert path() == tmp_path / folder / variable
        assert (store.results_path(), store.runs_root(), catalog.data_root()) == (
            paths.results_path(), paths.runs_root(), paths.data_root(),
        )  # fmt: skip


def test_a_process_in_another_folder_gets_absolute_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ODAP_RESULTS", f"{tmp_path.name}.duckdb")  # names are resolved once in a process
    monkeypatch.setenv("ODAP_RUNS", f"{tmp_path.name}-runs")
    monkeypatch.setenv("ODAP_DATA", "~/data")
    assert paths.absolute_environment() == {
        "ODAP_RESULTS": str(tmp_path / f"{tmp_path.name}.duckdb"),
        "ODAP_RUNS": str(tmp_path / f"{tmp_path.name}-runs"),
        "ODAP_DATA": str(tmp_path / "home" / "data"),
    }

"""What the app and the command lines write can be read by their owner alone, or by the group that shares the store."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from system import umask

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def ran(place: Path, *commands: list[str], **environment: str) -> dict[str, int]:
    """Modes of all that command lines made below a place, by name, when whoever started them hid nothing."""
    place.mkdir(exist_ok=True)
    places = {"ODAP_RESULTS": "results.duckdb", "ODAP_RUNS": "runs", "ODAP_DATA": "data"}
    named = {name: str(place / folder) for name, folder in places.items()}
    for command in commands:
        ended = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=os.environ | named | environment, capture_output=True,
            text=True, check=False, preexec_fn=lambda: os.umask(0),
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
    return {str(path.relative_to(place)): stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*")}


PHANTOM = ["catalog", "phantom", "--name", "demo", "--images", "24", "--size", "48", "--workers", "1"]


@pytest.mark.slow
def test_nothing_that_command_lines_write_is_for_others(tmp_path: Path) -> None:
    backup = tmp_path / "place" / "copy.duckdb"
    modes = ran(tmp_path / "place", PHANTOM, ["catalog", "check", "demo", "--exit-zero"],
                ["trainer", "train", "hnl", "--dataset", "demo", "--help"], ["jobs", "list"],
                ["store", "compact"], ["store", "backup", str(backup)])  # fmt: skip
    assert {"copy.duckdb", "data/demo/1/manifest.parquet", "data/demo/1/cache/findings.json"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_a_group_that_shares_the_store_shares_what_stands_beside_it(tmp_path: Path, monkeypatch) -> None:
    store = tmp_path / "results.duckdb"
    monkeypatch.setenv("ODAP_RESULTS", str(store))
    monkeypatch.delenv("ODAP_UMASK", raising=False)
    assert umask.keep_private() == 0o077
    store.write_bytes(b"")
    for mode, mask in ((0o600, 0o077), (0o640, 0o077), (0o644, 0o077), (0o660, 0o007), (0o664, 0o007)):
        store.chmod(mode)
        assert umask.keep_private() == mask and os.umask(0o022) == mask


@pytest.mark.parametrize("said, mask", [("027", 0o027), ("0002", 0o002), ("0", 0), ("", 0o077)])
def test_the_environment_may_say_otherwise(said: str, mask: int, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "none"))
    monkeypatch.setenv("ODAP_UMASK", said)
    assert umask.keep_private() == mask and capsys.readouterr().err == ""


@pytest.mark.parametrize("said", ["private", "-1", "700", "0o9", "1777"])
def test_what_is_no_umask_hides_all_and_is_told(said: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ODAP_UMASK", said)
    assert umask.keep_private() == 0o077
    assert "ODAP_UMASK is" in capsys.readouterr().err


def test_every_command_line_begins_there() -> None:
    entries = [path for path in ROOT.glob("*/__main__.py") if "tests" not in path.parts]
    assert len(entries) >= 4
    for path in [*entries, ROOT / "app.py"]:
        calls = {
            node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
        }  # fmt: skip
        assert {"end", "keep_private"} & calls, path

"""A run records what made it: versions, device and commit; a resume elsewhere adds its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

import catalog
import store
from system import version
from trainer import environment
from trainer.environment import _commit

ROOT = Path(__file__).parents[3]
TINY = [f"--set={key}" for key in ("model=squeezenet1_1", "image_size=32", "batch_size=8", "rounds=0", "full.epochs=1")]


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"] and project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "system.version.__version__"}


def test_versions_and_device_are_named() -> None:
    found = environment.environment(torch.device("cpu"), processes=2)
    assert (found["odap"], found["torch"]) == (version.__version__, torch.__version__)
    assert found["python"] == sys.version.split()[0] and found["cuda"] == torch.version.cuda
    assert found["threads"] == torch.get_num_threads()
    assert found["device"].startswith("2 x ") and len(found["device"]) > 4
    assert json.loads(json.dumps(found)) == found


def git(folder: Path, *words: str) -> str:
    own = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *own, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_commit_and_uncommitted_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _commit(tmp_path) == (None, None)
    git(tmp_path, "init", "-q")
    version_file = tmp_path / "system" / "version.py"
    version_file.parent.mkdir()
    version_file.write_text("1", encoding="utf-8")
    assert _commit(tmp_path) == (None, None)  # in somebody's repository, but not part of it
    git(tmp_path, "add", "system/version.py")
    git(tmp_path, "commit", "-qm", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "notes.txt").write_text("not the program's", encoding="utf-8")
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as in a hook
    assert _commit(tmp_path) == (head, False)
    version_file.write_text("2", encoding="utf-8")
    assert _commit(tmp_path) == (head, True)


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _commit(ROOT) == (None, None)


def in_version(number: str, *words: str) -> None:
    """Run the trainer's command line as another version of Odap."""
    code = (
        "import sys; from trainer import environment; from trainer.__main__ import main\n"
        "environment.__version__ = sys.argv[1]\nraise SystemExit(main(sys.argv[2:]))"
    )
    subprocess.run([sys.executable, "-c", code, number, *words], cwd=ROOT, check=True)


@pytest.mark.slow
def test_a_run_resumed_by_another_version_says_both(places: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 16), dtype=np.uint8)
    splits = ("train", "train", "val", "test")
    catalog.save_dataset(
        "tiny",
        [
            catalog.NewSample(f"{i}.png", "ab"[i % 2], pixels[i], patient=str(i), split=splits[i // 2 % 4])
            for i in range(24)
        ],
        classes=("a", "b"),
        source="test",
    )
    in_version(version.__version__, "train", "demo", "--dataset", "tiny", "--run", "r", "--device", "cpu", *TINY)
    job = store.jobs().iloc[0]
    run = store.run("r")
    assert run is not None and json.loads(run["recipe"])["dataset"] == job["dataset"] == "tiny@1"
    in_version("9.9.9", "resume", "r", "--device", "cpu")
    run = store.run("r")
    assert run is not None
    assert [made["odap"] for made in store.environments(run["environment"])] == [version.__version__, "9.9.9"]

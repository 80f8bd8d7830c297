from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "command",
    [["jobs", "list"], ["catalog", "list"], ["store", "check"], ["trainer", "train", "--help"]],
    ids=lambda command: command[0],
)
def test_a_reader_who_leaves_early_is_no_traceback(command: list[str], unbuffered: str, tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("ODAP_RESULTS", "ODAP_RUNS", "ODAP_DATA")}
    told = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **places, "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert told.stdout is not None and told.stderr is not None
    told.stdout.close()
    assert told.stderr.read() == ""
    told.stderr.close()
    # argparse itself hushes up that nobody reads its help
    assert told.wait() in ({141, 0} if "--help" in command else {141})


def test_another_broken_pipe_is_not_hushed_up() -> None:
    code = "from system.command_line import end\ndef main():\n    raise BrokenPipeError('a worker died')\nend(main)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and "a worker died" in ran.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["jobs", "stop"],
        ["store", "sql"],
        ["store", "prune"],
        ["store", "export"],
        ["jobs", "submit"],
        ["report", "--out=x"],
    ],
    ids=" ".join,
)
def test_a_text_that_is_not_utf8_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("ODAP_RESULTS", "ODAP_RUNS", "ODAP_DATA")}
    ran = subprocess.run(
        [os.fsencode(part) for part in (sys.executable, "-m", *command)] + [b"x\xff"], cwd=ROOT,
        env={**os.environ, **places}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert f"'x\\udcff' is not UTF-8; see python -m {command[0]} " in ran.stderr and ran.stderr.count("\n") == 1

"""Commands as people type them: sentences, exit codes, progress."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import open_dataset
from catalog.__main__ import main
from catalog.importers import IMPORTERS
from catalog.progress import progress

ROOT = Path(__file__).parents[3]


@pytest.fixture
def phantom(monkeypatch):
    """Replace the simulator by a stand-in."""

    def generate(settings, *, workers=None):
        rng = np.random.default_rng(settings.seed)
        for i in range(settings.images):
            label = ("ac", "afi")[i % 2]
            yield types.SimpleNamespace(
                pixels=rng.integers(0, 256, (settings.size, settings.size), dtype=np.uint8),
                key=f"P{i // 4:04d}_{i % 4:02d}.png", patient=f"P{i // 4:04d}", label=label,
                labels=("ac", "afi") if i % 5 == 0 else (label,), ambiguity=0.5, marks=("text",), device="fan",
                boxes=[{"label": label, "x": 0, "y": 0, "w": 5, "h": 5}],
                mask=np.full((settings.size, settings.size), 2, np.uint8), clean_label=label, split=None,
                difficulty="hard" if i % 4 else "toss", subgroup=None, label_probability=1.0 if i % 4 else 0.6,
                against_marks=None,
            )  # fmt: skip

    monkeypatch.setattr("catalog.phantom.dataset.generate", generate)
    monkeypatch.setattr("catalog.phantom.dataset.CLASSES", ("ac", "afi"))


def test_phantom_list_check(data, phantom, capsys):
    assert main(["list"]) == 0
    assert "No dataset yet; make one with: python -m catalog phantom" in capsys.readouterr().out
    assert main(["phantom", "--name", "demo", "--images", "40", "--size", "48", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("demo@1: 40 images (train 24, val ")
    assert said.endswith("clear 0, hard 30, toss 10. Bayes error 10.00%: no classifier can be expected to do better.\n")
    dataset = open_dataset("demo")
    assert dataset.samples.groupby("patient")["split"].nunique().max() == 1
    assert json.loads(dataset.samples["boxes"][0])[0]["label"] == "ac" and dataset.samples["device"][0] == "fan"
    assert dataset.source == "phantom demo: 40 images at 48, seed 3"
    assert main(["list"]) == 0
    assert capsys.readouterr().out.startswith("demo@1       40 images")
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["classes"] == ["ac", "afi"]
    assert main(["check", "demo"]) == 0
    assert "demo@1: 0 errors, 0 warnings." in capsys.readouterr().out


def test_the_phantom_has_devices_label_noise_and_masks(data, capsys):
    make = ["phantom", "--name", "shift", "--images", "60", "--size", "48", "--workers", "1"]
    assert main([*make, "--devices", "fan-C,linear-A", "--label-noise", "0.2"]) == 0
    dataset = open_dataset("shift")
    assert dataset.source == "phantom demo: 60 images at 48, seed 0, label noise 0.2, devices fan-C linear-A"
    table = dataset.samples
    assert set(table["device"]) == {"fan-C", "linear-A"}
    assert 3 <= (table["label"] != table["clean_label"]).sum() <= 22
    for path, width in zip(table["mask"], table["width"], strict=True):
        with Image.open(dataset.folder / path) as mask:
            assert mask.size == (width, width) and np.asarray(mask).any()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--devices", "fan-Z"], "There is no device 'fan-Z'; there are: fan-A, "),
        (["--devices", ","], "needs one device or more"),
        (["--label-noise", "1.5"], "label_noise of a phantom is 1.5; it must be a number from 0 to below 1."),
        (["--hard", "nan"], "hard of a phantom is nan"),
        (["--hard", "0.5", "--toss", "0.2"], "hard (0.5) and toss (0.2) of a phantom may be 0.54 together"),
        (["--imbalance", "0.5"], "imbalance of a phantom is 0.5; it must be a number from 1 to 100."),
        (["--mark-bias", "2"], "mark_bias of a phantom is 2.0"),
        (["--shift", "fan-Z"], "There is no device 'fan-Z'"),
        (["--shift", "fan-A", "--devices", "fan-A"], "another one beside the device"),
        (["--shift", "fan-A", "--devices", "fan-B"], "fan-A is not among the devices"),
        (["--preset", "clams"], "There is no preset 'clams' of the phantom; there are: demo, claims, shortcut."),
        (["--workers", "0"], "A phantom needs 1 or more workers, not 0."),
    ],
)
def test_a_mistaken_phantom_is_refused_in_a_sentence(data, capsys, option, said):
    assert main(["phantom", "--name", "demo", *option]) == 2
    assert said in capsys.readouterr().err
    assert not data.exists()


def test_import_folder_says_what_it_left_out(data, tree, capsys):
    source = tree({f"{'ab'[i % 2]}/{i:02d}.png": i for i in range(20)})
    (source / "README.txt").write_text("x")
    (source / "a" / "00.png").rename(source / "a" / "00.jpg")
    (source / "b" / "empty.png").touch()
    assert main(["import", "folder", str(source), "--name", "tiny", "--val", "0.2", "--test", "0.2"]) == 0
    said = capsys.readouterr()
    assert said.out == "tiny@1: 19 images (train 11, val 4, test 4); a 9, b 10.\n"
    assert said.err.splitlines() == [
        "1 file that is no image was left out: README.txt",
        "2 images were left out:",
        "  a/00.jpg is not what its name says: it holds PNG, not JPEG; let its name end in .png.",
        "  b/empty.png is empty (0 bytes); copy it again.",
    ]
    assert main(["import", "folder", str(source), "--name", "tiny", "--strict"]) == 2
    assert capsys.readouterr().err.startswith("python -m catalog: a/00.jpg is not what its name says")
    assert sorted(path.name for path in data.rglob("[0-9]")) == ["1"]


def test_check_exits_with_1_on_errors_and_speaks_json(data, tree, capsys):
    source = tree({f"{split}/{'ab'[i % 2]}/{i}.png": i for split in ("train", "test") for i in range(8)})
    assert main(["import", "folder", str(source), "--name", "leaky"]) == 0
    capsys.readouterr()
    assert main(["check", "leaky", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["dataset"] == "leaky@1" and said["errors"] == 8
    assert {f["code"] for f in said["findings"] if f["level"] == "error"} == {"duplicate_across_splits"}
    assert main(["check", "leaky"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("leaky@1: 8 errors")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], "the following arguments are required: COMMAND"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["check", "nope"], "There is no dataset 'nope'"),
        (["phantom", "--name", "Demo"], "A dataset cannot be called 'Demo'"),
        (["phantom", "--name", "demo", "--images", "0"], "A dataset needs at least 1 image, not 0."),
        (["phantom", "--name", "demo", "--size", "x"], "'x' is not a whole number"),
        (["phantom", "--name", "demo", "--val", "2"], "val of a phantom is 2.0; it must be a number from 0 to below 1"),
        (["import", "folder", "/nowhere", "--name", "x"], "There is no folder /nowhere"),
        (["import", "tarot", "/nowhere", "--name", "x"], "invalid choice: 'tarot'"),
        (["import", "folder", "/nowhere"], "the following arguments are required: --name"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(data, capsys, arguments, sentence):
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    said = capsys.readouterr()
    assert code == 2 and sentence in said.err and said.err.count("\n") == 1 and said.out == ""
    assert not data.exists()


@pytest.mark.parametrize(
    "command", [[], ["phantom"], ["import"], *(["import", kind] for kind in IMPORTERS), ["list"], ["check"]]
)
def test_help_is_complete(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and ("Example" in said or not command)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing(data, tree, how, tmp_path):
    """Stop it while a slow simulator is at work, as the queue does."""
    code = (
        "import sys, time, types, signal, runpy, numpy as np\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def generate(settings, **_):\n"
        "    for i in range(settings.images):\n"
        "        time.sleep(0.02)\n"
        "        yield types.SimpleNamespace(pixels=np.full((8, 8), i % 256, np.uint8), key=f'{i}.png',\n"
        "            patient=str(i), split=None, difficulty=None, subgroup=None, label_probability=None,\n"
        "            against_marks=None,\n"
        "            label='a', labels=('a',), ambiguity=0.0, boxes=[], marks=(), device='x',\n"
        "            mask=None, clean_label=None)\n"
        "import catalog.phantom.dataset as dataset\n"
        "dataset.CLASSES, dataset.generate = ('a', 'b'), generate\n"
        "sys.argv = ['catalog', 'phantom', '--name', 'demo']\n"
        "runpy.run_module('catalog', run_name='__main__', alter_sys=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(data.glob(".making-*/images/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, how)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130 and said == "Stopped; nothing half-done is left.\n"
    assert list(data.iterdir()) == []


def test_progress_reaches_its_total_only_at_a_good_end(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("ODAP_PROGRESS", str(file))

    def said() -> dict:
        return json.loads(file.read_text(encoding="utf-8"))

    with progress(3, "찾는 중") as bar:
        assert said() == {"done": 0, "total": 3, "message": "찾는 중"}
        for _ in range(3):
            bar.step()
        assert said()["done"] < 3
    assert said()["done"] == 3
    with pytest.raises(RuntimeError), progress(3, "x") as bar:
        bar.step()
        raise RuntimeError
    assert said()["done"] < 3 and list(tmp_path.iterdir()) == [file]


def test_progress_is_written_once_a_second(tmp_path, monkeypatch):
    clock = iter(np.arange(0, 100, 0.1))
    monkeypatch.setenv("ODAP_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr("catalog.progress.time.monotonic", lambda: float(next(clock)))
    writes = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, target: writes.append(target) or replace(self, target))
    with progress(60, "x") as bar:
        for _ in range(60):
            bar.step()
    assert 5 <= len(writes) <= 9


def test_progress_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ODAP_PROGRESS", str(tmp_path / "no" / "such" / "folder.json"))
    with progress(1, "x") as bar:
        bar.step()
    assert bar.done == 1
    assert not (tmp_path / "no").exists()

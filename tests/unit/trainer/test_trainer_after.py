"""Test what a finished run allows: maps and their scores, predictions, export."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch
from PIL import Image

import catalog
import store
from catalog.__main__ import main as catalog_main
from catalog.importers.folder import read_folder
from catalog.pictures import decode_file
from trainer import predict
from trainer.__main__ import METHODS, main
from trainer.explain import map_scores
from trainer.explain.class_activation import METHODS as EXPLAIN_METHODS

RUNS = {"single": "softmax", "multi": "sigmoid"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a phantom with boxes and masks, and two short runs on it."""
    root = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            patch.setenv(f"ODAP_{name}", str(root / place))
        assert catalog_main(["phantom", "--name", "tiny", "--images", "240", "--size", "64", "--workers", "1"]) == 0
        for run_id, objective in RUNS.items():
            words = f"train demo --dataset tiny --run {run_id} --device cpu --set objective={objective}"
            settings = {"rounds": 0, "full.epochs": 2, "image_size": 64, "model": "shufflenet_v2_x1_0"}
            assert main([*words.split(), *(f"--set={key}={value}" for key, value in settings.items())]) == 0
        yield root


def test_a_finer_layer_and_another_method_are_recorded_with_the_resolution(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert METHODS == EXPLAIN_METHODS
    sample = str(catalog.open_dataset("tiny").samples["sample_id"].iloc[0])
    words = f"explain single --stage full --sample {sample} --method layercam --layer stage3 --device cpu"
    assert main(words.split()) == 0
    assert "by layercam at stage3 (4 x 4), are in the store." in capsys.readouterr().out
    cams = store.cams("single", sample)
    mine = cams[cams["method"] == "layercam"]
    assert set(mine["layer"]) == {"stage3 (4 x 4)"} and len(mine) in (1, 2)
    assert all((store.runs_root() / path).is_file() for path in mine["path"])
    watched = store.cams("single")
    assert set(watched.loc[watched["method"] == "gradcam", "layer"]) == {"conv5.2 (2 x 2)"}


@pytest.mark.slow
def test_scores_stand_beside_their_baselines_and_the_probe_tells_classes_apart(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_scores, "ROAD_SAMPLES", 4)
    file = tmp_path / "scores.csv"
    words = f"explain multi --scores --limit 20 --layer stage3 --csv {file} --device cpu"
    assert main(words.split()) == 0
    said = capsys.readouterr().out
    assert "Run multi, stage full, 20 test samples; gradcam at stage3 (4 x 4)." in said
    scores = pd.read_csv(file)
    rivals = {"gradcam", "centred Gaussian", "random map", "untrained network"}
    for score in ("pointing game", "energy inside box", "ROAD"):
        rows = scores[scores["score"] == score]
        assert set(rows["maps"]) == rivals
        assert (rows.loc[rows["class_name"] == "all", "n"] >= 4).all() and rows["value"].between(-1, 1).all()
    flips = scores[scores["score"].str.startswith("flips")]
    overall = flips[flips["class_name"] == "all"]
    assert set(overall["score"]) == {"flips, marks painted in", "flips, marks painted out"}
    assert overall["n"].sum() == 20
    for score, rows in flips.groupby("score"):
        whole, each = rows[rows["class_name"] == "all"].iloc[0], rows[rows["class_name"] != "all"]
        assert whole["value"] == pytest.approx((each["value"] * each["n"]).sum() / whole["n"]), score
    box = scores[scores["score"] == "energy inside box"]
    for name, rows in box.groupby("maps"):
        whole, each = rows[rows["class_name"] == "all"].iloc[0], rows[rows["class_name"] != "all"]
        assert whole["value"] == pytest.approx((each["value"] * each["n"]).sum() / whole["n"]), name
    known = scores[scores["low"].notna()]
    assert len(known) and (known["low"] <= known["value"]).all() and (known["value"] <= known["high"]).all()
    compared = 0
    for (_, class_name), rows in scores[scores["maps"].notna()].groupby(["score", "class_name"]):
        own, beside = rows[rows["maps"] == "gradcam"], rows[rows["maps"] == "centred Gaussian"]
        assert own["gain"].isna().all()
        both = beside.merge(own, on="n", suffixes=("", "_own"))  # where no map was empty: the difference of the means
        np.testing.assert_allclose(both["gain"], both["value_own"] - both["value"], atol=1e-6, err_msg=str(class_name))
        compared += len(both)
    assert compared > 3
    again = map_scores.score_run("multi", device="cpu", limit=20, layer="stage3")
    named = again.assign(class_name=again["class_name"].fillna("all"))
    pd.testing.assert_frame_equal(named, scores.assign(maps=scores["maps"].fillna("")), check_dtype=False)
    kept = store.map_scores("multi")
    assert set(kept["layer"]) == {"stage3 (4 x 4)"} and len(kept) == len(again)
    named = kept.assign(class_name=kept["class_name"].fillna("all"))[list(scores.columns)]
    pd.testing.assert_frame_equal(named, scores.assign(maps=scores["maps"].fillna("")), check_dtype=False)


@pytest.mark.slow
def test_a_job_that_scores_every_stage_says_how_far_it_is(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_scores, "ROAD_SAMPLES", 2)
    job = store.add_job("explain", title="scores", args={"scores": True}, run_id="single", state="starting")
    words = f"explain single --scores --every-stage --limit 12 --device cpu --job {job}"
    assert main(words.split()) == 0
    ended = store.job(job) or {}
    assert (ended["state"], ended["step"], ended["steps"]) == ("done", 1, 1)
    scores = store.map_scores("single")
    flips = scores[scores["score"].str.startswith("flips") & scores["class_name"].isna()]
    assert flips["n"].sum() == 12
    everywhere = scores[(scores["maps"] == "centred Gaussian") & scores["class_name"].isna()]  # a map in no sample 0
    marks = everywhere[everywhere["score"] == "energy on marks"]
    out = flips.loc[flips["score"] == "flips, marks painted out", "n"]
    assert set(marks["n"]) == set(out), "a picture with marks is one of which they are painted out"
    job = store.add_job("explain", title="scores", args={"scores": True}, run_id="nobody", state="starting")
    assert main(["explain", "nobody", "--scores", "--job", job]) == 2
    assert (store.job(job) or {})["state"] == "failed"


@pytest.mark.parametrize("run_id", RUNS)
def test_predictions_of_files_are_those_of_the_run(
    house: Path, tmp_path: Path, run_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = catalog.open_dataset("tiny")
    recorded = store.predictions(run_id, 0, "full").set_index("sample_id").iloc[:70]
    paths = [str(dataset.image_path(sample)) for sample in recorded.index]
    capsys.readouterr()
    assert main(["predict", run_id, *paths, "--device", "cpu"]) == 0
    printed = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["image"] for row in printed] == paths
    ours = np.array([[float(row[name]) for name in dataset.classes] for row in printed], np.float32).astype(np.float64)
    np.testing.assert_allclose(ours, np.stack(recorded["probs"].to_list()), atol=2e-5)
    thresholds = store.stages(run_id)["thresholds"].iloc[0]
    for row, probs in zip(printed, ours, strict=True):
        there = probs == probs.max() if run_id == "single" else probs >= np.array(thresholds)
        assert row["predicted"] == "+".join(np.array(dataset.classes)[there])

    assert main(["predict", run_id, *paths, "--device", "cpu", "--csv", str(tmp_path / "p.csv")]) == 0
    assert list(csv.DictReader((tmp_path / "p.csv").open(encoding="utf-8"))) == printed


def test_what_cannot_be_read_in_a_folder_is_left_out_and_said(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, folder = catalog.open_dataset("tiny"), tmp_path / "pictures"
    folder.mkdir()
    for n, sample in enumerate(dataset.samples["sample_id"].iloc[:3]):
        shutil.copy(dataset.image_path(sample), folder / f"{n}.png")
    (folder / "._0.png").write_bytes(b"as macOS leaves beside a file")
    (folder / "empty.png").touch()
    assert main(["predict", "single", str(folder), "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert [Path(row["image"]).name for row in csv.DictReader(io.StringIO(said.out))] == ["0.png", "1.png", "2.png"]
    assert said.err.count("It is left out.") == 1 and "empty.png" in said.err
    assert main(["predict", "single", str(folder / "empty.png"), "--device", "cpu"]) == 2
    for n in range(3):
        (folder / f"{n}.png").unlink()
    assert main(["predict", "single", str(folder), "--device", "cpu"]) == 2
    assert f"No picture in {folder} can be read" in capsys.readouterr().err


def test_deep_pictures_are_one_and_the_same_in_training_in_predictions_and_on_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    ramp = np.tile(np.arange(64, dtype=np.uint16) * 60, (64, 1))  # 12 bits in 16
    for seed, name in enumerate(f"{label}/{number}.tif" for label in "ab" for number in range(4)):
        file = tmp_path / "source" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = 4095 - ramp
        pixels[-1, seed] = 0
        Image.fromarray(pixels).save(file, tiffinfo={262: 0})  # 0 is white
    draft = read_folder(tmp_path / "source")
    samples = [replace(sample, patient=sample.key) for sample in draft.samples]
    dataset = catalog.save_dataset("deep", samples, classes=draft.classes, source="TIFF")
    facts = SimpleNamespace(image_size=64, channels=1)
    for sample, cached in zip(dataset.samples.itertuples(), dataset.images(64), strict=True):
        path = dataset.image_path(sample.sample_id)
        assert cached[0, 0, 0] < 2 and cached[0, 0, -1] > 230 and (np.diff(cached[0, 0].astype(int)) >= 0).all()
        np.testing.assert_array_equal(predict.pixels_of(path, facts), cached)
        np.testing.assert_array_equal(np.asarray(decode_file(path)), cached[0])


def test_names_that_are_not_utf8_are_escaped(house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset, folder = catalog.open_dataset("tiny"), tmp_path / "pictures"
    folder.mkdir()
    for name in (b"M\xdcLLER.png", b"cut_\xdc.png"):
        shutil.copy(dataset.image_path(dataset.samples["sample_id"].iloc[0]), folder / os.fsdecode(name))
    (folder / os.fsdecode(b"cut_\xdc.png")).write_bytes(b"no picture")
    assert main(["predict", "single", str(folder), "--device", "cpu", "--csv", str(tmp_path / "p.csv")]) == 0
    assert main(["predict", "single", str(folder), "--device", "cpu"]) == 0
    printed = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["image"] for row in printed] == [rf"{folder}/M\udcdcLLER.png"]
    assert list(csv.DictReader((tmp_path / "p.csv").open(encoding="utf-8"))) == printed


@pytest.mark.slow
def test_an_exported_onnx_gives_equal_probabilities_and_says_what_it_is(house: Path, tmp_path: Path) -> None:
    classifier, pixels = predict.load("multi", device="cpu"), np.array(catalog.open_dataset("tiny").images(64)[:5])
    expected = classifier.probs(pixels)
    assert main(["export", "multi", "--format", "onnx", "--out", str(tmp_path / "net.onnx")]) == 0
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(["probs"], {"pixels": pixels})[0], expected, atol=1e-5)
    np.testing.assert_allclose(session.run(["probs"], {"pixels": pixels[:1]})[0], expected[:1], atol=1e-5)
    said = {prop.key: prop.value for prop in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert json.loads(said["classes"]) == list(classifier.facts.classes)
    assert json.loads(said["thresholds"]) == classifier.facts.thresholds
    assert len(json.loads(said["thresholds"])) == len(classifier.facts.classes)
    assert (said["objective"], said["label_scheme"], said["image_size"]) == ("sigmoid", "base", "64")
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


@pytest.mark.filterwarnings("ignore:.*torch.jit.load:FutureWarning")
def test_an_exported_torchscript_gives_equal_probabilities_and_says_what_it_is(house: Path, tmp_path: Path) -> None:
    classifier, pixels = predict.load("single", device="cpu"), np.array(catalog.open_dataset("tiny").images(64)[:5])
    assert main(["export", "single", "--format", "torchscript", "--out", str(tmp_path / "net.pt")]) == 0
    extra = {"odap.json": ""}
    scripted = torch.jit.load(tmp_path / "net.pt", _extra_files=extra)
    np.testing.assert_allclose(scripted(torch.from_numpy(pixels)).numpy(), classifier.probs(pixels), atol=1e-5)
    said = json.loads(extra["odap.json"])
    assert (json.loads(said["classes"]), said["thresholds"]) == (list(classifier.facts.classes), "null")
    assert [path.name for path in tmp_path.iterdir()] == ["net.pt"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("predict nobody {picture}", "There is no run 'nobody'"),
        ("predict single nowhere.png", "There is no picture nowhere.png; name pictures or folders of them."),
        ("predict single {here}", "There is no picture in "),
        ("predict single {here}/broken.png --csv {here}/p.csv", "broken.png is no PNG picture"),
        ("predict single {picture} --csv {here}/no/p.csv", "could not be written to"),
        ("predict single {picture} --stage refined", "Run single has no finished stage named refined yet."),
        ("export single --format onnx --out {here}/no/x.onnx", "There is no folder "),
        ("explain single", "Name samples with --sample, or ask for --scores: one of the two."),
        ("explain single --scores --layer nowhere", "shufflenet_v2_x1_0 has no layer 'nowhere'; near to it are"),
        ("explain single --scores --limit 0", "'0' is not a whole number above 0"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    house: Path, tmp_path: Path, words: str, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    if "broken" in words:
        (here / "broken.png").write_bytes(b"no picture")
    picture = catalog.open_dataset("tiny").image_path(store.predictions("single", 0, "full")["sample_id"].iloc[0])
    before = sorted(here.iterdir())
    capfd.readouterr()
    try:
        code = main(words.format(here=here, picture=picture).split())
    except SystemExit as ended:
        code = ended.code  # type: ignore[assignment]
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert sentence in said.err and said.err.count("\n") == 1, said.err
    assert sorted(here.iterdir()) == before


def test_no_cell_of_a_csv_file_is_a_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=cmd.png").write_bytes(b"")
    facts = SimpleNamespace(classes=("=1+1", "ac"), thresholds=None)
    monkeypatch.setattr(predict, "load", lambda *_: SimpleNamespace(facts=facts))
    monkeypatch.setattr(predict, "_rows", lambda *_: [["=cmd.png", "=1+1", 0.75, 0.25]])
    predict.predict("r", ["=cmd.png"], None, None, "p.csv")
    lines = Path("p.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["image,predicted,'=1+1,ac", "'=cmd.png,'=1+1,0.75,0.25"]

    scores = pd.DataFrame({"score": ["flip"], "maps": [""], "class_name": ["=1+1"], "value": [-0.5], "n": [3]})
    scores = scores.reindex(columns=map_scores.COLUMNS)
    plan, recipe = SimpleNamespace(round=0, stage="full"), SimpleNamespace(model="m", image_size=64, layer=None)
    opened = SimpleNamespace(plans=[plan], model=None, recipe=recipe)
    monkeypatch.setattr(map_scores, "open_run", lambda *_: opened)
    monkeypatch.setattr(map_scores.class_activation, "describe_layer", lambda *_: "layer4")
    scorer = SimpleNamespace(rows=[0], score_stage=lambda *_, **__: scores)
    monkeypatch.setattr(map_scores._Scorer, "prepare", lambda *_: scorer)
    monkeypatch.setattr(store, "record_map_scores", lambda *_: None)
    map_scores.score_run("r", csv="s.csv")
    assert Path("s.csv").read_text(encoding="utf-8").splitlines()[1] == "0,full,flip,,'=1+1,-0.5,,,3,,,,,"

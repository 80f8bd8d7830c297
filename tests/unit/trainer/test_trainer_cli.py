"""Mistakes on the command line: exit 2, one sentence, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import catalog
import store
from recipes import Recipe
from trainer.__main__ import main
from trainer.run import Run


def dataset(name: str, splits: dict[str, str]) -> None:
    """Six images; `splits` names each class's split, "" for one in each."""
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(
            key=f"{label}{split}.png", label=label, split=split, content=rng.integers(0, 255, (32, 32), dtype=np.uint8)
        )
        for label, only in splits.items()
        for split in ([only] if only else ["train", "val", "test"])
    ]
    catalog.save_dataset(name, samples, classes=tuple(splits), source="test")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train demo --dataset nobody", "There is no dataset 'nobody'. Known: tiny."),
        ("train nobody", "There is no recipe 'nobody'; the ones that ship are demo,"),
        ("train demo --set rouns=3", "unknown key 'rouns'; did you mean 'rounds'?"),
        ("train demo --set rounds=99", "'rounds': input should be less than or equal to 20, not 99."),
        ("train demo --seed x", "argument --seed: invalid int value: 'x'; see"),
        ("train demo --dataset tiny --run ../x", "'../x' cannot name a run; use up to 128 letters"),
        (
            "train demo --dataset tiny --run taken",
            "Run taken exists already; go on with it by: python -m trainer resume",
        ),
        ("train demo --dataset tiny --device tpu9", "There is no device 'tpu9' here"),
        ("resume nobody", "There is no run 'nobody' to go on with"),
        ("explain nobody --sample x", "There is no run 'nobody' to go on with"),
        ("", "the following arguments are required: COMMAND"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    places: Path, capfd: pytest.CaptureFixture[str], words: str, sentence: str
) -> None:
    dataset("tiny", {"a": "", "b": ""})
    store.create_run(
        "taken", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="tiny@1", classes=["a", "b"],
        seed=0, control=False, rounds=0, device="cpu",
    )  # fmt: skip
    capfd.readouterr()
    try:
        code = main(words.split())
    except SystemExit as ended:
        code = ended.code  # type: ignore[assignment]
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert sentence in said.err and said.err.count("\n") == 1, said.err
    assert store.jobs().empty and not (places / "runs").exists()


def test_a_class_without_a_training_sample_is_refused(places: Path, capfd: pytest.CaptureFixture[str]) -> None:
    dataset("gap", {"a": "", "b": "test"})
    capfd.readouterr()
    assert main(["train", "demo", "--dataset", "gap"]) == 2
    assert capfd.readouterr().err == (
        "Dataset gap@1 has no training sample of b; "
        "add images of it, of other patients too, and import again, or leave the class out.\n"
    )
    assert store.jobs().empty and not (places / "runs").exists()


def test_a_run_is_trained_by_one_process_at_a_time(places: Path, capfd: pytest.CaptureFixture[str]) -> None:
    dataset("tiny", {"a": "", "b": ""})
    recipe = Recipe.load("demo", {"dataset": "tiny", "image_size": 32})
    Run(recipe, "busy", "cpu").claim()
    capfd.readouterr()
    assert main(["train", "demo", "--dataset", "tiny", "--set", "image_size=32", "--run", "busy"]) == 2
    assert capfd.readouterr().err.startswith("Run busy is being trained by another process; wait for its end")
    assert store.jobs().empty


def test_a_picture_that_is_gone_ends_the_run_with_one_sentence(places: Path, capfd: pytest.CaptureFixture[str]) -> None:
    dataset("tiny", {"a": "", "b": ""})
    found = catalog.open_dataset("tiny")
    found.image_path(str(found.samples["sample_id"].iloc[0])).unlink()
    capfd.readouterr()
    words = "train demo --dataset tiny --set image_size=32 --run gone --device cpu"
    assert main(words.split()) == 1
    said = capfd.readouterr().err
    assert "cannot be read; see: python -m catalog check tiny@1" in said and "Traceback" not in said
    run = store.run("gone")
    assert run is not None and run["status"] == "failed" and "cannot be read" in run["error"]
    assert store.stages("gone").empty

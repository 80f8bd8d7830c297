"""The page Difficulty: a class that is told apart by colour is called so, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import catalog
import store
from dashboard.difficulty.class_views import SHOWN
from tests.unit.dashboard.conftest import CLASSES


def learn(run_id: str, dataset: catalog.Dataset, round_: int, stage: str, soon: str | None) -> pd.DataFrame:
    """Record how a stage learned its training samples: those of one class in epoch 1, the others later or not."""
    train = dataset.samples[dataset.samples["split"] == "train"]
    rng = np.random.default_rng(0)
    epochs = np.where(train["label"] == soon, 1, rng.integers(2, 9, len(train))).astype(float)
    epochs[(train["label"] != soon) & (rng.random(len(train)) < 0.1)] = np.nan
    frame = pd.DataFrame(
        {"sample_id": train["sample_id"].to_numpy(), "drawn": 10, "learned_epoch": pd.array(epochs, dtype="Int64"),
         "forgotten": np.where(train["label"] == soon, 0, 1), "aum": rng.normal(size=len(train)), "prob_true": 0.8}
    )  # fmt: skip
    with store.write() as connection:
        connection.register("incoming", frame)
        names = ", ".join(frame.columns)
        connection.execute(
            f"INSERT INTO dynamics (run_id, round, stage, {names}) SELECT ?, ?, ?, {names} FROM incoming",
            [run_id, round_, stage],
        )
    return frame


def coloured(house, n: int = 300) -> catalog.Dataset:
    """Pictures of noise, of which those of the last class have a brown tone."""
    rng = np.random.default_rng(0)
    made = []
    for i in range(n):
        label = CLASSES[i % 3]
        grey = rng.integers(0, 200, (24, 24), dtype=np.uint8)
        tone = np.stack([grey + 40, grey, grey], axis=2).astype(np.uint8)
        made.append(
            catalog.NewSample(
                f"{i:03d}.png", label, tone if label == CLASSES[2] else grey, patient=f"p{i // 3:03d}",
                split=("train", "val", "test")[i // 3 % 3],
            )
        )  # fmt: skip
    dataset = catalog.save_dataset("coloured", made, classes=CLASSES, source="test")
    store.register_dataset(
        dataset.dataset_id, dataset.name, dataset.version, list(dataset.classes), dataset.content_hash,
        str(dataset.folder), dataset.samples,
    )  # fmt: skip
    return dataset


def sentences(page) -> dict[str, str]:
    """The sentence of each class, without Markdown's escapes."""
    told = next(part.value for part in page.markdown if part.value.startswith("- ")).replace("\\", "")
    return {name: next(line for line in told.splitlines() if f"**{name}**" in line) for name in CLASSES}


def test_empty_store(house, opened, texts):
    assert "No run and no dataset yet" in texts(opened("difficulty"))


def test_a_run_without_a_finished_stage(house, opened, texts):
    house.start("demo-1", house.dataset())
    assert "has not finished a stage yet" in texts(opened("difficulty"))


def test_a_run_of_an_earlier_version_says_so_and_shows_the_rest(house, opened, texts):
    house.complete("demo-1", coloured(house))
    page = opened("difficulty", run="demo-1")
    shown = texts(page)
    assert "trained by an earlier version" in shown and "Train again" in shown
    assert "how soon it is learned is not known" in sentences(page)["ac"]
    assert "colour (alone enough to tell it apart from all others: AUC 1.00" in sentences(page)[CLASSES[2]]


def test_a_run_that_was_taken_in_has_no_training_samples_and_says_so(house, opened, texts):
    house.complete("demo-1", coloured(house))
    with store.write() as connection:
        connection.execute("UPDATE runs SET imported = true WHERE run_id = 'demo-1'")
        connection.execute("DELETE FROM predictions WHERE run_id = 'demo-1' AND split <> 'test'")
    page = opened("difficulty", run="demo-1")
    assert "imported from an export" in texts(page) and not page.error and not page.exception


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            (
                "is learned sooner than the other classes",
                "colour (alone enough to tell it apart from all others: AUC 1.00",
            ),
        ),
        ("ko", ("다른 클래스보다 먼저 학습됩니다", "색(이 단서만으로 다른 모든 클래스와 구별됨: AUC 1.00")),
    ],
)
def test_the_sentence_says_what_an_easy_class_goes_with(house, opened, lang, said):
    dataset = coloured(house)
    house.complete("demo-1", dataset)
    learn("demo-1", dataset, 2, "refined", CLASSES[2])
    page = opened("difficulty", run="demo-1", lang=lang)
    told = sentences(page)[CLASSES[2]]
    assert all(words in told for words in said)
    table = next(frame.value for frame in page.dataframe if "sooner" in frame.value)
    easiest = table.iloc[-1]
    assert easiest["class_name"] == CLASSES[2] and easiest["sooner"] == 100 and easiest["median"] == 1
    assert easiest["forgotten"] == 0 and easiest["learned"] == 100
    assert len(page.get("plotly_chart")) == 2
    assert len(page.image) == 2 * SHOWN and not any("purity" in str(part.value) for part in page.error)


def test_where_nothing_sets_a_class_apart_the_page_claims_nothing(house, opened):
    dataset = house.dataset(n=300)
    house.complete("demo-1", dataset)
    learn("demo-1", dataset, 2, "refined", None)
    told = sentences(opened("difficulty", run="demo-1"))
    assert all("nothing measured here sets it apart" in sentence for sentence in told.values())


def test_hardest_and_easiest_samples_are_those_of_the_chosen_class(house, opened, texts):
    dataset = coloured(house)
    house.complete("demo-1", dataset)
    learned = learn("demo-1", dataset, 2, "refined", CLASSES[2]).set_index("sample_id")
    page = opened("difficulty", run="demo-1", difficulty_class="ac")
    of_class = learned.loc[
        dataset.samples.loc[(dataset.samples["label"] == "ac") & (dataset.samples["split"] == "train"), "sample_id"]
    ]
    order = of_class.assign(epoch=of_class["learned_epoch"].astype(float).fillna(np.inf))
    order = order.sort_values(["epoch", "aum"], ascending=[False, True])
    captions = [part.value for part in page.caption if "`" in part.value]
    assert [caption.split("`")[1] for caption in captions[:SHOWN]] == order.index[:SHOWN].tolist()
    assert [caption.split("`")[1] for caption in captions[SHOWN : 2 * SHOWN]] == order.index[::-1][:SHOWN].tolist()
    assert "not learned" in captions[0] and "forgotten 1×" in captions[0]


def test_a_stage_without_embeddings_and_a_dataset_that_is_gone_leave_out_what_is_not_known(house, opened, texts):
    dataset = house.dataset(n=120)
    house.complete("demo-1", dataset)
    learn("demo-1", dataset, 2, "refined", None)
    (dataset.folder / "dataset.json").unlink()
    shown = texts(opened("difficulty", run="demo-1"))
    assert "no cue is known" in shown and "purity is not known here" in shown


def test_difficulties_that_the_phantom_records_are_compared(house, opened, texts, monkeypatch):
    dataset = house.dataset(n=120)
    house.complete("demo-1", dataset)
    learn("demo-1", dataset, 2, "refined", None)
    kept = store.samples

    def with_difficulty(dataset_id: str) -> pd.DataFrame:
        samples = kept(dataset_id)
        return samples.assign(difficulty=["clear", "hard"] * (len(samples) // 2))

    monkeypatch.setattr("store.samples", with_difficulty)
    page = opened("difficulty", run="demo-1")
    table = next(frame.value for frame in page.dataframe if "kind" in frame.value)
    assert set(table["kind"]) == {"clear", "hard"} and table["n"].sum() == len(dataset.samples.query("split=='train'"))
    assert "By difficulty of the phantom" in texts(page)


def test_a_multi_label_run_counts_a_sample_in_each_of_its_classes(house, opened):
    dataset = house.dataset(n=120)
    house.complete("multi-1", dataset, objective="sigmoid")
    learn("multi-1", dataset, 0, "full", None)
    page = opened("difficulty", run="multi-1")
    table = next(frame.value for frame in page.dataframe if "sooner" in frame.value).set_index("class_name")
    train = dataset.samples[dataset.samples["split"] == "train"]
    assert table["n"].to_dict() == {name: sum(name in labels for labels in train["labels"]) for name in CLASSES}

"""Test the report: it agrees with the store, escapes data, and is self-contained."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import catalog
import report
import store
from report import gather
from report.__main__ import main

ROOT = Path(__file__).parents[3]
EVIL = '<script>alert("x")</script><img src=http://evil/x onerror=alert(1)>'


class Document(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_everything_known_of_two_runs_is_in_it_and_data_is_text(house):
    dataset = house.dataset(classes=("ac", EVIL, "f*l*{{ 7 * 7 }}"))
    house.complete("demo-1", dataset)
    house.complete("multi-22", dataset, objective="sigmoid")
    test = store.predictions("demo-1", 2, "refined", "test")
    sample = str(test["sample_id"].iloc[0])
    house.maps("demo-1", dataset, sample)
    for name in ("Kim", EVIL[:50]):
        store.add_verdict(dataset.dataset_id, sample, name, "unusable", note=EVIL)
    document = Document(report.render(["demo-1", "multi-22"]))

    used = {tag for tag, _ in document.tags}
    assert not used & {"script", "iframe", "object", "link", "form", "base"}
    for tag, attributes in document.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert str(attributes.get("src", "data:")).startswith("data:"), attributes
    assert EVIL in document.text and "{{ 7 * 7 }}" in document.text
    accuracy = (test["label"] == test["predicted"]).mean()
    assert f"{100 * accuracy:.1f} (" in document.text
    assert "hold together over all classes" in document.text and re.search("Overall: .*; ", document.text)
    assert re.search(r"\w+ minus \w+, points \(95%\)", document.text), "which way the difference goes"
    for heading in ("Data", "Results", "Confusion", "Hard negatives", "Where the model looks", "Verdicts", "missing"):
        assert heading in document.text
    hardest = store.mined("demo-1").sort_values("margin").iloc[0]
    true, rival, said = hardest[["true_class", "rival_class", "predicted"]]
    assert f"{true}, nearest rival {rival}, predicted {said}" in document.text
    pictures = [attributes for tag, attributes in document.tags if tag == "img"]
    assert len(pictures) >= 12 + 5
    assert "excluded 1" in document.text and "Missing. One seed per recipe" in document.text


def test_a_failed_run_without_its_pictures_says_so_in_place(house):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    house.stage("demo-1", dataset, 0)
    store.finish_run("demo-1", "failed", "The disk is full.")
    (house.data / "tiny").rename(house.data / "gone")
    text = Document(report.render(["demo-1"])).text
    assert "This run is failed: The disk is full.; it is judged at its last finished stage." in text
    assert "The folder of this dataset no longer exists" in text and "picture missing" in text
    assert "No maps were made for this run." in text and "No verdict was given" in text


def test_what_was_changed_after_review_is_listed(house):
    first = house.dataset()
    catalog.revise(
        "tiny", [catalog.SampleChange(first.samples["sample_id"].iloc[0], "excluded", by="Kim", note="<b>blur</b>")]
    )
    second = catalog.open_dataset("tiny@2")
    store.register_dataset(
        second.dataset_id, "tiny", 2, list(second.classes), second.content_hash, str(second.folder), second.samples
    )
    house.complete("demo-1", second)
    text = Document(report.render(["demo-1"])).text
    assert "Changed after review" in text and "<b>blur</b>" in text


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [([], "at least one run"), (["nosuch"], "no run 'nosuch'"), (["demo-1"], "not finished a stage")],
)
def test_what_cannot_be_reported_is_a_sentence(house, runs, sentence):
    house.start("demo-1", house.dataset())
    with pytest.raises(report.ReportError, match=sentence):
        report.render(runs)


def test_the_command_writes_the_file_and_refuses_in_one_sentence(house, tmp_path, capsys):
    house.complete("demo-1", house.dataset())
    out = tmp_path / "report.html"
    assert main(["demo-1", "--out", str(out)]) == 0
    assert (
        out.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>") and str(out) in capsys.readouterr().out
    )
    before = out.read_bytes()
    assert main(["nosuch", "--out", str(out)]) == 2
    assert re.fullmatch(r"There is no run 'nosuch'.*\n", capsys.readouterr().err)
    assert main(["demo-1", "--out", str(tmp_path / "no" / "such" / "x.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    for margin in ("0", "-1", "nan", "200"):
        assert main(["demo-1", "--out", str(out), "--margin", margin]) == 2
        assert re.fullmatch(r"The margin is .* points; give one above 0 and up to 100\.\n", capsys.readouterr().err)
    assert out.read_bytes() == before and sorted(p.suffix for p in tmp_path.glob("*.html*")) == [".html"]


def test_the_command_applies_what_was_spooled_before_it_reads(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(store, "apply_waiting", lambda *_: calls.append("apply"))
    monkeypatch.setattr(report, "write", lambda *_: calls.append("write") or tmp_path / "r.html")
    assert main(["demo-1"]) == 0 and calls == ["apply", "write"]


@pytest.mark.parametrize("program", [("report",), ("trainer", "report")], ids=" ".join)
def test_the_command_of_earlier_versions_is_the_same(house, tmp_path, program):
    house.complete("demo-1", house.dataset())
    out = tmp_path / "report.html"
    for words, code, told in (
        (("--out", str(out), "demo-1"), 0, f"The report is in {out}; a browser shows it and prints it as PDF.\n"),
        (("nosuch",), 2, "There is no run 'nosuch'"),
        (("--margin", "x", "demo-1"), 2, "see python -m report --help.\n"),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", *program, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ran.returncode == code and told in (ran.stdout if code == 0 else ran.stderr)
        assert "Traceback" not in ran.stderr
    assert out.is_file()


def test_a_report_waits_for_no_torch():
    code = "import sys, report; print('torch' in sys.modules, 'streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


def test_the_overview_page_makes_it_and_offers_it_for_saving(house, opened):
    house.complete("demo-1", house.dataset())
    at = opened("overview", run="demo-1")
    assert "save_report" not in {button.key for button in at.get("download_button")}
    at.button(key="make_report").click().run()
    assert not at.exception and "save_report" in {button.key for button in at.get("download_button")}
    assert at.session_state["_report"][1].rstrip().endswith("</html>")


@pytest.mark.parametrize(("language", "seeds"), [("en", 3), ("ko", 3), ("en", 1)])
def test_the_report_says_of_two_recipes_what_the_page_says(house, opened, language, seeds):
    dataset = house.dataset(classes=("ac", "bpd", "fl"))
    for seed in range(seeds):
        for name, kind in (("demo", {}), ("multi", {"objective": "sigmoid"})):
            run_id = house.complete(f"{name}-{'x' * seed}{seed}", dataset, **kind)  # what it says hangs on its length
            with store.write() as connection:
                connection.execute("UPDATE runs SET seed = ? WHERE run_id = ?", [seed, run_id])
    text = Document(report.render(["demo-0", "multi-0"], language)).text
    heads = {"en": ("the single label", "all labels present"), "ko": ("단일 라벨", r"모든 라벨\(")}[language]
    for scoring, told in zip(("label", "labels"), re.split("|".join(heads), text)[1:3], strict=True):
        page = opened("single_vs_multi", lang=language, a="demo-0", b="multi-0", scoring=scoring)
        found = next(part.value for part in page.markdown if part.value.startswith("#### ")).removeprefix("#### ")
        assert re.sub(r"\\(.)", r"\1", found) in told
        for row in page.dataframe[0].value.itertuples():
            assert f"{row.difference:+.1f}" in told and f"({row.simultaneous_low:+.1f} " in told and row.verdict in told
        overall = [page.metric[place].value for place in (0, 1, 3, 4)]
        assert all(value in told for value in overall), (overall, told)
        assert ("0, 1, 2" in told) == (seeds == 3)


def test_page_and_report_claim_nothing_of_classes_that_too_few_patients_have(house, opened):
    dataset = house.dataset(n=45, classes=("ac", "bpd", "fl"))
    house.complete("demo-1", dataset)
    house.complete("multi-22", dataset, objective="sigmoid")
    text = Document(report.render(["demo-1", "multi-22"])).text
    page = opened("single_vs_multi", a="demo-1", b="multi-22")
    said = next(part.value for part in page.markdown if part.value.startswith("#### ")).replace("\\", "")
    assert "not comparable on ac, bpd and fl (fewer than 6 patients)." in said
    assert said.removeprefix("#### ") in text and "is better" not in text and "equivalent within 1" not in text


def test_runs_of_one_label_are_compared_on_that_alone(house):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-22", dataset, control=True)
    text = Document(report.render(["demo-1", "control-22"])).text
    assert "the single label" in text and "all labels present" not in text


def test_runs_that_cannot_be_compared_are_named(house):
    house.complete("demo-1", house.dataset())
    house.complete("other-1", house.dataset("other", classes=("x", "y")))
    text = Document(report.render(["demo-1", "other-1"])).text
    assert "other-1 is not compared with demo-1" in text and "is better" not in text


def test_what_is_undefined_is_a_dash_alone_and_a_matrix_that_is_left_out_is_named(house):
    house.complete("many-1", house.dataset("many", n=90, classes=tuple(f"c{i:02d}" for i in range(30))))
    text = Document(report.render(["many-1"])).text
    assert "A matrix of 30 classes does not fit on a page" in text
    assert "(–" not in text and "nan" not in text.lower().split()


def test_an_image_of_several_classes_is_counted_in_each(house):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    rows = {row["label"]: row for row in gather.gather(["demo-1"]).datasets[0].by_class}
    shown = dataset.samples.explode("labels")
    assert len(shown) > len(dataset.samples)
    for name in dataset.classes:
        for split in ("train", "val", "test"):
            assert rows[name].get(split, 0) == ((shown["labels"] == name) & (shown["split"] == split)).sum()

"""The report says what made a run, and what else it was resumed in."""

from __future__ import annotations

import pytest

import report
import store


@pytest.mark.parametrize(
    ("language", "unknown", "resumed"),
    [("en", "were not recorded", "Resumed with Odap 0.3.0"), ("ko", "기록되지 않았습니다", "이어서 학습했습니다")],
)
def test_what_made_a_run_is_in_the_report(house, language, unknown, resumed):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    assert unknown in report.render(["demo-1"], language)
    made = {"odap": "0.3.0", "torch": "2.14", "cuda": None, "device": "CPU <fast>", "python": "3.11.7", "commit": "abc"}
    store.create_run(
        "demo-1", recipe_name="demo", recipe={}, objective="softmax", model="m", dataset_id=dataset.dataset_id,
        classes=list(dataset.classes), seed=0, control=False, rounds=2, device="cpu", environment=made,
    )  # fmt: skip
    html = report.render(["demo-1"], language)
    assert unknown in html and resumed in html
    for words in ("0.3.0", "abc", "torch 2.14", "Python 3.11.7", "CPU &lt;fast&gt;"):
        assert words in html
    assert "CUDA" not in html

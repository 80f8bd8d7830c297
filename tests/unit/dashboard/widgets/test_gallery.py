"""Test the cards that galleries draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.reads import dataset_queries
from dashboard.widgets import gallery

ROWS = pd.DataFrame({"sample_id": ["s1", "s2"], "path": ["images/a.png", "images/b.png"], "label": ["ac", "fl"]})


def test_a_card_has_the_picture_of_its_row_and_its_lines_are_made_only_when_they_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dataset_queries, "dataset_folder", lambda dataset_id: Path("/data") / dataset_id)
    made: list[str] = []

    def lines(row: Any) -> tuple[str, ...]:
        made.append(row.sample_id)
        return (row.label,)

    cards = gallery.cards_of_run({"run_id": "r1", "dataset_id": "demo@1"}, ROWS, lines)
    assert [(card.sample_id, card.picture, card.run_id) for card in cards] == [
        ("s1", Path("/data/demo@1/images/a.png"), "r1"),
        ("s2", Path("/data/demo@1/images/b.png"), "r1"),
    ]
    assert made == []
    assert cards[1].lines() == ("fl",) and made == ["s2"]


def test_a_card_of_a_dataset_alone_belongs_to_no_run() -> None:
    (card, _) = gallery.cards_in(Path("/data/demo/1"), ROWS.itertuples(), lambda row: (row.label,))
    assert card.run_id is None and card.picture == Path("/data/demo/1/images/a.png") and card.lines() == ("ac",)

"""Numbers in cells can be read on every colour of every scale."""

from __future__ import annotations

import numpy as np
import pytest
from plotly.colors import get_colorscale

from dashboard.charts import confusion_matrix, text_contrast, theme
from dashboard.widgets import clickable_matrix


@pytest.mark.parametrize("scale", [get_colorscale(theme.SEQUENTIAL), theme.DIVERGING], ids=["shares", "changes"])
def test_the_ink_has_contrast_of_at_least_four_and_a_half_over_the_whole_scale(scale):
    places = np.linspace(0, 1, 2001)
    inks = text_contrast.text_colours(places, scale, 0, 1)
    written = np.array([0.0 if colour == text_contrast.BLACK else 1.0 for colour in inks])
    ratios = text_contrast.contrast(written, text_contrast.luminance(text_contrast.colours(places, scale)))
    assert ratios.min() >= 4.5 and {text_contrast.BLACK, text_contrast.WHITE} == set(inks)


def test_luminance_and_contrast_of_known_colours():
    grey, red = text_contrast.luminance([[119, 119, 119], [255, 0, 0]])
    assert text_contrast.contrast(grey, 1.0) == pytest.approx(4.48, abs=0.01), "#777 on white, the well-known near miss"
    assert text_contrast.contrast(red, 1.0) == pytest.approx(4.0, abs=0.01)
    assert text_contrast.contrast(0.0, 1.0) == 21


def test_every_written_cell_has_its_own_ink_and_a_blank_one_the_pages():
    counts = np.array([[90, 10, 0], [30, 70, 0], [0, 0, 0]])
    shown = clickable_matrix.clickable(confusion_matrix.confusion(counts, ["a", "b", "c"]))
    inks = {(note.y, note.x): note.font.color for note in shown.layout.annotations}
    assert len(inks) == 9 and shown.data[0].texttemplate is None
    assert inks[0, 0] == text_contrast.BLACK and inks[0, 1] == text_contrast.WHITE and inks[2, 2] is None, (
        "yellow, dark blue, no samples"
    )
    assert next(note.text for note in shown.layout.annotations if (note.y, note.x) == (0, 0)) == "90%<br>90"

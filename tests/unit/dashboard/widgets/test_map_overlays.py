"""Maps laid over pictures: colours, boxes and scores, on files made by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from dashboard.charts import theme
from dashboard.widgets import map_overlays
from dashboard.widgets.map_overlays import SIDE


@pytest.fixture
def files(tmp_path):
    """A black picture twice as wide as high; a map with its peak left in the middle, and one with it right."""
    Image.fromarray(np.zeros((20, 40), np.uint8)).save(tmp_path / "picture.png")
    for name, columns in (("left", slice(0, 16)), ("right", slice(48, 64)), ("empty", slice(0, 0))):
        heat = np.zeros((64, 64), np.uint8)
        heat[24:40, columns] = 255
        Image.fromarray(heat).save(tmp_path / f"{name}.png")
    return tmp_path


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_a_map_is_drawn_where_it_is_and_nowhere_else(files):
    made = pixels(map_overlays.overlay(files / "picture.png", files / "left.png", 1.0))
    assert made.shape == (SIDE, SIDE, 3)
    assert made[SIDE // 2, 10].sum() > 500 and not made[SIDE // 2, -10].any() and not made[10].any()
    assert not pixels(map_overlays.overlay(files / "picture.png", files / "left.png", 0.0)).any()


def test_a_contrast_is_vermilion_for_the_true_class_and_blue_for_the_other(files):
    made = pixels(map_overlays.contrast(files / "picture.png", files / "left.png", files / "right.png", 1.0))
    assert tuple(made[SIDE // 2, 10]) == ImageColor.getrgb(theme.VERMILION)
    assert tuple(made[SIDE // 2, -10]) == ImageColor.getrgb(theme.BLUE)
    assert not made[SIDE // 2, SIDE // 2].any()
    same = map_overlays.contrast(files / "picture.png", files / "left.png", files / "left.png", 1.0)
    assert not pixels(same).any(), "zero is transparent"


def test_a_box_is_framed_where_it_lies_in_the_fitted_picture(files):
    # Fitted into a square, the picture has a border of a quarter above and below.
    made = pixels(map_overlays.overlay(files / "picture.png", files / "empty.png", 1.0, [(10, 5, 20, 10)]))
    green = (made == ImageColor.getrgb(theme.GREEN)).all(axis=2)
    rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (96, 160, 64, 192)
    assert not green[100:156, 70:186].any()


def test_a_map_is_scored_by_the_boxes(files):
    left = [(0, 5, 5, 10)]  # a half of the map's peak, which is ten pixels wide in the picture
    assert map_overlays.scores(files / "picture.png", files / "left.png", left) == (True, pytest.approx(0.5))
    assert map_overlays.scores(files / "picture.png", files / "right.png", left) == (False, 0.0)
    assert map_overlays.scores(files / "picture.png", files / "empty.png", left) is None
    assert map_overlays.scores(files / "picture.png", files / "left.png", []) is None


def test_what_is_missing_or_broken_is_none(files):
    (files / "broken.png").write_bytes(b"no picture")
    for picture, map_ in (("gone.png", "left.png"), ("picture.png", "gone.png"), ("picture.png", "broken.png")):
        assert map_overlays.overlay(files / picture, files / map_, 0.5) is None
        assert map_overlays.contrast(files / picture, files / map_, files / map_, 0.5) is None
        assert map_overlays.scores(files / picture, files / map_, [(0, 0, 9, 9)]) is None

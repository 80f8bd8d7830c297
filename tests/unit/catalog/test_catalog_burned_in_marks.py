"""Crosses and text are found where they were drawn, and rarely elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from catalog.burned_in_marks import Mark, find_marks
from catalog.phantom import PhantomSettings, generate
from catalog.phantom.machines import MACHINES


def speckle(seed: int, side: int = 200) -> np.ndarray:
    """Grey texture without marks."""
    coarse = np.random.default_rng(seed).integers(20, 140, (side // 4, side // 4), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)).copy()


def grey(pixels: np.ndarray) -> np.ndarray:
    """Convert an image to grey, as the checks do."""
    return np.asarray(Image.fromarray(pixels).convert("L"))


def cross(pixels: np.ndarray, x: int, y: int, arm: int, tilted: bool = False) -> None:
    reach = np.arange(-arm, arm + 1)
    pixels[y + reach, x + (reach if tilted else 0)] = 230
    pixels[y + (-reach if tilted else 0), x + reach] = 230


def covers(mark: Mark, x: int, y: int) -> bool:
    return abs(mark.x + mark.w / 2 - x - 0.5) <= 1 and abs(mark.y + mark.h / 2 - y - 0.5) <= 1


@pytest.mark.parametrize("tilted", [False, True])
@pytest.mark.parametrize("arm", [2, 3, 5, 7])
def test_crosses_of_all_sizes_upright_and_tilted(arm, tilted):
    pixels = speckle(arm)
    for x, y in ((40, 60), (150, 61), (90, 130)):
        cross(pixels, x, y, arm, tilted)
    marks = find_marks(pixels)
    assert [mark.kind for mark in marks] == ["caliper"] * 3
    assert all(any(covers(mark, x, y) for mark in marks) for x, y in ((40, 60), (150, 61), (90, 130)))


def test_lines_bars_dots_and_corners_are_no_crosses():
    pixels = speckle(1)
    pixels[50, 20:180] = 230
    pixels[20:180, 100] = 40
    pixels[60:90, 30] = 230
    pixels[120, 20:180:4] = 230
    pixels[150:165, 60:75] = 230
    pixels[:4, 60] = pixels[0, 57:64] = 235
    pixels[100, 150:160] = pixels[100:110, 150] = 230
    assert find_marks(pixels) == []


@pytest.mark.parametrize("words", ["LT AXILLA", "rt 11", "GA 20w3d"])
def test_text_is_one_mark_a_line(words):
    picture = Image.fromarray(speckle(3))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    draw.text((20, 30), words, font=font, fill=235)
    draw.text((60, 150), words, font=font, fill=235)
    marks = [mark for mark in find_marks(np.asarray(picture)) if mark.kind == "text"]
    assert len({mark.y // 60 for mark in marks}) == 2
    left, top, right, bottom = draw.textbbox((20, 30), words, font=font)
    first = marks[0]
    assert (
        left - 2 <= first.x and first.x + first.w <= right + 2 and top - 2 <= first.y <= first.y + first.h <= bottom + 2
    )


def test_words_far_apart_are_two_marks():
    picture = Image.fromarray(speckle(4, 400))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    draw.text((20, 30), "LT AXILLA", font=font, fill=235)
    draw.text((280, 30), "RT UOQ", font=font, fill=235)
    assert len(find_marks(np.asarray(picture))) == 2


@pytest.mark.parametrize("size", [(700, 1000), (1000, 700)])
def test_boxes_of_large_pictures_are_in_their_own_pixels(size):
    pixels = np.full(size, 30, np.uint8)
    pixels[296:305, 480:521] = pixels[280:321, 496:505] = 240
    [mark] = find_marks(pixels)
    assert mark.kind == "caliper" and abs(mark.x + mark.w / 2 - 500) < 6 and abs(mark.y + mark.h / 2 - 300) < 6


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (8, 8)])
def test_small_pictures_have_none(shape):
    assert find_marks(np.full(shape, 200, np.uint8)) == []


@pytest.mark.slow
def test_on_the_phantom_few_are_missed_and_hardly_one_invented():
    pictures = list(generate(PhantomSettings(images=240, seed=5), workers=1))
    branded = {machine.name for machine in MACHINES if machine.frame.brand}
    for kind, precision, recall in (("caliper", 0.9, 0.95), ("text", 0.95, 0.75)):
        found = np.array([any(mark.kind == kind for mark in find_marks(grey(one.pixels))) for one in pictures])
        true = np.array([kind in one.marks for one in pictures])
        # The maker's faint name in a corner is text too, though not a mark of the examination: it is no false alarm.
        sound = true | np.array([kind == "text" and one.device in branded for one in pictures])
        assert (found & sound).sum() / found.sum() >= precision
        assert (found & true).sum() / true.sum() >= recall

"""The data page in a real browser: a zip is uploaded, seen before it is written, imported and checked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import catalog
from tests.e2e.house import App
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """24 pictures of two classes, of which two are one and the same."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "노트.zip", "w") as packed:
        for number in range(24):
            stream = io.BytesIO()
            pixels = rng.integers(0, 256, (40, 48), dtype=np.uint8)
            Image.fromarray(pixels).save(stream, format="PNG")
            packed.writestr(f"{'ab'[number % 2]}/p{number // 4}_{number:02d}.png", stream.getvalue())
        packed.writestr("b/p5_twin.png", packed.read("a/p0_00.png"))
    return tmp_path / "노트.zip"


def test_a_zip_is_uploaded_seen_imported_and_checked(house: App, look: Callable[[App], Screen], archive: Path) -> None:
    screen = look(house).open("data")
    expect(screen.main.get_by_text("No dataset yet")).to_be_visible()
    screen.page.locator("input[type=file]").set_input_files(archive)
    preview = screen.main.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_be_enabled()
    preview.click()
    expect(screen.main.get_by_role("heading", name=re.compile("^25 images from"))).to_be_visible()
    screen.settle()
    assert screen.pictures() == 12
    assert catalog.list_datasets() == []
    screen.shoot("import_preview")

    name = screen.main.get_by_role("textbox", name="Name of the dataset")
    name.fill("mine")
    screen.main.get_by_role("button", name="Import", exact=True).click()
    expect(screen.main.get_by_text("mine@1 is imported")).to_be_visible()
    screen.open("data?dataset=mine%401")
    screen.main.get_by_role("tab", name="Samples").click()
    expect(screen.main.get_by_text("25 of 25 images")).to_be_visible()
    screen.choose("Class", re.compile("^b$"))
    expect(screen.main.get_by_text("13 of 25 images")).to_be_visible()
    screen.main.get_by_role("tab", name="Checks").click()
    screen.main.get_by_role("button", name="Check this dataset").click()
    expect(screen.main.get_by_text("are one picture, byte for byte, labelled a and b")).to_be_visible()
    screen.shoot("data_checks")

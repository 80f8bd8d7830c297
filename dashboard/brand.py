"""What Odap looks like beyond Streamlit's theme: its icon and a few lines of style. No request leaves the machine."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

STYLE = Path(__file__).with_name("style.css")
_TEAL, _WHITE = (11, 110, 138), (255, 255, 255)


def icon() -> Image.Image:
    """A notebook page with a crossed-out and a right answer, 64 pixels square."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((6, 2, 58, 62), radius=10, fill=_TEAL)
    for start, end in (((18, 14), (30, 26)), ((30, 14), (18, 26)), ((17, 44), (26, 53)), ((26, 53), (46, 34))):
        draw.line((*start, *end), fill=_WHITE, width=5)
    return image

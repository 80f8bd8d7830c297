"""Define Odap's icon and its style beyond Streamlit's theme.

No request leaves the machine.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw

from dashboard.text import T

# Streamlit's uploader takes no texts. These are painted over its own, which screen readers still read.
_UPLOADER = """<style>
[data-testid="stFileUploaderDropzone"] > span button p, [data-testid="stFileUploaderDropzoneInstructions"] span
{{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] > span button p::after {{ content: "{button}"; font-size: 0.875rem; }}
[data-testid="stFileUploaderDropzoneInstructions"] span::after {{ content: "{limit}"; font-size: 0.875rem; }}
</style>"""
STYLE = Path(__file__).with_name("style.css")
_TEAL, _WHITE = (11, 110, 138), (255, 255, 255)


def uploader_style() -> str:
    """Return the CSS that writes the texts of an uploader in the session's language."""
    megabytes = int(st.get_option("server.maxUploadSize"))
    return _UPLOADER.format(button=T.upload_button, limit=T.upload_limit.format(mb=megabytes))


def icon() -> Image.Image:
    """Draw a notebook page with a crossed-out and a right answer, 64 pixels square."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((6, 2, 58, 62), radius=10, fill=_TEAL)
    for start, end in (((18, 14), (30, 26)), ((30, 14), (18, 26)), ((17, 44), (26, 53)), ((26, 53), (46, 34))):
        draw.line((*start, *end), fill=_WHITE, width=5)
    return image

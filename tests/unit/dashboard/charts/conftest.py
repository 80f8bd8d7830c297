"""What every figure must satisfy."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest


@pytest.fixture
def check_figure():
    """Assert that a figure has axis titles, fits light and dark pages, is JSON, and shows class names literally."""

    def check(figure: go.Figure, y_title: bool = True) -> None:
        written = figure.to_json()
        shown = json.loads(written)
        assert figure.data
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color is None, "text takes the page's colour"
        assert figure.layout.xaxis.title.text and shown["layout"]["height"] >= 200
        assert not y_title or figure.layout.yaxis.title.text
        assert "undefined" not in json.dumps(shown)
        assert "<b>3d" not in written.replace("\\u003c", "<").replace("\\u003e", ">")

    return check

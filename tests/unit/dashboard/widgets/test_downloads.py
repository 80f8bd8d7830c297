"""What leaves the dashboard: CSV that no spreadsheet executes, and the format of saved figures."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from dashboard.widgets.downloads import csv as as_csv

EVIL = ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"]


def read(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_text_that_a_spreadsheet_would_calculate_is_guarded_and_numbers_are_not():
    table = pd.DataFrame({"class_name": EVIL, "points": [-1.5, 2, 3, 4, 5, 6], "@name": ["a, b", "초음파", *"cdef"]})
    header, *rows = read(as_csv(table))
    assert header == ["class_name", "points", "'@name"]
    assert [row[0] for row in rows] == [f"'{text}" for text in EVIL]
    assert rows[0][1] == "-1.5" and [row[2] for row in rows[:2]] == ["a, b", "초음파"]


def test_lists_and_missing_values():
    table = pd.DataFrame({"trend": [[0.1, 0.2], ["=x", "b"]], "low": [float("nan"), 1.0], "none": [None, "-"]})
    assert read(as_csv(table))[1:] == [["0.1; 0.2", "", ""], ["'=x; b", "1.0", "'-"]]


@pytest.mark.parametrize(("asked", "format_"), [(None, "png"), ("svg", "svg"), ("exe", "png")])
def test_the_camera_saves_what_the_url_says(house, opened, asked, format_):
    house.complete("demo-1", house.dataset())
    at = opened("confusion", run="demo-1", **({"picture": asked} if asked else {}))
    (chart, *_) = at.get("plotly_chart")
    assert f'"format": "{format_}"' in chart.proto.config.replace('":"', '": "')

"""The app around its pages: no torch at start, links straight to a page, text shown literally."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.text import duration, plain
from system.version import __version__

APP = Path(__file__).parents[3] / "app.py"


def test_the_dashboard_imports_no_torch(house):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=60).run(); assert not at.exception; "
        "import dashboard.grad_cam.sample_maps, dashboard.confusion.matrix, dashboard.comparison.two_runs; "
        "import dashboard.hard_negatives.mined_samples; "
        "print([name for name in sys.modules if name.split('.')[0] in {'torch', 'torchvision'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=APP.parent, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_a_link_straight_to_a_page_has_the_sidebar(house):
    """AppTest begins every rerun like the first session after a server's start: the page's file is run by itself."""
    at = AppTest.from_file(str(APP), default_timeout=30).run()
    at.switch_page("pages/confusion.py").run()
    assert not at.exception
    assert at.header[0].value == "Confusion"
    assert [heading.value for heading in at.sidebar.subheader] == ["New training", "Live runs"]


def test_the_sidebar_ends_with_the_version(house):
    at = AppTest.from_file(str(APP), default_timeout=30).run()
    assert at.sidebar.caption[-1].value == f"Odap {__version__}"


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, "–"), (float("nan"), "–"), (40.2, "40 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_data_in_markdown_is_escaped():
    assert plain("<b>x</b>") == r"\<b\>x\</b\>"
    assert plain("a*b :red[c]\n$d$") == r"a\*b \:red\[c\] \$d\$"

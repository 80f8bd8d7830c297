"""Measure the waits of ten simultaneous users on the large store of `pages.py`.

    python benchmarks/sessions.py --runs 100 --samples 12400 --keep FOLDER

The app runs as `streamlit run app.py`; sessions speak the browser's protocol and draw nothing (as in `tests/faults`),
click through all pages 4 to 12 seconds after each was shown, and choose another run now and then.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.pages import make
from tests.e2e.house import App
from tests.faults.sessions import crowd


def main() -> None:
    """Make the store, open the sessions, print how long their clicks took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the store here, or use the one made here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        app = App(args.keep or Path(passing))
        os.environ.update(app.places)
        make(args.runs, args.samples)
        app.start()
        try:
            runs = [f"mines-{number}" for number in range(0, args.runs, 3)]
            crowd(
                app.url, 1, 6.0, runs, random.Random(0), think=(0.1, 0.2)
            )  # a server's first visitor waits for imports
            sessions = crowd(app.url, args.sessions, args.seconds, runs, random.Random(1))
        finally:
            app.close()
    errors = [error for session in sessions for error in session.errors]
    clicks = pd.DataFrame(
        [(number, click.page, 1000 * click.seconds)
         for number, session in enumerate(sessions) for click in session.clicks if click.page != "first"],
        columns=["session", "page", "ms"],
    )  # fmt: skip
    worst = clicks.groupby("session")["ms"].quantile(0.95).max()
    print(
        f"{args.sessions} sessions, {args.seconds:.0f} s, {len(clicks)} clicks, {len(errors)} error boxes {errors[:3]}"
    )
    median, tail = np.percentile(clicks["ms"], [50, 95])
    print(f"click to all said: median {median:.0f} ms, p95 {tail:.0f} ms, the worst session's p95 {worst:.0f} ms")
    print(clicks.groupby("page")["ms"].agg(["count", "median", "max"]).round().astype(int).to_string())


if __name__ == "__main__":
    main()

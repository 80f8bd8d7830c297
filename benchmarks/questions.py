"""Compare the store with pandas on Parquet: the same queries, results and their times.

    python benchmarks/questions.py --runs 100 --samples 12400 --keep FOLDER

Makes the store of `pages.py`, exports its tables as Parquet (`python -m store export`), and asks both. pandas reads
only the columns that it needs, and the row groups that may hold the run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import store
from benchmarks.pages import CLASSES, make
from store.maintenance import export

TURNS = 7


class Parquet:
    """The queries of the pages, answered by pandas from exported tables."""

    def __init__(self, folder: Path) -> None:
        """Read the labels of the samples."""
        self.folder = folder
        self.label = self._read("samples", ["sample_id", "label", "position"]).set_index("sample_id")

    def confusion(self, run: str) -> pd.DataFrame:
        """Count (true class, predicted class) of a stage."""
        found = self._stage(run, ["sample_id", "probs"])
        counts = pd.DataFrame({"true_class": found["label"], "predicted_class": _top(found["probs"])})
        return counts.value_counts().rename("n").reset_index().sort_values(["true_class", "predicted_class"])

    def pair(self, run: str) -> list[str]:
        """Return the sample ids of one confused pair."""
        found = self._stage(run, ["sample_id", "probs"])
        return sorted(found.loc[(found["label"] == "ac") & (_top(found["probs"]) == "afi"), "sample_id"])

    def scores(self, runs: list[str]) -> pd.DataFrame:
        """Return the test macro-F1 of every stage of the runs."""
        chosen: list[tuple[str, str, object]] = [
            ("metric", "==", "macro_f1"),
            ("split", "==", "test"),
            ("run_id", "in", runs),
        ]
        return self._read("metrics", ["run_id", "round", "stage", "value"], chosen)

    def history(self, run: str, sample: str) -> list[bool]:
        """Tell for each stage whether it predicts a sample correctly."""
        rows = self._read(
            "predictions", ["round", "stage", "correct"], [("run_id", "==", run), ("sample_id", "==", sample)]
        )
        order = self._read("stages", ["round", "stage", "position"], [("run_id", "==", run)])
        return [bool(correct) for correct in rows.merge(order).sort_values("position")["correct"]]

    def _stage(self, run: str, columns: list[str]) -> pd.DataFrame:
        at = [("run_id", "==", run), ("round", "==", 3), ("stage", "==", "refined"), ("split", "==", "test")]
        return self._read("predictions", columns, at).join(self.label, on="sample_id")

    def _read(
        self, table: str, columns: list[str], filters: list[tuple[str, str, object]] | None = None
    ) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{table}.parquet", columns=columns, filters=filters)


class Store:
    """The same queries, answered by the store."""

    def confusion(self, run: str) -> pd.DataFrame:
        """Count (true class, predicted class) of a stage."""
        return store.confusion_counts(run, 3, "refined", "test")

    def pair(self, run: str) -> list[str]:
        """Return the sample ids of one confused pair."""
        found = store.predictions(run, 3, "refined", "test")
        return sorted(found.loc[(found["label"] == "ac") & (found["predicted"] == "afi"), "sample_id"])

    def scores(self, runs: list[str]) -> pd.DataFrame:
        """Return the test macro-F1 of every stage of the runs."""
        found = store.metrics(runs)
        return found[(found["metric"] == "macro_f1") & (found["split"] == "test")]

    def history(self, run: str, sample: str) -> list[bool]:
        """Tell for each stage whether it predicts a sample correctly."""
        return [bool(correct) for correct in store.sample_history(run, [sample])["correct"]]


def _top(probs: pd.Series) -> np.ndarray:
    return np.asarray(np.array(CLASSES)[np.stack(probs.to_numpy()).argmax(axis=1)])


def timed(ask: Callable[[int], object]) -> float:
    """Return the median milliseconds of one query over turns, each on another run."""
    took = []
    for turn in range(TURNS):
        began = time.perf_counter()
        ask(turn)
        took.append(1000 * (time.perf_counter() - began))
    return float(np.median(took))


def main() -> None:
    """Make the store, compare the results, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the store here, or use the one made here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = args.keep or Path(passing)
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            os.environ[f"ODAP_{name}"] = str(folder / place)
        make(args.runs, args.samples)
        export(Path(passing) / "tables")
        ours, pandas = Store(), Parquet(Path(passing) / "tables")
        runs = store.runs()["run_id"].tolist()
        sample = f"{args.samples - 1:016x}"
        run = runs[0]
        assert ours.confusion(run)["n"].tolist() == pandas.confusion(run)["n"].tolist()
        assert ours.pair(run) == pandas.pair(run)
        assert sorted(ours.scores(runs)["value"]) == sorted(pandas.scores(runs)["value"])
        assert ours.history(run, sample) == pandas.history(run, sample)
        print("| question | store, ms | pandas on Parquet, ms | times as fast |\n| --- | --- | --- | --- |")
        for question, ask in {
            "confusion of a stage": lambda of, turn: of.confusion(runs[turn]),
            "samples of a pair": lambda of, turn: of.pair(runs[turn]),
            "macro-F1 of every stage of every run": lambda of, _: of.scores(runs),
            "one sample over the stages of a run": lambda of, turn: of.history(runs[turn], sample),
        }.items():
            mine, theirs = (timed(partial(ask, of)) for of in (ours, pandas))
            print(f"| {question} | {mine:.0f} | {theirs:.0f} | {theirs / mine:.1f} |")


if __name__ == "__main__":
    main()

"""Gather the runs of a study: their states, predictions, costs and curves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import catalog
from analysis.prediction_table import PredictionTable
from analysis.seed_statistics import mean_over_seeds
from analysis.study_questions import ArmPredictions
from catalog.errors import CatalogError
from catalog.schemes import Scheme
from studies import Side, Study, cells, datasets_of

MISSING, QUEUED, DONE = "missing", "queued", "done"
"""States of a cell besides those of a run: not queued yet, queued but not begun, and ended well."""
ABSENT = -2
"""Instead of a class: the run has no prediction of the sample."""


class StudyReader(Protocol):
    """Source of a study's runs: the store, or a cache in front of it."""

    def study_runs(self, study_id: str) -> pd.DataFrame:
        """Return the runs of a study: dataset, dataset_id, arm, seed, run_id, status."""

    def runs(self) -> pd.DataFrame:
        """Return every run."""

    def all_stages(self) -> pd.DataFrame:
        """Return the finished stages of every run, in order."""

    def samples(self, dataset_id: str) -> pd.DataFrame:
        """Return a dataset's samples."""

    def raw_classes(self, dataset_id: str) -> list[str]:
        """Return a dataset's own classes."""

    def metrics(self, run_ids: Sequence[str]) -> pd.DataFrame:
        """Return the scores of runs."""

    def prediction_tables(
        self, run_ids: Sequence[str], round_: int, stage: str, split: str
    ) -> dict[str, PredictionTable]:
        """Return the predictions of one stage of several runs."""


@dataclass(frozen=True)
class StudyRuns:
    """The runs of a study, as far as they have come.

    Attributes:
        grid: dataset, dataset_id, arm, seed, run_id (None = not queued), state: one row per cell of the study.
        runs: of the store, those of the study.  stages: their finished stages, in order.
    """

    grid: pd.DataFrame
    runs: pd.DataFrame
    stages: pd.DataFrame

    def stage_of(self, dataset: str, side: Side) -> pd.DataFrame:
        """Return the stage of each seed that a side of a question is about.

        Without a round it is the last stage of a run that has ended. With one it is the end of that round; a run that
        stopped mining by itself before stands for the later rounds too.

        Returns:
            seed, run_id, round, stage; one row per seed that has come so far.
        """
        found = []
        for seed, run_id, state in self._cells_of.get((dataset, side.arm), ()):
            ended = [end for end in self._ended.get(run_id, ()) if side.round is None or end[0] <= side.round]
            if not ended:
                continue
            closes = ended[-1] == (side.round, "refined" if side.round else "full")
            if state == DONE or (side.round is not None and closes):
                found.append((seed, run_id, *ended[-1]))
        return pd.DataFrame(found, columns=["seed", "run_id", "round", "stage"])

    @cached_property
    def _cells_of(self) -> dict[tuple[str, str], list[tuple[int, str, str]]]:
        """Return seed, run and state of the cells that have a run, by dataset and arm."""
        cells_of: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
        for row in self.grid.dropna(subset="run_id").itertuples():
            cells_of.setdefault((row.dataset, row.arm), []).append((int(row.seed), str(row.run_id), str(row.state)))
        return cells_of

    @cached_property
    def _ended(self) -> dict[str, list[tuple[int, str]]]:
        """Return round and name of each run's finished stages, in order."""
        ended: dict[str, list[tuple[int, str]]] = {}
        for row in self.stages.itertuples():
            ended.setdefault(str(row.run_id), []).append((int(row.round), str(row.stage)))
        return ended


def gather(study: Study, reader: StudyReader) -> StudyRuns:
    """Find the run of every cell of a study, those of seeds beyond its file included.

    An optional dataset that is absent is passed over, unless it has runs.
    """
    linked = reader.study_runs(study.study_id)
    planned = pd.DataFrame(
        [(cell.dataset, cell.recipe.dataset, cell.arm, cell.seed) for cell in cells(study)],
        columns=["dataset", "dataset_id", "arm", "seed"],
    )
    linked = linked.assign(is_done=linked["status"] == DONE).sort_values("is_done", kind="stable")
    linked = linked.drop_duplicates(["dataset", "arm", "seed"], keep="last").drop(columns="is_done")
    planned = planned[~planned["dataset"].isin(_absent(study))]
    grid = planned.merge(linked, on=["dataset", "arm", "seed"], how="outer", suffixes=("_planned", ""), sort=False)
    known = grid["run_id"].notna()
    state = grid["status"].astype(object).where(grid["status"].notna(), np.where(known, QUEUED, MISSING))
    grid = grid.assign(
        dataset_id=grid["dataset_id"].where(grid["dataset_id"].notna(), grid["dataset_id_planned"]),
        run_id=grid["run_id"].astype(object).where(known, None),
        state=state,
    )
    order = {name: number for number, name in enumerate(study.arms)}
    places = {name: number for number, name in enumerate(planned["dataset"].drop_duplicates())}
    grid = grid.assign(place=grid["dataset"].map(places), of_arm=grid["arm"].map(order))
    grid = grid.sort_values(["place", "of_arm", "seed"], kind="stable", ignore_index=True)
    ids = set(grid["run_id"].dropna())
    runs, stages = reader.runs(), reader.all_stages()
    return StudyRuns(
        grid[["dataset", "dataset_id", "arm", "seed", "run_id", "state"]],
        runs[runs["run_id"].isin(ids)],
        stages[stages["run_id"].isin(ids)].sort_values(["run_id", "position"], kind="stable"),
    )


def _absent(study: Study) -> list[str]:
    """Return the optional datasets of a study that are not in the catalog."""
    optional = {place.key: place.dataset_id for place in datasets_of(study) if place.optional}
    there = {dataset.dataset_id for dataset in catalog.list_versions()} if optional else set()
    return [key for key, dataset_id in optional.items() if dataset_id not in there]


def read_predictions(
    found: StudyRuns, dataset: str, dataset_id: str, sides: Sequence[Side], reader: StudyReader
) -> tuple[ArmPredictions, pd.DataFrame, list[str]]:
    """Read what the sides of questions predicted of a dataset's test samples.

    All are scored in the dataset's own classes by the most probable one, so that arms with different label schemes and
    objectives can be compared.

    Returns:
        Predictions by side (as text) and seed, with ABSENT where a run lacks a sample; a run without
        any is left out. The test samples; the classes.
    """
    wanted = {side: found.stage_of(dataset, side) for side in sides}
    if not sum(map(len, wanted.values())):
        none = np.zeros(0, np.int64)
        return ArmPredictions(none, none, {}), pd.DataFrame(columns=["sample_id", "label", "patient"]), []
    samples, classes = reader.samples(dataset_id), reader.raw_classes(dataset_id)
    samples = samples[samples["split"] == "test"].reset_index(drop=True)
    place = {name: number for number, name in enumerate(classes)}
    runs = found.runs.set_index("run_id", drop=False)
    keys = pd.concat(wanted.values()).drop_duplicates(["run_id", "round", "stage"])
    codes: dict[tuple[str, int, str], NDArray[np.int64]] = {}
    for (round_, stage), rows in keys.groupby(["round", "stage"]):
        tables = reader.prediction_tables(list(rows["run_id"]), int(round_), str(stage), "test")
        for run_id, table in tables.items():
            top = _top_class(runs.loc[run_id].to_dict(), table, classes, place)
            row = pd.Index(table.samples["sample_id"]).get_indexer(pd.Index(samples["sample_id"]))
            found_codes = np.where(row < 0, ABSENT, top[row] if len(top) else ABSENT)
            if (found_codes != ABSENT).any():  # an import may lack a stage; that takes its seed out, not all samples
                codes[run_id, int(round_), str(stage)] = found_codes
    predicted = {
        (str(side), int(row.seed)): codes[key]
        for side, stages in wanted.items()
        for row in stages.itertuples()
        if (key := (row.run_id, row.round, row.stage)) in codes
    }
    targets = samples["label"].map(place).fillna(-1).to_numpy(np.int64)
    patients = samples["patient"].astype(str).to_numpy()
    return ArmPredictions(targets, patients, predicted), samples, classes


def _top_class(
    run: Mapping[str, Any], table: PredictionTable, classes: Sequence[str], place: Mapping[str, int]
) -> NDArray[np.int64]:
    """Return the most probable class of each sample, as a number of the dataset's own classes.

    ABSENT where a probability is not a number: such a prediction names no class.
    """
    recipe = json.loads(run["recipe"]) if isinstance(run["recipe"], str) else dict(run["recipe"] or {})
    name, probs, own = str(recipe.get("label_scheme", "base")), table.unit_probs, [str(name) for name in run["classes"]]
    if name != "base":
        try:
            scheme = Scheme.load(name)
            kind: Literal["softmax", "sigmoid"] = "sigmoid" if run["objective"] == "sigmoid" else "softmax"
            probs, own = scheme.collapse(probs, kind, classes), list(scheme.base_classes(classes))
        except (CatalogError, ValueError):
            pass  # the scheme is gone or has changed: its own classes are all that is known
    codes = np.array([place.get(label, ABSENT + 1) for label in own], np.int64)
    if not len(probs):
        return np.zeros(0, np.int64)
    return np.where(np.isnan(probs).any(axis=1), ABSENT, codes[probs.argmax(axis=1)])


def costs(found: StudyRuns) -> pd.DataFrame:
    """Return what training an arm takes, and what the study has spent on it.

    Returns:
        dataset, arm, n_runs (ended); steps, seconds, labels (samples that counted in the loss, with repeats): means
        over these runs, stages that were inherited from another run included; spent_steps, spent_seconds, spent_labels:
        sums in which neither an inherited stage nor a run that two arms share counts again.
    """
    columns = ["steps", "seconds", "labels"]
    stages = found.stages
    labels = stages["samples_seen"]
    if "samples_used" in stages:
        labels = stages["samples_used"].where(stages["samples_used"].notna(), labels)
    own = ~stages["inherited"].fillna(False).astype(bool) if "inherited" in stages else pd.Series(True, stages.index)
    stages = stages.assign(labels=labels)[["run_id", *columns]].astype({name: "float64" for name in columns})
    whole = stages.groupby("run_id")[columns].sum()
    spent = stages[own].groupby("run_id")[columns].sum().add_prefix("spent_")
    ended = found.grid[found.grid["state"] == DONE].merge(whole.join(spent).fillna(0.0), on="run_id")
    ended.loc[ended["run_id"].duplicated(), list(spent)] = 0.0  # two arms may have one run, which was paid once
    by_arm = ended.groupby(["dataset", "arm"], sort=False)
    table = by_arm[columns].mean().join(by_arm[[f"spent_{name}" for name in columns]].sum())
    return by_arm.size().rename("n_runs").to_frame().join(table).reset_index()


def curves(found: StudyRuns, reader: StudyReader) -> pd.DataFrame:
    """Return the test accuracy of each arm at the end of each round.

    Returns:
        dataset, arm, round (0: after the full stage), n_seeds, accuracy (mean over seeds), accuracy_low, accuracy_high
        (Student's 95 %; NaN with fewer than two seeds).
    """
    names = ["dataset", "arm", "round"]
    metrics = reader.metrics([str(run_id) for run_id in found.stages["run_id"].unique()])
    of_test = metrics[(metrics["split"] == "test") & metrics["class_name"].isna()]
    of_test = of_test[of_test["metric"].isin(["accuracy", "base_accuracy"])]
    if of_test.empty:
        return pd.DataFrame(columns=[*names, "n_seeds", "accuracy", "accuracy_low", "accuracy_high"])
    scored = of_test.sort_values(["position", "metric"], kind="stable")  # base_accuracy comes after accuracy
    last = scored.groupby(["run_id", "round"], sort=False).tail(1).rename(columns={"value": "accuracy"})
    rows = found.grid.dropna(subset="run_id").merge(last[["run_id", "round", "accuracy"]], on="run_id")
    return mean_over_seeds(rows, names, ["accuracy"]).sort_values("round", kind="stable", ignore_index=True)

"""Gather the contents of a report as plain values from store, catalog and `analysis`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import catalog
import store
from analysis import confusion, review_decisions
from analysis.comparison_verdicts import MARGIN
from analysis.confidence_intervals import metric_intervals
from analysis.ground_truth import GroundTruthUnknown, one_label
from analysis.metrics import decide
from analysis.prediction_collapse import CollapseCheck
from analysis.prediction_table import PredictionTable
from analysis.recipe_differences import differing_keys
from analysis.starved_epochs import starved_stages
from analysis.version_changes import Change
from comparisons.claim import Claim, judge
from comparisons.collapse_sentences import check_stages
from comparisons.control_runs import candidates, default_scoring, recipe_of, shows_mining
from comparisons.dataset_versions import LabelsOf, is_other_version, match_versions
from comparisons.label_scheme import apply_label_scheme
from comparisons.stage_comparison import RunStageKey, compare, with_other_seeds
from comparisons.store_reader import StoreReader
from comparisons.subject import name_sides
from comparisons.version_sentences import refusal
from system.errors import UserError

HARD_SHOWN, MAPPED_SHOWN, PAIRS_SHOWN, CHANGES_SHOWN = 12, 4, 10, 100


class ReportError(UserError):
    """A report cannot be made; the message is one sentence naming the thing and the remedy."""


@dataclass(frozen=True)
class RunPart:
    """The contents about one run; `last` is the last finished stage, whose test scores count."""

    run: dict[str, Any]
    stages: list[dict[str, Any]]
    last: dict[str, Any]
    answers: CollapseCheck | None
    overall: list[dict[str, Any]]
    per_class: list[dict[str, Any]]
    classes: list[str]
    matrix: list[list[int]]
    pairs: list[dict[str, Any]]
    mined: list[dict[str, Any]]
    hardest: list[dict[str, Any]]
    n_mined: int
    mapped: list[dict[str, Any]]
    starved: list[dict[str, Any]]
    """Stages in which some epochs learned from less than 5 % of their samples, as `starved_stages` finds them."""


@dataclass(frozen=True)
class DatasetPart:
    """The contents about one dataset version; `folder` is None when its images are gone."""

    dataset_id: str
    known: dict[str, Any]
    described: catalog.Dataset | None
    splits: list[dict[str, Any]]
    by_class: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    decided: dict[str, int]
    agreement: list[dict[str, Any]]


@dataclass(frozen=True)
class Compared:
    """Two runs compared on the same test samples, each at its last stage.

    seeds: of all pairs that were pooled.  shows_mining: a is the control of b, and both have come equally far.
    answers: collapse checks of every stage that takes part, other seeds too.  keys: in what else their recipes differ;
    empty for a run and its control.
    """

    a: RunPart
    b: RunPart
    seeds: list[int]
    claim: Claim
    shows_mining: bool
    answers: dict[RunStageKey, CollapseCheck | None]
    keys: list[str]

    @property
    def changed(self) -> list[dict[str, Any]]:
        """Return up to CHANGES_SHOWN samples that were relabelled or excluded between versions."""
        if self.claim.versions is None:
            return []
        rows = self.claim.versions.samples
        decided = rows[rows["change"].isin([Change.RELABELLED, Change.EXCLUDED])]
        return rows_of(decided.sort_values("change", ascending=False, kind="stable").head(CHANGES_SHOWN))


@dataclass(frozen=True)
class Gathered:
    """Everything that the template needs."""

    runs: list[RunPart]
    datasets: list[DatasetPart]
    comparisons: list[Compared] = field(default_factory=list)
    unknown: list[tuple[str, str, str]] = field(default_factory=list)
    """Runs that could be compared but for the truth, which nobody knows: ids of the two, and the scoring."""

    @property
    def alone(self) -> list[str]:
        """Return the runs that could not be compared with the first."""
        sides = {part.run["run_id"] for pair in self.comparisons for part in (pair.a, pair.b)}
        compared = sides | {b for _, b, _ in self.unknown}
        return [str(part.run["run_id"]) for part in self.runs[1:] if part.run["run_id"] not in compared]


def gather(run_ids: Sequence[str], margin: float = MARGIN) -> Gathered:
    """Read and compute everything about some runs.

    Args:
        margin: the largest difference that does not matter, as of `analysis.comparison_verdicts`.

    Raises:
        ReportError: no run, an unknown one, or one without a finished stage.
    """
    if not run_ids:
        raise ReportError("Name at least one run to report; python -m jobs list names them.")
    parts = [_run(run_id) for run_id in dict.fromkeys(run_ids)]
    datasets = [_dataset(dataset_id) for dataset_id in dict.fromkeys(str(part.run["dataset_id"]) for part in parts)]
    return Gathered(parts, datasets, *_comparisons(parts, margin))


def _run(run_id: str) -> RunPart:
    run = store.run(run_id)
    if run is None:
        raise ReportError(f"There is no run '{run_id}'; python -m jobs list names those there are.")
    stages = store.stages(run_id)
    if stages.empty:
        raise ReportError(f"Run {run_id} has not finished a stage yet; report it when its first stage has ended.")
    last = stages.iloc[-1].to_dict()
    key = _key_of(run_id, last)
    tested = apply_label_scheme(run, StoreReader().prediction_table(*key, "test"))
    classes = [str(name) for name in run["classes"]]
    metrics = _intervals(run, last, tested, classes)
    cells = tested.samples[["label", "predicted"]].set_axis(["true_class", "predicted_class"], axis=1)
    counts = cells[cells["true_class"].isin(classes)].value_counts().rename("n").reset_index()
    matrix = confusion.from_counts(counts, classes)
    mined = store.mined(run_id)
    return RunPart(
        run=run,
        stages=rows_of(stages),
        last=last,
        answers=check_stages(pd.DataFrame([run]), store.metrics([run_id]), [key])[key],
        overall=rows_of(metrics[metrics["class_name"].isna()]),
        per_class=_per_class(metrics),
        classes=classes,
        matrix=matrix.tolist(),
        pairs=rows_of(confusion.confused_pairs(matrix, classes).head(PAIRS_SHOWN)),
        mined=rows_of(mined.groupby(["round", "true_class", "rival_class", "reason"]).size().rename("n").reset_index()),
        hardest=rows_of(mined.sort_values("margin").drop_duplicates("sample_id").head(HARD_SHOWN)),
        n_mined=len(mined),
        mapped=_mapped(run_id),
        starved=rows_of(starved_stages(store.epochs([run_id]))),
    )


def _intervals(run: dict[str, Any], last: dict[str, Any], tested: PredictionTable, classes: list[str]) -> pd.DataFrame:
    if not len(tested):
        return pd.DataFrame(columns=["class_name", "metric", "value", "low", "high", "n", "n_groups"])
    targets, probs, samples = tested.targets.astype(np.float64), tested.probs.astype(np.float64), tested.samples
    limits = last["thresholds"] if run["objective"] == "sigmoid" else None
    right = (samples["label"] == samples["predicted"]).to_numpy()
    decisions = decide(probs, str(run["objective"]), limits)
    intervals = metric_intervals(targets.round(), decisions, probs, right, samples["patient"].to_numpy(), classes)
    if one_label(tested, classes) is None:  # it is not known which class of the run a sample's one label means
        intervals.loc[intervals["metric"] == "accuracy", ["value", "low", "high"]] = np.nan
    return intervals


def _per_class(metrics: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row per class, with value, low and high of each metric."""
    rows = []
    for name, of_class in metrics[metrics["class_name"].notna()].groupby("class_name", sort=False):
        values = {row["metric"]: row for row in of_class.to_dict("records")}
        rows.append({"class_name": name, "n": of_class["n"].iloc[0], "n_groups": of_class["n_groups"].iloc[0]} | values)
    return rows


def _mapped(run_id: str) -> list[dict[str, Any]]:
    """Return the samples with maps at the most stages, with their history and map files."""
    cams = store.cams(run_id)
    if cams.empty:
        return []
    chosen = cams.groupby("sample_id").size().sort_values(ascending=False, kind="stable").index[:MAPPED_SHOWN]
    history = store.sample_history(run_id, list(chosen))
    mapped = []
    for sample_id in chosen:
        of_stages = rows_of(history[history["sample_id"] == sample_id])
        of_sample = cams[cams["sample_id"] == sample_id]
        files = {(row.round, row.stage, row.class_name): row.path for row in of_sample.itertuples()}
        stages = [row | {"file": files.get((row["round"], row["stage"], row["predicted"]))} for row in of_stages]
        mapped.append({"sample_id": str(sample_id), "stages": [stage for stage in stages if stage["file"]]})
    return mapped


def _dataset(dataset_id: str) -> DatasetPart:
    known = store.datasets()
    row = known[known["dataset_id"] == dataset_id]
    samples = store.samples(dataset_id)
    try:
        described: catalog.Dataset | None = catalog.open_dataset(dataset_id)
        changes = catalog.changes_of(described) if described is not None else []
    except catalog.CatalogError:
        described, changes = None, []
    splits = samples.groupby("split").agg(n=("sample_id", "size"), patients=("patient", "nunique")).reset_index()
    shown = samples[["labels", "split"]].explode("labels")  # an image of several classes counts in each
    by_class = pd.crosstab(shown["labels"].rename("label"), shown["split"]).reset_index()
    verdicts = store.verdicts(dataset_id)
    decided = review_decisions.decide_samples(verdicts)["decision"].value_counts()
    return DatasetPart(
        dataset_id=dataset_id,
        known=row.iloc[0].to_dict() if len(row) else {},
        described=described,
        splits=rows_of(splits),
        by_class=rows_of(by_class),
        changes=changes,
        verdicts=rows_of(verdicts),
        decided={name: int(decided.get(name, 0)) for name in review_decisions.DECISIONS},
        agreement=rows_of(review_decisions.reviewer_agreement(verdicts)),
    )


def _comparisons(parts: list[RunPart], margin: float) -> tuple[list[Compared], list[tuple[str, str, str]]]:
    """Compare the first run by F1 with each other run of the same classes and dataset.

    Returns also the comparisons whose true classes are not known: both run ids and the scoring. Runs are compared as on
    the pages: with all other seeds of the two recipes; the control first for a run and its control, otherwise in the
    requested order; by the default scoring, and by the other one too if one of the two is a multi-label run; runs of
    two dataset versions by the labels of the newer one and of the older one.
    """
    runs, stages = store.runs(), store.stages()
    compared, unknown = [], []
    first = parts[0]
    for other in parts[1:]:
        if refusal(first.run, other.run) is not None:
            continue
        is_control = _is_control(runs, stages, other, first)
        a, b = (other, first) if is_control else (first, other)
        is_control = is_control or _is_control(runs, stages, a, b)
        mining = is_control and shows_mining(a.last, b.last)
        scorings = [default_scoring(a.run, b.run)]
        if "sigmoid" in {a.run["objective"], b.run["objective"]}:
            scorings += ["labels" if scorings[0] == "label" else "label"]
        rulers: list[LabelsOf] = ["newer", "older"] if is_other_version(a.run, b.run) else ["newer"]
        pair = with_other_seeds(runs, stages, _key(a), _key(b))
        ids = [str(a.run["run_id"]), *(run_id for run_id, _ in pair.more)]
        seeds = sorted(runs[runs["run_id"].isin(ids)]["seed"].map(int))
        answers = check_stages(runs, store.metrics(pair.run_ids), pair.keys)
        for scoring, labels_of in product(scorings, rulers):
            judged = replace(pair, labels_of=labels_of)
            try:
                comparison = compare(StoreReader(), judged, scoring, ["precision", "recall", "f1"])
            except GroundTruthUnknown:
                unknown.append((str(first.run["run_id"]), str(other.run["run_id"]), scoring))
                continue
            if comparison is not None:
                sides = name_sides(a.run, b.run, _stage_of(a), _stage_of(b), comparison.n_seeds)
                versions = match_versions(StoreReader(), a.run, b.run, labels_of=labels_of)
                claim = judge(comparison, sides, "f1", margin, versions)
                keys = [] if is_control else differing_keys(recipe_of(a.run), recipe_of(b.run))
                compared.append(Compared(a, b, seeds, claim, mining, answers, keys))
    return compared, unknown


def _is_control(runs: pd.DataFrame, stages: pd.DataFrame, part: RunPart, of_run: RunPart) -> bool:
    others = candidates(runs, stages, of_run.run)
    return bool(others[others["is_control"]]["run_id"].isin([part.run["run_id"]]).any())


def _key(part: RunPart) -> RunStageKey:
    return _key_of(str(part.run["run_id"]), part.last)


def _key_of(run_id: str, stage: dict[str, Any]) -> RunStageKey:
    return run_id, int(stage["round"]), str(stage["stage"])


def _stage_of(part: RunPart) -> str:
    return f"{int(part.last['round'])}.{part.last['stage']}"


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as mappings, with None for missing values."""
    rows: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows

"""Shape frames of the store into the tables that pages show.

Frames in, frames and lists out; no streamlit, no store.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import seed_groups
from analysis.seed_statistics import mean_over_seeds
from dashboard.text import T, duration, name_of, stage_name

ANSWERS = ("collapse", "majority", "chance")  # columns that `dashboard.widgets.stage_warnings.table` adds to a stage
HEADLINES = ("accuracy", "macro_f1", "macro_ap")
COST = ("steps", "samples_seen", "cpu_seconds")  # not elapsed seconds: other processes use the machine too


def kind_of(run: pd.Series | dict[str, object]) -> str:
    """Return the badge of a run: baseline, control, staged, multi-label or single stage."""
    if json.loads(str(run.get("recipe") or "{}")).get("probe"):
        return T.baseline_badge
    if run["objective"] == "sigmoid":
        return T.multi_badge
    if run["control"]:
        return T.control_badge
    return T.hnl_badge if int(str(run["rounds"])) > 0 else T.plain_badge


def default_run(runs: pd.DataFrame, stages: pd.DataFrame) -> str:
    """Return the id of the run with the most to show.

    A run with finished stages comes first, then one that mines, then one that is done, then the newest.
    """
    rank = (
        4 * runs["run_id"].isin(set(stages["run_id"]))
        + 2 * ((runs["objective"] == "softmax") & ~runs["control"].astype(bool) & (runs["rounds"] > 0))
        + (runs["status"] == "done")
    )
    return str(runs.loc[rank.idxmax(), "run_id"])


def failed_since(runs: pd.DataFrame, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the newest run that failed or was lost after `run` began, as a list of at most one.

    A page shows it without being asked.
    """
    failed = runs[runs["status"].isin(["failed", "lost"]) & (runs["created_at"] > run["created_at"])]
    newest: list[dict[str, Any]] = failed.sort_values("created_at", ascending=False).head(1).to_dict("records")
    return newest


def headlines(metrics: pd.DataFrame, split: str = "test") -> pd.DataFrame:
    """Return overall scores, one row per stage.

    Runs on a label scheme are scored on the dataset's own labels, so that all runs are comparable.

    Returns:
        run_id, round, stage, accuracy, macro_f1, macro_ap (NaN: undefined), n.
    """
    keys = ["run_id", "round", "stage"]
    overall = metrics[metrics["class_name"].isna() & (metrics["split"] == split)]
    named = overall.drop_duplicates([*keys, "metric"]).set_index([*keys, "metric"])["value"]
    wide = named[named.index.isin([*HEADLINES, *(f"base_{name}" for name in HEADLINES)], level="metric")].unstack()
    own = wide.reindex(columns=list(HEADLINES)).astype(float)
    based = wide.reindex(columns=[f"base_{name}" for name in HEADLINES]).astype(float).set_axis(list(HEADLINES), axis=1)
    counts = overall.groupby(keys)["n"].max()
    return based.fillna(own).reindex(counts.index).join(counts).dropna(subset=["n"]).reset_index()


def stage_table(stages: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Add cost and overall test scores (of `headlines`) to the stages of runs."""
    table = stages.merge(scores, on=["run_id", "round", "stage"], how="left")
    table["name"] = [
        T.inherited_stage.format(stage=name) if inherited else name
        for name, inherited in zip(map(stage_name, table["round"], table["stage"]), table["inherited"], strict=True)
    ]
    table["processor"] = [duration(seconds) for seconds in table["cpu_seconds"]]
    table["elapsed"] = [duration(seconds) for seconds in table["seconds"]]
    return table


def in_percent(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Convert shares to percent, for tables with one decimal everywhere."""
    return frame.assign(**{column: 100 * frame[column].astype(float) for column in columns})


def intervals(low: pd.Series, high: pd.Series, scale: float = 1.0) -> list[str | None]:
    """Write intervals as text, one decimal and a sign; None where there is none."""
    ends = zip(scale * low.astype(float), scale * high.astype(float), strict=True)
    return [None if a != a or b != b else T.from_to.format(low=a, high=b) for a, b in ends]


def n_tested(table: pd.DataFrame) -> int:
    """Return the number of test samples on which the scores of a stage table rest."""
    return int(table["n"].max()) if table["n"].notna().any() else 0


def run_table(runs: pd.DataFrame, stages: pd.DataFrame, scores: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per run: test scores of its last finished stage, cost of all its stages.

    Args:
        runs: of the store.
        stages: of the store, finished ones.
        scores: of `headlines`.
        answers: of `dashboard.widgets.stage_warnings.table`, at least of the last stages.
    Returns:
        run_id, recipe, kind, dataset, seed, status, stage, accuracy, macro_f1, n, ANSWERS, steps, samples_seen,
        cpu_seconds (NaN: not recorded of some stage), processor (the same as text), created_at.
    """
    table = runs.assign(kind=[kind_of(row) for row in runs.to_dict("records")], recipe=runs["recipe_name"])
    table = table.assign(dataset=table["dataset_id"], status=[name_of(T.state_names, s) for s in table["status"]])
    ended = stage_table(stages, scores).sort_values("position", kind="stable")
    last = ended.groupby("run_id").last()[["name", "accuracy", "macro_f1", "n"]].rename(columns={"name": "stage"})
    cost = ended.astype(dict.fromkeys(COST, float)).groupby("run_id")[list(COST)].sum(skipna=False)
    columns = ["run_id", "recipe", "kind", "dataset", "seed", "status", "stage", "accuracy", "macro_f1", "n"]
    keys = ["run_id", "round", "stage"]
    judged = ended.groupby("run_id").last().reset_index()[keys].merge(answers, on=keys, how="left")
    judged = judged.set_index("run_id")[list(ANSWERS)]
    joined = table.join(last, on="run_id").join(cost, on="run_id").join(judged, on="run_id")
    joined["processor"] = [duration(seconds) for seconds in joined["cpu_seconds"]]
    return joined[[*columns, *ANSWERS, *COST, "processor", "created_at"]]


def leaderboard(runs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Rank recipes by the test scores of the last stage of their finished runs, best first.

    Runs whose recipe was changed (`--set rounds=1`) are not seeds of the unchanged one: they have their own row.

    Args:
        runs: of the store.
        table: of `run_table`.
    Returns:
        recipe (with what differs, where it was changed), model, dataset, n_seeds, accuracy and macro_f1 with _low and
        _high, n (test samples of a run), collapse (text: which runs did; None), majority and chance (means), steps,
        samples_seen and cpu_seconds (means of a run), processor (cpu_seconds as text), run_ids (seed -> run).
    """
    done = table[table["run_id"].isin(runs[runs["status"] == "done"]["run_id"]) & table["accuracy"].notna()]
    done = done.assign(model=done["run_id"].map(runs.set_index("run_id")["model"]))
    done = done.assign(recipe=done["run_id"].map(_changed_names(runs[runs["run_id"].isin(done["run_id"])])))
    by = ["recipe", "model", "dataset"]
    newest = done.drop_duplicates([*by, "seed"])  # one run per seed, so that a rerun does not count twice
    board = mean_over_seeds(newest, by, ["accuracy", "macro_f1", "majority", "chance", *COST])
    counts = newest.groupby(by, sort=False)["n"].max().reset_index()
    run_ids = {
        key: dict(zip(rows["seed"].map(int), rows["run_id"].map(str), strict=True)) for key, rows in newest.groupby(by)
    }
    collapsed = newest.groupby(by, sort=False)["collapse"].agg(_collapsed_of).rename("collapse").reset_index()
    board = board.merge(collapsed, on=by)
    board = board.assign(run_ids=[run_ids[key] for key in board[by].itertuples(index=False, name=None)])
    board = board.merge(counts, on=by).sort_values("accuracy", ascending=False, kind="stable")
    return board.assign(processor=[duration(seconds) for seconds in board["cpu_seconds"]]).drop(
        columns=[f"{name}_{end}" for name in ("majority", "chance", *COST) for end in ("low", "high")]
    )


def _collapsed_of(texts: pd.Series) -> str | None:
    """Say how many of a recipe's runs have collapsed, and how the first did; None if none has."""
    collapsed = [str(text) for text in texts if isinstance(text, str)]
    if not collapsed:
        return None
    if len(texts) == 1:
        return collapsed[0]
    return T.collapsed_runs.format(k=len(collapsed), n=len(texts), first=collapsed[0])


def _changed_names(runs: pd.DataFrame) -> dict[str, str]:
    """Name the recipe of each run; where runs of one name differ, add the keys in which they do."""
    names = {}
    for name, of_name in runs.groupby("recipe_name", sort=False):
        by_run = {str(row.run_id): seed_groups.recipe_settings(row.recipe) for row in of_name.itertuples()}
        keys = sorted({key for settings in by_run.values() for key in settings})
        differ = [key for key in keys if len({settings.get(key) for settings in by_run.values()}) > 1]
        for run_id, settings in by_run.items():
            names[run_id] = " · ".join([str(name), *(f"{key} {settings.get(key, '–')}" for key in differ)])
    return names


def recipe_differences(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the keys in which the recipes of some runs differ.

    Columns: key (dotted), then one per run; text, None where the recipe lacks the key.
    """
    flat = {str(row.run_id): seed_groups.flatten_recipe(row.recipe) for row in runs.itertuples()}
    keys = sorted(set().union(*flat.values())) if flat else []
    values = {run_id: [recipe.get(key) for key in keys] for run_id, recipe in flat.items()}
    table = pd.DataFrame({"key": keys, **values}, dtype=object)
    differs = [len(set(row)) > 1 for row in table.drop(columns="key").itertuples(index=False)]
    return table[differs].reset_index(drop=True)


@dataclass(frozen=True)
class Cost:
    """The cost of training up to a stage.

    Optimizer steps, samples shown, and processor seconds (NaN: not recorded).
    """

    steps: int
    samples: int
    cpu_seconds: float


def stage_rows(frame: pd.DataFrame, round_: int, stage: str) -> pd.DataFrame:
    """Return the rows of one stage of a frame that has the columns round and stage."""
    return frame[(frame["round"] == round_) & (frame["stage"] == stage)]


def cost_until(stages: pd.DataFrame, round_: int, stage: str) -> Cost:
    """Return the cost of a run up to and including one of its stages."""
    position = stage_rows(stages, round_, stage)["position"].iloc[0]
    until = stages[stages["position"] <= position]
    steps, samples = (int(until[name].fillna(0).sum()) for name in ("steps", "samples_seen"))
    return Cost(steps, samples, float(until["cpu_seconds"].astype(float).sum(skipna=False)))


def with_steps(table: pd.DataFrame, control: str | None) -> pd.DataFrame:
    """Add to the stage table of a run and its control what each stage added to accuracy.

    Returns:
        The rows with `since` (accuracy minus that of the run's previous stage) and `lead` (minus that of the control at
        the same position; NaN for the control itself, and without one).
    """
    rows = table.sort_values(["run_id", "position"], kind="stable")
    rows = rows.assign(since=rows.groupby("run_id")["accuracy"].diff())
    of_control = rows[rows["run_id"] == control].set_index("position")["accuracy"]
    lead = rows["accuracy"] - rows["position"].map(of_control)
    rows = rows.assign(lead=lead.mask(rows["run_id"] == control), other=rows["run_id"] == control)
    return rows.sort_values(["other", "position"], kind="stable").drop(columns="other")


def samples_of_pairs(predictions: pd.DataFrame, true: Sequence[str], predicted: Sequence[str]) -> pd.DataFrame:
    """Return samples of the classes `true` predicted as one of `predicted`, most probable first."""
    chosen = predictions["label"].isin(list(true)) & predictions["predicted"].isin(list(predicted))
    return predictions[chosen].sort_values("prob", ascending=False, kind="stable")


def moved_into(both: pd.DataFrame, true: Sequence[str], predicted: Sequence[str]) -> pd.DataFrame:
    """Return samples that entered or left a cell of the matrix between two predictions.

    Args:
        both: label, was, now and more.
        true: classes of the cell's row.
        predicted: classes of the cell's column.
    Returns:
        The rows, with `entered` (now in the cell, but not before); those that entered come first.
    """
    before, after = both["was"].isin(list(predicted)), both["now"].isin(list(predicted))
    chosen = both.assign(entered=after)[both["label"].isin(list(true)) & (before != after)]
    return chosen.sort_values("entered", ascending=False, kind="stable")


def pair_names(frame: pd.DataFrame) -> pd.Series:
    """Write `true → predicted` for every row."""
    return frame["true_class"].astype(str) + " → " + frame["predicted_class"].astype(str)


def rival_pairs(mined: pd.DataFrame) -> pd.Series:
    """Write `true | rival` for every mined sample.

    There is no arrow, since the rival need not be the predicted class.
    """
    return mined["true_class"].astype(str) + " | " + mined["rival_class"].astype(str)


def decision_names(predicted: pd.Series) -> list[str]:
    """Write the decisions on mined samples for a reader.

    `no class` where the stage predicted none, a dash where the decision is not recorded.
    """
    return [(name or str(T.predicted_none)) if isinstance(name, str) else "–" for name in predicted]


def pairs_by_reason(mined: pd.DataFrame) -> pd.DataFrame:
    """Count mined samples: pair, one column per reason, total; the most frequent pair first."""
    counts = pd.crosstab(rival_pairs(mined), mined["reason"])
    table = counts.assign(total=counts.sum(axis=1)).sort_values("total", ascending=False, kind="stable")
    return table.rename_axis("pair").rename_axis(None, axis=1).reset_index()


def mined_selection(mined: pd.DataFrame, pair: str, reason: str, order: str) -> pd.DataFrame:
    """Select mined samples of a pair and a reason (or of all), in an order of `T.order_names`."""
    chosen = mined.assign(pair=rival_pairs(mined))
    if pair:
        chosen = chosen[chosen["pair"] == pair]
    if reason:
        chosen = chosen[chosen["reason"] == reason]
    by = {"margin": ["margin"], "loss": ["loss"], "pair": ["pair", "margin"]}[order]
    return chosen.sort_values(by, ascending=order != "loss", kind="stable")


def wrong_samples(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return samples whose top-1 class is not their label, the most confident mistakes first."""
    wrong = predictions[predictions["label"] != predictions["predicted"]]
    return wrong.sort_values("prob", ascending=False, kind="stable")

"""Query the store by name and return frames; the docstrings list their columns.

Nothing here writes. Spooled rows are not included until housekeeping has applied them, see `store.spool.apply_waiting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from store.engine.connection import read
from store.engine.errors import StoreError
from store.predictions import Predictions, RunContext, arrange

# For queries over many runs, as `store.predictions` defines them: the class of the highest probability, the first of
# equals; and the class that a run was trained to predict, or of several the annotator's one label.
_TOP = "list_position(p.probs, list_max(p.probs))"
_TRUE_AT = "list_position(p.targets, list_max(p.targets))"
_TRUE = f"CASE WHEN r.objective = 'softmax' OR list_sum(p.targets) = 1 THEN r.classes[{_TRUE_AT}] ELSE s.label END"

# The stage that mined for a round is the last one of the round before; `t` is that stage, `p` its prediction.
MINED_FROM = (
    "SELECT run_id, round + 1 AS next_round, max(position) AS position, max_by(round, position) AS round, "
    "max_by(stage, position) AS stage, max_by(thresholds, position) AS thresholds FROM stages GROUP BY run_id, round"
)
_SAID = "list_filter(r.classes, lambda name, i: p.probs[i] >= coalesce(t.thresholds[i], 0.5))"
DECISION = (
    f"CASE WHEN p.probs IS NULL THEN NULL WHEN r.objective = 'softmax' THEN r.classes[{_TOP}] "
    f"ELSE array_to_string({_SAID}, ', ') END"
)


def _frame(sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
    with read() as connection:
        return connection.execute(sql, list(parameters)).df()


def runs() -> pd.DataFrame:
    """Return every run, newest first: the columns of table `runs`."""
    return _frame("SELECT * FROM runs ORDER BY created_at DESC, rowid DESC")


def run(run_id: str) -> dict[str, Any] | None:
    """Return one run's row; None when there is no such run."""
    frame = _frame("SELECT * FROM runs WHERE run_id = ?", [run_id])
    if frame.empty:
        return None
    row: dict[str, Any] = frame.astype(object).where(frame.notna(), None).iloc[0].to_dict()
    return row


def stages(run_id: str | None = None) -> pd.DataFrame:
    """Return finished stages, in order: the columns of table `stages`."""
    every = "SELECT * REPLACE (coalesce(inherited, false) AS inherited) FROM stages"
    frame = _frame(f"{every} WHERE ? IS NULL OR run_id = ? ORDER BY run_id, position", [run_id, run_id])
    lists = [list(value) if isinstance(value, Sequence | np.ndarray) else None for value in frame["thresholds"]]
    return frame.assign(thresholds=pd.Series(lists, index=frame.index, dtype=object))


def epochs(run_ids: Sequence[str]) -> pd.DataFrame:
    """Return finished epochs: the columns of table `epochs`, and inherited.

    inherited: whether another run trained them.
    """
    return _frame(
        "SELECT e.*, coalesce(s.inherited, false) AS inherited FROM epochs e "
        "LEFT JOIN stages s USING (run_id, round, stage) "
        "WHERE e.run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY e.run_id, global_epoch",
        [list(run_ids)],
    )


def metrics(run_ids: Sequence[str]) -> pd.DataFrame:
    """Return scores: the columns of table `metrics`, and position."""
    return _frame(
        "SELECT m.*, s.position FROM metrics m JOIN stages s USING (run_id, round, stage) "
        "WHERE m.run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY m.run_id, s.position",
        [list(run_ids)],
    )


def datasets() -> pd.DataFrame:
    """Return registered dataset versions: the columns of table `datasets`."""
    return _frame("SELECT * FROM datasets ORDER BY name, version")


def samples(dataset_id: str) -> pd.DataFrame:
    """Return a dataset's samples in the manifest's order: the columns of table `samples`."""
    return _frame("SELECT * FROM samples WHERE dataset_id = ? ORDER BY position", [dataset_id])


def read_predictions(
    run_id: str,
    *,
    splits: Sequence[str] | None = None,
    round: int | None = None,
    stage: str | None = None,
    sample_ids: Sequence[str] | None = None,
    context: RunContext | None = None,
) -> Predictions:
    """Return predictions of a run's finished stages as arrays.

    Args:
        splits, round, stage, sample_ids: return only these; None = all.
        context: of the run, if the caller has it already.
    Raises:
        StoreError: the stored predictions do not have the run's classes.
    """
    asked = {"split": splits, "round": round, "stage": stage, "sample_id": sample_ids}
    only = {name: value for name, value in asked.items() if value is not None}
    where = "".join(
        f" AND {name} = ?" if isinstance(value, str | int) else f" AND {name} IN (SELECT unnest(?::VARCHAR[]))"
        for name, value in only.items()
    )
    values = [run_id, *(value if isinstance(value, str | int) else list(value) for value in only.values())]
    with read() as connection:
        rows = connection.execute(
            f"SELECT sample_id, round, stage, targets, probs, loss, correct FROM predictions WHERE run_id = ?{where}",
            values,
        ).to_arrow_table()
        context = context or _context(connection, run_id)
    return _arranged(run_id, rows, context)


def read_predictions_by_run(
    contexts: Mapping[str, RunContext], round: int, stage: str, split: str
) -> dict[str, Predictions]:
    """Return the predictions of the same stage of several runs on a split, in one query.

    Args:
        contexts: of each run.
    Raises:
        StoreError: the stored predictions do not have a run's classes.
    """
    if not contexts:
        return {}
    with read() as connection:  # one placeholder per id lets DuckDB skip the row groups of other runs
        rows = connection.execute(
            "SELECT run_id, sample_id, round, stage, targets, probs, loss, correct FROM predictions "
            f"WHERE run_id IN ({', '.join('?' * len(contexts))}) AND round = ? AND stage = ? AND split = ?",
            [*contexts, round, stage, split],
        ).to_arrow_table()
    run_ids = rows["run_id"].combine_chunks().dictionary_encode()
    codes, places = run_ids.indices.to_numpy(zero_copy_only=False), run_ids.dictionary.to_pylist()
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(places) + 1))
    parts = {run_id: rows.take(order[ends[at] : ends[at + 1]]) for at, run_id in enumerate(places)}
    return {run_id: _arranged(run_id, parts.get(run_id, rows[:0]), context) for run_id, context in contexts.items()}


def _arranged(run_id: str, rows: pa.Table, context: RunContext) -> Predictions:
    try:
        return arrange(rows, context)
    except ValueError as error:
        raise StoreError(
            f"Predictions of {run_id} are not of its classes; `python -m store check` tells more."
        ) from error


def _context(connection: duckdb.DuckDBPyConnection, run_id: str) -> RunContext:
    run = connection.execute(
        "SELECT dataset_id, classes, objective = 'softmax' FROM runs WHERE run_id = ?", [run_id]
    ).fetchone() or ("", [], True)  # no such run: it has no predictions
    ended = connection.execute(
        "SELECT round, stage, position FROM stages WHERE run_id = ? ORDER BY position", [run_id]
    ).df()
    samples = connection.execute(
        "SELECT sample_id, patient, label, labels, split, path FROM samples WHERE dataset_id = ? ORDER BY position",
        [run[0]],
    ).to_arrow_table()
    return RunContext(tuple(run[1]), bool(run[2]), samples.to_pandas(), ended)


def right_by_patient(stages: Sequence[tuple[str, int, str]], split: str) -> pd.DataFrame:
    """Count each patient's samples and correct top-1 predictions, at one stage of several runs.

    Args:
        stages: run_id, round and stage.
    Returns:
        run_id, patient, n, n_right; n_right counts samples whose most probable class is their `label` as returned by
        `predictions`.
    """
    if not stages:
        return pd.DataFrame(columns=["run_id", "patient", "n", "n_right"])
    ids, rounds, names = (list(column) for column in zip(*stages, strict=True))
    return _frame(
        f"SELECT p.run_id, s.patient, count(*) AS n, count(*) FILTER (r.classes[{_TOP}] = {_TRUE}) AS n_right "
        "FROM predictions p JOIN runs r USING (run_id) JOIN samples s USING (dataset_id, sample_id) "
        "JOIN (SELECT unnest(?::VARCHAR[]) AS run_id, unnest(?::INTEGER[]) AS round, unnest(?::VARCHAR[]) AS stage) w "
        "ON p.run_id = w.run_id AND p.round = w.round AND p.stage = w.stage "
        "WHERE p.split = ? GROUP BY p.run_id, s.patient ORDER BY p.run_id, s.patient",
        [ids, rounds, names, split],
    )


def right_by_class(stages: Sequence[tuple[str, int, str]], split: str) -> pd.DataFrame:
    """Count samples and correct top-1 predictions by patient and class, at some stages.

    Args:
        stages: run_id, round and stage.
    Returns:
        run_id, round, stage, patient, true_class (`label` of `predictions`), n, n_right; n_right counts samples whose
        most probable class is the true one.
    """
    if not stages:
        return pd.DataFrame(columns=["run_id", "round", "stage", "patient", "true_class", "n", "n_right"])
    ids, rounds, names = (list(column) for column in zip(*stages, strict=True))
    runs = list(dict.fromkeys(ids))  # one placeholder per id lets DuckDB skip the row groups of other runs
    return _frame(
        f"SELECT p.run_id, p.round, p.stage, s.patient, {_TRUE} AS true_class, count(*) AS n, "
        f"count(*) FILTER (r.classes[{_TOP}] = {_TRUE}) AS n_right "
        "FROM predictions p JOIN runs r USING (run_id) JOIN samples s USING (dataset_id, sample_id) "
        "JOIN (SELECT unnest(?::VARCHAR[]) AS run_id, unnest(?::INTEGER[]) AS round, unnest(?::VARCHAR[]) AS stage) w "
        "ON p.run_id = w.run_id AND p.round = w.round AND p.stage = w.stage "
        f"WHERE p.split = ? AND p.run_id IN ({', '.join('?' * len(runs))}) GROUP BY ALL ORDER BY ALL",
        [ids, rounds, names, split, *runs],
    )


def confusion_counts(run_id: str, round: int, stage: str, split: str) -> pd.DataFrame:
    """Count the predictions of one stage by true class and predicted class.

    Columns: true_class (`label` of `predictions`), predicted_class (top-1), n.
    """
    counts = read_predictions(run_id, splits=[split], round=round, stage=stage).confusion()
    return counts[["true_class", "predicted_class", "n"]]


def predictions(run_id: str, round: int, stage: str, split: str | None = None) -> pd.DataFrame:
    """Return a stage's prediction of each sample, in the manifest's order.

    Columns: sample_id, patient, label, labels, split, targets, probs, loss, correct, path, predicted (top-1 class),
    prob (its probability). `label` is the class trained for; where a sigmoid run is trained for several, the
    one annotated label. `labels` are the raw ones.
    """
    return read_predictions(run_id, splits=None if split is None else [split], round=round, stage=stage).frame()


def mined(run_id: str, round: int | None = None) -> pd.DataFrame:
    """Return the mined hard negatives, hardest first in each round.

    Columns: those of table `mined`, and label (as in `predictions`), path, split, patient, predicted, prob.

    `predicted` is the decision of the stage that the sample was mined from: the most probable class, or of a sigmoid
    run all classes at or above their thresholds as text (`a, b`; empty = none); `prob` is the highest probability. Both
    are null where that stage has no prediction of it.
    """
    return _frame(
        f"WITH from_stage AS ({MINED_FROM}) "
        f"SELECT m.*, CASE WHEN r.objective = 'softmax' THEN m.true_class ELSE s.label END AS label, s.path, s.split, "
        f"s.patient, {DECISION} AS predicted, list_max(p.probs)::DOUBLE AS prob "
        "FROM mined m JOIN runs r USING (run_id) "
        "JOIN samples s ON s.dataset_id = r.dataset_id AND s.sample_id = m.sample_id "
        "LEFT JOIN from_stage t ON t.run_id = m.run_id AND t.next_round = m.round "
        "LEFT JOIN (FROM predictions WHERE run_id = ?) p ON p.round = t.round AND p.stage = t.stage "
        "AND p.sample_id = m.sample_id "
        "WHERE m.run_id = ? AND (? IS NULL OR m.round = ?) ORDER BY m.round, m.margin, m.sample_id",
        [run_id, run_id, round, round],
    )


def ledger(run_id: str, round: int | None = None) -> pd.DataFrame:
    """Return the outcome of each hard negative.

    Columns: those of table `ledger`, and label, path, split, patient as in `mined`.

    `outcome_hard` and `outcome` are fixed, still_wrong, newly_wrong or still_right, from the stage that mined the
    sample to the end of the hard stage and of the round; `served` is how often the hard stage drew the sample,
    `used` how often it contributed to the loss (NaN: not known).
    """
    return _frame(
        "SELECT l.*, CASE WHEN r.objective = 'softmax' THEN l.true_class ELSE s.label END AS label, s.path, s.split, "
        "s.patient FROM ledger l JOIN runs r USING (run_id) "
        "JOIN samples s ON s.dataset_id = r.dataset_id AND s.sample_id = l.sample_id "
        "WHERE l.run_id = ? AND (? IS NULL OR l.round = ?) ORDER BY l.round, l.margin_before, l.sample_id",
        [run_id, round, round],
    )


def rounds(run_id: str) -> pd.DataFrame:
    """Return finished rounds with their advice, in order: the columns of table `rounds`."""
    return _frame("SELECT * FROM rounds WHERE run_id = ? ORDER BY round", [run_id])


def suspects(run_id: str, round: int | None = None) -> pd.DataFrame:
    """Return the samples that were excluded because their label is suspect.

    Columns: those of table `suspects`, and path, patient. Least credible label first in each round.
    """
    return _frame(
        "SELECT u.*, s.path, s.patient FROM suspects u JOIN runs r USING (run_id) "
        "JOIN samples s ON s.dataset_id = r.dataset_id AND s.sample_id = u.sample_id "
        "WHERE u.run_id = ? AND (? IS NULL OR u.round = ?) ORDER BY u.round, u.self_confidence, u.sample_id",
        [run_id, round, round],
    )


def sample_history(run_id: str, sample_ids: Sequence[str]) -> pd.DataFrame:
    """Return the predictions of every finished stage for some samples, in order.

    Columns: sample_id, label (as in `predictions`), round, stage, position, predicted, prob_true (of the label),
    prob_predicted, correct, loss.
    """
    return read_predictions(run_id, sample_ids=sample_ids).history()


def cams(run_id: str, sample_id: str | None = None) -> pd.DataFrame:
    """Return maps on disk: the columns of table `cams`; paths are relative to the runs folder."""
    return _frame(
        "SELECT * FROM cams WHERE run_id = ? AND (? IS NULL OR sample_id = ?) ORDER BY sample_id, round, stage",
        [run_id, sample_id, sample_id],
    )


def mapped(run_id: str) -> pd.DataFrame:
    """Return maps on disk with their stage, sample and image.

    Columns: those of table `cams`, and position, label (as in `predictions`), picture (path within the dataset's
    folder).
    """
    return _frame(
        f"SELECT c.*, t.position, {_TRUE} AS label, s.path AS picture "
        "FROM cams c JOIN stages t USING (run_id, round, stage) "
        "JOIN predictions p USING (run_id, round, stage, sample_id) JOIN runs r USING (run_id) "
        "JOIN samples s ON s.dataset_id = r.dataset_id AND s.sample_id = c.sample_id "
        "WHERE c.run_id = ? ORDER BY t.position, s.position",
        [run_id],
    )


def map_scores(run_id: str) -> pd.DataFrame:
    """Return the scores of a run's maps: the columns of table `map_scores`, and position.

    Ordered by stage and method, then as recorded.
    """
    return _frame(
        "SELECT m.*, s.position FROM map_scores m JOIN stages s USING (run_id, round, stage) "
        "WHERE m.run_id = ? ORDER BY s.position, m.method, m.rowid",
        [run_id],
    )

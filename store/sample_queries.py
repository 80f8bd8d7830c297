"""Query single samples, and samples over all runs of their dataset."""

from __future__ import annotations

import pandas as pd

from store.queries import _TOP, _TRUE, DECISION, MINED_FROM, _frame

_LAST_STAGES = (
    "SELECT run_id, max_by(round, position) AS round, max_by(stage, position) AS stage FROM stages GROUP BY run_id"
)


def sample_probs(run_id: str, sample_id: str) -> pd.DataFrame:
    """Return the probabilities of one sample at every stage of a run.

    Columns: round, stage, position, class_name, prob; stages in order, classes in the run's order.
    """
    return _frame(
        "SELECT p.round, p.stage, t.position, unnest(r.classes) AS class_name, unnest(p.probs)::DOUBLE AS prob "
        "FROM predictions p JOIN stages t USING (run_id, round, stage) JOIN runs r USING (run_id) "
        "WHERE p.run_id = ? AND p.sample_id = ? ORDER BY t.position, generate_subscripts(p.probs, 1)",
        [run_id, sample_id],
    )


def times_mined(dataset_id: str, sample_id: str) -> pd.DataFrame:
    """Return every time a sample was mined, in all runs of its dataset, oldest run first.

    Columns: run_id, round, true_class, rival_class, predicted (as in `mined`), margin, loss, reason, outcome_hard,
    outcome (as in `ledger`; null where its round has not ended).
    """
    return _frame(
        f"WITH from_stage AS ({MINED_FROM}) "
        f"SELECT m.run_id, m.round, m.true_class, m.rival_class, {DECISION} AS predicted, m.margin, m.loss, m.reason, "
        "l.outcome_hard, l.outcome "
        "FROM mined m JOIN runs r USING (run_id) LEFT JOIN ledger l USING (run_id, round, sample_id) "
        "LEFT JOIN from_stage t ON t.run_id = m.run_id AND t.next_round = m.round "
        "LEFT JOIN (FROM predictions WHERE sample_id = ?) p ON p.run_id = m.run_id AND p.round = t.round "
        "AND p.stage = t.stage "
        "WHERE r.dataset_id = ? AND m.sample_id = ? "
        "ORDER BY r.created_at, m.run_id, m.round",
        [sample_id, dataset_id, sample_id],
    )


def votes(dataset_id: str, split: str, newest: int = 12) -> pd.DataFrame:
    """Count the predictions of a dataset's newest runs for each sample of a split.

    Each run takes part with its last finished stage.

    Columns: sample_id, n_runs, n_wrong (top-1 class is not the label as in `predictions`), top_class (most often
    predicted), top_share (the share of runs that predict it, in (0, 1]; lower = less agreement).
    """
    return _frame(
        f"WITH last AS ({_LAST_STAGES}), chosen AS ("
        "SELECT l.*, r.classes, r.objective FROM last l JOIN runs r USING (run_id) WHERE r.dataset_id = ? "
        "ORDER BY r.created_at DESC, r.run_id LIMIT ?), said AS ("
        f"SELECT p.sample_id, r.classes[{_TOP}] AS predicted, {_TRUE} AS label FROM predictions p "
        "JOIN chosen r USING (run_id, round, stage) JOIN samples s ON s.dataset_id = ? AND s.sample_id = p.sample_id "
        "WHERE p.split = ?), "
        "voted AS (SELECT sample_id, predicted, count(*) AS n, count(*) FILTER (predicted <> label) AS wrong "
        "FROM said GROUP BY ALL) "
        "SELECT sample_id, sum(n)::INTEGER AS n_runs, sum(wrong)::INTEGER AS n_wrong, "
        "arg_max(predicted, n) AS top_class, (max(n) / sum(n))::DOUBLE AS top_share FROM voted GROUP BY sample_id "
        "ORDER BY sample_id",
        [dataset_id, newest, dataset_id, split],
    )

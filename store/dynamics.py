"""Read how a run learned each training sample."""

from __future__ import annotations

import pandas as pd

from store.engine.connection import read


def dynamics(run_id: str, round: int, stage: str) -> pd.DataFrame:
    """Return the training dynamics of each training sample at a stage's end.

    The order is the manifest's.

    Columns: sample_id, patient, path, drawn (times), learned_epoch (epoch of the run since which the sample has been
    right whenever drawn; NaN = not learned), forgotten (times it turned from right to wrong), aum (mean margin in
    logits), prob_true (mean probability of the true class; of several, their mean). Empty for a stage that was trained
    by a version which did not record them.
    """
    with read() as connection:
        return connection.execute(
            "SELECT y.sample_id, s.patient, s.path, y.drawn, y.learned_epoch::DOUBLE AS learned_epoch, y.forgotten, "
            "y.aum, y.prob_true FROM dynamics y JOIN runs r USING (run_id) "
            "JOIN samples s USING (dataset_id, sample_id) "
            "WHERE y.run_id = ? AND y.round = ? AND y.stage = ? ORDER BY s.position",
            [run_id, round, stage],
        ).df()

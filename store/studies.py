"""Record studies and which run is in which cell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import pandas as pd

from store.clock import utc_now
from store.engine.connection import read, write
from store.engine.errors import StoreError
from store.workers import host
from system.job_states import OPEN, JobState, sql_list

_LAST_JOB = (
    "SELECT run_id, max_by(state, (created_at, rowid)) AS state, max_by(error, (created_at, rowid)) AS error, "
    "max_by(dataset, (created_at, rowid)) AS dataset FROM jobs WHERE kind = 'train' GROUP BY run_id"
)


@dataclass(frozen=True)
class StudyRun:
    """Name the run of one cell of a study."""

    dataset: str
    arm: str
    seed: int
    run_id: str


def register_study(study_id: str, name: str, file_text: str) -> None:
    """Record a study; one that is known keeps its time, and gets the newest text of its file.

    Texts of one id differ in seeds and in words for people alone.
    """
    with write() as connection:
        if connection.execute("FROM studies WHERE study_id = ?", [study_id]).fetchone():
            connection.execute("UPDATE studies SET file = ? WHERE study_id = ?", [file_text, study_id])
        else:
            connection.execute("INSERT INTO studies VALUES (?, ?, ?, ?)", [study_id, name, file_text, utc_now()])


def link_study_run(study_id: str, dataset: str, arm: str, seed: int, run_id: str) -> None:
    """Name the run of a cell; another run that had been named before is replaced."""
    link_study_runs(study_id, [StudyRun(dataset, arm, seed, run_id)])


def link_study_runs(study_id: str, links: Sequence[StudyRun]) -> None:
    """Name the runs of several cells in one transaction; see `link_study_run`.

    Raises:
        StoreError: the study is not registered.
    """
    with write() as connection:
        if not connection.execute("FROM studies WHERE study_id = ?", [study_id]).fetchone():
            raise StoreError(f"There is no study '{study_id}' in the store; register it first.")
        known = {
            tuple(row)
            for row in connection.execute(
                "SELECT dataset, arm, seed, run_id FROM study_runs WHERE study_id = ?", [study_id]
            ).fetchall()
        }
        for link in dict.fromkeys(links):
            if astuple(link) in known:
                continue
            key = [study_id, link.dataset, link.arm, link.seed]
            connection.execute(
                "DELETE FROM study_runs WHERE study_id = ? AND dataset = ? AND arm = ? AND seed = ?", key
            )
            connection.execute("INSERT INTO study_runs VALUES (?, ?, ?, ?, ?, ?)", [*key, link.run_id, utc_now()])


def studies() -> pd.DataFrame:
    """Return every study, newest first: study_id, name, file (text), created_at."""
    with read() as connection:
        return connection.execute("SELECT * FROM studies ORDER BY created_at DESC, rowid DESC").df()


def study_runs(study_id: str) -> pd.DataFrame:
    """Return the runs of a study, in the order of their cells.

    Returns:
        dataset, dataset_id, arm, seed, run_id, status, error. `dataset` is the study's own name of it. `status` is the
        state of the run's job while that waits or runs, else the run's status, else the state of a job that ended
        before the run began; 'missing' where there is neither.
    """
    with read() as connection:
        return connection.execute(
            "SELECT l.dataset, coalesce(r.dataset_id, j.dataset) AS dataset_id, l.arm, l.seed, l.run_id, "
            f"CASE WHEN j.state IN {sql_list(OPEN)} THEN j.state ELSE coalesce(r.status, j.state, 'missing') END "
            "AS status, coalesce(r.error, j.error) AS error "
            f"FROM study_runs l LEFT JOIN runs r USING (run_id) LEFT JOIN ({_LAST_JOB}) j USING (run_id) "
            "WHERE l.study_id = ? ORDER BY l.linked_at, l.rowid",
            [study_id],
        ).df()


@dataclass(frozen=True)
class Pace:
    """How long training takes on this machine, all that a run does besides included.

    Attributes:
        seconds_per_image: of all these runs together, for each image that they drew for training.
        n_runs: how many runs say so.
    """

    seconds_per_image: float
    n_runs: int


def paces() -> dict[tuple[str, int], Pace]:
    """Return the pace of trainings on this machine by network and image size.

    It is that of finished runs that were trained here from the queue in one go.
    """
    with read() as connection:
        rows = connection.execute(
            "WITH once AS (SELECT run_id, any_value(epoch(finished_at) - epoch(started_at)) AS seconds, "
            "any_value(host) AS host FROM jobs WHERE kind = 'train' GROUP BY run_id "
            f"HAVING count(*) = 1 AND any_value(state) = '{JobState.DONE}') "
            "SELECT r.model, json_extract(r.recipe, '$.image_size')::INTEGER AS image_size, "
            "sum(o.seconds) / sum(t.images) AS seconds_per_image, count(*) AS n_runs "
            "FROM runs r JOIN once o USING (run_id) JOIN ("
            "SELECT run_id, sum(samples_seen - coalesce(inherited_samples, 0)) AS images FROM stages GROUP BY run_id"
            ") t USING (run_id) "
            f"WHERE o.host = ? AND r.status = '{JobState.DONE}' AND t.images > 0 AND o.seconds > 0 "
            "AND json_extract(r.recipe, '$.image_size') IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
            [host()],
        ).fetchall()
    return {(str(model), int(size)): Pace(float(seconds), int(n)) for model, size, seconds, n in rows}

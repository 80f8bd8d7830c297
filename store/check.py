"""Check the invariants of a sound store."""

from __future__ import annotations

from store import spool
from store.engine.connection import read, runs_root
from store.retention import tidy
from system.job_states import JobState, sql_list

_KEY = "run_id, round, stage"
_RULES = {
    "a stage has not one prediction for each sample of its dataset": (
        "SELECT s.run_id, s.stage, s.round, count(p.sample_id) FROM stages s JOIN runs r USING (run_id) "
        "JOIN datasets d USING (dataset_id) LEFT JOIN predictions p USING (run_id, round, stage) "
        "WHERE r.imported IS NOT TRUE "
        "GROUP BY s.run_id, s.stage, s.round, d.n_samples HAVING count(p.sample_id) <> d.n_samples"
    ),
    "a sample is predicted twice at one stage": (
        f"SELECT {_KEY}, sample_id FROM predictions GROUP BY {_KEY}, sample_id HAVING count(*) > 1"
    ),
    "predictions stand without their stage": f"SELECT DISTINCT {_KEY} FROM predictions ANTI JOIN stages USING ({_KEY})",
    "dynamics stand without their stage": f"SELECT DISTINCT {_KEY} FROM dynamics ANTI JOIN stages USING ({_KEY})",
    "a sample's dynamics stand twice": (
        f"SELECT {_KEY}, sample_id FROM dynamics GROUP BY {_KEY}, sample_id HAVING count(*) > 1"
    ),
    "dynamics are of a sample that is not for training": (
        "SELECT DISTINCT y.run_id, y.sample_id FROM dynamics y JOIN runs r USING (run_id) ANTI JOIN samples s "
        "ON s.dataset_id = r.dataset_id AND s.sample_id = y.sample_id AND s.split = 'train' ORDER BY ALL"
    ),
    "metrics stand without their stage": f"SELECT DISTINCT {_KEY} FROM metrics ANTI JOIN stages USING ({_KEY})",
    "a stage has no metrics": f"SELECT {_KEY} FROM stages ANTI JOIN metrics USING ({_KEY})",
    "a run stands without its dataset": "SELECT run_id, dataset_id FROM runs ANTI JOIN datasets USING (dataset_id)",
    "samples stand without their dataset": (
        "SELECT DISTINCT dataset_id FROM samples ANTI JOIN datasets USING (dataset_id)"
    ),
    "a sample is there twice": "SELECT dataset_id, sample_id FROM samples GROUP BY ALL HAVING count(*) > 1",
    "a dataset is there twice": "SELECT dataset_id FROM datasets GROUP BY ALL HAVING count(*) > 1",
    "a run is there twice": "SELECT run_id FROM runs GROUP BY ALL HAVING count(*) > 1",
    "a device has two leases": "SELECT host, device FROM workers GROUP BY ALL HAVING count(*) > 1",
    "a stage stands twice": f"SELECT {_KEY} FROM stages GROUP BY ALL HAVING count(*) > 1",
    "an epoch stands twice": f"SELECT {_KEY}, epoch FROM epochs GROUP BY ALL HAVING count(*) > 1",
    "predictions are of samples that their dataset has not": (
        "SELECT DISTINCT p.run_id, p.sample_id FROM predictions p JOIN runs r USING (run_id) "
        "ANTI JOIN samples s ON s.dataset_id = r.dataset_id AND s.sample_id = p.sample_id"
    ),
    "stages stand without their run": "SELECT DISTINCT run_id FROM stages ANTI JOIN runs USING (run_id)",
    "a stage is missing before one that is there": (
        # Rounds may have no refined stage; then all refined positions (the even ones) are missing.
        "SELECT s.run_id, s.position FROM stages s WHERE s.position > 0 AND NOT EXISTS "
        "(FROM stages b WHERE b.run_id = s.run_id AND (b.position = s.position - 1 OR b.position = s.position - 2 AND "
        "NOT EXISTS (FROM stages e WHERE e.run_id = s.run_id AND e.position > 0 AND e.position % 2 = 0))) ORDER BY ALL"
    ),
    "predictions are of another split than their sample": (
        "SELECT DISTINCT p.run_id, p.sample_id FROM predictions p JOIN runs r USING (run_id) JOIN samples s "
        "ON s.dataset_id = r.dataset_id AND s.sample_id = p.sample_id WHERE s.split <> p.split ORDER BY ALL"
    ),
    "epochs stand without their run": "SELECT DISTINCT run_id FROM epochs ANTI JOIN runs USING (run_id)",
    "mined samples stand without their run": "SELECT DISTINCT run_id FROM mined ANTI JOIN runs USING (run_id)",
    "rounds stand without their run": "SELECT DISTINCT run_id FROM rounds ANTI JOIN runs USING (run_id)",
    "suspects stand without their run": "SELECT DISTINCT run_id FROM suspects ANTI JOIN runs USING (run_id)",
    "the samples mined at a stage are not as many as it says": (
        "SELECT s.run_id, s.stage, s.round, s.n_mined, count(m.sample_id) FROM stages s LEFT JOIN mined m "
        "ON m.run_id = s.run_id AND m.round = s.round + 1 WHERE s.n_mined IS NOT NULL "
        "AND s.run_id NOT IN (SELECT run_id FROM runs WHERE imported) "
        "GROUP BY s.run_id, s.stage, s.round, s.n_mined HAVING count(m.sample_id) <> s.n_mined"
    ),
    "mined samples stand without the stage that mined them": (
        "SELECT DISTINCT m.run_id, m.round FROM mined m WHERE NOT EXISTS "
        "(FROM stages s WHERE s.run_id = m.run_id AND s.round + 1 = m.round AND s.n_mined IS NOT NULL)"
    ),
    "a sample is mined twice for one round": (
        "SELECT run_id, round, sample_id FROM mined GROUP BY ALL HAVING count(*) > 1"
    ),
    "the ledger of a round is not of what was mined for it": (
        "SELECT coalesce(l.run_id, m.run_id), coalesce(l.round, m.round), coalesce(l.sample_id, m.sample_id) "
        "FROM (FROM ledger) l FULL JOIN (FROM mined SEMI JOIN rounds USING (run_id, round)) m "
        "USING (run_id, round, sample_id) WHERE l.run_id IS NULL OR m.run_id IS NULL"
    ),
    "a suspect label is served as a hard negative": (
        "SELECT run_id, round, sample_id FROM suspects SEMI JOIN mined USING (run_id, round, sample_id)"
    ),
    "maps stand without their stage": f"SELECT DISTINCT {_KEY} FROM cams ANTI JOIN stages USING ({_KEY})",
    "scores of maps stand without their stage": (
        f"SELECT DISTINCT {_KEY} FROM map_scores ANTI JOIN stages USING ({_KEY})"
    ),
    "a study is there twice": "SELECT study_id FROM studies GROUP BY ALL HAVING count(*) > 1",
    "a cell of a study has two runs": (
        "SELECT study_id, dataset, arm, seed FROM study_runs GROUP BY ALL HAVING count(*) > 1"
    ),
    "runs of a study stand without it": "SELECT DISTINCT study_id FROM study_runs ANTI JOIN studies USING (study_id)",
    "a job waits for one that is not there": (
        "SELECT job_id, after FROM jobs j WHERE after IS NOT NULL AND NOT EXISTS (FROM jobs d WHERE d.job_id = j.after)"
    ),
    "a job is there twice": "SELECT job_id FROM jobs GROUP BY job_id HAVING count(*) > 1",
    "a job is in a state that there is not": (
        f"SELECT job_id, state FROM jobs WHERE state NOT IN {sql_list(JobState)}"
    ),
    "probabilities are not one a class": (
        "SELECT DISTINCT p.run_id FROM predictions p JOIN runs r USING (run_id) "
        "WHERE len(p.probs) IS DISTINCT FROM len(r.classes)"
    ),
    "a mined sample is not a training sample": (
        "SELECT m.run_id, m.sample_id FROM mined m JOIN runs r USING (run_id) JOIN samples s "
        "ON s.dataset_id = r.dataset_id AND s.sample_id = m.sample_id WHERE s.split <> 'train'"
    ),
    "a dataset has not the samples that it says": (
        "SELECT d.dataset_id FROM datasets d LEFT JOIN samples s USING (dataset_id) "
        "GROUP BY d.dataset_id, d.n_samples HAVING count(s.sample_id) <> d.n_samples"
    ),
}


def check() -> list[str]:
    """List every broken invariant with its first case; empty when the store is sound."""
    spool.apply()
    tidy()
    problems = []
    with read() as connection:
        for sentence, sql in _RULES.items():
            rows = connection.execute(sql).fetchall()
            if rows:
                problems.append(f"{len(rows)} x {sentence}, first: {' '.join(map(str, rows[0]))}.")
        maps = [str(row[0]) for row in connection.execute("SELECT path FROM cams ORDER BY path").fetchall()]
    missing = [path for path in maps if not (runs_root() / path).is_file()]
    if missing:
        problems.append(f"{len(missing)} x a map has no file in {runs_root()}, first: {missing[0]}.")
    return problems + [_unreadable(found) for found in spool.set_aside()]


def _unreadable(spooled: spool.SetAside) -> str:
    return (
        f"A spooled stage could not be read and is set aside in {spooled.folder} ({spooled.reason.rstrip('.')}); "
        "mend it and move it back into the run's folder spool, or go on with the run and then delete it."
    )


def counts() -> dict[str, int]:
    """Count the rows of each table."""
    with read() as connection:
        tables = [str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {t: int((connection.execute(f'SELECT count(*) FROM "{t}"').fetchone() or (0,))[0]) for t in tables}

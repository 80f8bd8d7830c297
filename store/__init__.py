"""Store results in results.duckdb; no other package of the project contains SQL.

No process keeps the file open: `read()` and `write()` open it, work and close it.
"""

from store.check import check, counts
from store.clock import utc_now
from store.dynamics import dynamics
from store.embeddings import embeddings, save_embeddings, unit
from store.engine.connection import confirm, mark, read, results_path, runs_root, together, write, written
from store.engine.errors import StoreBusy, StoreError, Superseded
from store.engine.fencing import JOB_MARK, acting_for
from store.engine.files import schemes_root
from store.environment import Environment, environments
from store.forks import Fork, spent
from store.jobs import NewJob, add_job, add_jobs, claim_job, job, job_state, jobs, prioritize, request_stop, update_job
from store.predictions import Predictions, RunContext
from store.queries import (
    cams,
    confusion_counts,
    datasets,
    epochs,
    ledger,
    map_scores,
    mapped,
    metrics,
    mined,
    predictions,
    read_predictions,
    read_predictions_by_run,
    right_by_class,
    right_by_patient,
    rounds,
    run,
    runs,
    sample_history,
    samples,
    stages,
    suspects,
)
from store.results import (
    create_run,
    finish_run,
    record_cams,
    record_epoch,
    record_map_scores,
    record_stage,
    register_dataset,
)
from store.retention import delete_run, disk_use, keep_best, rows_of, tidy
from store.review import add_verdict, undo_verdict, verdicts
from store.sample_queries import sample_probs, times_mined, votes
from store.spool import apply_waiting
from store.studies import Pace, StudyRun, link_study_run, link_study_runs, paces, register_study, studies, study_runs
from store.study_export import Exported, export_study
from store.study_import import Imported, import_study
from store.workers import Lease, acquire_lease, host, renew_lease, workers

__all__ = [
    "JOB_MARK",
    "Environment",
    "Exported",
    "Fork",
    "Imported",
    "Lease",
    "NewJob",
    "Pace",
    "Predictions",
    "RunContext",
    "StoreBusy",
    "StoreError",
    "StudyRun",
    "Superseded",
    "acquire_lease",
    "acting_for",
    "add_job",
    "add_jobs",
    "add_verdict",
    "apply_waiting",
    "cams",
    "check",
    "claim_job",
    "confirm",
    "confusion_counts",
    "counts",
    "create_run",
    "datasets",
    "delete_run",
    "disk_use",
    "dynamics",
    "embeddings",
    "environments",
    "epochs",
    "export_study",
    "finish_run",
    "host",
    "import_study",
    "job",
    "job_state",
    "jobs",
    "keep_best",
    "ledger",
    "link_study_run",
    "link_study_runs",
    "map_scores",
    "mapped",
    "mark",
    "metrics",
    "mined",
    "paces",
    "predictions",
    "prioritize",
    "read",
    "read_predictions",
    "read_predictions_by_run",
    "record_cams",
    "record_epoch",
    "record_map_scores",
    "record_stage",
    "register_dataset",
    "register_study",
    "renew_lease",
    "request_stop",
    "results_path",
    "right_by_class",
    "right_by_patient",
    "rounds",
    "rows_of",
    "run",
    "runs",
    "runs_root",
    "sample_history",
    "sample_probs",
    "samples",
    "save_embeddings",
    "schemes_root",
    "spent",
    "stages",
    "studies",
    "study_runs",
    "suspects",
    "tidy",
    "times_mined",
    "together",
    "undo_verdict",
    "unit",
    "update_job",
    "utc_now",
    "verdicts",
    "votes",
    "workers",
    "write",
    "written",
]

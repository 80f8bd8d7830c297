"""results.duckdb: the only SQL of the project. Nobody holds the file; `read()` and `write()` open, work and close."""

from store.check import check, counts
from store.connection import mark, read, results_path, runs_root, write
from store.errors import StoreBusy, StoreError
from store.jobs import NewJob, add_job, add_jobs, claim_job, host, job, job_state, jobs, request_stop, update_job
from store.queries import (
    cams,
    confusion_counts,
    datasets,
    epochs,
    ledger,
    metrics,
    mined,
    predictions,
    rounds,
    run,
    runs,
    sample_history,
    samples,
    stages,
    suspects,
)
from store.results import create_run, finish_run, record_cams, record_epoch, record_stage, register_dataset
from store.samples import answers, sample_probs, suspected, times_mined
from store.verdicts import VERDICTS, add_verdict, reviewer_name, undo_verdict, verdicts

__all__ = [
    "VERDICTS", "NewJob", "StoreBusy", "StoreError", "add_job", "add_jobs", "add_verdict", "answers", "cams",
    "check", "claim_job", "confusion_counts", "counts", "create_run", "datasets", "epochs", "finish_run", "host",
    "job", "job_state", "jobs", "ledger", "mark", "metrics", "mined", "predictions", "read", "record_cams",
    "record_epoch", "record_stage", "register_dataset", "request_stop", "results_path", "reviewer_name", "rounds",
    "run", "runs", "runs_root", "sample_history", "sample_probs", "samples", "stages", "suspected", "suspects",
    "times_mined", "undo_verdict", "update_job", "verdicts", "write",
]  # fmt: skip

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
    metrics,
    mined,
    predictions,
    run,
    runs,
    sample_history,
    samples,
    stages,
)
from store.results import create_run, finish_run, record_cams, record_epoch, record_stage, register_dataset

__all__ = [
    "NewJob", "StoreBusy", "StoreError", "add_job", "add_jobs", "cams", "check", "claim_job", "confusion_counts",
    "counts", "create_run", "datasets", "epochs", "finish_run", "host", "job", "job_state", "jobs", "mark", "metrics",
    "mined", "predictions", "read", "record_cams", "record_epoch", "record_stage", "register_dataset", "request_stop",
    "results_path", "run", "runs", "runs_root", "sample_history", "samples", "stages", "update_job", "write",
]  # fmt: skip

"""Queue, run and watch jobs; one worker a device starts each process and supervises it to its end."""

from jobs.actions import delete, keep_best, retry
from jobs.ensure import ensure_worker, reconcile
from jobs.errors import JobError
from jobs.queue import ask_to_stop, prioritize, recent, stop
from jobs.queued_recipe import plan_of
from jobs.submit import (
    submit_again,
    submit_check,
    submit_demo,
    submit_explain,
    submit_import,
    submit_phantom,
    submit_resume,
    submit_scores,
    submit_training,
)

__all__ = [
    "JobError",
    "ask_to_stop",
    "delete",
    "ensure_worker",
    "keep_best",
    "plan_of",
    "prioritize",
    "recent",
    "reconcile",
    "retry",
    "stop",
    "submit_again",
    "submit_check",
    "submit_demo",
    "submit_explain",
    "submit_import",
    "submit_phantom",
    "submit_resume",
    "submit_scores",
    "submit_training",
]

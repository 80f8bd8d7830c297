"""Jobs: what is asked for waits in the store's queue; one worker on a machine starts it and follows it to its end."""

from jobs.ended import delete, keep_best, retry
from jobs.errors import JobError
from jobs.queue import (
    ask_to_stop,
    live,
    put_first,
    stop,
    submit_check,
    submit_demo,
    submit_explain,
    submit_import,
    submit_phantom,
    submit_resume,
    submit_scores,
    submit_training,
)
from jobs.repeat import plan_of, submit_again
from jobs.worker import ensure_worker, reconcile

__all__ = [
    "JobError",
    "ask_to_stop",
    "delete",
    "ensure_worker",
    "keep_best",
    "live",
    "plan_of",
    "put_first",
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

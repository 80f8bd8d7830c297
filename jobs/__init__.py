"""Queue, run and watch jobs.

One worker a device starts the process of each queued job and supervises it until it ends.
"""

from jobs.actions import delete, keep_best, retry
from jobs.ensure import ensure_worker, reconcile
from jobs.errors import JobError
from jobs.queue import prioritize, recent, request_stop, stop
from jobs.queued_recipe import plan_of
from jobs.study_plan import StudyPlan
from jobs.study_submit import submit_study
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
from jobs.training_job import new_training
from store import Fork, NewJob

__all__ = [
    "Fork",
    "JobError",
    "NewJob",
    "StudyPlan",
    "delete",
    "ensure_worker",
    "keep_best",
    "new_training",
    "plan_of",
    "prioritize",
    "recent",
    "reconcile",
    "request_stop",
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
    "submit_study",
    "submit_training",
]

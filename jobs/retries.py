"""Retry a lost training by itself, a few times, from its last finished epoch."""

from __future__ import annotations

import store
from jobs.kinds import Job

# A machine that ends a trainer once may be short of memory for a moment; one that ends it each time is not.
RETRIES = 2


def next_attempt(job: Job, why: str) -> store.NewJob | None:
    """Return the job that continues a lost training; None where people must decide.

    Left to them are: what was started by hand, what ran on another machine, and what was lost RETRIES times in a row.
    The new job says in its title and message which try it is and why, and keeps both in its `args`.
    """
    args = job["args"]
    tries = int(args.get("retry", 0)) + 1
    started_by_hand = not {"recipe", "resume"} & set(args)
    if job["kind"] != "train" or not job.get("run_id") or started_by_hand or tries > RETRIES:
        return None
    begun = store.run(str(job["run_id"]))
    kept = {key: value for key, value in args.items() if key != "resume"}
    if begun is not None:
        kept = {"resume": True, "recipe_name": begun["recipe_name"]}
    return store.NewJob(
        "train",
        title=f"{str(job['title']).partition(', tried again')[0]}, tried again ({tries} of {RETRIES})",
        args=kept | {"retry": tries, "after_lost": str(job["job_id"]), "why": why},
        run_id=str(job["run_id"]),
        dataset=_text(job, "dataset"),
        seed=None if _text(job, "seed") is None else int(job["seed"]),
        priority=int(job.get("priority") or 0),
        once=("kind", "run_id"),
        message=f"Tried again by itself, {tries} of {RETRIES}: {why.partition(';')[0]}.",
    )


def _text(job: Job, column: str) -> str | None:
    content = job.get(column)
    return None if content is None or content != content else str(content)

"""Read the recipe that a queued training holds, and write it where the trainer reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import store
from jobs.errors import JobError
from jobs.kinds import Job
from recipes import Recipe, RecipeError
from system.atomic_files import atomic_write
from system.version import __version__


def holds_recipe(job: Job) -> bool:
    """Return whether a job holds its whole recipe.

    One that was queued before Odap 0.2.0 holds the name of a file.
    """
    return job["kind"] == "train" and isinstance(job["args"].get("recipe"), Mapping)


def plan_of(job: Job) -> dict[str, Any] | None:
    """Return the whole recipe that a queued training holds; None for jobs of another kind."""
    recipe = job["args"].get("recipe") if job["kind"] == "train" else None
    return dict(recipe) if isinstance(recipe, Mapping) else None


def recipe_path(job: Job) -> Path:
    """Return the file in the run's folder from which the trainer reads a queued recipe."""
    return store.runs_root() / str(job["run_id"]) / "recipe.yaml"


def write_recipe(job: Job) -> None:
    """Write a job's recipe where the trainer reads it; nothing where the job holds none.

    Raises:
        JobError: this version cannot follow the recipe, or a file that it reads has changed since it was queued.
        OSError: the file cannot be written.
    """
    if not holds_recipe(job):
        return
    args = job["args"]
    try:
        Recipe.parse(args["recipe"])
    except RecipeError as error:
        raise JobError(
            f"This training was queued by Odap {args.get('odap', 'of another version')}, and Odap {__version__} "
            f"cannot follow its recipe ({str(error).rstrip('.')}); queue it again."
        ) from None
    for name, queued in args.get("files", {}).items():
        _refuse_other(Path(name), queued)
    target = recipe_path(job)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as temporary:
        temporary.write_text(yaml.safe_dump(args["recipe"], sort_keys=False, allow_unicode=True), encoding="utf-8")


def fingerprint(file: Path) -> dict[str, Any]:
    """Return what identifies the content of a file: bytes, time of change in ns, and SHA-256.

    Raises JobError where it cannot be read.
    """
    try:
        status = file.stat()
        return {"bytes": status.st_size, "changed": status.st_mtime_ns, "sha256": _digest(file)}
    except OSError as error:
        raise JobError(f"The recipe names the file {file}, which cannot be read ({error.strerror or error}).") from None


def _refuse_other(file: Path, queued: Mapping[str, Any]) -> None:
    """Raise JobError where a file's content is not what it was when the job was queued."""
    remedy = "put the file back, or queue the training again"
    try:
        status = file.stat()
        if (status.st_size, status.st_mtime_ns) == (queued["bytes"], queued["changed"]):
            return
        same = status.st_size == queued["bytes"] and _digest(file) == queued["sha256"]
    except OSError as error:
        raise JobError(f"{file}, which this training reads, is gone ({error.strerror or error}); {remedy}.") from None
    if not same:
        raise JobError(f"{file}, which this training reads, has changed since it was queued; {remedy}.")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

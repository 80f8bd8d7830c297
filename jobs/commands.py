"""Build the command line, log path and environment of each kind of job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import store
from jobs import queued_recipe
from jobs.kinds import CATALOG_KINDS, Job
from jobs.process import JOB_MARK, python
from store import Fork


def command(job: Job) -> list[str]:
    """Return the command line of a job, to be run in the root of the repository."""
    args = job["args"]
    if job["kind"] == "phantom":
        return python("catalog", "phantom", "--name", str(args["name"]), *_phantom_options(args))
    if job["kind"] == "import":
        # After "--" all is the source, whatever it begins with.
        options, source = map(str, args["options"]), str(args["source"])
        return python("catalog", "import", str(args["kind"]), "--name", str(args["name"]), *options, "--", source)
    if job["kind"] == "check":
        return python("catalog", "check", "--exit-zero", str(args["dataset"]))
    if job["kind"] == "explain":
        if args.get("scores"):
            return python(
                "trainer", "explain", str(job["run_id"]), "--scores", "--every-stage", "--job", str(job["job_id"])
            )
        samples = [part for sample_id in args["sample_ids"] for part in ("--sample", str(sample_id))]
        return python("trainer", "explain", str(job["run_id"]), *samples, "--job", str(job["job_id"]))
    device = ["--device", str(job["device"])] if job.get("device") else []
    if args.get("resume"):
        return python("trainer", "resume", str(job["run_id"]), "--job", str(job["job_id"]), *device)
    if queued_recipe.holds_recipe(job):
        own = ("--run", str(job["run_id"]), "--job", str(job["job_id"]), *device, *_fork(job))
        return python("trainer", "train", str(queued_recipe.recipe_path(job)), *own)
    return python(  # queued before Odap 0.2.0: the recipe's name, and what was changed of it
        "trainer", "train", str(args["recipe"]),
        "--dataset", str(args["dataset"]),
        "--seed", str(args["seed"]),
        *(part for key, value in args["settings"].items() for part in ("--set", setting(key, value))),
        "--run", str(job["run_id"]),
        "--job", str(job["job_id"]),
        *device,
    )  # fmt: skip


def _phantom_options(args: Mapping[str, Any]) -> list[str]:
    """Return the options of a phantom.

    Jobs that were queued before presets have the number of images alone.
    """
    given = {"images": args.get("images"), **args.get("settings", {})}
    options = ["--preset", str(args["preset"])] if "preset" in args else []
    for name, value in given.items():
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            options.append(f"--{name.replace('_', '-')}={text}")
    return options


def _fork(job: Job) -> list[str]:
    """Return the options that name the stage of another run to start from."""
    fork = Fork.of(job["args"])
    return [] if fork is None else ["--from", fork.run_id, "--stage", fork.stage, "--round", str(fork.round)]


def setting(key: str, value: object) -> str:
    """Return `key=value` as the trainer's command line reads it: the value is YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return f"{key}={text.removesuffix(chr(10)).removesuffix('...').strip()}"


def log_path(job: Job) -> Path:
    """Return the log file of a job: in the folder of the run it trains, else named by its id."""
    if job["kind"] == "train" and job["run_id"]:
        return store.runs_root() / str(job["run_id"]) / "log.txt"
    return store.runs_root() / "jobs" / f"{job['job_id']}.log"


def environment(job: Job) -> dict[str, str]:
    """Return the environment variables of a job's process.

    One names the job, so that its process can be found; for the catalog another names its progress file.
    """
    variables = {JOB_MARK: str(job["job_id"])}
    return variables | ({"ODAP_PROGRESS": str(progress_path(job).resolve())} if job["kind"] in CATALOG_KINDS else {})


def progress_path(job: Job) -> Path:
    """Return the file to which a process of the catalog writes its progress.

    It cannot write to the store.
    """
    return store.runs_root() / "jobs" / f"{job['job_id']}.progress.json"

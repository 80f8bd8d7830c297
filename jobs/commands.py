"""What a job runs: the command line and the log of each kind."""

from __future__ import annotations

from pathlib import Path

import yaml

import store
from jobs import queued_recipe
from jobs.kinds import CATALOG_KINDS, Job
from jobs.process import JOB_MARK, python


def command(job: Job) -> list[str]:
    """The command line of a job; run with the repository root as working directory."""
    args = job["args"]
    if job["kind"] == "phantom":
        images = [] if args.get("images") is None else ["--images", str(args["images"])]
        return python("catalog", "phantom", "--name", str(args["name"]), *images)
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
        own = ("--run", str(job["run_id"]), "--job", str(job["job_id"]), *device)
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


def setting(key: str, value: object) -> str:
    """`key=value` as the trainer's command line reads it: the value is YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return f"{key}={text.removesuffix(chr(10)).removesuffix('...').strip()}"


def log_path(job: Job) -> Path:
    """Where what a job prints is kept: beside the run it trains, else by the job's own name."""
    if job["kind"] == "train" and job["run_id"]:
        return store.runs_root() / str(job["run_id"]) / "log.txt"
    return store.runs_root() / "jobs" / f"{job['job_id']}.log"


def environment(job: Job) -> dict[str, str]:
    """What the process of a job finds in its environment: its mark, and where the catalog is to write its progress."""
    marked = {JOB_MARK: str(job["job_id"])}
    return marked | ({"ODAP_PROGRESS": str(progress_path(job).resolve())} if job["kind"] in CATALOG_KINDS else {})


def progress_path(job: Job) -> Path:
    """Where a process without a hand on the store (the catalog) writes how far it is."""
    return store.runs_root() / "jobs" / f"{job['job_id']}.progress.json"

"""Queue, watch and stop trainings, such as `python -m jobs submit demo --seed 1`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence

import pandas as pd

import store
from jobs import actions, queue, study_command, submit
from jobs.ensure import ensure_worker, reconcile
from jobs.errors import JobError
from jobs.timing import Timing
from jobs.worker import Worker
from recipes import available, keys, parse_setting
from system.command_line import Parser, end
from system.errors import UserError
from system.job_states import JobState

_PRIORITIES = 1_000_000
_SHOWN = ("job_id", "state", "title", "run_id", "done", "message")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 2 means a mistake, printed as one sentence."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UserError as error:
        program = "python -m trainer study" if options.run is study_command.run else "python -m jobs"
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("The worker ends; what it started goes on, and the next worker follows it.", file=sys.stderr)
        return 130


def _submit(options: argparse.Namespace) -> int:
    settings = dict(parse_setting(text) for text in options.settings)
    job_id = submit.submit_training(
        options.recipe, dataset=options.dataset, seed=options.seed, settings=settings, priority=options.priority,
        fork=_fork(options),
    )  # fmt: skip
    job = store.job(job_id)
    print(f"Queued as job {job_id}, run {job['run_id'] if job else '?'}; stop it with: python -m jobs stop {job_id}")
    return 0


def _fork(options: argparse.Namespace) -> store.Fork | None:
    """Return the stage of another run that the options name.

    Raises JobError where they are not enough.
    """
    if options.from_ is None:
        if options.stage is not None or options.round is not None:
            raise JobError("--stage and --round name a stage of another run; name that run with --from RUN.")
        return None
    stage = options.stage or "full"
    if options.round is None and stage != "full":
        raise JobError(f"Name the round of the stage {stage} to start from with --round N.")
    return store.Fork(options.from_, options.round or 0, stage)


def _list(options: argparse.Namespace) -> int:
    if reconcile():
        ensure_worker()  # a lost training may be queued for another try
    frame = queue.recent(finished=1_000_000 if options.all else 5)
    if options.json:
        print(frame.to_json(orient="records", date_format="iso", indent=2))
    elif frame.empty:
        print("No jobs yet; queue one with: python -m jobs submit demo")
    else:
        print(_table(frame))
    return 0


def _stop(options: argparse.Namespace) -> int:
    asked = queue.request_stop(options.job_or_run)
    sentences: dict[str, str] = {
        JobState.STOPPING: "is asked to stop; it finishes its batch and keeps what it has.",
        JobState.STOPPED: "is stopped.",
    }
    print(f"{options.job_or_run} {sentences.get(asked.state, f'has already ended: {asked.state}.')}")
    for job_id in asked.also_stopped:
        print(f"{job_id} waits for it, and is stopped with it.")
    return 0


def _first(options: argparse.Namespace) -> int:
    queue.prioritize(options.job_or_run)
    print(f"{options.job_or_run} is taken next.")
    return 0


def _retry(options: argparse.Namespace) -> int:
    reconcile()
    again = actions.retry(options.job_or_run)
    print("\n".join(f"Queued as job {job_id}." for job_id in again) or "Nothing is lost.")
    return 0


def _delete(options: argparse.Namespace) -> int:
    print(f"{options.run_id} is deleted; {actions.delete(options.run_id) / 1e6:.1f} MB are given back.")
    return 0


def _work(options: argparse.Namespace) -> int:
    # A process started by a shell's `&` ignores Ctrl-C, and so would its children; the catalog must receive it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.device is not None:
        _refuse_device(options.device)
    if not Worker(timing=Timing(idle=options.idle), device=options.device).work():
        print("Another worker is already at work.")
    return 0


def _refuse_device(device: str) -> None:
    """Raise JobError where the trainer cannot use this device.

    A process of its own asks torch, so that the queue need not import it.
    """
    tried = subprocess.run(
        [sys.executable, "-c", "import sys, torch; torch.empty(1, device=sys.argv[1])", device],
        capture_output=True,
        check=False,
    )
    if tried.returncode:
        raise JobError(f"There is no device '{device}' here; name one like cpu or cuda:0, or leave it out.")


def _table(frame: pd.DataFrame) -> str:
    shown = frame.assign(
        done=[f"{share:.0%}" if share == share else "" for share in frame["progress"]],
        message=frame["error"].where(frame["error"].notna(), frame["message"]),
        run_id=frame["run_id"],
    )[list(_SHOWN)]
    return str(shown.fillna("").to_string(index=False, justify="left", max_colwidth=120))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds, 0 or more")
    return seconds


def _priority(text: str) -> int:
    if abs(number := int(text)) > _PRIORITIES:
        raise argparse.ArgumentTypeError(f"{text} is not between -{_PRIORITIES} and {_PRIORITIES}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m jobs",
        description="Queue, watch and stop trainings. The queue is in the store that ODAP_RESULTS names, logs"
        " are in the folder that ODAP_RUNS names.",
        epilog="Example: %(prog)s submit demo --seed 1 --set full.epochs=3. Exit: 0 done, 2 a mistake.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    submission = commands.add_parser(
        "submit",
        help="queue the training of a recipe",
        description="Queue the training of a recipe; a worker is started when none lives. The job holds the whole"
        " recipe and the dataset's version as they are now: what is edited or revised later changes nothing.",
        epilog="Keys for --set: " + ", ".join(key for key, _ in keys()) + ".",
    )
    submission.add_argument("recipe", metavar="RECIPE", help=f"a YAML file, or one of {', '.join(available())}")
    submission.add_argument(
        "--dataset",
        metavar="NAME",
        help="dataset, as NAME@VERSION, or NAME for its newest version (default: the recipe's)",
    )
    submission.add_argument(
        "--seed", type=int, metavar="N", help="everything random comes from it (default: the recipe's)"
    )
    submission.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="KEY=VALUE",
        help="change a key of the recipe, e.g. --set full.epochs=3; may be repeated",
    )  # fmt: skip
    submission.add_argument(
        "--priority", type=_priority, default=0, metavar="N", help="higher is taken earlier (default: %(default)s)"
    )
    submission.add_argument(
        "--from", dest="from_", metavar="RUN",
        help="start from a stage of this run, which may still wait or train (see python -m trainer train --help)",
    )  # fmt: skip
    submission.add_argument("--stage", metavar="STAGE", help="the stage to start from (default: full)")
    submission.add_argument("--round", type=int, metavar="N", help="its round, for every stage but full")
    submission.set_defaults(run=_submit)

    listing = commands.add_parser(
        "list",
        help="show jobs",
        description="Show unfinished jobs, running ones first, and the last five finished ones. Those whose process is"
        " gone are told lost first.",
    )
    listing.add_argument("--all", action="store_true", help="show every finished job too")
    listing.add_argument("--json", action="store_true", help="print every column (host, after, pid, ...) as JSON")
    listing.set_defaults(run=_list)

    stop = commands.add_parser(
        "stop",
        help="stop a job",
        description="Stop a job: a queued one at once; a running one finishes its batch and keeps what it has."
        " Jobs that wait for it are stopped with it.",
    )
    stop.add_argument("job_or_run", metavar="JOB_OR_RUN", help="a job's id, or the id of the run it trains")
    stop.set_defaults(run=_stop)

    first = commands.add_parser(
        "first",
        help="take a queued job next",
        description="Have a queued job taken before all others that wait.",
    )
    first.add_argument("job_or_run", metavar="JOB_OR_RUN", help="a job's id, or the id of the run it trains")
    first.set_defaults(run=_first)

    retry = commands.add_parser(
        "retry",
        help="queue lost jobs again",
        description="Queue lost jobs again: a run goes on from its last finished epoch, what never began starts anew.",
    )
    retry.add_argument(
        "job_or_run", nargs="?", metavar="JOB_OR_RUN", help="a job's id, or a run's (default: everything that is lost)"
    )
    retry.set_defaults(run=_retry)

    delete = commands.add_parser(
        "delete",
        help="delete a run, its rows and its files",
        description="Delete a run that is at its end, its rows and its files together. Verdicts on samples are kept.",
    )
    delete.add_argument("run_id", metavar="RUN", help="the run's id, as in: python -m jobs list --all")
    delete.set_defaults(run=_delete)

    study = commands.add_parser(
        "study",
        prog="python -m trainer study",  # its documented name; `python -m jobs study` is the same
        help="run a study",
        description="Run a study: say what it needs, queue what is missing, and show a bar until its last run is over."
        " What is queued goes on without this command; the same command goes on watching, tries again what failed, and"
        " queues nothing twice.",
        epilog="Example: %(prog)s demo --dry-run; its report: %(prog)s demo --report."
        " Exit: 0 all runs are done, 1 some failed, 2 a mistake, 130 Ctrl-C.",
    )
    study_command.add_options(study)

    work = commands.add_parser(
        "work",
        help="take queued jobs, one at a time",
        description="Take queued jobs one at a time, by priority, then the oldest first, and follow each to its end."
        " There is one worker a device; the app and `submit` start one for the whole machine when none lives.",
    )
    work.add_argument(
        "--device", metavar="DEVICE", help="train on this device, e.g. cuda:0 (default: the trainer chooses)"
    )
    work.add_argument(
        "--idle", type=_seconds, default=Timing.idle, metavar="SECONDS",
        help="end after this long without work (default: %(default)g)",
    )  # fmt: skip
    work.set_defaults(run=_work)
    return parser


if __name__ == "__main__":
    end(main)

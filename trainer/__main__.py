"""Train by a recipe; resume, explain or export a run; predict pictures with it.

Example: `python -m trainer train recipes/demo.yaml --dataset demo --seed 0 --set full.epochs=3`.
"""

from __future__ import annotations

import argparse
import os
import runpy
import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from recipes import Recipe, RecipeError, available, keys, parse_setting
from system.command_line import Parser, end
from system.errors import UserError
from trainer import threads
from trainer.run_job import keep_scheme, refuse, run_job, update_job

if TYPE_CHECKING:
    from store import Fork

# The same as class_activation.METHODS, whose module imports torch.
METHODS = ("gradcam", "gradcam++", "hirescam", "eigencam", "layercam")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done; 1: failed; 2: wrong input; 3: stopped on request; 4: taken over by another process.
    """
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["report"]:
        return _start_module("report", words[1:])
    if words[:1] == ["study"]:
        return _start_study(words[1:])
    args = _parser().parse_args(words)
    origin = getattr(args, "from_", None) or (args.run if args.action is resume else None)
    threads.prepare(origin)  # before any command imports torch
    action: Callable[[argparse.Namespace], int] = args.action
    try:
        return action(args)
    except RecipeError as error:
        return refuse(args.job, str(error))


def train(args: argparse.Namespace) -> int:
    """Start a new run of a recipe; options of the command line replace the recipe's settings."""
    settings = dict(parse_setting(text) for text in args.set)
    if args.dataset is not None:
        settings["dataset"] = args.dataset
    if args.seed is not None:
        settings["seed"] = args.seed
    if args.layer is not None:
        settings["layer"] = args.layer
    recipe, fork = Recipe.load(args.recipe, settings), None
    if args.find_lr:
        return _find_lr(recipe, args)
    if args.from_ is not None:
        try:
            recipe, fork = _forked(recipe, args, set(settings))
        except UserError as error:
            return refuse(args.job, str(error))
    elif args.stage is not None or args.round is not None:
        return refuse(args.job, "--stage and --round name a stage of another run; name that run with --from RUN.")
    run_id = args.run or f"{recipe.name}-s{recipe.seed}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    return run_job(recipe, run_id, args, fresh=True, fork=fork)


def _find_lr(recipe: Recipe, args: argparse.Namespace) -> int:
    """Print the learning rates that a range test proposes; 1 if it finds none."""
    from trainer import range_test

    if args.from_ or args.stage or args.round or args.run:
        return refuse(args.job, "--find-lr trains no run; leave --run, --from, --stage and --round out.")
    try:
        test, report = range_test.find(recipe, args.device)
    except UserError as error:
        return refuse(args.job, str(error))
    print(report, flush=True)
    return 0 if test.proposed is not None else 1


def _forked(recipe: Recipe, args: argparse.Namespace, said: set[str]) -> tuple[Recipe, Fork]:
    """Return the recipe of a run that starts from a stage of another, and that stage.

    Args:
        said: the keys that the command line sets.
    """
    import store
    from trainer import forks

    store.apply_waiting(timeout=30.0)  # the stage may be on disk, and not in the store yet
    fork = forks.find(args.from_, args.stage or "full", args.round)
    recipe, taken = forks.recipe_for(keep_scheme(recipe), fork, said)
    if os.environ.get("RANK", "0") == "0":
        print(forks.sentence(fork, taken), flush=True)
    return recipe, fork


def resume(args: argparse.Namespace) -> int:
    """Resume a run with the recipe that it was started with."""
    from trainer.recorder import recipe_of

    try:
        recipe = recipe_of(args.run)
    except UserError as error:
        return refuse(args.job, str(error))
    return run_job(recipe, args.run, args, fresh=False)


def cross_validate(args: argparse.Namespace) -> int:
    """Train a recipe once per fold, and print the score of all held-out predictions."""
    from trainer import cross_validation

    settings = dict(parse_setting(text) for text in args.set)
    try:
        recipe = Recipe.load(args.recipe, settings | ({} if args.seed is None else {"seed": args.seed}))
        folds = cross_validation.folds_of(args.dataset or recipe.dataset, args.folds)
        name = args.run or f"{recipe.name}-{next(iter(folds.values())).partition('@')[0]}-s{recipe.seed}"
        for fold, dataset in folds.items():
            code = cross_validation.train_fold(recipe.model_copy(update={"dataset": dataset}), name, fold, args)
            if code:
                return code
        print(cross_validation.report(name, cross_validation.runs_of(name)), flush=True)
    except UserError as error:
        return refuse(args.job, str(error))
    return 0


def explain(args: argparse.Namespace) -> int:
    """Make maps of the samples that are named, or score the maps of a stage."""
    import store
    from trainer.explain.map_scores import score_run
    from trainer.explain.on_demand import explain_samples

    if bool(args.sample) == args.scores:
        return refuse(args.job, "Name samples with --sample, or ask for --scores: one of the two.")
    try:
        store.apply_waiting()
        if args.scores:
            scores = score_run(
                args.run, args.stage, args.device, args.method, args.layer, args.limit, args.csv, args.every_stage,
                args.job,
            )  # fmt: skip
            update_job(args.job, state="done", message=f"{len(scores)} scores")
            return 0
        n_maps, layer_name = explain_samples(
            args.run, args.sample, args.stage, args.device, args.job, args.method, args.layer
        )
    except UserError as error:
        return refuse(args.job, str(error))
    update_job(args.job, state="done", message=f"{n_maps} maps")
    print(f"{n_maps} maps of {len(args.sample)} samples, by {args.method} at {layer_name}, are in the store.")
    return 0


def predict(args: argparse.Namespace) -> int:
    """Print the predictions of a run's network on pictures, or write them as CSV."""
    from trainer.predict import predict

    try:
        predict(args.run, args.images, args.stage, args.device, args.csv)
    except UserError as error:
        return refuse(None, str(error))
    return 0


def export(args: argparse.Namespace) -> int:
    """Write a run's network as one file in another format."""
    from trainer.export import export

    try:
        path = export(args.run, args.format, args.out, args.stage)
    except UserError as error:
        return refuse(None, str(error))
    print(f"Run {args.run} is exported to {path}.")
    return 0


def _start_study(words: list[str]) -> int:
    """Start `python -m jobs study`, or, with --report, the report of the study."""
    if "--report" in words:
        return _start_module("report", ["--study", *(word for word in words if word != "--report")])
    return _start_module("jobs", ["study", *words])


def _start_module(name: str, words: list[str]) -> int:
    """Start another command line in this process, under its own name."""
    sys.argv = [name, *words]
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {key:<28} {help_}" for key, help_ in keys())
    parser = Parser(
        prog="python -m trainer",
        description="Train a classifier by a recipe; every stage is written to results.duckdb.",
        epilog="Places: ODAP_RESULTS (store), ODAP_DATA (datasets), ODAP_RUNS (checkpoints).",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "train",
        help="start a run",
        description="Start a run in this process. Ctrl-C stops it cleanly.",
        epilog=f"Recipe keys for --set:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("recipe", metavar="RECIPE", help=f"a YAML file, or one of: {', '.join(available())}")
    command.add_argument("--dataset", metavar="NAME", help="dataset, as NAME or NAME@VERSION (default: the recipe's)")
    command.add_argument("--seed", type=int, metavar="N", help="seed (default: the recipe's)")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a recipe key; may be given many times"
    )
    command.add_argument("--layer", metavar="LAYER", help="layer to make maps at (default: the recipe's, or the last)")
    command.add_argument("--run", metavar="RUN", help="name of the new run (default: recipe, seed, time)")
    command.add_argument(
        "--from", dest="from_", metavar="RUN",
        help="start from a finished stage of this run, as if trained from the start: in all that shapes the stages "
        "before, the recipe must be the run's; dataset, seed, full.epochs and full.lr are taken from it",
    )  # fmt: skip
    command.add_argument("--stage", metavar="STAGE", help="the stage to start from (default: full)")
    command.add_argument("--round", type=int, metavar="N", help="its round, where the run has several such stages")
    command.add_argument(
        "--find-lr", action="store_true",
        help="train no run: raise the learning rate step by step, and print the rates that suit recipe and dataset",
    )  # fmt: skip
    _common(command)
    command.set_defaults(action=train)

    command = commands.add_parser("resume", help="go on with a run that was stopped, killed or failed")
    command.add_argument("run", metavar="RUN", help="the run's name, as in: python -m jobs list")
    _common(command)
    command.set_defaults(action=resume)

    command = commands.add_parser(
        "cross-validate",
        help="train a recipe once per fold of a dataset, and score all held-out predictions together",
        description="Every picture trains in all folds but one, and is tested in that one: the way to judge a recipe "
        "on a small dataset. Runs are named NAME-1of5 and so on; the same command goes on after a stop. Prints "
        "accuracy, balanced accuracy and macro-F1 with intervals; `predict NAME` takes the mean of all networks.",
    )
    command.add_argument("recipe", metavar="RECIPE", help=f"a YAML file, or one of: {', '.join(available())}")
    command.add_argument("--dataset", metavar="NAME", help="dataset, as NAME or NAME@VERSION (default: the recipe's)")
    command.add_argument("--folds", type=_count, default=5, metavar="K", help="folds, 2 to 20 (default: 5)")
    command.add_argument("--seed", type=int, metavar="N", help="seed of every fold (default: the recipe's)")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a recipe key; may be given many times"
    )
    command.add_argument("--run", metavar="NAME", help="name of all runs together (default: recipe, dataset, seed)")
    _common(command)
    command.set_defaults(action=cross_validate)

    command = commands.add_parser(
        "explain",
        help="make maps of samples at the finished stages of a run, or score what its maps are worth",
        description="Where does the network look? Maps of single samples at every finished stage, or, with --scores, "
        "how well the maps of the newest stage point at the boxes, beside a centred Gaussian, a random map and the "
        "untrained network, how faithful they are (ROAD), and how often a prediction flips when burned-in marks are "
        "painted out or in.",
    )
    command.add_argument("run", metavar="RUN", help="the run's name")
    command.add_argument("--sample", action="append", default=[], metavar="ID", help="sample_id; may be given often")
    command.add_argument("--scores", action="store_true", help="record and print scores instead of making maps")
    command.add_argument("--every-stage", action="store_true", help="score every finished stage, not the newest alone")
    command.add_argument("--limit", type=_count, default=200, metavar="N", help="test samples to score (default: 200)")
    command.add_argument("--csv", metavar="FILE", help="write the scores to this file too")
    command.add_argument("--stage", metavar="STAGE", help="only this stage, e.g. full or refined (default: all)")
    command.add_argument(
        "--method", choices=METHODS, default="gradcam", help="how maps are made (default: %(default)s)"
    )
    command.add_argument(
        "--layer",
        metavar="LAYER",
        help="layer to explain by, e.g. layer3 for finer maps (default: the run's)",
    )
    _common(command)
    command.set_defaults(action=explain)

    command = commands.add_parser("predict", help="say what a run's network sees in pictures, as CSV")
    command.add_argument("run", metavar="RUN", help="the run's name, or that of a cross-validation")
    command.add_argument("images", nargs="+", metavar="IMAGE", help="a picture, or a folder of pictures")
    command.add_argument("--csv", metavar="FILE", help="write to this file (default: print)")
    command.add_argument("--stage", metavar="STAGE", help="the newest stage of this kind (default: the newest of all)")
    command.add_argument("--device", metavar="DEVICE", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    command.set_defaults(action=predict)

    command = commands.add_parser("export", help="write a run's network as one file for other programs")
    command.add_argument("run", metavar="RUN", help="the run's name")
    command.add_argument("--format", choices=("onnx", "torchscript"), required=True, help="onnx or torchscript")
    command.add_argument("--out", metavar="FILE", help="the file (default: RUN.onnx or RUN.pt here)")
    command.add_argument("--stage", metavar="STAGE", help="the newest stage of this kind (default: the newest of all)")
    command.set_defaults(action=export)

    # Listed here; `main` handles them before parsing.
    commands.add_parser("study", help="run a study: python -m trainer study FILE; --help of it has its options")
    commands.add_parser("report", help="the same as: python -m report")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", metavar="DEVICE", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    command.add_argument("--job", metavar="JOB", help="row of the job queue to report to (default: one of its own)")


if __name__ == "__main__":
    end(main)

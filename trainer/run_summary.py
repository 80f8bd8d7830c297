"""Say at a run's end what limited it, in the numbers of the store."""

from __future__ import annotations

import store
from analysis.run_limits import Limit, RunLimits, guessing_loss, judge_run

_SENTENCES: dict[Limit, str] = {
    "rate_above": "learning rate: the training loss was more than twice that of guessing ({guessing:.2f}) at {above} "
    "of {epochs} epochs; try a lower {key}, or --find-lr.",
    "rate_jumps": "learning rate: the training loss jumped by more than a quarter at {jumps} of {epochs} epochs; try a "
    "lower {key}, or --find-lr.",
    "rate_still": "learning rate: the training loss fell by {total_fall:.1%} in all of its {epochs} epochs; try "
    "--find-lr.",
    "steps": "steps: at the end the training loss still fell by {train_fall:.1%} an epoch, and the validation loss by "
    "{val_fall:.1%}; try more epochs.",
    "data": "data: {train_accuracy:.1%} of {n_train:,} training samples are right and {val_accuracy:.1%} of {n_val:,} "
    "validation samples; try more images, or stronger augmentation.",
    "noise": "label noise: {suspects:,} of {n_train:,} training samples ({suspect_share:.1%}) have a suspect label; "
    "review them.",
}


def summary(run_id: str) -> str:
    """Return what limited a run, one line for each limit; nothing for a run without epochs."""
    run = store.run(run_id)
    if run is None:
        return ""
    guessing = guessing_loss(str(run["objective"]), len(run["classes"]))
    limits = judge_run(store.epochs([run_id]), store.metrics([run_id]), store.suspects(run_id), guessing)
    return "" if limits is None else sentences(limits)


def sentences(limits: RunLimits) -> str:
    """Return the lines that name what stands out, or that nothing does."""
    key = {"full": "full.lr", "refined": "refined.lr"}.get(limits.stage, "hard_negative.lr")
    numbers = {**vars(limits), "suspect_share": limits.suspect_share, "key": key}
    if not limits.found:
        return "What limited this run (a rule of thumb): nothing stands out in its losses, accuracies and labels."
    lines = [f"  {_SENTENCES[limit].format(**numbers)}" for limit in limits.found]
    return "\n".join(["What limited this run (a rule of thumb, not a test):", *lines])

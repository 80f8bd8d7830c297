"""English texts of mined samples: rival and prediction, outcomes, and what would have been fixed anyway."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MinedTexts:
    """A part of `Texts`. Placeholders are filled with `str.format`."""

    # rival and prediction
    column_rival: str = "Nearest rival"
    column_rival_pair: str = "True class | nearest rival"
    card_rival: str = "**{true}**, nearest rival **{rival}**, predicted **{predicted}**"
    mined_option: str = "{sample} · {label}, nearest rival {rival}, predicted {predicted}"
    predicted_none: str = "no class"
    rival_caption: str = (
        "The nearest rival is the most probable class that a sample does not have. Predicted is what the stage said "
        "that the sample was mined from; of a sample that was nearly wrong it is the true class."
    )
    unseen_caption: str = (
        "This run mines out of fold: reason, rival and margin come from quick models that never saw the patient; "
        "predicted is what the stage itself said."
    )

    # outcomes
    column_outcome_hard: str = "After the hard stage"
    column_outcome: str = "After the round"
    fixed_again: str = (
        "Samples became newly wrong {n} times; {again} of these times an earlier stage had fixed the sample, and it "
        "was lost again."
    )

    # beside the control
    anyway_title: str = "Fixed, and what would have been fixed anyway"
    anyway_caption: str = (
        "The same samples at the same moments in both runs: mined for round {round}, and wrong in both runs when this "
        "run mined ({before}). Right after is counted at the end of the round ({after}). Whatever is chosen because it "
        "is wrong now is right a little more often later (regression to the mean), with or without mining. 95 % "
        "intervals from a bootstrap over {patients} patients."
    )
    anyway_alone: str = (
        "{fixed} of the {mined} samples that this run mined while wrong are right after the round ({share}, 95 % "
        "{low} to {high})."
    )
    anyway_same: str = "Of {mined} samples that this run mined while wrong, the control {control} had {both} wrong too."
    anyway_more: str = (
        "In this run more of them were fixed than in its control: {run} of these samples are right after the round, "
        "{control} in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}). This is one pair of runs; "
        "another seed may come out otherwise. Whether mining helps is asked on Stages."
    )
    anyway_fewer: str = (
        "In this run fewer of them were fixed than in its control: {run} of these samples are right after the round, "
        "{control} in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}). This is one pair of runs; "
        "another seed may come out otherwise. Whether mining helps is asked on Stages."
    )
    anyway_unshown: str = (
        "Not shown that mining fixed more than would have been fixed anyway: {run} of these samples are right after "
        "the round, {control} in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f})."
    )
    anyway_few: str = (
        "Too few patients tell the two runs apart to say whether mining fixed more than would have been fixed anyway: "
        "{run} of these samples are right after the round, {control} in the control ({apart} patients differ; at least "
        "{fewest} are needed)."
    )
    anyway_none_shared: str = (
        "None of the samples that this run mined while wrong was wrong in the control {control} at the same moment, so "
        "there is nothing to compare."
    )
    anyway_none_wrong: str = "This run mined no sample that its own stage had wrong, so there is nothing to be fixed."
    anyway_no_control: str = (
        "How many of these would have been fixed without mining is not known: this run has no control on {dataset} "
        "(the same recipe and seed with `control: true`, on the same dataset version). Some always are; train the "
        "control to see how many."
    )
    anyway_wait: str = "The round has not ended yet; what was fixed, and what would have been anyway, appears here."
    anyway_control_wait: str = (
        "The control {control} has not reached the end of this round; what would have been fixed anyway appears here."
    )
    anyway_this: str = "this run"
    anyway_control: str = "control"
    column_wrong_before: str = "Wrong before"
    column_right_after: str = "Right after"
    column_right_share: str = "Right after, %"
    column_share_low: str = "95 % from"
    column_share_high: str = "to"

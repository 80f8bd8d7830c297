"""English texts of the page Hard negatives."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class HardNegativesTexts:
    """Placeholders are filled with `str.format`."""

    mined_tab: str = "Mined samples"
    round: str = "Round"
    pair: str = "Pair"
    all_pairs: str = "All pairs"
    reason: str = "Reason"
    all_reasons: str = "All reasons"
    order: str = "Order"
    order_names: Pairs = (
        ("margin", "Hardest first"),
        ("loss", "Highest loss first"),
        ("pair", "By pair"),
    )
    control_mines_nothing: str = (
        "This run is an equal-budget control: it gets the same number of steps, but nothing is mined."
    )
    multi_mines_nothing: str = (
        "This run is multi-label and trains on everything in one stage: nothing is mined. Its mistakes are on the "
        "pages Confusion and Single vs multi."
    )
    plain_mines_nothing: str = "This recipe has no hard-negative rounds, so nothing is mined."
    nothing_mined_yet: str = "Nothing mined yet: samples are mined when the full stage ends."
    mined_count: str = "{shown} of {total} mined training samples"
    pool_title: str = "Mined samples by round"
    flow_title: str = "Outcome after each stage"
    flow_caption: str = (
        "The {n} samples mined for round {round}, and whether each later stage predicted them correctly."
    )
    flow_waiting: str = "The stages of this round have not finished yet; the outcome of its samples appears here."
    mined_nothing_ended: str = "This run mined nothing: it ended before its first mining, or no sample was hard enough."
    mined_imported: str = "This run was imported from an export, which counts mined samples without listing them."
    card_mined: str = "{reason} · p {prob}  \nmargin {margin}"
    flow_hint: str = "Choose a band from the list, or click a bar of *Counts*, to see its samples."
    band: str = "{before} → {after}: {n}"
    band_end: str = "{stage}, {state}"
    band_title: str = "{band} samples"
    pool_hint: str = "Click a bar to see the samples of its round and reason below."
    pair_hint: str = "Choose a row to see the samples of its pair below."
    flow_as: str = "Show as"
    flow_names: Pairs = (("flow", "Flow"), ("counts", "Counts"))
    flow_of: str = "Samples"
    flow_of_names: Pairs = (("mined", "Mined for this round"), ("test", "All test samples"))
    flow_test_caption: str = "All {n} test samples, and whether each later stage predicted them correctly."
    by_pair: str = "By pair and reason"
    column_total: str = "Total"
    suspect_labels: str = "Suspect labels: {n} samples set aside"
    suspect_caption: str = "Not mined: what the runs learned contradicts their label. The least likely label first."
    card_suspect: str = "labelled **{given}**, suggested **{suggested}**  \np of the label {prob}"
    column_rival_pair: str = "True class | nearest rival"
    card_rival: str = "**{true}**, nearest rival **{rival}**, predicted **{predicted}**"
    rival_caption: str = (
        "The nearest rival is the most probable class that the sample does not have. Predicted is the prediction of "
        "the stage that the sample was mined from; for a nearly wrong sample it is the true class."
    )
    unseen_caption: str = (
        "This run mines out of fold: reason, rival and margin come from quick models that never saw the patient; the "
        "prediction is of the stage itself."
    )
    fixed_again: str = (
        "Samples became newly wrong {n} times. In {again} of these cases an earlier stage had fixed the sample, and "
        "it became wrong again."
    )
    anyway_title: str = "How many would have been fixed without mining?"
    anyway_caption: str = (
        "The same samples at the same time in both runs: mined for round {round}, and wrong in both runs when this "
        "run mined ({before}). *Right after* is counted at the end of the round ({after}). Samples that are chosen "
        "because they are wrong are right a little more often later (regression to the mean), with or without "
        "mining. 95% intervals from a bootstrap over {patients} patients."
    )
    anyway_alone: str = (
        "Of the {mined} samples that this run mined while they were wrong, {fixed} are right after the round "
        "({share}, 95% CI {low} to {high})."
    )
    anyway_same: str = (
        "Of the {mined} samples that this run mined while they were wrong, {both} were wrong in the control "
        "{control} too."
    )
    anyway_more: str = (
        "This run fixed more of them than its control: {run} of these samples are right after the round, {control} "
        "in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}). This is one pair of runs; another "
        "seed may give another result. The page Stages shows whether mining helps."
    )
    anyway_fewer: str = (
        "This run fixed fewer of them than its control: {run} of these samples are right after the round, {control} "
        "in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}). This is one pair of runs; another "
        "seed may give another result. The page Stages shows whether mining helps."
    )
    anyway_unshown: str = (
        "It is not shown that mining fixed more than would have been fixed without it: {run} of these samples are "
        "right after the round, {control} in the control ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f})."
    )
    anyway_few: str = (
        "Too few patients differ between the two runs to say whether mining fixed more than would have been fixed "
        "without it: {run} of these samples are right after the round, {control} in the control ({apart} patients "
        "differ; at least {fewest} are needed)."
    )
    anyway_none_shared: str = (
        "None of the samples that this run mined while they were wrong was wrong in the control {control} at the "
        "same time, so there is nothing to compare."
    )
    anyway_none_wrong: str = "This run mined no sample that its stage predicted wrongly, so there is nothing to fix."
    anyway_no_control: str = (
        "How many of these would have been fixed without mining is unknown: this run has no control on {dataset} "
        "(the same recipe and seed with `control: true`, on the same dataset version). Some always would be; train "
        "the control to see how many."
    )
    anyway_wait: str = "The round has not finished yet; this comparison appears when it has."
    anyway_control_wait: str = (
        "The control {control} has not reached the end of this round; this comparison appears when it has."
    )
    anyway_this: str = "this run"
    anyway_control: str = "control"
    column_wrong_before: str = "Wrong before"
    column_right_after: str = "Right after"
    column_right_share: str = "Right after, %"
    column_share_low: str = "95% from"
    column_share_high: str = "to"

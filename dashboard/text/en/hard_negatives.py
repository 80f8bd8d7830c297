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
    flow_title: str = "What became of them"
    flow_caption: str = "The {n} samples mined for round {round}, and how each later stage answered them."
    flow_waiting: str = "The stages of this round have not ended yet; what became of its samples appears here."
    mined_nothing_ended: str = "This run mined nothing: it ended before its first mining, or no sample was hard enough."
    card_mined: str = "{reason} · p {prob}  \nmargin {margin}"
    flow_hint: str = "Choose a band in the box, or click a bar of the counts, to see its samples."
    band: str = "{before} → {after}: {n}"
    band_end: str = "{stage}, {state}"
    band_title: str = "{band} samples"
    pool_hint: str = "Click a bar: the samples below are then those of its round and reason."
    pair_hint: str = "Choose a row: the samples below are then those of its pair."
    flow_as: str = "Show as"
    flow_names: Pairs = (("flow", "Flow"), ("counts", "Counts"))
    flow_of: str = "Samples"
    flow_of_names: Pairs = (("mined", "Mined for this round"), ("test", "All test samples"))
    flow_test_caption: str = "All {n} test samples, and how each later stage answered them."
    by_pair: str = "By pair and reason"
    column_total: str = "Total"
    suspect_labels: str = "Suspect labels: {n} samples set apart"
    suspect_caption: str = "Not mined: what the runs learnt speaks against their label. The least believed label first."
    card_suspect: str = "labelled **{given}**, suggested **{suggested}**  \np of the label {prob}"
    column_rival_pair: str = "True class | nearest rival"
    card_rival: str = "**{true}**, nearest rival **{rival}**, predicted **{predicted}**"
    rival_caption: str = (
        "The nearest rival is the most probable class that a sample does not have. Predicted is what the stage said "
        "that the sample was mined from; of a sample that was nearly wrong it is the true class."
    )
    unseen_caption: str = (
        "This run mines out of fold: reason, rival and margin come from quick models that never saw the patient; "
        "predicted is what the stage itself said."
    )
    fixed_again: str = (
        "Samples became newly wrong {n} times; {again} of these times an earlier stage had fixed the sample, and it "
        "was lost again."
    )
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

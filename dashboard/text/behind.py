"""English of the samples behind a figure's bars, points and bands."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BehindTexts:
    """A part of `Texts`. Placeholders are filled with `str.format`."""

    behind_label: str = "Samples of"
    none_chosen: str = "nothing chosen"
    none_behind: str = "There is no sample behind this one."
    behind_hint: str = "Click a bar, or choose it in the box, to see its samples."
    stage_mistakes: str = "Mistakes on test after"

    previous_page: str = "Page before"
    next_page: str = "Next page"

    # hard negatives
    flow_hint: str = "Choose a band in the box, or click a bar of the counts, to see its samples."
    band: str = "{before} → {after}: {n}"
    band_end: str = "{stage}, {state}"
    band_title: str = "{band} samples"
    pool_hint: str = "Click a bar: the samples below are then those of its round and reason."
    pair_hint: str = "Choose a row: the samples below are then those of its pair."

    # single vs multi, stages
    class_bar: str = "{class_name}: mistakes of {side}"
    class_gap: str = "{class_name}: only one of the two is wrong"
    class_title: str = "{bar}, {n} samples"
    bin_point: str = "{run}, said {low} to {high}: {n} answers"
    bin_there: str = "{class_name} p {prob}: there"
    bin_not_there: str = "{class_name} p {prob}: not there"
    bin_more: str = "and {n} more classes"
    limit_point: str = "{split}, {kind}: {n}"
    limit_kinds: Pairs = (("missed", "missed"), ("false_alarm", "false alarm"), ("wrong", "missed or false alarm"))
    limit_title: str = "{class_name} at a threshold of {limit}, {split}, {kind}: {n} samples"
    limit_hint: str = (
        "Click a curve: the threshold moves there, and its samples are shown: of precision the false alarms, of recall "
        "what was missed, of F1 both."
    )
    class_bar_hint: str = "A mistake: the class is there and was not said, or was said and is not there."
    gain_bar: str = "{class_name}: {what} by {run}"
    gained_word: str = "gained"
    lost_word: str = "lost"
    was_now: str = "{was} → {now}"
    stage_bar: str = "{run}, {stage}: mistakes"

    # overview
    curve_point: str = "{run}, {stage}: mistakes on test"
    curve_hint: str = (
        "Click a point to see what its stage got wrong on test; answers are kept at the end of a stage, of its best "
        "epoch, not of every epoch."
    )
    curve_waits: str = "{stage} of {run} has not ended yet; its answers are there when it has."

    # confusion
    trend_point: str = "{pair}, {stage}: {n}"
    trend_hint: str = "Click a point, or choose it in the box, to see its samples."

    # sample view
    neighbours: str = "What looks like it to the model"
    neighbours_title: str = "Nearest training samples"
    neighbours_caption: str = (
        "The {n} training samples whose features before the head are most alike (cosine) after {stage}: {alike} are "
        "labelled {label} too, {right} are right."
    )
    no_embeddings: str = "Run {run} kept no features of this sample, so its neighbours are unknown; new runs keep them."
    similarity: str = "cosine {value}"

    # meeting
    test_bias: str = (
        "{n} of these changes are to test samples that were picked because a model got them wrong, so later scores on "
        "this test set are biased in that model's favour: score old and new runs on both versions, or have a random "
        "draw of the test samples relabelled too."
    )
    test_agenda: str = (
        "Test samples are on this agenda because the model got them wrong; relabelling only those biases later scores "
        "on this test set in its favour. Score old and new runs on both versions, or relabel a random draw too."
    )

    # data
    changes_title: str = "Changed after review: {n} samples"
    changes_bias: str = (
        "Test samples changed because a model got them wrong bias later scores on this version in that model's "
        "favour: score old and new runs on both versions, or have a random draw of test samples relabelled too."
    )
    counts_hint: str = "Click a bar or a cell: the tab *Samples* opens with its samples."
    together_filter: str = "Together with"

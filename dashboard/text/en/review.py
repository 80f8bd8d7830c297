"""English texts of the pages Meeting and Sample."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class ReviewTexts:
    """Placeholders are filled with `str.format`."""

    neighbours: str = "Most similar training samples"
    neighbours_title: str = "Most similar training samples"
    neighbours_caption: str = (
        "The {n} training samples whose features before the head are most similar (cosine) after {stage}: {alike} "
        "are labelled {label} too, {right} are predicted correctly."
    )
    no_embeddings: str = (
        "Run {run} stored no features of this sample, so similar samples are unknown; new runs store them."
    )
    similarity: str = "cosine similarity {value}"
    test_bias: str = (
        "{n} of these changes are to test samples that were chosen because a model got them wrong. They bias later "
        "scores on this test set in that model's favour. Score old and new runs on both versions, or have a random "
        "draw of the test samples relabelled too."
    )
    test_agenda: str = (
        "Test samples are on this agenda because the model got them wrong. Relabelling only those biases later "
        "scores on this test set in its favour. Score old and new runs on both versions, or relabel a random draw "
        "too."
    )
    column_rival: str = "Nearest rival"
    column_outcome_hard: str = "After the hard stage"
    column_outcome: str = "After the round"
    previous: str = "Previous"
    next: str = "Next"
    place_in_list: str = "{at} of {n}"
    no_sample: str = "No sample is chosen. Open one from a gallery, or from the agenda of the meeting."
    sample_gone: str = "Sample {sample} is not part of the dataset of run {run}; open one from a gallery of this run."
    no_picture: str = "The picture is missing or cannot be read; everything else is shown."
    probs_by_stage: str = "Probabilities through the stages"
    no_probs: str = "No stage of this run has predicted this sample yet."
    cams_by_stage: str = "Where the model looks"
    mined_history: str = "When it was mined"
    never_mined: str = "No run has mined this sample."
    column_round: str = "Round"
    column_reason: str = "Reason"
    column_margin: str = "Margin"
    column_loss: str = "Loss"
    verdicts_title: str = "Verdicts"
    reviewer: str = "Your name"
    reviewer_help: str = "Verdicts are stored under this name; it is remembered in this tab only"
    need_name: str = "Enter your name above to give a verdict."
    verdict: str = "Verdict"
    verdict_kinds: Pairs = (
        ("model_error", "Model error"),
        ("label_error", "Label error"),
        ("ambiguous", "Ambiguous"),
        ("unusable", "Unusable"),
    )
    right_label: str = "Right label"
    note: str = "Note"
    save_verdict: str = "Save verdict"
    verdict_saved: str = "Saved."
    undo: str = "Undo my verdict"
    verdict_undone: str = "Verdict removed."
    hidden_verdicts: str = "Verdicts of others are hidden until you have given yours: {n}."
    no_verdicts: str = "No verdict yet."
    verdict_line: str = "**{reviewer}**: {verdict}{label} · {when}"
    meeting_part: str = "View"
    part_names: Pairs = (
        ("agenda", "Agenda"),
        ("decisions", "Decisions"),
        ("agreement", "Agreement"),
    )
    blind: str = "Blind second read"
    blind_help: str = "The verdicts of others stay hidden until you have given yours"
    agenda_size: str = "Samples"
    empty_agenda: str = "There is nothing to discuss: this stage is right on every sample of this split."
    agenda_caption: str = "{n} samples from {pairs} confused pairs, each pair in turn; you have judged {mine} of them."
    agenda_title: str = "The whole agenda"
    agenda_option: str = "{at}. {label} → {predicted} · {sample}"
    why: str = "On the agenda because: {reasons}"
    agenda_reasons: Pairs = (
        ("suspect", "suspect label"),
        ("newly_wrong", "newly wrong"),
        ("disagreement", "runs disagree"),
        ("worst", "wrong"),
    )
    column_reasons: str = "Why"
    column_judged: str = "Verdicts"
    column_you: str = "You"
    column_sample: str = "Sample"
    decisions_caption: str = (
        "A sample is decided when all reviewers who judged it agree. {n} are judged, {open} of them are still open."
    )
    nothing_decided: str = "No sample has a verdict yet; give some on the agenda."
    decision_names: Pairs = (
        ("relabelled", "relabelled"),
        ("excluded", "excluded"),
        ("ambiguous", "ambiguous"),
        ("kept", "label kept"),
        ("open", "open"),
    )
    column_decision: str = "Decision"
    column_label: str = "Label"
    column_right_label: str = "Right label"
    column_reviewers: str = "Reviewers"
    export: str = "Make the next version of {dataset}"
    export_caption: str = (
        "{relabelled} relabelled, {excluded} excluded; everything else, patients and splits included, stays as it is."
    )
    export_nothing: str = "There is nothing to change yet: no sample was decided to be relabelled or excluded."
    exporting: str = "Writing the new version…"
    exported: str = "{dataset} is ready, with its list of changes. Choose it under *New training* in the sidebar."
    newer_version: str = "{newest} has been made since; the verdicts below are on {dataset}."
    agreement_caption: str = (
        "Kappa is agreement beyond chance (1 = always, 0 = as often as by chance), over the samples that both "
        "reviewers judged."
    )
    no_agreement: str = "No sample has been judged by two reviewers yet."
    column_reviewer_a: str = "Reviewer"
    column_reviewer_b: str = "and"
    column_same: str = "Same verdict"
    column_kappa: str = "Kappa"
    all_reviewers: str = "all (Fleiss)"

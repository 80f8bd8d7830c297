"""Hold the English sentences and labels of the report.

Another language is a subclass that overrides each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from report.text.provenance import ProvenanceTexts

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Texts(ProvenanceTexts):
    """The texts of one language.

    Placeholders are filled with `str.format`; pairs translate names of the store.
    """

    language: str = "en"
    title: str = "Odap report"
    made: str = "Made {at}, runs: {n}. All numbers come from research models and say nothing about clinical use."
    runs: str = "Runs"
    run: str = "Run"
    recipe: str = "Recipe"
    control: str = "{recipe} (control)"
    dataset: str = "Dataset"
    seed: str = "Seed"
    status: str = "Status"
    judged_at: str = "Judged at"
    accuracy: str = "Accuracy, %"
    macro_f1: str = "Macro-F1, %"
    majority: str = "Majority class, %"
    chance: str = "Chance, %"
    baselines: str = (
        "Majority class: accuracy of always predicting the most frequent class of the test set. Chance: accuracy of "
        "drawing classes by their shares in it."
    )
    test_samples: str = "Test samples"
    patients: str = "Patients"
    samples: str = "Samples"
    place: str = "round {round}, {stage}"
    no_test: str = "no test samples"
    bootstrap: str = (
        "In parentheses: 95% percentile bootstrap over patients, with the trained model held fixed; the intervals "
        "exclude seed-to-seed variation."
    )
    compared: str = (
        "F1 on the same test samples. In parentheses: the 95% intervals that hold together over all classes "
        "(Student's, over patients, and over seeds where there are several). Sentences and verdicts follow these, or "
        "the 90% interval where they say equivalent. Margin: {margin} points. A run without thresholds is scored at "
        "the thresholds of best F1 on its validation samples."
    )
    differ: str = "The two recipes differ in:"
    alone: str = "Each class alone, points (95%)"
    verdict_of: str = "{b} is"
    scorings: Pairs = (
        ("label", "the single label (top-1 of both)"),
        ("labels", "all labels present (each run's thresholds)"),
    )
    overall: Pairs = (("accuracy", "Top-1 accuracy"), ("exact_match", "All labels right"))
    over_samples: str = "Test samples: {n}, of {patients} patients."
    over_seeds: str = "Means over {n} seeds ({seeds}) of both recipes; the intervals include seed-to-seed variation."
    one_seed: str = "One seed: the intervals exclude seed-to-seed variation."
    versus: str = "{a} vs. {b}"
    f1_of: str = "F1 of {run}, %"
    difference: str = "{b} minus {a}, points (95%)"
    to: str = "to"
    not_known: str = (
        "{a} and {b} are not compared on {scoring}: their label scheme does not say which classes those are."
    )
    not_compared: str = "{b} is not compared with {a}. {reason}"
    none_shared: str = "They share no test sample."
    by_labels_of: str = "by the labels of {dataset}"
    changed_samples: str = "Samples that were relabelled or excluded between the two versions (the first 100)"

    data: str = "Data"
    source: str = "{source}; made {at}; content {content}."
    patients_named: str = "Patients are named by the source."
    patients_unnamed: str = "The source names no patients."
    folder_gone: str = "The folder of this dataset no longer exists; what follows comes from the store."
    split: str = "Split"
    splits: Pairs = (("train", "train"), ("val", "val"), ("test", "test"))
    class_: str = "Class"
    changed: str = "Changed after review"
    changed_bias: str = (
        "Test samples that were changed because a model got them wrong bias later scores on this version in that "
        "model's favour. Score old and new runs on both versions, or have a random draw of test samples relabelled "
        "too."
    )
    sample: str = "Sample"
    change: str = "Change"
    old_label: str = "Old label"
    new_label: str = "New label"
    by: str = "By"
    note: str = "Note"

    starts_from: str = (
        "The run starts from a stage of {parent} ({place}); steps and time of the stages up to there were spent once, "
        "by that run."
    )
    ended: str = "This run is {status}{reason}; it is judged at its last finished stage."
    states: Pairs = (
        ("running", "running"), ("done", "done"), ("failed", "failed"), ("stopped", "stopped"), ("lost", "lost")
    )  # fmt: skip
    training: str = "Model and training"
    trained: str = "{model}, {objective}, {n} classes, trained on {device}."
    round_: str = "Round"
    stage: str = "Stage"
    stages: Pairs = (
        ("full", "full"), ("hard_negative", "hard_negative"), ("control", "control"), ("refined", "refined")
    )  # fmt: skip
    epochs: str = "Epochs"
    best: str = "Best"
    steps: str = "Steps"
    seen: str = "Samples shown"
    used: str = "Samples learned from"
    starved: str = (
        "{place}: {n} of {epochs} epochs learned from less than 5% of the samples they were shown (the lowest: "
        "{lowest}%); the confidence filter or OHEM left out the rest. Such a stage hardly learns."
    )
    cpu_seconds: str = "Processor seconds"
    cost: str = (
        "Processor seconds count all threads and processes that trained; GPU work is not included. Elapsed time on a "
        "shared machine does not measure cost and is left out."
    )
    mined_after: str = "Mined after it"
    results: str = "Results"
    precision: str = "Precision, %"
    recall: str = "Recall, %"
    f1: str = "F1, %"
    average_precision: str = "Average precision, %"
    auroc: str = "AUROC, %"
    nothing_tested: str = "This dataset has no test samples."
    confusion: str = "Confusion"
    corner: str = "true \\ predicted"
    true: str = "True"
    predicted: str = "Predicted"
    of: str = "Out of"
    rate: str = "Rate, %"
    matrix_left_out: str = (
        "A matrix of {n} classes does not fit on a page and is left out; the most confused pairs follow."
    )
    none_confused: str = "No test sample is confused."
    hard: str = "Hard negatives"
    reason: str = "Reason"
    reasons: Pairs = (
        ("wrong", "wrong"), ("nearly wrong", "nearly wrong"), ("high loss", "high loss"),
        ("forgotten", "learned and lost again"), ("random", "drawn at random"),
    )  # fmt: skip
    rival: str = "Nearest rival"
    hard_pair: str = "{true}, nearest rival {rival}, predicted {predicted}"
    no_class: str = "no class"
    hardest: str = "The hardest of {n}:"
    no_picture: str = "picture missing"
    hard_card: str = "round {round}, margin {margin}"
    none_mined: str = "This run mined nothing."
    looks: str = "Where the model looks"
    map_of: str = "{sample}: map of the predicted class at each stage"
    no_map: str = "map missing"
    right: str = "right"
    wrong: str = "wrong"
    maps_are: str = "Maps show where evidence lies, each on its own scale; they do not prove how the model reasons."
    none_mapped: str = "No maps were made for this run."

    verdicts: str = "Verdicts"
    decided: str = "Decided: {counts}."
    decisions: Pairs = (
        ("relabelled", "relabelled"), ("excluded", "excluded"), ("ambiguous", "ambiguous"), ("kept", "kept"),
        ("open", "open"),
    )  # fmt: skip
    kinds: Pairs = (
        ("model_error", "model_error"), ("label_error", "label_error"), ("ambiguous", "ambiguous"),
        ("unusable", "unusable"),
    )  # fmt: skip
    label: str = "Label"
    reviewer: str = "Reviewer"
    verdict: str = "Verdict"
    right_label: str = "Right label"
    reviewers: str = "Reviewers"
    same: str = "Same verdict, %"
    kappa: str = "Kappa"
    both: str = "{a} and {b}"
    all_: str = "all (Fleiss)"
    no_verdict: str = "No verdict was given on this dataset."

    reported: str = "What is reported, and what is missing"
    guidelines: str = (
        "The topics follow CLAIM and TRIPOD+AI, in our words; we do not claim that either guideline is fulfilled."
    )
    topic: str = "Topic"
    where: str = "Where"
    missing: str = "Missing."
    topics: Pairs = (
        ("purpose", "Purpose and intended use of the model"),
        ("source", "Source of the data"),
        ("eligibility", "Dates, places and eligibility of patients"),
        ("ethics", "Ethics approval and de-identification"),
        ("splits", "Splits, with no patient in two of them"),
        ("devices", "Devices that made the pictures"),
        ("labels", "How the reference labels were made"),
        ("reviewed", "Labels checked again by reviewers"),
        ("agreement", "Agreement between reviewers"),
        ("model", "Model, recipe and every setting"),
        ("seeds", "Several seeds"),
        ("size", "Sample size and its reasons"),
        ("metrics", "Metrics with intervals"),
        ("failures", "Where the model fails"),
        ("explanations", "Explanations"),
        ("external", "Test on external data"),
        ("fairness", "Fairness over groups of patients"),
        ("limits", "Limits and risks"),
        ("availability", "Availability of code, weights and data"),
    )
    todos: Pairs = (
        ("purpose", "State what the model is for, for whom, and what it must not be used for."),
        ("eligibility", "No dates, sites or demographics are recorded; add them."),
        ("ethics", "State the approval, the consent, and how pictures were de-identified."),
        ("splits", "The source names no patients: pictures of one patient may be in two splits."),
        ("devices", "The manifest names no device."),
        ("labels", "State who labelled, from what, and with which qualification."),
        ("reviewed", "No verdict was given."),
        ("agreement", "No sample has two verdicts."),
        ("seeds", "One seed per recipe: the intervals exclude seed-to-seed variation."),
        ("size", "The sizes are under Data; the reasons for them are not recorded."),
        ("explanations", "No maps were made for these runs."),
        ("external", "All numbers come from one dataset; test on pictures of another site."),
        ("fairness", "No group is recorded; add it to the manifest's source."),
        ("limits", "To be written by the team; saliency maps are no evidence of reasoning."),
        ("availability", "State it, with licences and contacts."),
    )

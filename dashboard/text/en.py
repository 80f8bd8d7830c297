"""English: every sentence and label that users read. Another language is a subclass that says each of them anew."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.behind import BehindTexts
from dashboard.text.cam import CamTexts
from dashboard.text.claims import ClaimTexts
from dashboard.text.data import DataTexts
from dashboard.text.evidence import EvidenceFigureTexts, EvidenceTexts
from dashboard.text.live import LiveTexts
from dashboard.text.mined import MinedTexts
from dashboard.text.review import ReviewFigureTexts, ReviewTexts
from dashboard.text.upkeep import UpkeepTexts
from report.text.provenance import ProvenanceTexts


@dataclass(frozen=True)
class Texts(
    BehindTexts, CamTexts, ClaimTexts, DataTexts, EvidenceTexts, LiveTexts, MinedTexts, ProvenanceTexts, ReviewTexts,
    UpkeepTexts,
):  # fmt: skip
    """One language. Placeholders are filled with `str.format`."""

    brand: str = "Odap"
    brand_line: str = "**Odap** · 오답노트"
    tagline: str = "The notebook of wrong answers"

    language: str = "Language"
    seconds: str = "{s} s"
    minutes: str = "{m} min {s:02d} s"
    hours: str = "{h} h {m:02d} min"

    # pages
    overview: str = "Overview"
    confusion: str = "Confusion"
    hard_negatives: str = "Hard negatives"
    grad_cam: str = "Grad-CAM"
    single_vs_multi: str = "Single vs multi"
    data: str = "Data"

    # guard
    went_wrong: str = "This could not be shown: {reason}"
    unexpected: str = "Something unexpected happened here; the app's log has the details ({kind})."
    try_again: str = "Try again"

    # first start
    welcome_title: str = "Welcome to Odap"
    welcome_lines: tuple[str, ...] = (
        "**Train** an image classifier in stages: everything evenly, then its own mistakes, then everything again.",
        "**Look** at what it gets wrong, stage by stage: which classes, which pictures, which part of each picture.",
        "**Decide** with evidence: the same data, seed and budget, with mining, without it, and as multi-label.",
    )
    welcome_button: str = "Make the demo dataset and start the demo comparison"
    welcome_note: str = (
        "Makes simulated ultrasound images on this machine (nothing is downloaded) and trains three small models, "
        "eight to ten minutes on two cores. For your own images, open the page Data."
    )
    demo_running: str = "The demo is on its way. Results appear here as each stage ends; this tab may be closed."

    # launch form
    new_training: str = "New training"
    dataset: str = "Dataset"
    dataset_help: str = "The latest version of each dataset"
    no_dataset: str = (
        "No dataset yet: make the demo dataset on the Overview page, or import your own images on the page Data."
    )
    recipe: str = "Recipe"
    recipe_help: str = "What is trained, in which stages, and for how long"
    no_recipe: str = "No recipe was found in the folder recipes/; restore it from the repository."
    seed: str = "Seed"
    settings: str = "Settings"
    setting_names: tuple[tuple[str, str], ...] = (
        ("model", "Model"),
        ("image_size", "Image size"),
        ("batch_size", "Batch size"),
        ("rounds", "Rounds"),
        ("full.epochs", "Full epochs"),
        ("hard_negative.epochs", "Hard-negative epochs"),
        ("refined.epochs", "Refined epochs"),
    )
    start_training: str = "Start training"

    # pickers
    run: str = "Run"
    run_a: str = "Run A"
    run_b: str = "Run B"
    stage: str = "Stage"
    split: str = "Split"
    compare_with: str = "Compare with"
    stage_names: tuple[tuple[str, str], ...] = (
        ("full", "full"),
        ("hard_negative", "hard negative"),
        ("control", "control"),
        ("refined", "refined"),
    )
    round_name: str = "round {round}"
    split_names: tuple[tuple[str, str], ...] = (("test", "Test"), ("val", "Validation"), ("train", "Training"))

    # empty states
    no_runs: str = "No run yet. Choose a dataset and a recipe in the sidebar and press *Start training*."
    no_runs_no_data: str = (
        "No run yet, and no dataset. *Overview* makes a demo of both at one press; *Data* imports your own images."
    )
    first_run_starting: str = "The first run is about to begin; its results appear here."
    no_stage: str = "Run {run} has not finished a stage yet; this page fills in when its first stage ends."
    no_stage_ended: str = "Run {run} ended ({status}) before it finished a stage. Resume it from Overview."
    no_predictions: str = "This stage has no predictions on the {split} split; choose another split."
    picture_missing: str = "picture missing"
    dataset_gone: str = (
        "The pictures of {dataset} are not at {folder} any more. Numbers are unaffected; put the folder back to see "
        "the pictures again."
    )

    # overview
    runs: str = "Runs"
    learning_curves: str = "Learning curves"
    curves_of: str = "Runs in the figure"
    curve_metric: str = "Curve"
    curve_names: tuple[tuple[str, str], ...] = (
        ("val_macro_f1", "Validation macro-F1"),
        ("val_accuracy", "Validation accuracy"),
        ("val_loss", "Validation loss"),
        ("train_loss", "Training loss"),
    )
    curves_wait: str = "Not in the figure yet, for want of a finished epoch: {runs}."
    starved_stage: str = (
        "Run {run}, stage {stage}: {n} of {epochs} epochs learned from less than 5 % of the samples they were shown "
        "(the lowest: {lowest}), as the confidence filter or OHEM left out the rest. Such a stage hardly learns."
    )
    no_epochs: str = "The chosen runs have not finished an epoch yet."
    stages_of: str = "Stages of {run}"
    headline_caption: str = "Scores on the {n} test samples of {dataset}, measured once at the end of each stage."
    run_failed: str = "Run {run} failed: {reason}"
    run_stopped: str = "Run {run} was stopped. It can be resumed from its last finished epoch."
    run_lost: str = "Run {run} was lost: its process ended without saying so. It can be resumed."
    to_checks: str = "Checks of {dataset}"
    run_resumes: str = "Run {run} ended early and is queued again; it goes on from its last finished epoch."
    no_reason: str = "no reason was recorded."
    log_tail: str = "The last lines of its log"
    no_log: str = "There is no log for this run."
    column_kind: str = "Kind"
    column_status: str = "Status"
    column_stage: str = "Last stage"
    column_accuracy: str = "Accuracy"
    column_macro_f1: str = "Macro-F1"
    column_macro_ap: str = "Macro-AP"
    column_n: str = "Test n"
    column_processor: str = "Processor time"
    column_elapsed: str = "Elapsed"
    processor_help: str = (
        "What the training took of the processors, whoever else used them; the work of a GPU is not in it. A dash: "
        "not recorded"
    )
    elapsed_help: str = "By the clock. It grows when others use the machine, so it is no measure of cost"
    column_created: str = "Started (UTC)"
    column_epochs: str = "Epochs"
    column_best: str = "Best epoch"
    column_steps: str = "Steps"
    column_mined: str = "Mined"
    column_true: str = "True"
    column_predicted: str = "Predicted"
    column_count: str = "Samples"
    column_support: str = "Of"
    column_rate: str = "Rate"
    accuracy_help: str = (
        "Test samples whose most probable class is their one label; runs on a label scheme are scored on the "
        "dataset's own labels, so that all stand on common ground"
    )
    macro_f1_help: str = (
        "Mean F1 over the classes, on the test samples. A multi-label run is scored on all labels present, at its own "
        "thresholds; the page Single vs multi scores both kinds alike"
    )
    macro_ap_help: str = "Mean average precision over the classes; free of thresholds"
    mined_help: str = "Hard negatives mined at the end of the stage, for the next round"
    support_help: str = "Samples of the true class in this split"
    control_badge: str = "control"
    hnl_badge: str = "mines"
    multi_badge: str = "multi-label"
    plain_badge: str = "no mining"

    # confusion
    matrix_tab: str = "Matrix"
    difference_tab: str = "Difference of two stages"
    normalise: str = "Cells"
    normalise_names: tuple[tuple[str, str], ...] = (
        ("true", "Share of the true class"),
        ("predicted", "Share of the predicted class"),
        ("counts", "Counts"),
    )
    confused_pairs: str = "Confused pairs, worst first"
    pairs_hint: str = "Choose a pair to see its samples."
    no_pairs: str = "Nothing is confused here: every sample of this split is right."
    behind_pair: str = "{true} predicted as {predicted}: {n} samples, most certain mistakes first"
    matrix_caption: str = "Rows are the true class, columns the predicted class; {n} samples."
    sigmoid_matrix: str = (
        "This run is multi-label: the matrix sets the class of highest probability (top-1) against the one annotated "
        "label, not against all labels present."
    )
    difference_caption: str = "Share of the true class: {second} minus {first}; {n} samples on both sides."
    difference_classes: str = "The two runs have different classes, so their matrices cannot be subtracted."
    difference_samples: str = (
        "The two sides were measured on different samples ({first} and {second}); choose runs of one dataset version "
        "to compare them."
    )
    difference_same: str = "Choose another stage or run to compare with."

    # hard negatives
    mined_tab: str = "Mined samples"
    round: str = "Round"
    pair: str = "Pair"
    all_pairs: str = "All pairs"
    reason: str = "Reason"
    all_reasons: str = "All reasons"
    order: str = "Order"
    order_names: tuple[tuple[str, str], ...] = (
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
    no_match: str = "No mined sample fits these filters."
    mined_count: str = "{shown} of {total} mined training samples"
    pool_title: str = "Mined samples by round"
    flow_title: str = "What became of them"
    flow_caption: str = "The {n} samples mined for round {round}, and how each later stage answered them."
    flow_waiting: str = "The stages of this round have not ended yet; what became of its samples appears here."
    mined_nothing_ended: str = "This run mined nothing: it ended before its first mining, or no sample was hard enough."
    card_prob: str = "p {prob}"
    card_mined: str = "{reason} · p {prob}  \nmargin {margin}"
    reason_names: tuple[tuple[str, str], ...] = (
        ("wrong", "wrong"),
        ("nearly wrong", "nearly wrong"),
        ("high loss", "high loss"),
        ("forgotten", "learned and lost again"),
        ("random", "drawn at random"),
    )
    stage_shorts: tuple[tuple[str, str], ...] = (
        ("full", "full"),
        ("hard_negative", "hard"),
        ("control", "control"),
        ("refined", "refined"),
    )
    open_cam: str = "Grad-CAM"

    # grad-cam
    sample_source: str = "Samples"
    source_names: tuple[tuple[str, str], ...] = (
        ("wrong", "Wrong on test"),
        ("mined", "Mined"),
        ("id", "By id"),
    )
    sample: str = "Sample"
    sample_id: str = "Sample id"
    sample_id_help: str = "16 characters, as shown under every picture"
    unknown_sample: str = "Sample {sample} is not part of this run's dataset; copy an id from a gallery."
    no_wrong: str = "The last stage got every test sample right; choose *Mined* or a sample by its id."
    no_mined_source: str = "This run mined nothing; choose *Wrong on test* or a sample by its id."
    overlay: str = "Overlay strength"
    cam_caption: str = (
        "First row: evidence for the true class; second row: for the class that the stage predicted. Bright is where "
        "the evidence lies; each map has its own scale."
    )
    cam_by: str = "Made by {methods}."
    missing_maps: str = "Maps of this sample have not been computed yet."
    some_maps_missing: str = "Maps of some stages are missing."
    compute_maps: str = "Compute maps"
    computing: str = "Computing maps…"
    maps_failed: str = "The maps could not be computed: {reason}"
    no_checkpoint: str = "No checkpoint of this run is left on disk, so maps cannot be computed."
    map_missing: str = "no map"
    cam_true: str = "true: {name} · p {prob}"
    cam_right: str = ":green[✓] said: {name} · p {prob}"
    cam_wrong: str = ":red[✗] said: {name} · p {prob}"
    sample_facts: str = "annotated {label} · all labels {labels} · {split} · patient {patient}"
    sample_option: str = "{sample} · {label} → {predicted} · p {prob}"

    # single vs multi
    need_two: str = (
        "This page compares two runs on the same test samples, usually a single-label and a multi-label run. "
        "Train a second run on the same dataset from the sidebar."
    )
    same_run: str = "Choose two different runs."
    other_dataset: str = (
        "Runs {a} and {b} were trained on different datasets ({a_dataset} and {b_dataset}); choose two runs of one "
        "dataset version."
    )
    other_classes: str = "Runs {a} and {b} have different classes, so they cannot be compared class by class."
    no_one_label: str = (
        "Which of its classes is the one label of a sample is not known under the label scheme of these runs; "
        "score them on all labels present."
    )
    no_all_labels: str = (
        "All labels of a sample are not known under the label scheme of these runs, as neither is multi-label; "
        "score them on the one label."
    )
    no_shared: str = "Runs {a} and {b} share no test sample, so they cannot be compared."
    scoring: str = "Scored on"
    scoring_names: tuple[tuple[str, str], ...] = (
        ("label", "The one label (top-1 of both)"),
        ("labels", "All labels present (thresholds of each)"),
    )
    score: str = "Score"
    score_names: tuple[tuple[str, str], ...] = (
        ("f1", "F1"),
        ("precision", "Precision"),
        ("recall", "Recall"),
        ("average_precision", "Average precision"),
        ("auroc", "AUROC"),
    )
    per_class: str = "Per class"
    overall_names: tuple[tuple[str, str], ...] = (("accuracy", "Top-1 accuracy"), ("exact_match", "All labels right"))
    points: str = "{value:+.1f} points"
    no_interval: str = "no interval (fewer than two patients)"
    column_a: str = "A"
    column_b: str = "B"
    column_class: str = "Class"
    column_difference: str = "B − A"
    column_low: str = "95 % low"
    column_high: str = "95 % high"
    column_support_n: str = "n"
    side_right: str = "{side} :green[✓] {said} · p {prob}"
    side_wrong: str = "{side} :red[✗] {said} · p {prob}"
    nothing_said: str = "no class"
    comparing: str = "Comparing the two runs…"
    discordance: str = "Where the two disagree"
    discordance_kind: str = "Show"
    discordance_names: tuple[tuple[str, str], ...] = (
        ("only_a", "Only A is right"),
        ("only_b", "Only B is right"),
        ("both_wrong", "Both wrong, differently"),
    )
    no_discordance: str = "No sample of this kind."


@dataclass(frozen=True)
class FigureTexts(EvidenceFigureTexts, ReviewFigureTexts):
    """What figures say in one language."""

    true_class: str = "True class"
    predicted_class: str = "Predicted class"
    share: str = "share"
    count: str = "samples"
    points: str = "points"
    cell: str = "{true} predicted as {predicted}"
    epoch: str = "Epoch over the whole run"
    stage: str = "Stage"
    round: str = "Round"
    samples: str = "Samples"
    lead: str = "Lead of {b} in points"
    support: str = "{n} samples of {n_groups} patients"
    no_epochs: str = "No epoch has been finished yet."
    no_stages: str = "No stage has been finished yet."
    no_samples: str = "There are no samples to count here."
    no_classes: str = "There are no classes to compare."
    no_history: str = "No stage has predicted this sample yet."

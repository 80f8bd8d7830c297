"""English texts of the frame around every page."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class FrameTexts:
    """Placeholders are filled with `str.format`."""

    brand: str = "Odap"
    brand_line: str = "**Odap** · 오답노트"
    tagline: str = "The notebook of wrong answers"
    language: str = "Language"
    seconds: str = "{s} s"
    minutes: str = "{m} min {s:02d} s"
    hours: str = "{h} h {m:02d} min"
    overview: str = "Overview"
    confusion: str = "Confusion"
    hard_negatives: str = "Hard negatives"
    grad_cam: str = "Grad-CAM"
    single_vs_multi: str = "Single vs multi"
    data: str = "Data"
    went_wrong: str = "This could not be shown: {reason}"
    unexpected: str = "Something unexpected happened here; the app's log has the details ({kind})."
    try_again: str = "Try again"
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
    demo_running: str = "The demo is running. Results appear here as each stage finishes; you may close this tab."
    new_training: str = "New training"
    dataset_help: str = "The latest version of each dataset"
    no_dataset: str = (
        "No dataset yet: make the demo dataset on the Overview page, or import your own images on the page Data."
    )
    recipe: str = "Recipe"
    small_dataset: str = (
        "{dataset} has {n} pictures. For fewer than {limit}, the recipe `{recipe}` is the one to start with."
    )
    recipe_help: str = "What is trained, in which stages, and for how long"
    no_recipe: str = "No recipe was found in the folder recipes/; restore it from the repository."
    settings: str = "Settings"
    setting_names: Pairs = (
        ("model", "Model"),
        ("image_size", "Image size"),
        ("batch_size", "Batch size"),
        ("rounds", "Rounds"),
        ("full.epochs", "Full epochs"),
        ("hard_negative.epochs", "Hard-negative epochs"),
        ("refined.epochs", "Refined epochs"),
    )
    start_training: str = "Start training"
    stage_names: Pairs = (
        ("full", "full"),
        ("hard_negative", "hard negative"),
        ("control", "control"),
        ("refined", "refined"),
    )
    round_name: str = "round {round}"
    stage_shorts: Pairs = (
        ("full", "full"),
        ("hard_negative", "hard"),
        ("control", "control"),
        ("refined", "refined"),
    )
    compute_maps: str = "Compute maps"
    computing: str = "Computing maps…"
    maps_failed: str = "The maps could not be computed: {reason}"
    no_checkpoint: str = "No checkpoint of this run is left on disk, so maps cannot be computed."
    no_map_layer: str = (
        "No layer of {model} is known to give a map of the picture, so run {run} was trained without maps. To make "
        "maps at a layer that you name: `python -m trainer explain RUN --sample ID --layer LAYER`"
    )
    compute_scores: str = "Compute scores"
    scoring_maps: str = "Scoring the maps of every stage…"
    scores_failed: str = "The scores could not be computed: {reason}"
    upload_button: str = "Upload"
    upload_limit: str = "{mb} MB per file"
    stages: str = "Stages"
    queued: str = "Queued: {title}. It appears under Live runs."
    live_runs: str = "Live runs"
    nothing_live: str = "Nothing is running."
    epoch_of: str = "epoch {epoch} of {epochs}"
    speed: str = "{speed} images/s"
    time_left: str = "{left} left"
    stop: str = "Stop"
    stop_help: str = "Stops after the current step. A stopped run can be resumed from Overview."
    stop_waiting_help: str = "Removes it from the queue before it starts."
    drop_help: str = "Stops it. Unfinished work is not kept; start it again from the beginning."
    stop_asked: str = "{title}: stops after its current step."
    stop_done: str = "{title}: stopped."
    stop_with_it: str = "Also stopped, because they were waiting for it: {n}."
    put_first: str = "First"
    put_first_help: str = "Moves it to the front of the queue."
    put_first_done: str = "{title}: next in the queue."
    waits_for: str = "waits for: {title}"
    waits_next: str = "waiting, next in line"
    more_wait: str = "{n} more wait in line."
    waits_behind: str = "waiting, {n} ahead of it"
    job_titles: Pairs = (
        ("train", "{recipe} on {dataset}, seed {seed:.0f}"),
        ("continued", "{recipe} on {dataset}, seed {seed:.0f}, continued"),
        ("again", "{recipe} on {dataset}, seed {seed:.0f}, tried again ({n} of {most})"),
        ("phantom", "Make the phantom dataset {dataset}"),
        ("import", "Import {dataset}"),
        ("check", "Check {dataset}"),
        ("maps", "Grad-CAM of {run}, samples: {n}"),
        ("scores", "Scores of the maps of {run}"),
    )
    job_ended: str = "**{title}**: {state}"
    sample_view: str = "Sample"
    meeting: str = "Meeting"

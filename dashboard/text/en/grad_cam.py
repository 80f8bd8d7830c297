"""English texts of the page Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class GradCamTexts:
    """Placeholders are filled with `str.format`."""

    sample_source: str = "Samples"
    source_names: Pairs = (
        ("wrong", "Wrong on test"),
        ("mined", "Mined"),
        ("id", "By id"),
    )
    sample_id_help: str = "16 characters, as shown under every picture"
    unknown_sample: str = "Sample {sample} is not part of this run's dataset; copy an id from a gallery."
    no_wrong: str = "The last stage predicted every test sample correctly; choose *Mined* or a sample by its id."
    no_mined_source: str = "This run mined nothing; choose *Wrong on test* or a sample by its id."
    overlay: str = "Overlay strength"
    cam_caption: str = (
        "First row: evidence for the true class. Second row: evidence for the class that the stage predicted. Bright "
        "areas hold the evidence; each map has its own scale."
    )
    cam_by: str = "Made by {methods}."
    missing_maps: str = "Maps of this sample have not been computed yet."
    some_maps_missing: str = "Maps of some stages are missing."
    map_missing: str = "no map"
    cam_true: str = "true: {name} · p {prob}"
    cam_right: str = ":green[✓] predicted: {name} · p {prob}"
    cam_wrong: str = ":red[✗] predicted: {name} · p {prob}"
    sample_facts: str = "annotated {label} · all labels {labels} · {split} · patient {patient}"
    sample_option: str = "{sample} · {label} → {predicted} · p {prob}"
    cam_views: Pairs = (
        ("sample", "One sample"),
        ("several", "Several samples"),
        ("averages", "Averages by class"),
        ("scores", "Scores and shortcuts"),
    )
    contrast: str = "true − predicted"
    contrast_caption: str = (
        "Lowest row: the map of the true class minus the map of the predicted class. :orange[Orange] is where the "
        "true class has more evidence, :blue[blue] where the predicted class has more. Each map has its own scale, "
        "so this shows where the two maps differ, not which is stronger."
    )
    same_class: str = "the true class was predicted: nothing to subtract"
    box_caption: str = (
        "The frame is the box of {label}. ◎: the map's highest point is inside; ○: outside. The percentage is the "
        "share of the map's sum that is inside."
    )
    box_hit: str = "◎ {share} in box"
    box_missed: str = "○ {share} in box"
    map_empty: str = "empty map: no area supports this class more than another"
    whose_map: str = "Maps of"
    whose_names: Pairs = (("true", "the true class"), ("predicted", "the predicted class"))
    several_missing: str = "{n} of the samples below lack some maps."
    several_caption: str = (
        "Rows are samples, hardest first; columns are stages. Each map has the prediction of its stage below it. The "
        "class below a picture opens its sample."
    )
    no_maps_yet: str = (
        "No maps of true classes yet. They are made at the end of each stage for the hardest samples, and for any "
        "other sample in *One sample* or *Several samples*."
    )
    averages_caption: str = (
        "The mean of the maps of the true class over the mean of their pictures. Every map counts equally. The "
        "samples are those that have maps: the hardest mined ones, the worst mistakes on test, and those you asked "
        "for."
    )
    averages_scores: str = (
        "Under each: the share of a map's sum that lies in the box, and on calipers and text, mean over the scored "
        "test samples (their number in parentheses). More in *Scores and shortcuts*."
    )
    averages_unscored: str = (
        "*Scores and shortcuts* computes how much of the maps lies in boxes, and how much on calipers and text."
    )
    maps_empty: str = "all {n} maps are empty"
    classes_without: str = "Classes without maps of their own: {names}. Make some in *One sample* or *Several samples*."
    mean_of: str = "mean of {n}"
    mean_in_box: str = "box {share} ({n})"
    mean_on_marks: str = "marks {share} ({n})"
    no_scores: str = (
        "The maps of this run have not been scored yet. Scoring uses up to 200 test samples at every stage and takes "
        "a minute or two. As a command: `python -m trainer explain RUN --scores --every-stage`."
    )
    stages_unscored: str = "Some finished stages have no scores yet."
    method: str = "Method"
    scored_by: str = (
        "Test samples, maps of the true class by {method} at {layers}. In parentheses: the number of samples that a "
        "value is based on. An empty map, or a sample without a box, has no score. Intervals are over patients; "
        "those of a difference use the same samples."
    )
    localisation_title: str = "Do the maps localise the annotated structure?"
    map_score: str = "Score"
    map_scores: Pairs = (
        ("pointing game", "Pointing game"),
        ("energy inside box", "Energy inside box"),
        ("energy on marks", "Energy on marks"),
    )
    map_score_help: Pairs = (
        ("pointing game", "Share of samples whose map has its highest point inside a box of the sample's label."),
        ("energy inside box", "Share of a map's sum that lies inside a box of the sample's label, mean over samples."),
        (
            "energy on marks",
            "Share of a map's sum that lies on burned-in calipers and text, mean over the samples that have some. "
            "Marks are small: a share well above the baselines means that the model looks at them.",
        ),
    )
    baselines: Pairs = (
        ("centred Gaussian", "centred Gaussian"),
        ("random map", "random map"),
        ("untrained network", "untrained network"),
    )
    no_boxes: str = (
        "No test sample of this dataset has a box of its label, so maps cannot be judged by boxes. Import boxes with "
        "the images (COCO, Pascal VOC, or the column `box` of a CSV), or look at *Energy on marks*."
    )
    no_marks: str = "No calipers or text were found in the test samples, so there are no marks to look at."
    share_interval: str = "{value} (95% CI {low} to {high})"
    gain_interval: str = (
        "{gain:+.1f} points, 95% CI {gain_low:+.1f} to {gain_high:+.1f}, all baselines and scores together"
    )
    gain_alone: str = "no interval"
    points_better: str = (
        "**{score} at {stage}: {value} of {n}, above the best baseline ({baseline}, {other}): {gain}.** The maps "
        "are better than a guess."
    )
    points_unshown: str = (
        "**{score} at {stage}: {value} of {n}, not shown to be above the best baseline ({baseline}, {other}): "
        "{gain}.** By this score the maps are not shown to beat a guess; draw no conclusion from a single map."
    )
    points_worse: str = (
        "**{score} at {stage}: {value} of {n}, shown to be worse than the best baseline ({baseline}, {other}): "
        "{gain}.** By this score the maps localise worse than a guess; draw no conclusion from them."
    )
    points_few: str = (
        "**{score} at {stage}: {n} pictures of {patients} patients have this score; too few for a conclusion. At "
        "least {pictures} pictures of {fewest} patients are needed.**"
    )
    on_marks: str = "**{score} at {stage}: {value} of {n}; the highest baseline is {baseline} with {other}: {gain}.**"
    road: str = (
        "Faithfulness (ROAD) at {stage}, {n} samples: how much more the probability falls when the areas with the "
        "most evidence are removed than when those with the least are removed; {parts}."
    )
    shortcuts_title: str = "Does the prediction depend on burned-in marks?"
    shortcuts_help: str = (
        "Calipers and text are painted out of the pictures that have them, and painted into the others. The anatomy "
        "stays the same, so an anatomy class must not flip. A flip is a decision that changes."
    )
    changes: Pairs = (
        ("flips, marks painted out", "Flips when marks are painted out"),
        ("flips, marks painted in", "Flips when marks are painted in"),
    )
    no_change: Pairs = (
        ("flips, marks painted out", "No scored picture has marks."),
        ("flips, marks painted in", "Every scored picture has marks already."),
    )
    flips: str = (
        "At {stage} **{value} of {n}** decisions flip; most often those of **{worst}** ({worst_value} of {worst_n}). "
        "There the model relies on the marks too, not only on the anatomy."
    )
    flips_few: str = (
        "At {stage} there are {n} such pictures of {patients} patients: too few for a conclusion. At least "
        "{pictures} pictures of {fewest} patients are needed."
    )
    flips_unnamed: str = (
        "At {stage} **{value} of {n}** decisions flip. No single class with flips has enough to report: {pictures} "
        "pictures of {fewest} patients are needed."
    )
    no_flip: str = "At {stage} none of {n} decisions flips: no shortcut through marks is shown."
    no_flips: str = "These scores do not include the shortcut test; compute them again."
    all_classes: str = "all classes"
    mined_option: str = "{sample} · {label}, nearest rival {rival}, predicted {predicted}"

"""English texts of the page Difficulty."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class DifficultyTexts:
    """Placeholders are filled with `str.format`."""

    difficulty: str = "Difficulty"
    no_dynamics: str = (
        "How this run learned its samples was not recorded: its stage was trained by an earlier version. Train again "
        "to see learning curves by class, forgetting and margins; everything else is shown below."
    )
    dynamics_imported: str = (
        "This run was imported from an export, which holds predictions of test samples only: how its training samples "
        "were learned is not known here."
    )
    measuring_cues: str = "Measuring colour, brightness, sharpness and marks: {done} of {total} pictures"
    cues_unknown: str = (
        "The pictures of {dataset} cannot be read ({reason}), so no cue is known: colour, brightness, sharpness and "
        "marks are left out below."
    )
    class_difficulty: str = "Classes, the hardest first"
    class_difficulty_caption: str = (
        "Training samples at the end of {stage}. *Sooner*: of all pairs of a sample of the class and one of another, "
        "how often the class's own is learned first; 50% is as soon as the others. *Learned*: right whenever drawn "
        "since some epoch. *Margin*: the lowest logit of a present class less the highest of an absent one, mean over "
        "all times drawn. *Rival*: the class that takes most of its wrong test samples. *Purity*: share of the {k} "
        "nearest training samples of a test sample, in the embeddings, that show its class."
    )
    no_embeddings_of_stage: str = "Embeddings are stored for the last stage of a run only, so purity is not known here."
    column_sooner: str = "Sooner, % of pairs"
    column_train_n: str = "Training n"
    column_learned: str = "Learned, %"
    column_quarter: str = "A quarter by epoch"
    column_half: str = "Half by epoch"
    column_three_quarters: str = "Three quarters by epoch"
    column_forgotten: str = "Times forgotten per sample"
    column_mean_margin: str = "Margin"
    column_prob_true: str = "p of its class"
    column_recall_train: str = "Recall in training, %"
    column_recall_test: str = "Recall in test, %"
    column_taken: str = "Test samples taken"
    column_purity: str = "Purity, %"
    column_neighbour: str = "Rival in embeddings"
    what_makes_it: str = "Cues associated with each class"
    what_caption: str = (
        "Each sentence names what this run shows: associations, not causes. A class is called sooner, later or told "
        "apart only where a 95% interval that holds for all classes and cues together excludes 50% of pairs. AUC: how "
        "often a picture of the class scores above one of another class, by a model of the cue alone that never saw "
        "the patient; below {least} a cue is not named. One run: another seed may learn in another order."
    )
    class_sooner: str = (
        "**{name}** is learned sooner than the other classes (first in {share} of pairs, 95% CI {low} to {high})."
    )
    class_later: str = (
        "**{name}** is learned later than the other classes (first in only {share} of pairs, 95% CI {low} to {high})."
    )
    class_as_soon: str = "**{name}** is not shown to be learned sooner or later than the other classes."
    class_soon_unknown: str = "**{name}**: how soon it is learned is not known."
    class_nothing: str = "**{name}**: nothing measured here sets it apart."
    class_few: str = "**{name}**: too few patients to say anything (at least {fewest} with it and {fewest} without it)."
    half_by: str = "Half of its {n} training samples are learned by epoch {epoch}"
    half_never: str = "Fewer than half of its {n} training samples are learned"
    never_forgotten: str = "and none is ever forgotten."
    forgotten_times: str = "and a sample is forgotten {times} times on average."
    goes_with: str = "Associated with {cues}."
    cue_nearly_all: str = "{cue} (alone enough to tell it apart from all others: AUC {auc}, 95% CI {low} to {high})"
    cue_much: str = "{cue} (alone enough to tell much of it apart: AUC {auc}, 95% CI {low} to {high})"
    cue_some: str = "{cue} (alone only a weak cue: AUC {auc}, 95% CI {low} to {high})"
    cue_join: str = " and "
    no_cue_apart: str = "No cue measured here tells it apart."
    nearest_rival: str = "Its nearest rival is {rival}, which takes {taken} of its {n} test samples."
    cue_names: Pairs = (
        ("sooner", "Learned sooner"),
        ("colour", "colour"),
        ("brightness", "brightness and contrast"),
        ("sharpness", "sharpness"),
        ("marks", "burned-in marks"),
    )
    cue_intervals: str = "How far each cue alone tells a class apart"
    cue_intervals_caption: str = (
        "AUC of the class against all others with 95% intervals that hold together over the whole figure; {n} training "
        "pictures measured. 0.5 is chance."
    )
    learned_title: str = "Share learned by epoch"
    learned_caption: str = (
        "Of the training samples of each class, the share that has been right whenever drawn since this epoch or an "
        "earlier one, as seen from the end of {stage}. Dotted lines: ends of stages."
    )
    show_class: str = "Class"
    hardest_samples: str = "Hardest training samples of {name}"
    easiest_samples: str = "Easiest training samples of {name}"
    samples_caption: str = (
        "The arrow leads from the label to the prediction at the end of the stage. *Learned*, *forgotten* and *margin* "
        "follow the predictions during training, each on a randomly altered picture, so a learned sample can be "
        "predicted wrongly."
    )
    card_learned: str = "learned in epoch {epoch}"
    card_not_learned: str = "not learned"
    card_forgotten: str = "forgotten {n}×"
    card_margin: str = "margin {margin} · p {prob}"
    by_difficulty: str = "By difficulty of the phantom"
    by_difficulty_caption: str = (
        "The phantom records how each picture was made: *clear* shows its class, *hard* shows it in a small or faint "
        "detail, *toss* cannot be decided by anyone."
    )
    column_phantom_difficulty: str = "Made"
    phantom_difficulties: Pairs = (("clear", "clear"), ("hard", "hard"), ("toss", "toss"))

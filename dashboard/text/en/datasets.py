"""English texts of the page Data."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class DatasetsTexts:
    """Placeholders are filled with `str.format`."""

    changes_title: str = "Changed after review: {n} samples"
    changes_bias: str = (
        "Test samples that were changed because a model got them wrong bias later scores on this version in that "
        "model's favour. Score old and new runs on both versions, or have a random draw of test samples relabelled "
        "too."
    )
    counts_hint: str = "Click a bar or a cell to open its samples in the tab *Samples*."
    together_filter: str = "Together with"
    no_dataset_yet: str = "No dataset yet: import your own images below, or make the demo dataset on the Overview page."
    version: str = "Version"
    n_images: str = "Images"
    n_classes: str = "Classes"
    not_named: str = "not named"
    data_source: str = "From {source}. Made {created} UTC, content `{hash}`."
    bayes_error: str = (
        "No classifier can be expected to go below an error of {share} here (Bayes error of the simulation)."
    )
    left_out_title: str = "Images left out because they cannot be used: {n}"
    left_out_why: str = "Reason"
    counts_tab: str = "Classes"
    samples_tab: str = "Samples"
    checks_tab: str = "Checks"
    import_tab: str = "Import"
    counts_title: str = "Images by class and split"
    counts_caption: str = "{n} images. An image that shows several classes counts in each of them."
    together_title: str = "Classes that occur together"
    together_caption: str = "Of {n} images {several} show more than one class."
    any_class: str = "All classes"
    any_split: str = "All splits"
    any_patient: str = "All patients"
    any_device: str = "All devices"
    class_filter: str = "Class"
    patient_filter: str = "Patient"
    device_filter: str = "Device"
    ambiguity_filter: str = "Ambiguity, at least"
    ambiguity_help: str = "0 is clear, 1 is an even mix of two classes; known for simulated images only"
    browse_count: str = "{shown} of {total} images"
    card_where: str = "{split} · {patient}"
    card_ambiguity: str = "ambiguity {value}"
    check_button: str = "Check this dataset"
    check_again: str = "Check again"
    check_running: str = "Every picture is being read; the findings appear here."
    never_checked: str = (
        "Not checked yet. The check looks for unreadable and duplicate pictures, patients in several splits, missing "
        "and rare classes, dark and unusual pictures, and burned-in marks that reveal the class."
    )
    check_failed: str = "The last check failed: {reason} Correct this, then check again."
    checked_at: str = "Checked {when} UTC: {errors} errors, {warnings} warnings."
    nothing_found: str = "No problem was found in this dataset."
    damaged: str = "This dataset cannot be read: {reason}"
    level_names: Pairs = (("error", "Errors"), ("warning", "Warnings"), ("info", "Good to know"))
    show_pictures: str = "Show the {n} pictures"
    more_pictures: str = "and {n} more"
    import_kind: str = "How the images are organised"
    import_from: str = "Where they are"
    import_from_names: Pairs = (("upload", "Upload"), ("here", "On this machine"))
    upload_files: str = "A zip of the images, or a table and a zip"
    upload_help: str = "Archives are inspected before use; nothing is written outside the data folder."
    upload_two: str = "Choose one zip, or one table and the zip of its images."
    path_here: str = "Folder, zip or table on the machine that runs this app"
    path_help: str = (
        "For example /home/kim/images; nothing there is changed. The path must lie in the program's folder, "
        "ODAP_DATA, ODAP_RUNS or a folder of ODAP_ROOTS."
    )
    path_refused: str = (
        "'{path}' does not exist, or lies outside the folders that this app may read: the program's own, ODAP_DATA, "
        "ODAP_RUNS and those of ODAP_ROOTS. Correct the path, or ask the person who runs the app to add its folder "
        "to ODAP_ROOTS."
    )
    importer_options: str = "Options for this kind of source"
    preview_button: str = "Preview"
    preview_hint: str = "A preview reads the list of images and opens a few of them; nothing is written."
    preview_reading: str = "Reading the source…"
    preview_progress: str = "Reading the source: {seconds} s of at most {most} s, {mib} MiB"
    preview_cancel: str = "Cancel"
    preview_says: str = "{n} images from {source}"
    preview_splits: str = "Splits kept from the source: {splits}."
    preview_draws: str = "New splits will be drawn; each patient is in one split only."
    preview_no_patients: str = (
        "The source names no patients. Similar pictures go to the same split, but one patient may be in several splits."
    )
    preview_several: str = "{n} images show more than one class."
    preview_unusable: str = "Of the {n} images opened, {bad} cannot be used and would be left out:"
    preview_stale: str = "The choices above have changed since this preview. Click *Preview* again before importing."
    import_name: str = "Name of the dataset"
    import_name_help: str = "Lower-case letters, digits, '-' and '_'. An existing name gets its next version."
    share_val: str = "Validation share"
    share_test: str = "Test share"
    import_button: str = "Import"
    import_done: str = "{dataset} is imported and ready for training."
    import_failed: str = (
        "The import of {name} failed: {reason} Nothing was kept. Correct this, then click *Preview* and *Import* again."
    )
    import_left_out: str = "Images left out because they cannot be used: {n}. The dataset lists the reasons."
    open_dataset: str = "Open the dataset"
    import_started: str = "The import of {name} has started; follow it under Live runs."

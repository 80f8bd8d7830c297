"""English texts of the page Data."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class DatasetsTexts:
    """Placeholders are filled with `str.format`."""

    changes_title: str = "Changed after review: {n} samples"
    changes_bias: str = (
        "Test samples changed because a model got them wrong bias later scores on this version in that model's "
        "favour: score old and new runs on both versions, or have a random draw of test samples relabelled too."
    )
    counts_hint: str = "Click a bar or a cell: the tab *Samples* opens with its samples."
    together_filter: str = "Together with"
    no_dataset_yet: str = "No dataset yet: import your own images below, or make the demo dataset on the Overview page."
    version: str = "Version"
    n_images: str = "Images"
    n_classes: str = "Classes"
    not_named: str = "not named"
    data_source: str = "From {source}. Made {created} UTC, content `{hash}`."
    left_out_title: str = "Images that could not be used and were left out: {n}"
    left_out_why: str = "Why"
    counts_tab: str = "Classes"
    samples_tab: str = "Samples"
    checks_tab: str = "Checks"
    import_tab: str = "Import"
    counts_title: str = "Images by class and split"
    counts_caption: str = "{n} images; one that shows several classes counts in each of them."
    together_title: str = "Classes that are seen together"
    together_caption: str = "Of {n} images {several} show more than one class."
    any_class: str = "All classes"
    any_split: str = "All splits"
    any_patient: str = "All patients"
    any_device: str = "All devices"
    class_filter: str = "Class"
    patient_filter: str = "Patient"
    device_filter: str = "Device"
    ambiguity_filter: str = "Ambiguity from"
    ambiguity_help: str = "0 is clear, 1 an even mix of two classes; known for simulated images only"
    browse_count: str = "{shown} of {total} images"
    card_where: str = "{split} · {patient}"
    card_ambiguity: str = "ambiguity {value}"
    check_button: str = "Check this dataset"
    check_again: str = "Check again"
    check_running: str = "Every picture is being read; what is found appears here."
    never_checked: str = (
        "Not checked yet: looks for unreadable and duplicate pictures, patients in several splits, missing and rare "
        "classes, dark and odd pictures, and for burned-in marks that give the class away."
    )
    check_failed: str = "The last check failed: {reason} Put that right, then check again."
    checked_at: str = "Checked {when} UTC: {errors} errors, {warnings} warnings."
    nothing_found: str = "Nothing is wrong with this dataset."
    damaged: str = "This dataset cannot be read: {reason}"
    level_names: Pairs = (("error", "Errors"), ("warning", "Warnings"), ("info", "Good to know"))
    show_pictures: str = "Show the {n} pictures"
    more_pictures: str = "and {n} more"
    import_kind: str = "How the images are kept"
    import_from: str = "Where they are"
    import_from_names: Pairs = (("upload", "Upload"), ("here", "On this machine"))
    upload_files: str = "A zip of the images, or a table and a zip"
    upload_help: str = "Archives are looked through before use; nothing is written outside the data folder."
    upload_two: str = "Choose one zip, or one table and the zip of its images."
    path_here: str = "Folder, zip or table on the machine that runs this app"
    path_help: str = (
        "For example /home/kim/images; nothing there is changed. It lies in the program's folder, ODAP_DATA, ODAP_RUNS "
        "or a folder of ODAP_ROOTS."
    )
    path_refused: str = (
        "'{path}' is not there, or lies outside of the folders that this app may read: the program's own, ODAP_DATA, "
        "ODAP_RUNS, and those of ODAP_ROOTS; correct the path, or ask whoever runs the app to name its folder there."
    )
    importer_options: str = "Options of this kind"
    preview_button: str = "Preview"
    preview_hint: str = "A preview reads the list of images and opens a few of them; nothing is written."
    preview_reading: str = "Reading the source…"
    preview_progress: str = "Reading the source: {seconds} s of {most} s at most, {mib} MiB"
    preview_cancel: str = "Cancel"
    preview_says: str = "{n} images from {source}"
    preview_splits: str = "Splits that are kept: {splits}."
    preview_draws: str = "Splits will be drawn, patient by patient."
    preview_no_patients: str = (
        "Patients are not named: pictures that look alike go to the same split, but one patient may be in several."
    )
    preview_several: str = "{n} images show more than one class."
    preview_unusable: str = "Of the {n} images opened, {bad} cannot be used and would be left out:"
    preview_stale: str = "The choices above have changed since this preview; press Preview again before importing."
    import_name: str = "Name of the dataset"
    import_name_help: str = "Small letters, digits, '-' and '_'. A name that exists gets its next version."
    share_val: str = "Validation share"
    share_test: str = "Test share"
    import_button: str = "Import"
    import_done: str = "{dataset} is imported: a training can be started on it."
    import_failed: str = (
        "The import of {name} failed: {reason} Nothing of it was kept; put that right, then press *Preview* and "
        "*Import* again."
    )
    import_left_out: str = "Images that could not be used and were left out: {n}; the dataset lists why."
    open_dataset: str = "Look at it"
    import_started: str = "The import of {name} has begun; it is followed under Live runs."

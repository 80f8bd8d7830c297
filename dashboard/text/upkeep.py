"""English of the upkeep of runs: disk use, deletion, what is kept of checkpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UpkeepTexts:
    """Placeholders are filled with `str.format`."""

    upkeep: str = "Disk use, and deleting runs"
    upkeep_choose: str = "Run to look after"
    column_disk: str = "Files (MB)"
    without_run: str = "folder without a run"
    disk_in_all: str = "{size} in {n} folders of checkpoints, logs and maps."
    keep_best: str = "Keep best and last checkpoint"
    keep_best_help: str = (
        "Of a finished run: removes the weights of all stages but the best one (macro F1 on validation) and the last "
        "one. All results stay; maps of the other stages cannot be drawn any more."
    )
    kept_best: str = "{run}: {size} were given back; the best and the last checkpoint are kept."
    delete_takes: str = (
        "Deleting **{run}** removes its {stages} stages with {predictions} predictions ({rows} rows in all) and {size} "
        "of checkpoints, logs and maps, for everybody and for good. Its dataset and the verdicts on samples stay."
    )
    delete_sure: str = "Yes, delete {run}"
    delete_run: str = "Delete this run"
    deleted_run: str = "{run} is deleted; {size} were given back."

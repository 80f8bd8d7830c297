"""Export the finished runs of a study, and take in those of another machine."""

from __future__ import annotations

from pathlib import Path

import store
from studies import Study
from system import permission


def write(study: Study, folder: Path) -> store.Exported:
    """Write the finished runs of a study to a folder.

    What its questions ask about goes with them; see `store.export_study`.
    """
    rounds: dict[str, set[int]] = {}
    for question in study.questions:
        for side in question.sides:
            if side.round is not None:
                rounds.setdefault(side.arm, set()).add(side.round)
    return store.export_study(study.study_id, folder, {arm: sorted(asked) for arm, asked in rounds.items()})


def take_in(study: Study, file_text: str, folder: Path) -> store.Imported:
    """Take in the runs of an export as finished ones; see `store.import_study`.

    Those of an earlier version of the study are found where recipe, seed and dataset are the same.
    """
    permission.ask("import", study.study_id)
    taken = store.import_study(folder)
    store.register_study(study.study_id, study.name, file_text)
    return taken

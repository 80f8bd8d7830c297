"""Read labelled images in several layouts, one importer each, as a draft of a dataset."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from catalog import limits
from catalog.errors import CatalogError
from catalog.importers import coco, csv_table, dicom, fetal_planes, folder, voc
from catalog.importers.draft import Draft, Preview
from catalog.importers.frames import by_frames
from catalog.paths import without_uploads

__all__ = ["IMPORTERS", "Draft", "Importer", "Preview", "read_draft"]


@dataclass(frozen=True)
class Importer:
    """An importer: its line of help, its own options, and how it reads a source."""

    help: str
    add_own_options: Callable[[argparse.ArgumentParser], None]
    from_options: Callable[[argparse.Namespace], Draft]

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the importer's own options, and those on names that all importers have."""
        self.add_own_options(parser)
        parser.add_argument(
            "--keep-patient-ids",
            action="store_true",
            help="keep the patients' ids of the source (default: hashes, the same in all versions of a dataset)",
        )
        parser.add_argument(
            "--keep-names",
            action="store_true",
            help="keep the names of files (default: hashes, as a name may tell who the patient is)",
        )

    def read(self, options: argparse.Namespace) -> Draft:
        """Read the source; uploads are named as the user named them, not by their path on disk."""
        try:
            draft = self.from_options(options)
            limits.check("samples", len(draft.samples), draft.source)
        except CatalogError as error:
            raise CatalogError(without_uploads(str(error))) from error
        except RecursionError:
            raise CatalogError("The source holds something nested too deeply to be read; export it anew.") from None
        draft = by_frames(draft, getattr(options, "group", None))
        return replace(
            draft,
            source=without_uploads(draft.source),
            keep_patients=options.keep_patient_ids,
            keep_names=options.keep_names,
        )


IMPORTERS = {
    "folder": Importer("class folders, with or without train/val/test above", folder.add_options, folder.from_options),
    "dicom": Importer(
        "DICOM files in class folders, without what names a patient", dicom.add_options, dicom.from_options
    ),
    "csv": Importer("a table of paths, classes and patients", csv_table.add_options, csv_table.from_options),
    "fetal-planes": Importer("FETAL_PLANES_DB as published", fetal_planes.add_options, fetal_planes.from_options),
    "coco": Importer("images with COCO instances JSON, boxes kept", coco.add_options, coco.from_options),
    "voc": Importer("images with Pascal VOC XML, boxes kept", voc.add_options, voc.from_options),
}


def read_draft(kind: str, arguments: Sequence[str]) -> Draft:
    """Read what `python -m catalog import KIND ARGUMENTS...` would read.

    Args:
        kind: one of IMPORTERS.
        arguments: the importer's own, as on the command line: its source and its options.
    Raises:
        CatalogError: no such kind, an argument it does not know, or a source it cannot read.
    """
    if kind not in IMPORTERS:
        raise CatalogError(f"There is no importer '{kind}'; there are {', '.join(IMPORTERS)}.")
    parser = _Parser(prog=f"import {kind}", add_help=False)
    IMPORTERS[kind].add_options(parser)
    return IMPORTERS[kind].read(parser.parse_args(list(arguments)))


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises CatalogError instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise CatalogError(f"{self.prog}: {message.rstrip('.')}.")

"""Importers: each reads one way in which teams keep labelled images, and gives a draft of a dataset."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from catalog.importers import folder
from catalog.importers.draft import Draft, Preview

__all__ = ["KINDS", "Draft", "Kind", "Preview"]


@dataclass(frozen=True)
class Kind:
    """One importer: its line of help, its own options, and how it reads a source given those options."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    read: Callable[[argparse.Namespace], Draft]


KINDS = {"folder": Kind("class folders, with or without train/val/test above", folder.add_options, folder.from_options)}

"""Name the kinds of jobs: those that wait in the queue, and those that the catalog runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A job's row: the columns of table `jobs`, `args` as a mapping.
Job = Mapping[str, Any]

# A worker takes these, one at a time a device; all others start at once, without the queue.
QUEUED_KINDS = ("train", "phantom")

# Processes of the catalog know nothing of jobs; they write their progress to a file.
CATALOG_KINDS = ("phantom", "import", "check")

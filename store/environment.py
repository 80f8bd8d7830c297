"""What made a run: the versions and the device that it was started in, and others that it was resumed in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Environment = dict[str, Any]


def environments(column: object) -> list[Environment]:
    """Return the environments of a run, in the order in which it was started and resumed in them.

    Args:
        column: `environment` of table `runs`: JSON, or NULL (None, NaN) where nothing was recorded.
    Returns:
        Mappings with odap, torch, cuda, python (versions), device (its name), commit and dirty; an empty one where
        nothing was recorded. Always at least one.
    """
    if not isinstance(column, str) or not column:
        return [{}]
    return [dict(environment) for environment in json.loads(column)] or [{}]


def joined(column: object, environment: Mapping[str, Any] | None) -> str:
    """Return the column of a run that goes on in an environment; it grows only where that is another than the last."""
    known = environments(column)
    current = dict(environment or {})
    return json.dumps(known if known[-1] == current else [*known, current])

"""Read and extend the record of the versions and devices that a run used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Environment = dict[str, Any]


def environments(column: object) -> list[Environment]:
    """Return the environments in which a run was started and resumed, in order.

    Args:
        column: `environment` of table `runs`: JSON, or NULL (None, NaN) where nothing was recorded.
    Returns:
        Mappings with odap, torch, cuda, python (versions), device (its name), threads, commit and dirty; an empty one
        where nothing was recorded. Always at least one.
    """
    if not isinstance(column, str) or not column:
        return [{}]
    return [dict(environment) for environment in json.loads(column)] or [{}]


def joined(column: object, environment: Mapping[str, Any] | None) -> str:
    """Return a run's `environment` column with one more environment.

    An environment equal to the last one is not added.
    """
    known = environments(column)
    current = dict(environment or {})
    return json.dumps(known if known[-1] == current else [*known, current])

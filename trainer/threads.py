"""Decide how many processor threads this process computes with, and how they wait.

By default torch takes every core, and its threads spin while they wait for each other. Beside other work that is slower
than one thread. So the threads sleep while they wait, and there are as many as there are free cores at the start. The
number stays the same for the whole run: torch sums in another order with another number of threads, so results would
differ in their last digits.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from system import cores
from system.file_locks import lock

_claims: list[IO[bytes]] = []  # open for as long as this process lives: a closed file is no longer locked


def prepare(run_id: str | None = None) -> None:
    """Set the variables that OpenMP and torch read when torch is imported.

    What the user has set stays. After torch was imported it is too late, and nothing changes.

    Args:
        run_id: the run that is gone on with, which keeps its number of threads; None = a new one, by the free cores.
    """
    if "torch" in sys.modules:
        return
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "OMP_NUM_THREADS" not in os.environ:
        threads = None if run_id is None else of_run(run_id)
        os.environ["OMP_NUM_THREADS"] = str(choose() if threads is None else threads)


def choose() -> int:
    """Choose how many threads to start: by the idle cores that no other training claims.

    Idle cores can be claimed by a training that has just started, or that waits for its data. Half of them is taken
    then, at least 1, so that neither two trainings started together take everything nor the second has nearly nothing.
    """
    n_cores = cores.allowed()
    free = min(n_cores, max(1, round(cores.idle())))
    return max(_claim(free, n_cores), free // 2, 1)


def of_run(run_id: str) -> int | None:
    """Return how many threads a run was started with; None if that is not known."""
    import store

    with suppress(store.StoreError):
        row = store.run(run_id)
        if row is not None:
            started = store.environments(row["environment"])[:1]
            return next((int(made["threads"]) for made in started if made.get("threads")), None)
    return None


def _claim(wanted: int, n_cores: int) -> int:
    """Claim cores until this process ends; return how many of those wanted were still unclaimed.

    A claim is a locked file, one for each core of the machine. Where files cannot be locked, all are unclaimed.
    """
    folder = Path(tempfile.gettempdir()) / f"odap-threads-{os.getuid()}"
    claimed = 0
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for core in range(n_cores):
            if claimed == wanted:
                break
            stream = (folder / str(core)).open("ab")
            if lock(stream, wait=False):
                _claims.append(stream)
                claimed += 1
            else:
                stream.close()
    except OSError:
        return wanted
    return claimed

"""Describe the environment of a run: versions, the device, and the commit of the program."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from system.paths import ROOT
from system.version import __version__

_CPU_FACTS = Path("/proc/cpuinfo")


def environment(device: torch.device, processes: int = 1) -> dict[str, Any]:
    """Collect a run's odap, torch, cuda, python, device, threads, commit and dirty.

    The first four are versions, `device` is its name, `threads` the number of torch's processor threads. `cuda` is None
    in a build of torch without CUDA; `commit` and `dirty` are None if the program is not in git.
    """
    commit, dirty = _commit()
    name = _device_name(device)
    return {
        "odap": __version__,
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "device": name if processes == 1 else f"{processes} x {name}",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "commit": commit,
        "dirty": dirty,
    }


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu" and _CPU_FACTS.is_file():
        for line in _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or f"{device.type}, {platform.machine()}"


def _commit(root: Path = ROOT) -> tuple[str | None, bool | None]:
    """Return the commit of the program's own files, and whether a tracked file differs from it."""
    # If the program is unpacked inside another repository, its files are not tracked there: that commit is not its own.
    if _git(root, "ls-files", "--error-unmatch", "system/version.py") is None:
        return None, None
    commit = _git(root, "rev-parse", "HEAD")
    status = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return commit or None, None if not commit or status is None else bool(status)


def _git(root: Path, *words: str) -> str | None:
    """Return what a git command prints; None if git is missing, fails or takes too long."""
    # GIT_DIR, which git hooks set, would name another repository; a shared checkout may belong to another user.
    variables = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *words]
    try:
        finished = subprocess.run(
            command, cwd=root, env=variables, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return finished.stdout.strip() if finished.returncode == 0 else None

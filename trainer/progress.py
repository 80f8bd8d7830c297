"""The run's pulse: tells the store once a second where the run is, and hears from it whether to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tqdm import tqdm

import store
from system.processes import boot_id, started
from trainer.errors import Stopped

PERIOD = 1.0


def identity() -> dict[str, Any]:
    """What tells this process from any other, after its number was used again or the machine was restarted."""
    pid = os.getpid()
    return {"pid": pid, "pid_started": started(pid), "boot_id": boot_id()}


class Pulse:
    """Live progress of one job, as a context manager around the whole run.

    A thread of its own writes the job's row, so that a busy store never holds the training up. SIGTERM and Ctrl-C ask
    the run to stop, as the *Stop* button does.
    """

    def __init__(
        self,
        job_id: str,
        total_steps: int,
        done_steps: int,
        bar: bool = True,
        agree: Callable[[bool], bool] = bool,
    ) -> None:
        """agree: tells the run's other processes whether to stop now; gives back the same."""
        self.job_id, self._agree = job_id, agree
        self.total, self.done = total_steps, done_steps
        self._here = 0
        self._where: dict[str, Any] = {"message": "Preparing"}
        self._training = False
        self._recent: deque[tuple[float, int]] = deque(maxlen=400)
        self._stop = threading.Event()
        self._superseded: store.Superseded | None = None
        self._ended = threading.Event()
        self._started: float | None = None
        self._handlers: dict[signal.Signals, Any] = {}
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
        self._bar = tqdm(total=total_steps, initial=done_steps, unit="step", disable=not bar)

    def __enter__(self) -> Pulse:
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                self._handlers[name] = signal.signal(name, lambda *_: self._stop.set())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=35)
        for name, handler in self._handlers.items():
            signal.signal(name, handler)
        self._bar.close()
        with suppress(store.StoreError):
            self._tell()

    def at(self, *, training: bool = False, **where: Any) -> None:
        """Say where the run is: `round`, `stage`, `epoch`, `epochs`, `message`.

        Speed and time left are told while it is `training` only: nothing is known of how long the rest takes.
        """
        self._where, self._training = {**self._where, **where}, training
        if training and self._started is None:
            self._started = time.monotonic()
        self._bar.set_description(" ".join(str(self._where.get(k, "")) for k in ("stage", "message")).strip())

    def step(self, samples: int) -> None:
        """Count one optimizer step; raises Stopped when the user wants the run to stop."""
        self.done += 1
        self._here += 1
        self._recent.append((time.monotonic(), samples))
        self._bar.update()
        self.heed()

    def heed(self) -> None:
        """Raise Stopped when the user wants the run to stop, Superseded when another process has taken it over."""
        if self._agree(self._stop.is_set()):
            raise self._superseded or Stopped

    def _beat(self) -> None:
        while not self._ended.wait(PERIOD):
            try:
                if self._tell() == "stopping":
                    self._stop.set()
            except store.Superseded as error:
                self._superseded = error
                self._stop.set()
            except store.StoreError:
                continue  # the next beat brings newer figures; results themselves are never written from here

    def _tell(self) -> str | None:
        """Write the row; gives back the job's state."""
        return store.update_job(self.job_id, timeout=PERIOD, **self._row())

    def _row(self) -> dict[str, Any]:
        speed, left = (self._speed(), self._seconds_left()) if self._training else (None, None)
        return {"step": self.done, "steps": self.total, "images_per_s": speed, "seconds_left": left, **self._where}

    def _speed(self) -> float | None:
        """Images a second over the last ten, or since the last step but one where steps take longer."""
        now, steps = time.monotonic(), list(self._recent)
        recent = [(when, n) for when, n in steps if now - when < 10]
        recent = recent if len(recent) > 1 else steps[-2:]
        return sum(n for _, n in recent[1:]) / (now - recent[0][0]) if len(recent) > 1 else None

    def _seconds_left(self) -> float | None:
        """What the remaining steps take at the pace so far, the judging between stages included."""
        if self._started is None or not self._here:
            return None
        return (time.monotonic() - self._started) / self._here * (self.total - self.done)


class Echo:
    """The pulse of a run's other processes: nothing is told to the store, and they stop when the first one says so."""

    def __init__(self, agree: Callable[[bool], bool]) -> None:
        self._agree = agree

    def __enter__(self) -> Echo:
        for name in (signal.SIGTERM, signal.SIGINT):  # the first process hears them too, and decides for all
            signal.signal(name, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None: ...

    def at(self, **_: Any) -> None: ...

    def step(self, samples: int) -> None:
        self.heed()

    def heed(self) -> None:
        """Raise Stopped when the first process has been asked to stop."""
        if self._agree(False):
            raise Stopped

"""Report a run's progress to the store every second, and stop the run when asked to."""

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

PERIOD = 1.0  # seconds between two reports to a store that is free
SHARE = 20  # a report may take a twentieth of the time: many trainings would keep pages waiting otherwise
LONGEST_PERIOD = 10.0  # a training counts as frozen after a minute; a stop must be heard well before


def pause_after(seconds: float) -> float:
    """Return the seconds to wait after a report that took `seconds`."""
    return min(max(PERIOD, SHARE * seconds), LONGEST_PERIOD)


def identity() -> dict[str, Any]:
    """Return what identifies this process, even after a reuse of its number or a restart."""
    pid = os.getpid()
    return {"pid": pid, "pid_started": started(pid), "boot_id": boot_id()}


class ProgressReporter:
    """Report the live progress of one job; a context manager around the whole run.

    A thread of its own writes the job's row, so that a busy store never delays the training. SIGTERM and Ctrl-C ask the
    run to stop, as the *Stop* button does.
    """

    def __init__(
        self,
        job_id: str,
        total_steps: int,
        done_steps: int,
        bar: bool = True,
        agree: Callable[[bool], bool] = bool,
    ) -> None:
        """Prepare the reporter; entering it starts the thread.

        Args:
            job_id: the job whose row is written.
            total_steps, done_steps: optimizer steps of the whole run, and those done before this process started.
            bar: whether to show a progress bar.
            agree: sends the other processes whether to stop now, and returns it.
        """
        self.job_id, self._agree = job_id, agree
        self.total, self.done = total_steps, done_steps
        self._steps_here = 0
        self._position: dict[str, Any] = {"message": "Preparing"}
        self._training = False
        self._recent: deque[tuple[float, int]] = deque(maxlen=400)
        self._stop = threading.Event()
        self._superseded: store.Superseded | None = None
        self._ended = threading.Event()
        self._started: float | None = None
        self._handlers: dict[signal.Signals, Any] = {}
        self._thread = threading.Thread(target=self._report_periodically, name="progress", daemon=True)
        self._bar = tqdm(total=total_steps, initial=done_steps, unit="step", disable=not bar)

    def __enter__(self) -> ProgressReporter:
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
            self._report()

    def update(self, *, training: bool = False, **position: Any) -> None:
        """Set where the run is: `round`, `stage`, `epoch`, `epochs`, `message`.

        Speed and time left are reported only while it is `training`: the duration of other work is not known.
        """
        self._position, self._training = {**self._position, **position}, training
        if training and self._started is None:
            self._started = time.monotonic()
        self._bar.set_description(" ".join(str(self._position.get(k, "")) for k in ("stage", "message")).strip())

    def step(self, samples: int) -> None:
        """Count one optimizer step of some samples; raises as `raise_if_stopped`."""
        self.done += 1
        self._steps_here += 1
        self._recent.append((time.monotonic(), samples))
        self._bar.update()
        self.raise_if_stopped()

    def raise_if_stopped(self) -> None:
        """Raise if the run must stop.

        Raises:
            Stopped: the user asked for it.
            store.Superseded: another process has taken the run over.
        """
        if self._agree(self._stop.is_set()):
            raise self._superseded or Stopped

    def _report_periodically(self) -> None:
        pause = PERIOD
        while not self._ended.wait(pause):
            began = time.monotonic()
            try:
                if self._report() == "stopping":
                    self._stop.set()
            except store.Superseded as error:
                self._superseded = error
                self._stop.set()
            except store.StoreError:
                pass  # the next report has newer figures; results are never written from this thread
            pause = pause_after(time.monotonic() - began)

    def _report(self) -> str | None:
        """Write the job's row, and return the job's state."""
        return store.update_job(self.job_id, timeout=PERIOD, **self._row())

    def _row(self) -> dict[str, Any]:
        speed, left = (self._speed(), self._seconds_left()) if self._training else (None, None)
        return {"step": self.done, "steps": self.total, "images_per_s": speed, "seconds_left": left, **self._position}

    def _speed(self) -> float | None:
        """Return images per second over the last ten seconds, or over the last step if it is longer."""
        now, steps = time.monotonic(), list(self._recent)
        recent = [(time_, n) for time_, n in steps if now - time_ < 10]
        recent = recent if len(recent) > 1 else steps[-2:]
        return sum(n for _, n in recent[1:]) / (now - recent[0][0]) if len(recent) > 1 else None

    def _seconds_left(self) -> float | None:
        """Estimate the seconds left from the pace of the steps so far, evaluations included."""
        if self._started is None or not self._steps_here:
            return None
        return (time.monotonic() - self._started) / self._steps_here * (self.total - self.done)


class FollowerProgress:
    """The progress of a run's other processes: they write nothing, and stop with the first one."""

    def __init__(self, agree: Callable[[bool], bool]) -> None:
        self._agree = agree

    def __enter__(self) -> FollowerProgress:
        for name in (signal.SIGTERM, signal.SIGINT):  # the first process gets them too, and decides for all
            signal.signal(name, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, **_: Any) -> None:
        """Do nothing; the first process reports for all."""

    def step(self, samples: int) -> None:
        """Raise Stopped if the first process has been asked to stop."""
        self.raise_if_stopped()

    def raise_if_stopped(self) -> None:
        """Raise Stopped if the first process has been asked to stop."""
        if self._agree(False):
            raise Stopped

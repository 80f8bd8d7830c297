"""English of live jobs: the queue, what waits for what, how far each is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LiveTexts:
    """Placeholders are filled with `str.format`."""

    queued: str = "Queued: {title}. It appears under Live runs."
    live_runs: str = "Live runs"
    nothing_live: str = "Nothing is running."
    epoch_of: str = "epoch {epoch} of {epochs}"
    speed: str = "{speed} images/s"
    time_left: str = "{left} left"
    stop: str = "Stop"
    stop_help: str = "Ends after the current step. A stopped run can be resumed from Overview."
    stop_waiting_help: str = "Takes it off the queue before it begins."
    drop_help: str = "Ends it. Nothing half-made is kept; start it again for all of it."
    stop_asked: str = "{title}: stops after its current step."
    stop_done: str = "{title}: stopped."
    stop_with_it: str = "Stopped with it, as they waited for it: {n}."
    put_first: str = "First"
    put_first_help: str = "Takes it before all others that wait."
    put_first_done: str = "{title}: taken next."
    waits_for: str = "waits for: {title}"
    waits_next: str = "waiting, next in line"
    waits_behind: str = "waiting, {n} ahead of it"
    job_titles: tuple[tuple[str, str], ...] = (
        ("train", "{recipe} on {dataset}, seed {seed:.0f}"),
        ("continued", "{recipe} on {dataset}, seed {seed:.0f}, continued"),
        ("again", "{recipe} on {dataset}, seed {seed:.0f}, tried again ({n} of {most})"),
        ("phantom", "Make the phantom dataset {dataset}"),
        ("import", "Import {dataset}"),
        ("check", "Check {dataset}"),
        ("maps", "Grad-CAM of {run}, samples: {n}"),
        ("scores", "Scores of the maps of {run}"),
    )
    job_ended: str = "**{title}**: {state}"
    resume: str = "Resume"
    resumed: str = "The run has been queued again and goes on from its last finished epoch."
    state_names: tuple[tuple[str, str], ...] = (
        ("queued", "waiting"),
        ("starting", "starting"),
        ("running", "running"),
        ("stopping", "stopping"),
        ("done", "done"),
        ("failed", "failed"),
        ("stopped", "stopped"),
        ("lost", "lost"),
    )

"""Having maps made or scored from a page: the button, the progress while a job is at it, and why it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

import jobs
from dashboard.frame import live_jobs
from dashboard.frame.error_boundary import attempt, guarded
from dashboard.reads import job_queries, run_queries
from dashboard.reads.snapshot import Job
from dashboard.text import T, plain


@dataclass(frozen=True)
class Wish:
    """What is to be made.

    mine: whether the arguments of a job ask for it; submit: asks; label: of the button; why: beside it.
    """

    run_id: str
    key: str
    mine: Callable[[Any], bool]
    submit: Callable[[], str]
    label: str
    why: str
    at_work: str
    failed: str


def maps(run_id: str, sample_ids: list[str], why: str) -> Wish:
    """Maps of some samples; a job that makes more of them than these will do."""
    wanted = set(sample_ids)
    return Wish(
        run_id, "compute_maps", lambda args: wanted <= set(args.get("sample_ids", ())),
        lambda: jobs.submit_explain(run_id, sample_ids), T.compute_maps, why, T.computing, T.maps_failed,
    )  # fmt: skip


def scores(run_id: str, why: str) -> Wish:
    """Scores of the maps of every stage."""
    return Wish(
        run_id, "compute_scores", lambda args: bool(args.get("scores")), lambda: jobs.submit_scores(run_id),
        T.compute_scores, why, T.scoring_maps, T.scores_failed,
    )  # fmt: skip


def offer(wish: Wish) -> None:
    """The button that has it made, the progress while it is, and the reason if it could not be."""
    if _makes_none(wish.run_id):
        say_none(wish.run_id)
        return
    if _jobs_of(job_queries.live_jobs(), wish):
        st.fragment(_wait, run_every=live_jobs.BUSY_TICK)(wish)
        return
    last = _jobs_of(job_queries.recent_jobs(), wish)
    if last and last[0]["state"] in job_queries.FAILED:
        reason = last[0]["error"] or T.no_reason
        st.error(wish.failed.format(reason=plain(reason)), icon=":material/error:")
    if not run_queries.has_checkpoints(wish.run_id):
        st.info(T.no_checkpoint, icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(wish.label, key=wish.key, type="primary", on_click=_ask, args=(wish.submit,))
        st.caption(wish.why)


def offer_for_sample(run_id: str, sample_id: str, some: bool) -> None:
    """Offer to make the maps of one sample: the button, the progress while they are made, and why they failed."""
    offer(maps(run_id, [sample_id], T.some_maps_missing if some else T.missing_maps))


def say_none(run_id: str, otherwise: str = "") -> None:
    """Tell of a run whose network gives no maps that it has none, and how to name a layer; of others what is given."""
    run = run_queries.run(run_id)
    text = T.no_map_layer.format(model=plain(run["model"]), run=plain(run_id)) if _makes_none(run_id) else otherwise
    st.info(text, icon=":material/info:")


def _makes_none(run_id: str) -> bool:
    return isinstance(run_queries.run(run_id).get("no_maps"), str)


def _wait(wish: Wish) -> None:
    with guarded(f"{wish.key}_progress"):
        waiting = _jobs_of(job_queries.live_jobs(), wish)
        if not waiting:
            st.rerun()
        st.progress(float(waiting[0]["progress"] or 0.0), text=wish.at_work)


def _jobs_of(found: list[Job], wish: Wish) -> list[Job]:
    return [
        job for job in found if job["kind"] == "explain" and job["run_id"] == wish.run_id and wish.mine(job["args"])
    ]


def _ask(submit: Callable[[], str]) -> None:
    with attempt():
        submit()

"""Offer to compute or score maps: the button, the progress of the job, and why it failed."""

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
class MapRequest:
    """Maps or scores that a page can have computed.

    `is_for_this` tells from the arguments of a job whether it computes them; `submit` queues such a job. `label` is the
    text of the button and `why` the one next to it; `running` and `failed` are shown while and after a job computes.
    """

    run_id: str
    key: str
    is_for_this: Callable[[Any], bool]
    submit: Callable[[], str]
    label: str
    why: str
    running: str
    failed: str


def maps(run_id: str, sample_ids: list[str], why: str) -> MapRequest:
    """Request the maps of some samples; a job for these and more counts as theirs."""
    wanted = set(sample_ids)
    return MapRequest(
        run_id, "compute_maps", lambda args: wanted <= set(args.get("sample_ids", ())),
        lambda: jobs.submit_explain(run_id, sample_ids), T.compute_maps, why, T.computing, T.maps_failed,
    )  # fmt: skip


def scores(run_id: str, why: str) -> MapRequest:
    """Request the scores of the maps of every stage."""
    return MapRequest(
        run_id, "compute_scores", lambda args: bool(args.get("scores")), lambda: jobs.submit_scores(run_id),
        T.compute_scores, why, T.scoring_maps, T.scores_failed,
    )  # fmt: skip


def offer(request: MapRequest) -> None:
    """Draw the button of a request, the progress of its job, and why the last one failed."""
    if _has_no_maps(request.run_id):
        explain_no_maps(request.run_id)
        return
    if _jobs_of(job_queries.live_jobs(), request):
        st.fragment(_wait, run_every=live_jobs.BUSY_TICK)(request)
        return
    last = _jobs_of(job_queries.recent_jobs(), request)
    if last and last[0]["state"] in job_queries.FAILED:
        reason = last[0]["error"] or T.no_reason
        st.error(request.failed.format(reason=plain(reason)), icon=":material/error:")
    if not run_queries.has_checkpoints(request.run_id):
        st.info(T.no_checkpoint, icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(request.label, key=request.key, type="primary", on_click=_submit, args=(request.submit,))
        st.caption(request.why)


def offer_for_sample(run_id: str, sample_id: str, some: bool) -> None:
    """Offer to compute the maps of one sample; `some` says that some of them exist already."""
    offer(maps(run_id, [sample_id], T.some_maps_missing if some else T.missing_maps))


def explain_no_maps(run_id: str, otherwise: str = "") -> None:
    """Say that the network of a run yields no maps, and how to name a layer.

    Of every other run say `otherwise`.
    """
    run = run_queries.run(run_id)
    text = T.no_map_layer.format(model=plain(run["model"]), run=plain(run_id)) if _has_no_maps(run_id) else otherwise
    st.info(text, icon=":material/info:")


def _has_no_maps(run_id: str) -> bool:
    return isinstance(run_queries.run(run_id).get("no_maps"), str)


def _wait(request: MapRequest) -> None:
    with guarded(f"{request.key}_progress"):
        live = _jobs_of(job_queries.live_jobs(), request)
        if not live:
            st.rerun()
        st.progress(float(live[0]["progress"] or 0.0), text=request.running)


def _jobs_of(candidates: list[Job], request: MapRequest) -> list[Job]:
    return [
        job
        for job in candidates
        if job["kind"] == "explain" and job["run_id"] == request.run_id and request.is_for_this(job["args"])
    ]


def _submit(submit: Callable[[], str]) -> None:
    with attempt():
        submit()

"""Pickers whose choice lives in the URL, so that a link shows a colleague the very same view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.reads import dataset_queries, job_queries, run_queries, table_frames
from dashboard.text import T, name_of, stage_name

_VIEW = "_view"  # what the URL should say; Streamlit empties the URL at every change of page

Place = DeltaGenerator | None


@dataclass(frozen=True)
class StageKey:
    """A stage within its run."""

    round: int
    stage: str

    @property
    def label(self) -> str:
        """What users call it."""
        return stage_name(self.round, self.stage)


def restore_view() -> None:
    """Once per rerun, before any picker: the URL's values win, and those it lost at a change of page come back."""
    view: dict[str, str] = st.session_state.setdefault(_VIEW, {})
    view.update(st.query_params.to_dict())
    for name, value in view.items():
        if name not in st.query_params:
            st.query_params[name] = value


def set_view(**values: str | None) -> None:
    """Write values to the URL; None removes one."""
    view: dict[str, str] = st.session_state.setdefault(_VIEW, {})
    for name, value in values.items():
        if value is None:
            view.pop(name, None)
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            view[name] = value
            st.query_params[name] = value


def forget(name: str) -> None:
    """Take a choice back: its picker begins at its default again."""
    set_view(**{name: None})
    st.session_state.pop(f"pick_{name}", None)


def view(name: str) -> str | None:
    """A value of the URL."""
    found: str | None = st.query_params.get(name)
    return found


def bind(name: str, options: Sequence[str], default: str | None = None) -> str:
    """Give the widget `pick_<name>` the URL's value, where that has changed or the widget is new; returns its key.

    The widget then keeps the last word: call `set_view` with what it returned.
    """
    key, wanted = f"pick_{name}", view(name)
    value: str | None = st.session_state.get(key)
    if wanted in options and (wanted != st.session_state.get(f"_seen_{name}") or value not in options):
        value = wanted
    elif value not in options:
        value = default if default in options else next(iter(options), None)
    # Set it anew every time: the same key on another page is another widget, which would begin at its first option.
    st.session_state[key] = value
    return key


def _keep(name: str, chosen: str) -> str:
    st.session_state[f"_seen_{name}"] = chosen
    set_view(**{name: chosen or None})
    return chosen


def type_in(name: str, label: str, *, place: Place = None, help_: str | None = None) -> str:
    """A line of text bound to the URL parameter `name`."""
    key, wanted = f"pick_{name}_typed", view(name) or ""
    changed = wanted != st.session_state.get(f"_seen_{name}")
    st.session_state[key] = wanted if changed else st.session_state.get(key, wanted)
    return _keep(name, (place or st).text_input(label, key=key, help=help_, max_chars=64).strip())


def share(name: str, label: str, default: float, *, width: int = 320) -> float:
    """A slider from 0 to 1 bound to the URL parameter `name`; where it stands at `default` the URL says nothing."""
    key, wanted = f"pick_{name}_share", view(name) or ""
    changed = wanted != st.session_state.get(f"_seen_{name}", "")
    if changed or key not in st.session_state:
        try:
            st.session_state[key] = min(1.0, max(0.0, float(wanted or default)))
        except ValueError:
            st.session_state[key] = default
    st.session_state[key] = st.session_state[key]  # as in `bind`
    chosen = float(st.slider(label, 0.0, 1.0, step=0.05, key=key, width=width))
    _keep(name, "" if chosen == default else f"{chosen:g}")
    return chosen


def amount(
    name: str, label: str, default: float, low: float, high: float, *, place: Place = None, help_: str | None = None
) -> float:
    """Choose a number bound to the URL parameter `name`; at `default` the URL says nothing."""
    key, wanted = f"pick_{name}_amount", view(name) or ""
    changed = wanted != st.session_state.get(f"_seen_{name}", "")
    if changed or key not in st.session_state:
        try:
            value = float(wanted or default)
        except ValueError:
            value = default
        st.session_state[key] = min(high, max(low, value)) if value == value else default
    st.session_state[key] = st.session_state[key]  # as in `bind`
    chosen = float((place or st).number_input(label, low, high, step=low, key=key, help=help_, format="%.1f"))
    _keep(name, "" if chosen == default else f"{chosen:g}")
    return chosen


def part(name: str, items: Sequence[str], size: int, pager: Callable[[int, str], int]) -> Sequence[str]:
    """Some of the items, as many as a page of `size` holds; which page is bound to the URL parameter `name`.

    Args:
        pager: draws itself for so many pages under a key, and says which one is shown, from 1.
    """
    pages = max(1, -(-len(items) // size))
    key, wanted = f"pick_{name}_{digest(items)}", view(name) or ""
    back = key not in st.session_state and st.session_state.get(f"_of_{name}") == key  # from another page
    if back or wanted != st.session_state.get(f"_seen_{name}", ""):
        st.session_state[key] = min(pages, max(1, int(wanted))) if wanted.isdecimal() else 1
    st.session_state[f"_of_{name}"] = key
    at = pager(pages, key) if pages > 1 else 1
    _keep(name, "" if at == 1 else str(at))
    return items[(at - 1) * size : at * size]


def choose(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    show: Callable[[str], str] = str,
    default: str | None = None,
    place: Place = None,
    help_: str | None = None,
) -> str:
    """A select box bound to the URL parameter `name`. `options` must not be empty."""
    key = bind(name, options, default)
    chosen = (place or st).selectbox(label, list(options), format_func=show, key=key, help=help_)
    return _keep(name, chosen)


def switch(
    name: str, label: str, options: tuple[tuple[str, str], ...], *, place: Place = None, default: str | None = None
) -> str:
    """A row of buttons of which one is pressed, bound to the URL. `options` pairs keys with what users read."""
    keys = [key for key, _ in options]
    key = bind(name, keys, default)
    chosen = (place or st).segmented_control(
        label, keys, format_func=lambda option: name_of(options, option), key=key, required=True
    )
    return _keep(name, chosen or keys[0])


def tab(name: str, labels: tuple[tuple[str, str], ...], default: str | None = None) -> tuple[str, DeltaGenerator]:
    """Tabs of which only the open one is drawn, bound to the URL; its key and container. `labels` as of `switch`."""
    opened, found = tabs(name, labels, default)
    return opened, found[opened]


def tabs(
    name: str, labels: tuple[tuple[str, str], ...], default: str | None = None
) -> tuple[str, dict[str, DeltaGenerator]]:
    """Tabs, the open one bound to the URL; its key, and the container of each. `labels` as of `switch`."""
    keys, shown = [key for key, _ in labels], [label for _, label in labels]
    asked = view(name)
    wanted = asked if asked is not None and asked in keys else (default or keys[0])
    key = f"tabs_{name}_{digest(shown)}"
    if st.session_state.get(key) not in shown or wanted != st.session_state.get(f"_seen_{name}", wanted):
        st.session_state[key] = name_of(labels, wanted)
    drawn = st.tabs(shown, key=key, on_change="rerun")
    at = next((place for place, found in enumerate(drawn) if found.open), keys.index(wanted))
    _keep(name, keys[at])
    return keys[at], dict(zip(keys, drawn, strict=True))


def run(place: Place = None, *, name: str = "run", label: str = "", default: str | None = None) -> str | None:
    """Choose a run, by default one with the most to show; None (with a sentence) when there is none."""
    known = run_queries.runs()
    if known.empty:
        explain_no_run()
        return None
    ids = [str(run_id) for run_id in known["run_id"]]
    datasets = dict(zip(ids, known["dataset_id"], strict=True))
    default = default or table_frames.telling_run(known, run_queries.stages())
    return choose(
        name, label or T.run, ids, show=lambda run_id: f"{run_id} · {datasets[run_id]}", default=default, place=place
    )


def stage(
    run_id: str, place: Place = None, *, name: str = "stage", label: str = "", first: bool = False
) -> StageKey | None:
    """Choose a finished stage of a run, by default the last (or the first); None, with a sentence, without any."""
    ended = run_queries.stages(run_id)
    if ended.empty:
        explain_no_stage(run_id)
        return None
    known = {f"{row.round}.{row.stage}": StageKey(int(row.round), str(row.stage)) for row in ended.itertuples()}
    default = list(known)[0 if first else -1]
    chosen = choose(
        name, label or T.stage, list(known), show=lambda option: known[option].label, default=default, place=place
    )
    return known[chosen]


def split(place: Place = None) -> str:
    """Choose test, validation or training samples."""
    return switch("split", T.split, T.split_names, place=place)


def explain_no_run() -> None:
    """Say what to do where there is no run yet: without a dataset the sidebar has nothing to start."""
    if any(job["kind"] == "train" for job in job_queries.live_jobs()):
        said = T.first_run_starting
    else:
        said = T.no_runs if dataset_queries.datasets() else T.no_runs_no_data
    st.info(said, icon=":material/play_circle:")


def explain_no_stage(run_id: str) -> None:
    """Say why a run has nothing to show yet."""
    status = str(run_queries.run(run_id)["status"])
    if status == "running" or job_queries.is_queued(run_id):
        st.info(T.no_stage.format(run=run_id), icon=":material/hourglass_top:")
    else:
        said = T.no_stage_ended.format(run=run_id, status=name_of(T.state_names, status))
        st.warning(said, icon=":material/warning:")


def digest(parts: Iterable[object]) -> str:
    """A short name of what a widget shows: another selection is another widget, with its state at the start."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:10]

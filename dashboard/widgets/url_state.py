"""Draw pickers that keep their choice in the URL, so that a link shows the same view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.reads import dataset_queries, job_queries, run_queries, table_frames
from dashboard.text import T, name_of, plain, stage_name

_VIEW = "_view"  # parameters of the URL; Streamlit empties it at every change of page

Place = DeltaGenerator | None


@dataclass(frozen=True)
class StageKey:
    """A stage within its run."""

    round: int
    stage: str

    @property
    def label(self) -> str:
        """Return what users call the stage."""
        return stage_name(self.round, self.stage)


def restore_view() -> None:
    """Restore the URL parameters that were lost at a change of page.

    To be called once per rerun, before any picker. Values in the URL win.
    """
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
    """Discard a choice: its picker starts at its default again."""
    set_view(**{name: None})
    st.session_state.pop(f"pick_{name}", None)


def view(name: str) -> str | None:
    """Return a parameter of the URL; None where it is missing."""
    value: str | None = st.query_params.get(name)
    return value


def bind(name: str, options: Sequence[str], default: str | None = None) -> str:
    """Give the widget `pick_<name>` the URL's value, and return the widget's key.

    It gets the value where the URL has changed or the widget is new. Afterwards the widget decides: call `set_view`
    with what it returns.
    """
    key, wanted = f"pick_{name}", view(name)
    value: str | None = st.session_state.get(key)
    if wanted in options and (wanted != st.session_state.get(f"_seen_{name}") or value not in options):
        value = wanted
    elif value not in options:
        value = default if default in options else next(iter(options), None)
    # Set every time: the same key on another page is another widget, which would start at its first option.
    st.session_state[key] = value
    return key


def _keep(name: str, chosen: str) -> str:
    st.session_state[f"_seen_{name}"] = chosen
    set_view(**{name: chosen or None})
    return chosen


def type_in(name: str, label: str, *, place: Place = None, help_: str | None = None) -> str:
    """Draw a text input bound to the URL parameter `name`."""
    key, wanted = f"pick_{name}_typed", view(name) or ""
    changed = wanted != st.session_state.get(f"_seen_{name}")
    st.session_state[key] = wanted if changed else st.session_state.get(key, wanted)
    return _keep(name, (place or st).text_input(label, key=key, help=help_, max_chars=64).strip())


def share(name: str, label: str, default: float, *, width: int = 320) -> float:
    """Draw a slider from 0 to 1 bound to the URL parameter `name`.

    At `default` the URL has no such parameter.
    """
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
    """Draw a number input bound to the URL parameter `name`.

    At `default` the URL has no such parameter.
    """
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


def page_of(name: str, items: Sequence[str], size: int, pager: Callable[[int, str], int]) -> Sequence[str]:
    """Return the items on the chosen page.

    Args:
        name: of the URL parameter to which the page is bound.
        items: of all pages.
        size: of a page.
        pager: draws itself, given the number of pages and a key, and returns the chosen page, from 1.
    """
    pages = max(1, -(-len(items) // size))
    key, wanted = f"pick_{name}_{digest(items)}", view(name) or ""
    is_return = key not in st.session_state and st.session_state.get(f"_of_{name}") == key  # from another page
    if is_return or wanted != st.session_state.get(f"_seen_{name}", ""):
        st.session_state[key] = min(pages, max(1, int(wanted))) if wanted.isdecimal() else 1
    st.session_state[f"_of_{name}"] = key
    page = pager(pages, key) if pages > 1 else 1
    _keep(name, "" if page == 1 else str(page))
    return items[(page - 1) * size : page * size]


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
    """Draw a select box bound to the URL parameter `name`; `options` must not be empty."""
    key = bind(name, options, default)
    chosen = (place or st).selectbox(label, list(options), format_func=show, key=key, help=help_)
    return _keep(name, chosen)


def choose_known(
    name: str,
    label: str,
    options: Sequence[str],
    explain: Callable[[str], str],
    *,
    show: Callable[[str], str] = str,
    default: str | None = None,
    place: Place = None,
    depends: bool = False,
) -> str | None:
    """Draw a select box bound to the URL, and say so if the URL names something unknown.

    The box is then empty and None is returned. The URL changes when somebody chooses.

    Args:
        explain: makes that sentence from the URL's value.
        depends: the options depend on another choice of the page, such as the stages of a run. What was chosen here
            before then gives way to the default without a sentence.
    """
    unknown = _unknown(name, options, depends)
    if unknown is None:
        return choose(name, label, options, show=show, default=default, place=place)
    key = f"pick_{name}"
    st.session_state[key] = None
    (place or st).selectbox(label, list(options), index=None, format_func=show, key=key, placeholder=T.choose_one)
    st.warning(explain(unknown), icon=":material/search_off:")
    return None


def _unknown(name: str, options: Sequence[str], depends: bool) -> str | None:
    """Return the URL's value if it is not among the options and nobody has chosen one since."""
    key, wanted = f"_unknown_{name}", view(name)
    if not wanted or wanted in options:
        st.session_state.pop(key, None)
        return None
    if st.session_state.get(key) == wanted:
        return None if st.session_state.get(f"pick_{name}") in options else wanted
    if depends and wanted == st.session_state.get(f"_seen_{name}"):
        return None
    st.session_state[key] = wanted
    st.session_state.pop(f"pick_{name}", None)  # of another view of this session
    return wanted


def switch(
    name: str, label: str, options: tuple[tuple[str, str], ...], *, place: Place = None, default: str | None = None
) -> str:
    """Draw a row of buttons of which one is selected, bound to the URL parameter `name`.

    `options` pairs keys with what users read.
    """
    keys = [key for key, _ in options]
    key = bind(name, keys, default)
    chosen = (place or st).segmented_control(
        label, keys, format_func=lambda option: name_of(options, option), key=key, required=True
    )
    return _keep(name, chosen or keys[0])


def tab(name: str, labels: tuple[tuple[str, str], ...], default: str | None = None) -> tuple[str, DeltaGenerator]:
    """Draw tabs bound to the URL; return the key and the container of the open one.

    For pages that draw only the open tab. `labels` is as the options of `switch`.
    """
    opened, containers = tabs(name, labels, default)
    return opened, containers[opened]


def tabs(
    name: str, labels: tuple[tuple[str, str], ...], default: str | None = None
) -> tuple[str, dict[str, DeltaGenerator]]:
    """Draw tabs bound to the URL; return the key of the open one, and the container of each.

    `labels` is as the options of `switch`.
    """
    keys, names = [key for key, _ in labels], [label for _, label in labels]
    asked = view(name)
    wanted = asked if asked is not None and asked in keys else (default or keys[0])
    key = f"tabs_{name}_{digest(names)}"
    if st.session_state.get(key) not in names or wanted != st.session_state.get(f"_seen_{name}", wanted):
        st.session_state[key] = name_of(labels, wanted)
    containers = st.tabs(names, key=key, on_change="rerun")
    opened = next((i for i, container in enumerate(containers) if container.open), keys.index(wanted))
    _keep(name, keys[opened])
    return keys[opened], dict(zip(keys, containers, strict=True))


def run(place: Place = None, *, name: str = "run", label: str = "", default: str | None = None) -> str | None:
    """Choose a run, by default the one with the most to show.

    None when there is no run, or not the one of the URL; a sentence then says what to do.
    """
    runs = run_queries.runs()
    if runs.empty:
        explain_no_run()
        return None
    ids = [str(run_id) for run_id in runs["run_id"]]
    datasets = dict(zip(ids, runs["dataset_id"], strict=True))
    default = default or table_frames.default_run(runs, run_queries.stages())
    return choose_known(
        name, label or T.run, ids, explain_unknown_run, show=lambda run_id: f"{run_id} · {datasets[run_id]}",
        default=default, place=place,
    )  # fmt: skip


def stage(
    run_id: str, place: Place = None, *, name: str = "stage", label: str = "", first: bool = False
) -> StageKey | None:
    """Choose a finished stage of a run, by default the last one, or the `first`.

    None when the run has none, or not the one of the URL; a sentence then says why.
    """
    ended = run_queries.stages(run_id)
    if ended.empty:
        explain_no_stage(run_id)
        return None
    options = {f"{row.round}.{row.stage}": StageKey(int(row.round), str(row.stage)) for row in ended.itertuples()}
    default = list(options)[0 if first else -1]
    chosen = choose_known(
        name, label or T.stage, list(options), lambda value: explain_unknown_stage(run_id, value),
        show=lambda option: options[option].label, default=default, place=place, depends=True,
    )  # fmt: skip
    return None if chosen is None else options[chosen]


def split(place: Place = None) -> str:
    """Choose test, validation or training samples."""
    return switch("split", T.split, T.split_names, place=place)


def explain_no_run() -> None:
    """Say what to do where there is no run yet.

    Without a dataset the sidebar has no training to start.
    """
    if any(job["kind"] == "train" for job in job_queries.live_jobs()):
        sentence = T.first_run_starting
    else:
        sentence = T.no_runs if dataset_queries.datasets() else T.no_runs_no_data
    st.info(sentence, icon=":material/play_circle:")


def explain_unknown_run(run_id: str) -> str:
    """Return the sentence about a run that the store does not have."""
    return T.run_gone.format(run=plain(run_id))


def explain_unknown_stage(run_id: str, value: str) -> str:
    """Return the sentence about a stage, as the URL writes it, that a run does not have."""
    round_, _, stage_ = value.partition(".")
    name = stage_name(int(round_), stage_) if round_.isdecimal() and stage_ else value
    return T.stage_gone.format(run=plain(run_id), stage=plain(name))


def explain_no_stage(run_id: str) -> None:
    """Say why a run has nothing to show yet."""
    status = str(run_queries.run(run_id)["status"])
    if status == "running" or job_queries.is_queued(run_id):
        st.info(T.no_stage.format(run=run_id), icon=":material/hourglass_top:")
    else:
        sentence = T.no_stage_ended.format(run=run_id, status=name_of(T.state_names, status))
        st.warning(sentence, icon=":material/warning:")


def digest(parts: Iterable[object]) -> str:
    """Return a short hash of what a widget shows, for its key.

    Another selection is then another widget, which starts without state.
    """
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:10]

"""Draw samples as cards with their pictures, one page of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.reads import dataset_queries
from dashboard.text import T, plain
from dashboard.widgets import scrolling, thumbnails

PAGE_SIZE = 24
CARD_WIDTH = 172
LISTS = "_lists"  # sample ids of the galleries drawn last: the sample view steps through them
_LISTS_KEPT = 8

Lines = Callable[[Any], tuple[str, ...]]  # a row of a frame -> the lines of its card


@dataclass(frozen=True)
class Card:
    """A sample in a gallery.

    `lines` returns Markdown in which data is escaped; it is called when the card is drawn.
    """

    sample_id: str
    picture: Path
    lines: Callable[[], tuple[str, ...]]
    run_id: str | None = None


def cards_in(folder: Path, rows: Iterable[Any], lines: Lines, run_id: str | None = None) -> list[Card]:
    """Make one card per row; its lines are made only when the card is drawn.

    Args:
        folder: of the dataset.
        rows: named tuples with sample_id and path, relative to the folder.
        lines: the lines of a row's card.
        run_id: the run that a card's links open; None for a card without links.
    """
    return [Card(row.sample_id, folder / row.path, partial(lines, row), run_id) for row in rows]


def cards_of_run(run: dict[str, Any], rows: pd.DataFrame, lines: Lines) -> list[Card]:
    """Make one card per row of samples of a run's dataset; see `cards_in`."""
    folder = dataset_queries.dataset_folder(run["dataset_id"])
    return cards_in(folder, rows.itertuples(), lines, str(run["run_id"]))


def draw(cards: Sequence[Card], key: str, *, arrows: bool = True) -> None:
    """Draw cards in rows as wide as the window, with a pager below if they fill several pages.

    Args:
        cards: of all pages.
        key: of the gallery, unique on its page; also the name under which its samples are remembered.
        arrows: whether the arrow keys turn the pages; of several galleries on one page only one may have them.
    """
    remember(key, [card.sample_id for card in cards])
    scrolling.arrive(key.rpartition("_")[0], key)
    pages = max(1, -(-len(cards) // PAGE_SIZE))
    holder = st.container()
    page = 1
    if pages > 1:
        page = pager(pages, f"{key}_page_{pages}", arrows)
    with holder, st.container(horizontal=True, gap="small"):
        for position, card in enumerate(cards[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]):
            _draw_card(card, f"{key}_{position}", key)


def pager(pages: int, key: str, arrows: bool = True) -> int:
    """Draw a pager and return the chosen page, in [1, pages]."""
    current = int(st.session_state.get(key) or 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, target, arrow, icon in (
            (T.previous_page, current - 1, "Left", ":material/chevron_left:"),
            (T.next_page, current + 1, "Right", ":material/chevron_right:"),
        ):
            st.button(
                label, key=f"{key}_{arrow}", icon=icon, shortcut=arrow if arrows else None, on_click=_turn,
                args=(key, target), help=T.keys_help if arrows else None, disabled=not 1 <= target <= pages,
            )  # fmt: skip
        return int(st.pagination(pages, key=key))


def _turn(key: str, page: int) -> None:
    st.session_state[key] = page


def remember(key: str, sample_ids: list[str]) -> None:
    """Keep a gallery's samples for *previous* and *next* in the sample view."""
    lists: dict[str, list[str]] = st.session_state.setdefault(LISTS, {})
    lists.pop(key, None)
    lists[key] = sample_ids
    while len(lists) > _LISTS_KEPT:
        del lists[next(iter(lists))]


def _draw_card(card: Card, key: str, gallery_key: str) -> None:
    with st.container(width=CARD_WIDTH, border=True, gap="xsmall", key=key):
        picture(card.picture, alt=card.sample_id)
        st.caption("  \n".join((*card.lines(), f"`{card.sample_id}`")))
        if card.run_id is not None:
            st.page_link(
                "pages/sample.py",
                label=T.open_sample,
                icon=":material/open_in_full:",
                query_params={"run": card.run_id, "sample": card.sample_id, "list": gallery_key},
            )
            st.page_link(
                "pages/grad_cam.py",
                label=T.open_cam,
                icon=":material/visibility:",
                query_params={"run": card.run_id, "cam_view": "sample", "source": "id", "sample": card.sample_id},
            )


def picture(path: Path, alt: str, side: int = thumbnails.SIDE) -> None:
    """Draw a sample's picture, or words in its place."""
    png = thumbnails.thumbnail(path, side)
    if png is None:
        placeholder(T.picture_missing)
    else:
        st.image(png, width="stretch", alt=alt)


def placeholder(words: str, height: int = 120) -> None:
    """Draw a box with a few words where a picture would be."""
    with st.container(height=height, border=True, horizontal_alignment="center", vertical_alignment="center"):
        st.caption(f":material/hide_image: {plain(words)}")


def warn_if_gone(dataset_id: str) -> None:
    """Warn if the folder of a dataset no longer exists."""
    folder = dataset_queries.dataset_folder(dataset_id)
    if not folder.is_dir():
        words = T.dataset_gone.format(dataset=plain(dataset_id), folder=plain(folder))
        st.warning(words, icon=":material/folder_off:")

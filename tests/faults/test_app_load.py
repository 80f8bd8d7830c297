"""Twenty sessions click through all pages while two runs train; and the app's memory meanwhile."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest

import store
from tests.e2e import browser as browsers
from tests.e2e.house import App, wait_for_state
from tests.faults.conftest import ROOT
from tests.faults.sessions import Click, Session, browse, crowd

pytestmark = pytest.mark.long  # the pages one by one are in tests/e2e
SESSIONS = 20
PAGES = len(list((ROOT / "pages").glob("*.py"))) - 1  # without the page of one sample, which no session opens
SMALL = ("image_size=64", "full.epochs=2")
RUNS = {"demo": (*SMALL, "rounds=1"), "demo_multi_label": SMALL}


def settings(values: tuple[str, ...]) -> list[str]:
    return [part for value in values for part in ("--set", value)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a phantom and two finished runs, in front of which two more train until it is closed."""
    with pytest.MonkeyPatch.context() as patch:
        app = App(tmp_path_factory.mktemp("load"))
        for name, place in (app.places | {"OMP_NUM_THREADS": "1"}).items():
            patch.setenv(name, place)
        app.command("catalog", "phantom", "--name", "demo", "--images", "600", "--size", "64")
        for recipe, values in RUNS.items():
            app.command("trainer", "train", recipe, "--run", recipe, "--device", "cpu", *settings(values))
        app.start()
        beside = subprocess.Popen([sys.executable, "-m", "jobs", "work", "--device", "cpu"], cwd=ROOT)
        for seed in ("1", "2"):  # one for this worker, one for the app's own
            app.command("jobs", "submit", "demo", "--seed", seed, *settings(("image_size=96", "full.epochs=500")))
        for run_id in store.jobs(states=["queued", "starting", "running"])["run_id"]:
            wait_for_state(str(run_id), "running", seconds=120)
        yield app
        app.close()
        beside.wait()


class Memory:
    """The resident memory of a process, looked at every half second; in MB."""

    def __init__(self, pid: int) -> None:
        self.seen: list[float] = []
        self._process, self._ended = psutil.Process(pid), threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.seen.append(self._process.memory_info().rss / 1e6)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def busy(app: App) -> psutil.Process:
    assert app.process is not None
    return psutil.Process(app.process.pid)


def milliseconds(values: list[float]) -> str:
    return " / ".join(f"{value * 1000:.0f}" for value in np.percentile(values, [50, 95]))


def worst(sessions: list[Session]) -> float:
    """The longest of the sessions' own 95th percentiles; opening the app is not counted."""
    return max(float(np.percentile([c.seconds for c in clicks(s)], 95)) for s in sessions if clicks(s))


def clicks(session: Session) -> list[Click]:
    return [click for click in session.clicks if click.page != "first"]


def sound(app: App, sessions: list[Session]) -> None:
    assert [error for session in sessions for error in session.errors] == []
    assert "Traceback" not in app.log()
    assert (store.jobs(states=["running"])["kind"] == "train").sum() == 2, "the trainings did not last"
    assert store.check() == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_sessions_while_two_runs_train(
    app: App, times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    crowd(app.url, 1, 6.0, list(RUNS), chance, think=(0.1, 0.2))  # a server's first visitor waits for its imports
    process = busy(app)
    before = sum(process.cpu_times()[:2])
    # In `make test-long`, beside other tests, one for each page; in `make faults`, alone, all of them.
    n, seconds = (PAGES, 25.0) if times < 20 else (SESSIONS, float(os.environ.get("ODAP_LOAD_SECONDS") or 60))
    sessions = crowd(app.url, n, seconds, list(RUNS), chance)
    made = [click for session in sessions for click in clicks(session)]
    spent = sum(process.cpu_times()[:2]) - before
    sound(app, sessions)
    assert {click.page for click in made} == set(sessions[0].pages), "a page was not visited"
    figures(
        sessions=n, seconds=seconds, clicks=len(made), error_boxes=0,
        app_said_all_p50_and_p95_ms=milliseconds([click.seconds for click in made]),
        of_which_waited_p50_and_p95_ms=milliseconds([click.waited for click in made]),
        worst_session_p95_ms=round(1000 * worst(sessions)), cpu_seconds_of_the_app=round(spent, 1),
        load_of_the_machine=round(os.getloadavg()[0], 1),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(1200)
def test_windows_of_a_real_browser_while_two_runs_train(
    app: App, times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    """The same in a real browser, whose own work on two cores is most of what is measured."""
    path = browsers.find()
    assert path is not None, "There is no browser to test with; get one with: python tests/e2e/browser.py"
    n, seconds = (2, 13.0) if times < 20 else (SESSIONS, float(os.environ.get("ODAP_LOAD_SECONDS") or 40))
    process = busy(app)
    before = sum(process.cpu_times()[:2])
    windows = browse(path, app.url, n, seconds, chance)
    made = [click.seconds for window in windows for click in window.clicks]
    assert [error for window in windows for error in window.errors] == []
    assert all(window.clicks for window in windows)
    sound(app, [])
    figures(
        windows=n, seconds=seconds, clicks=len(made), error_boxes=0,
        click_to_rest_p50_and_p95_ms=milliseconds(made),
        worst_window_p95_ms=round(1000 * max(np.percentile([c.seconds for c in w.clicks], 95) for w in windows)),
        cpu_seconds_of_the_app=round(sum(process.cpu_times()[:2]) - before, 1),
        load_of_the_machine=round(os.getloadavg()[0], 1),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_of_the_app_is_flat(app: App, times: int, chance: random.Random, figures: Callable[..., None]) -> None:
    """An hour of clicks of six people in two minutes: once the caches are full, more clicks add next to nothing."""
    seconds = float(os.environ.get("ODAP_SOAK_SECONDS") or (12 if times < 20 else 120))
    think = (0.2, 0.6)
    crowd(app.url, 6, max(10.0, seconds / 3), list(RUNS), chance, think)  # all that is cached is cached once
    clicked = 0
    with Memory(busy(app).pid) as memory:
        for _ in range(3):  # people come and go: what a session held is given back
            sessions = crowd(app.url, 6, seconds / 3, list(RUNS), chance, think)
            sound(app, sessions)
            clicked += sum(len(session.clicks) for session in sessions)
    seen = np.array(memory.seen)
    third = len(seen) // 3
    first, last = np.median(seen[:third]), np.median(seen[-third:])
    slope = np.polyfit(np.arange(len(seen)) / 2, seen, 1)[0]
    figures(
        clicks=clicked, seconds=seconds, mb_in_the_first_third=round(first), mb_in_the_last_third=round(last),
        mb_at_most=round(seen.max()), mb_a_thousand_clicks=round(slope * seconds / clicked * 1000, 1),
    )  # fmt: skip
    allowed = 120.0 if times < 20 else 40.0  # in a few seconds not all that is cached has been cached before
    assert last - first < allowed, "memory grows with every click"

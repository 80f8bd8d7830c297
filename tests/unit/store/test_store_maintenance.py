"""Backup, compact, export and questions in SQL: on real files, while other processes write."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import store
from store import maintenance
from store.__main__ import main

WRITER = """
import sys, store
print("ready", flush=True)
for epoch in range(1000):
    with store.write() as c:  # two tables that agree at every commit
        c.execute("INSERT INTO epochs (run_id, round, stage, epoch) VALUES ('r', 0, 'full', ?)", [epoch])
        c.execute("INSERT INTO verdicts (verdict_id, note) VALUES (?, 'x')", [str(epoch)])
"""


@pytest.fixture
def writer(results: Any) -> Any:
    results.prepare()
    results.stage()
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def rows(path: Path) -> tuple[int, int, int]:
    with duckdb.connect(str(path), read_only=True) as copy:
        found = [copy.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("epochs", "verdicts", "stages")]
    epochs, verdicts, stages = (int(row[0]) for row in found if row)
    return epochs, verdicts, stages


def test_copies_made_while_a_trainer_writes_are_of_one_moment(writer: Any, place: Path) -> None:
    seen = []
    for n in range(4):
        assert main(["backup", str(place / f"copy{n}.duckdb")]) == 0
        epochs, verdicts, stages = rows(place / f"copy{n}.duckdb")
        assert epochs == verdicts and stages == 1
        seen.append(epochs)
    assert seen == sorted(seen)
    assert writer.poll() is None  # it wrote all the while


def test_a_backup_is_a_store_again(results: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.prepare()
    results.stage()
    before = store.counts()
    maintenance.backup(place / "copy.duckdb")
    store.results_path().unlink()
    (place / "copy.duckdb").rename(store.results_path())
    assert store.counts() == before and store.check() == []


def test_compacting_gives_room_back_and_loses_no_write(writer: Any) -> None:
    with store.write() as connection:
        connection.execute(
            "INSERT INTO metrics (run_id, metric) SELECT md5(i::VARCHAR), md5((i * 7)::VARCHAR) FROM range(60000) t(i)"
        )
    with store.write() as connection:
        connection.execute("DELETE FROM metrics WHERE length(run_id) = 32")
    before, after = maintenance.compact()
    assert after < before
    for _ in range(3):
        maintenance.compact()
    writer.kill()
    writer.wait()
    epochs, verdicts, stages = rows(store.results_path())
    assert epochs == verdicts > 0 and stages == 1
    assert sorted(store.epochs(["r"])["epoch"]) == list(range(epochs))  # a copy need not keep the order of rows
    assert not list(store.results_path().parent.glob("*aside*"))


def test_who_could_write_the_store_can_do_so_after_compacting(results: Any) -> None:
    results.prepare()
    store.results_path().chmod(0o660)
    maintenance.compact()
    assert store.results_path().stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("command", ["backup", "export"])
@pytest.mark.parametrize("name", ["a" * 300, "a" * 240, "file/below"])
def test_a_place_that_cannot_be_is_one_sentence(
    place: Path, command: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "file").write_text("")
    assert main([command, str(place / name)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_compacting_killed_at_any_moment_leaves_a_sound_store(results: Any) -> None:
    results.prepare()
    results.stage()
    code = "from store import maintenance\nprint('on', flush=True)\nwhile True: maintenance.compact()"
    for n in range(6):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "on\n"
            threading.Event().wait(0.013 * n)
            process.kill()
        assert store.check() == []
        assert store.counts()["predictions"] == 3


def test_every_table_is_exported_as_parquet(results: Any, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.prepare()
    results.stage()
    assert main(["export", str(place / "out")]) == 0
    assert {path.stem: pq.read_metadata(path).num_rows for path in (place / "out").iterdir()} == store.counts()
    assert f"{place / 'out' / 'predictions'}.parquet: 3 rows" in capsys.readouterr().out
    assert main(["export", str(place / "out")]) == 2
    assert capsys.readouterr().err == (
        f"python -m store: {place / 'out'} is there already; name a folder that is not, or move it away.\n"
    )


def test_what_is_there_is_never_overwritten_and_nothing_half_done_is_left(results: Any, place: Path) -> None:
    results.prepare()
    (place / "mine").write_text("mine")
    with pytest.raises(store.StoreError, match="is there already; name a file"):
        maintenance.backup(place / "mine")
    assert (place / "mine").read_text() == "mine"
    with pytest.raises(store.StoreError, match=f"^There is no folder {place / 'no'}; make it first"):
        maintenance.backup(place / "no" / "copy")
    assert {path.name for path in place.iterdir()} == {"mine", "results.duckdb", "results.duckdb.locks"}


def test_a_question_is_answered(results: Any, capsys: pytest.CaptureFixture[str]) -> None:
    results.prepare()
    assert main(["sql", "SELECT run_id, seed FROM runs"]) == 0
    assert capsys.readouterr().out.split() == ["run_id", "seed", "r", "0"]
    assert main(["sql", "SELECT run_id FROM stages"]) == 0
    assert capsys.readouterr().out == "No rows; columns: run_id.\n"


REFUSED = 'Only reading is allowed here; ask one question, like "SELECT * FROM runs".'


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM runs", "DROP TABLE runs", "INSERT INTO runs (run_id) VALUES ('x')", "COPY runs TO 'out.csv'",
        "ATTACH 'other.duckdb'", "SELECT 1; DELETE FROM runs", "", "SET threads = 1", "CALL checkpoint()",
        "FROM read_csv('/etc/passwd')", "EXPLAIN ANALYZE DELETE FROM runs", "WITH x AS (SELECT 1) DELETE FROM runs",
    ],
)  # fmt: skip
def test_what_is_more_than_a_question_is_refused_by_one_sentence(
    results: Any, sql: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    results.prepare()
    monkeypatch.chdir(place)
    names = set(place.iterdir())
    assert main(["sql", sql]) == 2
    assert capsys.readouterr() == ("", f"python -m store: {REFUSED}\n")
    assert len(store.runs()) == 1 and set(place.iterdir()) == names


def test_a_question_that_is_none_is_told_so(results: Any, capsys: pytest.CaptureFixture[str]) -> None:
    results.prepare()
    assert main(["sql", "SELEC 1"]) == 2
    assert "The question is not SQL: Parser Error" in capsys.readouterr().err
    assert main(["sql", "FROM nowhere"]) == 2
    assert "The question cannot be answered: Catalog Error: Table with name nowhere" in capsys.readouterr().err
    assert main(["sql", "SELECT regexp_matches('a', '(')"]) == 2
    assert "The question cannot be answered: Invalid Input Error: missing )" in capsys.readouterr().err


@pytest.mark.parametrize("name", ['a"b.duckdb', "odap_copy.duckdb", "-rf", "it's [a] *.duckdb"])
def test_a_store_of_an_odd_name_is_copied_and_written_anew(
    results: Any, place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(place / name))
    results.prepare()
    maintenance.backup(place / f"backup of {name}")
    maintenance.compact()
    results.stage()
    store.finish_run("r", "done")
    assert store.check() == []
    assert {path.name for path in place.iterdir()} == {name, f"{name}.locks", f"backup of {name}"}


@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_full_disk_is_said_to_be_the_one_that_is_written_to(results: Any, place: Path, command: str) -> None:
    results.prepare()
    results.stage()
    target = place / "copy"
    code = (
        "import resource, signal, sys\n"
        "from store.__main__ import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", code, command, str(target)], capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"{target} cannot be written (" in done.stderr and "results.duckdb" not in done.stderr
    assert store.check() == [] and [path.name for path in place.glob("copy*")] == []

"""From every released schema forward, and never back."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

import store
from store.__main__ import main
from store.engine import opening, schema

NUMBERS = sorted(int(path.name[:4]) for path in schema.MIGRATIONS.glob("*.sql"))
LAST_RELEASED = 7  # that of Odap 0.1.0; those that follow are of the version in the making


def released(file: Path) -> int:
    """The schema that a kept file is of."""
    return int(file.name.removeprefix("schema_").partition(".")[0])


RELEASED = sorted((Path(__file__).parent / "data").glob("schema_*.duckdb.gz"), key=released)


@pytest.fixture
def version_1() -> Path:
    """A store as the first release left it: its schema, and rows of a run and of a job that waits."""
    path = store.results_path()
    with duckdb.connect(str(path)) as old:
        old.execute("CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)")
        old.execute((schema.MIGRATIONS / "0001_initial.sql").read_text(encoding="utf-8"))
        old.execute("INSERT INTO schema_version VALUES (1, '0001_initial', now())")
        old.execute(
            "INSERT INTO jobs (job_id, kind, state, title, args, priority, created_at) VALUES "
            "('j1', 'train', 'queued', 'old', '{\"recipe\": \"demo\"}', 0, now()), "
            "('j2', 'train', 'running', 'at work', '{}', 0, now())"
        )
        old.execute("INSERT INTO runs (run_id, classes, status) VALUES ('r1', ['x', 'y'], 'done')")
        old.execute("INSERT INTO epochs (run_id, epoch, val_loss) SELECT 'r1', e, 1.0 / e FROM range(1, 8) t(e)")
    return path


def versions(path: Path) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [row[0] for row in connection.execute("SELECT version FROM schema_version ORDER BY ALL").fetchall()]


def test_a_store_of_the_first_release_is_brought_forward_with_all_its_rows(version_1: Path) -> None:
    assert store.runs()["run_id"].tolist() == ["r1"]
    assert versions(version_1) == NUMBERS
    assert store.epochs(["r1"])["val_loss"].tolist() == [1.0 / e for e in range(1, 8)]
    waiting = store.job("j1")
    assert waiting is not None and (waiting["title"], waiting["args"]) == ("old", {"recipe": "demo"})
    assert (waiting["after"], waiting["host"]) == (None, None)
    later = store.add_job("train", title="new", args={}, after="j1")
    claimed = store.claim_job(["train"])
    assert claimed is not None and claimed["job_id"] == "j1"
    assert store.claim_job(["train"]) is None and store.job_state(later) == "queued"


def test_no_two_migrations_have_one_number() -> None:
    """A store that has the number of one of them would never get the other."""
    assert len(NUMBERS) == len(set(NUMBERS)) == len(list(schema.MIGRATIONS.glob("*.sql")))


def test_there_is_a_file_of_every_released_schema() -> None:
    assert [released(file) for file in RELEASED] == NUMBERS[: NUMBERS.index(LAST_RELEASED) + 1]


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.name[:8])
def test_a_file_that_a_released_program_wrote_is_brought_forward_whole(file: Path) -> None:
    path = store.results_path()
    path.write_bytes(gzip.decompress(file.read_bytes()))
    number = released(file)
    assert versions(path) == list(range(1, number + 1))
    assert store.check() == []
    assert versions(path) == NUMBERS
    assert store.predictions("old-run", 0, "full")["sample_id"].tolist() == ["a", "b", "c", "d"][: 3 + (number > 2)]
    assert store.stages("old-run")["stage"].tolist() == ["full"]
    if number > 2:
        assert store.mined("old-run")["sample_id"].tolist() == ["a"]
        assert store.ledger("old-run")["outcome"].tolist() == ["fixed"]
        assert store.suspects("old-run")["sample_id"].tolist() == ["d"]
        assert store.rounds("old-run")["advice"].tolist() == ["a"]
        assert store.epochs(["old-run"])["val_loss"].tolist() == [1.0, 1 / 2, 1 / 3]
        assert store.verdicts("d@1")["reviewer"].tolist() == ["Kim"]
    if number > 3:
        assert store.workers()["boot_id"].tolist() == ["boot"]
    if number > 4:
        assert store.map_scores("old-run")["value"].tolist() == [0.5, 0.25]
    if number > 5:
        assert store.map_scores("old-run")["n_groups"].tolist() == [4, 4]
    with store.read() as connection:
        assert connection.execute("FROM duckdb_constraints()").fetchall() == []
        assert opening.STORAGE in str(connection.execute("SELECT tags FROM duckdb_databases()").fetchall())
    assert sorted(store.jobs()["job_id"]) == ["j1", "j2"]
    claimed = store.claim_job(["train"])
    assert claimed is not None and (claimed["job_id"], claimed["args"]) == ("j1", {"recipe": "demo"})
    assert store.claim_job(["train"]) is None  # the other one runs, or waits for this one


def test_a_store_is_brought_forward_at_once_or_not_at_all(version_1: Path) -> None:
    code = (
        "import os, store\n"
        "from store.engine import files\nfrom system import atomic_files\n"
        "def killed(*_): os.kill(os.getpid(), 9)\n"
        "{where} = killed\n"
        "store.runs()"
    )
    for where in ("atomic_files.sync", "files.replace"):  # it has been made, or is about to be put in place
        done = subprocess.run([sys.executable, "-c", code.format(where=where)], check=False)
        assert done.returncode == -9
        assert versions(version_1) == [1]
    assert store.runs()["run_id"].tolist() == ["r1"] and len(store.jobs()) == 2
    assert versions(version_1) == NUMBERS
    assert not list(version_1.parent.glob("*.draft*"))


def test_rivals_and_outcomes_of_earlier_schemas_are_rewritten(version_1: Path) -> None:
    """Five fates become the two outcomes that they were made of; that of the hard stage is read from its answers."""
    fates = ["fixed", "fixed", "forgotten", "still wrong", "regressed", "held", "held"]
    hard = [True, False, None, None, True, False, None]
    with duckdb.connect(str(version_1)) as old:
        for path in sorted(schema.MIGRATIONS.glob("*.sql"))[1:7]:
            old.execute(path.read_text(encoding="utf-8"))
            old.execute("INSERT INTO schema_version VALUES (?, ?, now())", [int(path.name[:4]), path.stem])
        old.execute("INSERT INTO mined SELECT 'r1', 1, 's' || i, 'x', 'y', -0.5, 1.0, 'wrong' FROM range(7) t(i)")
        for at, (fate, right) in enumerate(zip(fates, hard, strict=True)):
            old.execute("INSERT INTO ledger VALUES ('r1', 1, ?, 'wrong', 'x', 'y', 3, -0.5, 0.1, ?)", [f"s{at}", fate])
            if right is not None:
                old.execute(
                    "INSERT INTO predictions (run_id, round, stage, sample_id, correct) "
                    "VALUES ('r1', 1, 'hard_negative', ?, ?), ('r1', 1, 'refined', ?, true)",
                    [f"s{at}", right, f"s{at}"],
                )
        old.execute("INSERT INTO rounds VALUES ('r1', 1, 7, 3, 2, 1, 1, 1, 2, 5, 0.1, 0.5, 0.6, true, 'w', 'a')")
    with store.read() as connection:
        rows = connection.execute("SELECT outcome_hard, outcome FROM ledger ORDER BY sample_id").fetchall()
        rivals = connection.execute("SELECT DISTINCT true_class, rival_class FROM mined").fetchall()
        kept = connection.execute("SELECT rival_class, served, margin_after FROM ledger LIMIT 1").fetchall()
    assert rows == [
        ("fixed", "fixed"), ("still_wrong", "fixed"), ("fixed", "still_wrong"), ("still_wrong", "still_wrong"),
        ("still_right", "newly_wrong"), ("newly_wrong", "still_right"), (None, "still_right"),
    ]  # fmt: skip
    assert rivals == [("x", "y")] and kept == [("y", 3, 0.1)]
    counted = store.rounds("r1").iloc[0]
    assert counted[["n_fixed", "n_still_wrong", "n_newly_wrong", "n_still_right"]].tolist() == [2, 2, 1, 2]
    assert counted[["n_fixed_then_wrong", "n_newly_wrong_unmined"]].tolist() == [1, 5]


def test_a_filter_of_earlier_recipes_is_spelled_out(version_1: Path) -> None:
    recipes = {
        "off": {"name": "a", "confidence_filter": None, "full": {"epochs": 3}},
        "on": {"name": "a", "description": 'as "confidence_filter": 0.1', "confidence_filter": 0.5, "rounds": 2},
        "without": {"name": "a"},
    }
    with duckdb.connect(str(version_1)) as old:
        for run_id, recipe in recipes.items():
            old.execute("INSERT INTO runs (run_id, recipe) VALUES (?, ?)", [run_id, json.dumps(recipe)])
    found = store.runs().set_index("run_id")["recipe"]
    stages = ["full", "hard_negative", "refined"]
    for run_id, threshold in {"off": None, "on": 0.5}.items():
        expected = {**recipes[run_id], "confidence_filter": {"threshold": threshold, "stages": stages}}
        assert json.loads(found[run_id]) == expected
    assert found["without"] == json.dumps(recipes["without"])


def test_it_is_brought_forward_by_a_writer_too(version_1: Path) -> None:
    store.update_job("j2", message="on", pid=7)
    job = store.job("j2")
    assert job is not None and (job["message"], job["host"]) == ("on", store.host())


def test_a_fresh_store_has_the_columns_of_one_brought_forward(version_1: Path, monkeypatch: Any) -> None:
    def columns(path: Path) -> list[Any]:
        monkeypatch.setenv("ODAP_RESULTS", str(path))
        with store.read() as connection:
            return connection.execute(
                "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL"
            ).fetchall()

    assert columns(version_1) == columns(version_1.with_name("fresh.duckdb"))
    assert list(store.jobs().columns) == list(store.jobs.__globals__["COLUMNS"])


def test_a_migration_that_fails_is_a_sentence_and_leaves_the_store_as_it_was(version_1: Path) -> None:
    with duckdb.connect(str(version_1)) as old:
        old.execute("ALTER TABLE jobs ADD COLUMN host VARCHAR")  # in the way of the second migration
    with pytest.raises(store.StoreError, match=r"refused a write: .*host.*\.$"):
        store.runs()
    assert versions(version_1) == [1]
    with duckdb.connect(str(version_1), read_only=True) as old:
        assert "after" not in [row[0] for row in old.execute("DESCRIBE jobs").fetchall()]


def test_a_migration_whose_number_was_passed_over_is_made_up_for(version_1: Path) -> None:
    with duckdb.connect(str(version_1)) as made_by_a_branch:
        for number in (n for n in NUMBERS[1:] if n != 6):
            (file,) = schema.MIGRATIONS.glob(f"{number:04d}_*.sql")
            made_by_a_branch.execute(file.read_text(encoding="utf-8"))
            made_by_a_branch.execute("INSERT INTO schema_version VALUES (?, ?, now())", [number, file.stem])
    assert "low" in store.map_scores("r1").columns
    assert versions(version_1) == NUMBERS


def test_a_newer_store_is_refused_and_left_as_it_is() -> None:
    store.runs()
    with store.write() as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 'later', NULL)")
    before = store.results_path().read_bytes()
    code = (
        "import store\n"
        "for use in store.runs, store.check, lambda: store.add_job('train', title='t', args={}):\n"
        "    try:\n"
        "        use()\n"
        "    except store.StoreError as error:\n"
        "        print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert (
        said.splitlines()
        == [f"results.duckdb was written by a newer Odap (schema 99, this one knows {schema.newest()}); update Odap."]
        * 3
    )
    assert store.results_path().read_bytes() == before


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE films (name VARCHAR)",
        "CREATE TABLE runs (run_id VARCHAR); CREATE TABLE jobs (job_id VARCHAR)",
        "CREATE VIEW films AS SELECT 1 AS one",
        "CREATE SCHEMA theirs; CREATE TABLE theirs.films (name VARCHAR)",
        "CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (3)",
        "CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP); "
        "INSERT INTO schema_version VALUES (99, 'add_films', now())",
    ],
)
def test_a_file_of_another_program_is_refused_and_left_as_it_is(
    tables: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store.results_path()
    with duckdb.connect(str(path)) as theirs:
        theirs.execute(tables)
    before = path.read_bytes()
    sentence = "is a DuckDB file of another program, and nothing was written to it; name another file in ODAP_RESULTS"
    for use in (store.runs, lambda: store.add_job("train", title="new", args={})):
        with pytest.raises(store.StoreError, match=sentence):
            use()
    assert main(["check"]) == 2 and sentence in capsys.readouterr().err
    assert path.read_bytes() == before and not list(path.parent.glob("*.wal"))


def test_an_empty_duckdb_file_becomes_a_store() -> None:
    duckdb.connect(str(store.results_path())).close()
    assert store.runs().empty and versions(store.results_path()) == NUMBERS

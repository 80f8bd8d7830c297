"""Migrate the schema by numbered, append-only SQL files.

Each is applied together with its record in one transaction.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest() -> int:
    """Return the newest schema version that this program has."""
    return max(_number(path) for path in MIGRATIONS.glob("*.sql"))


def is_foreign(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a file has tables or views of another program and so is not a store.

    Such a file may have a version table too.
    """
    here = "NOT internal AND database_name = current_database()"
    tables = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"
    every = connection.execute(tables.replace("()", f"() WHERE {here}")).fetchall()
    if not every:
        return False
    columns = connection.execute(
        f"SELECT column_name FROM duckdb_columns() WHERE {here} AND table_name = 'schema_version'"
    ).fetchall()
    if not {("version",), ("name",), ("applied_at",)} <= set(columns):
        return True
    first = min(MIGRATIONS.glob("*.sql"), key=_number).stem
    return not connection.execute("FROM schema_version WHERE name::VARCHAR = ?", [first]).fetchone()


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the version up to which a store lacks no migration; 0 when it has no schema."""
    if not connection.execute("FROM duckdb_tables() WHERE table_name = 'schema_version'").fetchone():
        return 0
    applied = _applied(connection)
    lacking = [number for number in map(_number, MIGRATIONS.glob("*.sql")) if number not in applied]
    last = max(applied, default=0)
    # Two branches may each add a migration: a store that has the later number may lack the other one.
    return min(lacking) - 1 if lacking and min(lacking) < last else last


def migrate(connection: duckdb.DuckDBPyConnection) -> int:
    """Apply missing migrations and return the store's version; a newer store is not changed."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)"
    )
    applied = _applied(connection)
    for path in sorted(MIGRATIONS.glob("*.sql"), key=_number):
        if _number(path) in applied:
            continue
        connection.begin()
        connection.execute(path.read_text(encoding="utf-8"))
        connection.execute(
            "INSERT INTO schema_version VALUES (?, ?, now() AT TIME ZONE 'UTC')", [_number(path), path.stem]
        )
        connection.commit()
    return version(connection)


def _applied(connection: duckdb.DuckDBPyConnection) -> set[int]:
    return {int(row[0]) for row in connection.execute("SELECT version FROM schema_version").fetchall()}


def _number(path: Path) -> int:
    return int(path.stem.split("_")[0])

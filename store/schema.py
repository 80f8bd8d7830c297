"""The schema's versions: numbered, append-only SQL files, each applied with its record in one transaction."""

from __future__ import annotations

from pathlib import Path

import duckdb

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest() -> int:
    """The newest version this program knows."""
    return max(_number(path) for path in MIGRATIONS.glob("*.sql"))


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """The version a store is at; 0 where it has no schema yet."""
    if not connection.execute("FROM duckdb_tables() WHERE table_name = 'schema_version'").fetchone():
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    return int(row[0]) if row else 0


def migrate(connection: duckdb.DuckDBPyConnection) -> int:
    """Bring a store forward; returns the version it is at afterwards (a newer one is left as it is)."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)"
    )
    found = version(connection)
    for path in sorted(MIGRATIONS.glob("*.sql"), key=_number):
        if _number(path) <= found:
            continue
        connection.begin()
        connection.execute(path.read_text(encoding="utf-8"))
        connection.execute(
            "INSERT INTO schema_version VALUES (?, ?, now() AT TIME ZONE 'UTC')", [_number(path), path.stem]
        )
        connection.commit()
        found = _number(path)
    return found


def _number(path: Path) -> int:
    return int(path.stem.split("_")[0])

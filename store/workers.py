"""Workers and their seats: one a device of a machine. Whoever sat down last holds it; the one before is told so."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from store.clock import utc_now
from store.connection import read, write
from store.errors import Superseded


def host() -> str:
    """The name of this machine, as it stands in the jobs that have a process on it."""
    return socket.gethostname()


@dataclass(frozen=True)
class Seat:
    """A worker's place: its machine, its device (empty: the whole machine), and the number of its sitting."""

    host: str
    device: str
    fence: int


def sit_down(device: str | None, identity: Mapping[str, Any]) -> Seat:
    """Take the seat of a device; whoever sat there before can take no job any more.

    Args:
        identity: pid, pid_started and boot_id of the worker.
    """
    row = [host(), device or ""]
    with write() as connection:
        known = connection.execute("SELECT fence FROM workers WHERE host = ? AND device = ?", row).fetchone()
        fence = 1 + (int(known[0]) if known else 0)
        connection.execute("DELETE FROM workers WHERE host = ? AND device = ?", row)
        connection.execute(
            "INSERT INTO workers (host, device, fence, pid, pid_started, boot_id, started_at, heartbeat_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [*row, fence, identity["pid"], identity["pid_started"], identity["boot_id"], utc_now(), utc_now()],
        )
    return Seat(host(), device or "", fence)


def beat(seat: Seat) -> None:
    """Say that the worker lives; raises Superseded when another one has its seat."""
    with write() as connection:
        confirm_seat(connection, seat)
        connection.execute(
            "UPDATE workers SET heartbeat_at = ? WHERE host = ? AND device = ?", [utc_now(), seat.host, seat.device]
        )


def confirm_seat(connection: duckdb.DuckDBPyConnection, seat: Seat) -> None:
    """Raise Superseded when another worker has taken this seat since."""
    row = connection.execute(
        "SELECT fence FROM workers WHERE host = ? AND device = ?", [seat.host, seat.device]
    ).fetchone()
    if row is None or int(row[0]) != seat.fence:
        raise Superseded("Another worker has taken over this one's device; this one ends.")


def workers() -> pd.DataFrame:
    """The last worker of each device: the columns of table `workers`."""
    with read() as connection:
        return connection.execute("SELECT * FROM workers ORDER BY host, device").df()

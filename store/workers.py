"""Lease each device of a machine to one worker.

The last worker to acquire a lease holds it; an earlier one is refused from then on.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from store.clock import utc_now
from store.engine.connection import read, write
from store.engine.errors import Superseded


def host() -> str:
    """Return the name of this machine, as stored in jobs whose process runs on it."""
    return socket.gethostname()


@dataclass(frozen=True)
class Lease:
    """Identify a worker's lease of a device.

    Attributes:
        host: the machine.
        device: empty = the whole machine.
        fence: grows with each lease of the same device.
    """

    host: str
    device: str
    fence: int


def acquire_lease(device: str | None, identity: Mapping[str, Any]) -> Lease:
    """Take the lease of a device; the previous worker can then claim no more jobs.

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
    return Lease(host(), device or "", fence)


def renew_lease(lease: Lease) -> None:
    """Write the heartbeat of a worker; raises Superseded when another worker has its lease."""
    with write() as connection:
        confirm_lease(connection, lease)
        connection.execute(
            "UPDATE workers SET heartbeat_at = ? WHERE host = ? AND device = ?", [utc_now(), lease.host, lease.device]
        )


def confirm_lease(connection: duckdb.DuckDBPyConnection, lease: Lease) -> None:
    """Raise Superseded when another worker has taken this lease since."""
    row = connection.execute(
        "SELECT fence FROM workers WHERE host = ? AND device = ?", [lease.host, lease.device]
    ).fetchone()
    if row is None or int(row[0]) != lease.fence:
        raise Superseded("Another worker has taken over this one's device; this one ends.")


def workers() -> pd.DataFrame:
    """Return the last worker of each device: the columns of table `workers`."""
    with read() as connection:
        return connection.execute("SELECT * FROM workers ORDER BY host, device").df()

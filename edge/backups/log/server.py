"""The door to a server whose log is received: one look at it, and its replication slot."""

from typing import Any, LiteralString

import psycopg

from edge import clock
from edge.postgres.addresses import read_address
from mainstay.backups.log.places import position
from mainstay.backups.log.streaming import Sight, SlotSight
from mainstay.errors import DatabaseLost, Refused

NAME = "mainstay wal"
PATIENCE = "set statement_timeout = '10s'"
SERVER: LiteralString = """
    select current_setting('wal_level'), pg_is_in_recovery(),
           (select setting::bigint from pg_settings where name = 'wal_segment_size'),
           (select rolreplication or rolsuper from pg_roles where rolname = current_user)
"""
SIGHT: LiteralString = """
    with log as materialized (
        select case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_flush_lsn() end as at
    )
    select (select system_identifier from pg_control_system())::text,
           case when pg_is_in_recovery() then (select timeline_id from pg_control_checkpoint())
                else ('x' || left(pg_walfile_name(log.at), 8))::bit(32)::int end,
           log.at::text, slot.slot_name is not null, slot.restart_lsn::text, slot.wal_status, slot.active,
           coalesce(current_setting('max_slot_wal_keep_size', true), '-1') = '-1'
    from log left join pg_replication_slots slot on slot.slot_name = %s
"""


class WalServer:
    """``address`` is a reference; the connection is kept as long as it holds."""

    def __init__(self, address: str, slot: str) -> None:
        self._address, self._slot = address, slot
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self.segment_bytes = 0
        self.version, self.encrypted = "", False

    def look(self) -> Sight:
        """Its time is that before it was asked: what was committed by then is surely told."""
        at = clock.now()
        cluster, timeline, flushed, there, restart, status, active, unlimited = self._ask(SIGHT, self._slot)
        slot = SlotSight(position(restart) if restart else None, status or "reserved", bool(active)) if there else None
        return Sight(at, cluster, timeline, position(flushed), slot, bool(unlimited))

    def make_slot(self) -> None:
        """From now on the server keeps what is written, until it was received."""
        self._ask("select 1 from pg_create_physical_replication_slot(%s, true)", self._slot)

    def drop_slot(self) -> bool:
        """Whether it is gone now, also if it never was there. It stays while the server counts somebody who receives
        from it: one that was killed, until it misses his word.
        """
        self._ask(
            "select count(pg_drop_replication_slot(slot_name)) from pg_replication_slots"
            " where slot_name = %s and not active",
            self._slot,
        )
        (left,) = self._ask("select count(*) from pg_replication_slots where slot_name = %s", self._slot)
        return not left

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, question: LiteralString, *words: str) -> tuple[Any, ...]:
        try:
            row = self._connected().execute(question, words).fetchone()
        except psycopg.Error as reason:
            self.close()
            raise DatabaseLost(
                f"The database in {self._address} did not answer about its log: {' '.join(str(reason).split())}. What"
                " it writes meanwhile is received when it is back."
            ) from reason
        assert row is not None
        return row

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None:
            made = read_address(self._address).connect(NAME)
            made.execute(PATIENCE)
            self._read(made)
            self._connection = made
        return self._connection

    def _read(self, made: psycopg.Connection[tuple[Any, ...]]) -> None:
        row = made.execute(SERVER).fetchone()
        assert row is not None
        level, _, self.segment_bytes, may = row
        self.version = (made.info.parameter_status("server_version") or "").partition(" ")[0]
        self.encrypted = bool(made.pgconn.ssl_in_use)
        if level == "minimal" or not may:
            made.close()
            raise Refused(
                f"The log of the database in {self._address} cannot be received: {_LEVEL if may else _ROLE}. Until then"
                " only its dumps can be restored."
            )


_LEVEL = "its wal_level is minimal. Set it to replica there; it must be restarted for it"
_ROLE = "its user may not. Run there: ALTER ROLE … REPLICATION; or name another user in database.stream.address"

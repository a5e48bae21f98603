"""Opens the database (SQLite by default, PostgreSQL by URL) and brings its tables up to date."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

_sqlite_writers: dict[str, threading.RLock] = {}


class Database:
    """Sessions for reading, and one transaction at a time for writing on SQLite.

    With `durable` false SQLite does not wait for the disk: for databases that are thrown away.
    """

    def __init__(self, url: str, durable: bool = True):
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self.engine = _open(url, durable)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._read_sessions = (
            sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)
            if self.sqlite
            else self._sessions
        )
        self._writer = _sqlite_writers.setdefault(url, threading.RLock()) if self.sqlite else None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is committed at the end and rolled back on any exception.

        SQLite lets one writer in; a lock in this process queues them fairly, where its own busy handler would not.
        """
        if self._writer:
            self._writer.acquire()
        try:
            with self._sessions.begin() as session:
                yield session
        finally:
            if self._writer:
                self._writer.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._read_sessions() as session:
            yield session

    def migrate(self) -> None:
        """Bring the tables to the newest revision; safe to call at every start."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.set_main_option("sqlalchemy.url", self.url.replace("%", "%%"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()


def queue_for(session: Session, name: str) -> None:
    """Wait until no other transaction that queued for the same name is under way. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _from_json(text: str) -> Any:
    """The value of a JSON column. Lists of many cases are mostly this, and the standard library takes four times as long."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # What only Python writes, such as numbers that are none.
        return json.loads(text)


def _open(url: str, durable: bool) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, json_deserializer=_from_json)
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": 30}, json_deserializer=_from_json
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # The driver must not begin transactions itself: a deferred BEGIN that later writes fails at once when another
        # connection has written in between, whatever the busy timeout.
        connection.isolation_level = None
        waiting = "synchronous=FULL" if durable else "synchronous=OFF"
        for pragma in ("journal_mode=WAL", waiting, "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine

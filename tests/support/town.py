"""The demo town for browser tests: the real application, served on a free port of this machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from waitress.server import create_server

from engine import ProcessEngine, commands
from engine.clock import CN, FixedClock
from web.app import create_app

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 24, 9, 0, tzinfo=CN)


@contextlib.contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve a WSGI application in a thread during the block; yields its address, without a final slash."""
    server = create_server(application, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="test-server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=10)


@contextlib.contextmanager
def start_town(folder: Path, engine: ProcessEngine | None = None) -> Iterator[str]:
    """Start the demo town with its data in `folder`, or an `engine` that is open already; yields its address.

    Like `guicheng serve --demo`, but the clock stands still at a working day and no worker runs beside the
    requests: each request does the work it caused.
    """
    town = engine or _demo_engine(folder)
    try:
        with serving(create_app(town)) as address:
            yield address
    finally:
        town.close()


def _demo_engine(folder: Path) -> ProcessEngine:
    engine = ProcessEngine(
        f"sqlite:///{folder / 'guicheng.db'}", ROOT / "processes", folder / "data", demo=True
    )
    engine.start()
    engine.clock = FixedClock(START)
    commands.deploy_packs(engine)
    return engine

"""The application around any engine, made once in each test process: it holds no state but the engine it was given."""

from __future__ import annotations

from typing import Any

from flask import Flask

from engine import ProcessEngine
from web.app import create_app

_made: list[tuple[Flask, dict[str, Any]]] = []


def app_of(engine: ProcessEngine) -> Flask:
    """The application, now serving `engine`, with its settings as they are at first.

    For tests that need two applications at once there is `create_app`.
    """
    if not _made:
        app = create_app(engine)
        _made.append((app, dict(app.config)))
    app, settings = _made[0]
    app.config.clear()
    app.config.update(settings)
    app.extensions["engine"] = engine
    return app

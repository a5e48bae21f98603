"""Runs the migrations on the connection the engine hands over (or on the configured URL, for developers)."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine

from engine.models import Base, Moment


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Moments are plain date-times to the database; written so, old migrations do not depend on our class."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, Moment) else False


connection = context.config.attributes.get("connection")
if connection is None:
    connection = create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect()
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render_item
)
with context.begin_transaction():
    context.run_migrations()

"""Runs the migrations on the connection the engine hands over (or on the configured URL, for developers)."""

from alembic import context
from sqlalchemy import create_engine

from engine.models import Base

connection = context.config.attributes.get("connection")
if connection is None:
    connection = create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect()
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

"""How the people of a scenario act: directly through the engine's commands, or by other hands with the same movements."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Protocol

from engine import ProcessEngine, commands, queries


class Hands(Protocol):
    """What a person can do. Everything may raise an EngineError with what the program says."""

    def start(self, login: str, key: str) -> None: ...
    def claim(self, login: str, task_id: str) -> None: ...
    def complete(self, login: str, task_id: str, data: Mapping[str, Any], confirm: bool) -> None:
        """Submit a whole form; `confirm`: whatever has to be confirmed is confirmed."""

    def press(self, login: str, instance_id: str, element: str, data: Mapping[str, Any]) -> None: ...
    def transfer(self, login: str, task_id: str, to: str, reason: str) -> None: ...
    def upload(self, login: str, name: str, content: bytes) -> str:
        """Take a file along; what it gives stands for the file in the data of a form."""


class EngineHands:
    """Acts through the commands, as the interface for programs does."""

    def __init__(self, engine: ProcessEngine) -> None:
        self.engine = engine

    def start(self, login: str, key: str) -> None:
        commands.start_process_instance(self.engine, login, key)

    def claim(self, login: str, task_id: str) -> None:
        commands.claim_task(self.engine, login, task_id)

    def complete(self, login: str, task_id: str, data: Mapping[str, Any], confirm: bool) -> None:
        confirmed = queries.warnings_of(self.engine, login, task_id, data) if confirm else ()
        commands.complete_user_task(self.engine, login, task_id, data, confirmed=confirmed)

    def press(self, login: str, instance_id: str, element: str, data: Mapping[str, Any]) -> None:
        commands.press_button(self.engine, login, instance_id, element, data)

    def transfer(self, login: str, task_id: str, to: str, reason: str) -> None:
        commands.transfer_task(self.engine, login, task_id, to, reason)

    def upload(self, login: str, name: str, content: bytes) -> str:
        return str(commands.upload_attachment(self.engine, login, name, BytesIO(content))["id"])

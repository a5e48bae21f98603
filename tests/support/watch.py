"""Watches what pages do in the browser, so that a test fails when they misbehave."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import BrowserContext, ConsoleMessage, Request


class Watch:
    """Notes what a page must not do: log an error, throw one, or ask for anything outside its server."""

    def __init__(self, origin: str, expected: Sequence[str] = ()) -> None:
        """`expected` are regular expressions of problems a test provokes; each must come up at least once."""
        self.origin = origin.rstrip("/")
        self.expected = dict.fromkeys(expected, False)
        self.problems: list[str] = []

    def attach(self, context: BrowserContext) -> None:
        """Watch every page of a context, also those that pages open."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"JavaScript error: {error.error}"))
        context.on("request", self._request)
        context.on("page", lambda page: page.on("crash", lambda _: self._note("the page crashed")))

    def verify(self) -> None:
        """Raise AssertionError when something happened that must not, or did not happen that was expected."""
        missing = [pattern for pattern, seen in self.expected.items() if not seen]
        assert not self.problems, "the page did what it must not:\n" + "\n".join(self.problems)
        assert not missing, f"expected, but it did not happen: {missing}"

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location
            self._note(f"console error: {message.text} ({where.get('url')}:{where.get('lineNumber')})")

    def _request(self, request: Request) -> None:
        url = request.url
        inside = url == self.origin or url.startswith((self.origin + "/", "data:", "blob:", "about:"))
        if not inside:
            self._note(f"request to another place: {url}")

    def _note(self, problem: str) -> None:
        for pattern in self.expected:
            if re.search(pattern, problem):
                self.expected[pattern] = True
                return
        self.problems.append(problem)

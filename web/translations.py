"""The English words of the pages, compiled at start from the catalogue beside this file."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "translations"


@cache
def compiled_folder() -> str:
    """A folder with the compiled catalogues. It is temporary: the program may lie where it cannot write."""
    folder = Path(tempfile.mkdtemp(prefix="guicheng-words-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for source in CATALOGUES.glob("*/LC_MESSAGES/messages.po"):
        target = folder / source.relative_to(CATALOGUES).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        with source.open("rb") as read, target.open("wb") as written:
            write_mo(written, read_po(read))
    return str(folder)

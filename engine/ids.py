"""Ids of rows, ordered by the time they were made."""

import secrets
import threading
import time

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """32 hexadecimal digits: the machine's nanoseconds, never twice the same in one process, then chance.

    Cases begun at the same moment of a clock that stands still (scenarios, demonstrations) so keep the order in which they were
    begun; chance keeps ids of other processes apart and hard to guess.
    """
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns())
        return f"{_last:016x}{secrets.token_hex(8)}"

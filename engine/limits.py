"""What a process may use of the machine, so that a faulty procedure cannot take it all."""

from contextlib import suppress


def limit_process(seconds: int | None = None, size: int | None = None) -> None:
    """Limit this process, and those it starts, to so many seconds of CPU each and bytes of address space.

    Where the system has no such limits (Windows), there are none.
    """
    try:
        import resource
    except ImportError:
        return
    # A limit that is lower already stays.
    with suppress(ValueError, OSError):
        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(ValueError, OSError):
        if size:
            resource.setrlimit(resource.RLIMIT_AS, (size, size))

"""Memory and thread settings that keep the event loop responsive.

Measured by ``benchmarks.discord_load``, whose figures stand in ``benchmarks/README.md``.
"""

import ctypes
import gc
import os
import sys
import threading
from functools import cache

_M_ARENA_MAX, _ARENAS = -8, 2  # of glibc's malloc.h
# Python's default of 5 ms would let the event loop wait that long for each answering thread.
_SWITCH_SECONDS = 0.001
_NICENESS = 10  # of the threads that answer and write: a tenth of the event loop's share


def settle_process() -> None:
    """Configure the process; call it before any thread is made."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    if sys.platform == "linux":
        # glibc keeps freed memory in an arena for each thread: about 30 MB with four threads that
        # answer. Other C libraries have no arenas.
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(_M_ARENA_MAX, _ARENAS)


def settle_worker() -> None:
    """Let the event loop go before the calling thread, which answers, where cores are few."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


@cache
def settle_memory() -> None:
    """Exclude loaded modules and models from garbage collection, once.

    Scanning them took 40 to 60 ms, in which nothing else ran.
    """
    gc.collect()
    gc.freeze()

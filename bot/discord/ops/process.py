"""How the process uses memory and its threads: for an event loop that waits for nobody.

Measured by ``benchmarks.discord_load``, whose figures stand in ``benchmarks/README.md``.
"""

import ctypes
import gc
import sys
from functools import cache

_M_ARENA_MAX, _ARENAS = -8, 2  # of glibc's malloc.h
# Python lets a thread compute for 5 ms before another; the event loop would wait that long for
# each of the threads that answer.
_SWITCH_SECONDS = 0.001


def settle_process() -> None:
    """Set up the process; to be called before it makes threads."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    if sys.platform == "linux":
        # glibc gives every thread an arena of its own, which keeps what the thread has freed: some
        # 30 MB with four that answer. Where there is no glibc there are no arenas either.
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(_M_ARENA_MAX, _ARENAS)


@cache
def settle_memory() -> None:
    """Leave what is loaded for good out of garbage collection, once.

    Looking through all modules and models took 40 to 60 ms, in which nothing else ran.
    """
    gc.collect()
    gc.freeze()

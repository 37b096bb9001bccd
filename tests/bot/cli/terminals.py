"""A stand-in for a terminal: what the program sends to one, and what a person sees of it."""

import fcntl
import os
import pty
import re
import struct
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conftest import Program


def in_terminal(args: list[str], program: Program, *, columns: int = 80, typed: bytes = b"") -> str:
    """What the program sends to a terminal of so many columns."""
    terminal, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = program.environment(TERM="xterm-256color")
    kept = {name: environment[name] for name in environment.keys() - {"NO_COLOR", "COLUMNS"}}
    streams = [Path(os.ttyname(its))] * 3
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(program.starter.start, args, kept, program.folder, streams)
        end.add_done_callback(lambda _: os.close(its))
        os.write(terminal, typed)
        sent = b""
        try:
            while more := os.read(terminal, 65536):
                sent += more
        except OSError:  # how Linux says that the other side has ended
            pass
    os.close(terminal)
    return sent.decode()


def shown(sent: str) -> str:
    """The text without the sequences for colours and links."""
    return re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[\d;?]*[a-zA-Z]", "", sent)

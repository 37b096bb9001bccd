"""A stand-in for a terminal: what a process sends to one, and what a person sees of it."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios

from tests.conftest import Program


def in_terminal(argv: list[str], program: Program, *, columns: int = 80, typed: bytes = b"") -> str:
    """What a process sends to a terminal of so many columns."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(program.folder)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = program.environment(TERM="xterm-256color")
        kept = {name: environment[name] for name in environment.keys() - {"NO_COLOR", "COLUMNS"}}
        os.execvpe(sys.executable, [sys.executable, *argv], kept)
    os.write(terminal, typed)
    sent = b""
    try:
        while select.select([terminal], [], [], 60)[0] and (more := os.read(terminal, 65536)):
            sent += more
    except OSError:  # how Linux says that the other side has ended
        pass
    os.close(terminal)
    os.waitpid(pid, 0)
    return sent.decode()


def shown(sent: str) -> str:
    """The text without the sequences for colours and links."""
    return re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[\d;?]*[a-zA-Z]", "", sent)

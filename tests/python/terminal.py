"""Runs a command in a pseudo terminal of 100 by 30 and does what the steps say, one after the other:

    terminal.py STEP... -- COMMAND...

    see:TEXT      waits until TEXT was written since the last step that saw something
    type:KEYS     types them
    signal:NAME   sends it to the command, such as TERM
    touch:FILE    makes the file, so that others know how far it is

Prints what was written as one JSON document with the exit code, and whether the terminal is as it was before.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT_S = 30


def main():
    cut = sys.argv.index("--")
    steps, command = sys.argv[1:cut], sys.argv[cut + 1 :]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(slave)
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    written, seen = b"", 0

    def read(seconds):
        nonlocal written
        ready, _, _ = select.select([master], [], [], seconds)
        if ready:
            written += os.read(master, 65536)

    try:
        for step in steps:
            kind, text = step.split(":", 1)
            deadline = time.monotonic() + LIMIT_S
            if kind == "see":
                while text.encode() not in written[seen:]:
                    if time.monotonic() > deadline or child.poll() is not None:
                        shown = written.decode(errors="replace")
                        sys.exit(f"no {text!r} on the terminal; exit code {child.poll()}; written: {shown!r}")
                    read(0.05)
                seen = len(written)
            elif kind == "type":
                os.write(master, text.encode())
            elif kind == "signal":
                child.send_signal(signal.Signals["SIG" + text])
            elif kind == "touch":
                open(text, "x").close()
        deadline = time.monotonic() + LIMIT_S
        while child.poll() is None and time.monotonic() < deadline:
            read(0.02)
        read(0)
    finally:
        child.kill()
    same = termios.tcgetattr(slave) == before
    print(json.dumps({"code": child.wait(), "text": written.decode(errors="replace"), "same": same}))


main()

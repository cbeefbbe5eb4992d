"""The command ``doge`` in tests: in this process, or in a separate one."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress

from click.testing import CliRunner, Result

from doge_datagen.cli import main

# A background process ignores Ctrl-C, one under nohup SIGHUP, and so do their children.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from doge_datagen.cli import main
main()
"""

LAMP = """\
doge: 1
name: lamp
clock: {start: 2024-05-06T06:00:00Z, tick: 1 s, ticks: 50}
subjects: {name: lamp, count: 5, attributes: {lamp: index, times: 0}}
states: ["off", "on"]
initial: "off"
transitions:
  - {trigger: light, from: "off", to: "on", probability: 20, do: times += 1, emit: switches}
  - {trigger: dim, from: "on", to: "off", probability: 50, emit: [switches, dark]}
streams:
  switches: {key: str(lamp), fields: {at: timestamp, lamp: lamp, what: trigger, times: times}}
  dark: {fields: {at: timestamp, lamp: lamp}}
targets:
  files: {switches: out/switches.csv, dark: out/dark.csv}
  screen: {switches: console}
"""
"""A model that runs very quickly."""

SWITCHES, DARK = 76, 37
"""Its records with seed 7."""


def doge(*arguments: object, **environment: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(it) for it in arguments], env=environment, prog_name="doge")


def started(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start the command as a separate process in the current folder."""
    return subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def on_terminal(*arguments: object, columns: int) -> str:
    """The command's output on a terminal with the given columns, without colours."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    hidden = ("COLUMNS", "LINES")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | {"TERM": "xterm"}
    command = [sys.executable, "-c", INTERRUPTIBLE, *map(str, arguments)]
    shown = b""
    with subprocess.Popen(command, stdout=its, stderr=its, env=environment):
        os.close(its)
        with suppress(OSError):  # on Linux: the other end was closed
            while read := os.read(ours, 1 << 16):
                shown += read
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")

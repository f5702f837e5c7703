"""Runs commands on one core and measures them from outside.

CPU time comes from the kernel's account of the ended process and its children, so that every client
is measured by the same clock whatever it says about itself. Peak memory is VmHWM of /proc, read
while the process lives: the kernel's own ru_maxrss starts at the size of the process that forked,
which is this Python, and would hide a client of three megabytes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.02
STOP_SECONDS = 10.0


class CommandFailed(Exception):
    """A measured command ended with an unexpected status."""


@dataclass(frozen=True)
class Usage:
    """What one ended process used."""

    exit_code: int
    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int


def pinned(command: Sequence[str], core: int | None) -> list[str]:
    """The command, bound to a core; taskset replaces itself, so the process id stays the same."""
    return list(command) if core is None else ["taskset", "-c", str(core), *command]


def start(
    command: Sequence[str],
    output: IO[bytes],
    core: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a command in a session of its own, so that an interrupt here does not reach it."""
    return subprocess.Popen(
        pinned(command, core),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that was started here: asks first, and kills it if it does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def peak_rss_bytes(pid: int) -> int:
    """The peak resident size of a living process, or 0 when it has none any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def wait(process: subprocess.Popen[bytes]) -> Usage:
    """Waits for a process and returns what it used; stops it if the waiting is interrupted."""
    started = time.monotonic()
    peak = 0
    try:
        while True:
            # The last reading counts, not the largest: the first ones may still be of this Python,
            # between fork and exec, and afterwards the peak of a process only rises.
            peak = peak_rss_bytes(process.pid) or peak
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            time.sleep(POLL_SECONDS)
    except BaseException:
        stop(process)
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        exit_code=process.returncode,
        wall_seconds=time.monotonic() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=peak,
    )


def run(
    command: Sequence[str],
    log: Path,
    core: int | None = None,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> tuple[Usage, str]:
    """Runs a command to its end and returns what it used and what it printed.

    Raises CommandFailed, with the end of the output, when the exit code is not an accepted one.
    """
    with log.open("wb") as output:
        usage = wait(start(command, output, core, environment))
    printed = log.read_text(errors="replace")
    if usage.exit_code not in accepted:
        tail = "\n".join(printed.splitlines()[-12:])
        raise CommandFailed(f"{' '.join(command)}\nended with {usage.exit_code}:\n{tail}")
    return usage, printed

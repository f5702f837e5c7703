"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def describe() -> dict[str, Any]:
    """Processor, cores, memory and kernel of this machine."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    family = re.search(r"^cpu family\s*:\s*(\d+)$", info, re.MULTILINE)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    name = model[1] if model else platform.machine()
    return {
        "cpu": f"{name} (family {family[1]})" if family else name,
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 2**30),
        "kernel": platform.release(),
    }


def commit() -> str:
    """The commit that is checked out, marked when the tree differs from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def default_cores() -> tuple[int | None, int | None]:
    """Cores for the client and for the server: different ones where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)

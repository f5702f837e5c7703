"""One JSON line per measurement, so that figures can be followed over commits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import machine
from harness.targets import Target

HISTORY = Path(__file__).resolve().parent.parent / "history.jsonl"


def append(kind: str, figures: dict[str, Any], targets: list[Target], path: Path = HISTORY) -> None:
    """Appends what was measured, on what and at which commit."""
    line = {
        "kind": kind,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": machine.commit(),
        "machine": machine.describe(),
        "figures": rounded(figures),
        "targets": {target.name: rounded(target.as_json()) for target in targets},
    }
    with path.open("a") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def rounded(value: Any) -> Any:
    """The value with every float cut to six significant digits, which is more than is measured."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value

"""What a test that kills processes says at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness import history
from harness.table import Table


@dataclass(kw_only=True)
class Verdict:
    """What was counted in one scenario, and what was found broken."""

    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, holds: bool, claim: str) -> None:
        """Notes a claim that does not hold."""
        if not holds:
            self.broken.append(claim)


def conclude(part: str, seed: int, verdicts: Mapping[str, Verdict], *, keep: bool) -> int:
    """Prints the scenarios side by side, keeps the figures, and gives the exit code."""
    table = Table(["", *verdicts])
    for name in dict.fromkeys(name for verdict in verdicts.values() for name in verdict.figures):
        cells = [_cell(verdict.figures.get(name)) for verdict in verdicts.values()]
        table.add([name.replace("_", " "), *cells])
    table.add(["all properties hold", *["no" if v.broken else "yes" for v in verdicts.values()]])
    table.print()
    for name, verdict in verdicts.items():
        for claim in verdict.broken:
            print(f"BROKEN, {name}: {claim}")
    print(f"seed {seed}")
    if keep:
        figures = {name: {**v.figures, "broken": v.broken} for name, v in verdicts.items()}
        history.append(part, {"seed": seed, **figures}, [])
    return 1 if any(verdict.broken for verdict in verdicts.values()) else 0


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)

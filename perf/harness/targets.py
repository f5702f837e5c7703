"""Targets and whether a measurement reached them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.table import Table


@dataclass(frozen=True)
class Target:
    """A bound and what was measured against it; None when it could not be measured."""

    name: str
    measured: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the measurement is within the bound."""
        if self.measured is None:
            return False
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def verdict(self) -> str:
        """One word for the table."""
        if self.measured is None:
            return "not measured"
        return "met" if self.is_met else "MISSED"

    def as_json(self) -> dict[str, Any]:
        """What the history keeps."""
        return {"measured": self.measured, "limit": self.limit, "met": self.is_met}


def print_targets(targets: list[Target]) -> None:
    """Prints each target with its measurement and verdict."""
    table = Table(["target", "measured", "bound", ""])
    for target in targets:
        measured = "-" if target.measured is None else _short(target.measured)
        sign = ">=" if target.at_least else "<="
        bound = f"{sign} {target.limit:,.6g} {target.unit}".rstrip()
        table.add([target.name, measured, bound, target.verdict])
    table.print()


def _short(number: float) -> str:
    """Three digits after the point for small numbers, none for large ones."""
    return f"{number:,.0f}" if number >= 1000 else f"{number:,.3f}"

"""What every part of a measurement is given and gives back."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.product import Product
from harness.targets import Target


@dataclass(frozen=True)
class Bench:
    """Where and how to measure."""

    binary: Path
    scratch: Path
    client_core: int | None
    server_core: int | None
    rounds: int
    recipients: int
    memory_recipients: int
    memory_over_http: bool

    @property
    def product(self) -> Product:
        """The product on the client's core."""
        return Product(self.binary, self.client_core)

    def audience(self, recipients: int) -> Path:
        """An audience of that many recipients, generated once."""
        path = self.scratch / f"audience-{recipients}.csv"
        if not path.exists():
            say(f"generating {recipients:,} recipients")
            Product(self.binary).generate(recipients, path, self.scratch / "generate.log")
        return path

    def fresh_state(self, name: str) -> Path:
        """A path for a state directory, with nothing there yet."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        return path


@dataclass
class Result:
    """What a part measured."""

    figures: dict[str, Any] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)


def say(text: str) -> None:
    """Tells on standard error what is going on; the tables alone go to standard output."""
    print(f"perf: {text}", file=sys.stderr, flush=True)


def median(values: Sequence[float]) -> float:
    """The median, which one disturbed round does not move."""
    return statistics.median(values)

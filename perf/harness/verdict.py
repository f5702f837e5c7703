"""What a test that kills processes says at its end."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import history
from harness.process import CommandFailed
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


def parse(parser: argparse.ArgumentParser, binary: Path) -> argparse.Namespace:
    """Adds the options that all such tests have, and reads them; `binary` is the default."""
    add = parser.add_argument
    add("--seed", type=int, default=None, help="of the moments; a new one each time by default")
    add("--fanfare", type=Path, default=binary, help="the binary to test")
    add("--scratch", type=Path, default=None, help="where to put what is written")
    add("--no-history", action="store_true", help="do not append to perf/history.jsonl")
    arguments = parser.parse_args()
    if not arguments.fanfare.exists():
        parser.error(f"{arguments.fanfare} is not there: make build")
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1_000_000)
    return arguments


def judge(
    part: str,
    arguments: argparse.Namespace,
    run: Callable[[argparse.Namespace, Path], Mapping[str, Verdict]],
) -> int:
    """Runs the scenarios in a folder of their own and reports; gives the exit code."""
    try:
        with tempfile.TemporaryDirectory(
            prefix=f"fanfare-{part}-", dir=arguments.scratch
        ) as scratch:
            verdicts = run(arguments, Path(scratch))
    except CommandFailed as failure:
        print(f"perf: {failure}\nperf: the seed was {arguments.seed}", file=sys.stderr)
        return 1
    _print(verdicts)
    print(f"seed {arguments.seed}")
    if not arguments.no_history:
        figures = {name: {**v.figures, "broken": v.broken} for name, v in verdicts.items()}
        history.append(part, {"seed": arguments.seed, **figures}, [])
    return 1 if any(verdict.broken for verdict in verdicts.values()) else 0


def _print(verdicts: Mapping[str, Verdict]) -> None:
    """Prints the scenarios side by side and what is broken."""
    table = Table(["", *verdicts])
    for name in dict.fromkeys(name for verdict in verdicts.values() for name in verdict.figures):
        cells = [_cell(verdict.figures.get(name)) for verdict in verdicts.values()]
        table.add([name.replace("_", " "), *cells])
    table.add(["all properties hold", *["no" if v.broken else "yes" for v in verdicts.values()]])
    table.print()
    for name, verdict in verdicts.items():
        for claim in verdict.broken:
            print(f"BROKEN, {name}: {claim}")


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)

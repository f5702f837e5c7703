"""The product's commands and its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.process import Usage

TEMPLATE = Path(__file__).resolve().parent.parent / "message.json.jinja"


@dataclass(frozen=True)
class Report:
    """The JSON that `--report` writes."""

    values: dict[str, Any]

    @staticmethod
    def read(path: Path) -> Report:
        """Reads a report file."""
        return Report(json.loads(path.read_text()))

    def number(self, name: str) -> float:
        """A number of the report, for example `import_cpu_seconds`."""
        return float(self.values[name])

    def count(self, name: str) -> int:
        """A whole number of the report, for example `sent`."""
        return int(self.values[name])

    def latency_microseconds(self, quantile: str) -> float:
        """A latency, for example of `p99`."""
        return float(self.values["latency_microseconds"][quantile])


@dataclass(frozen=True)
class Product:
    """The `fanfare` binary, bound to a core."""

    binary: Path
    core: int | None = None

    def generate(self, recipients: int, audience: Path, log: Path) -> None:
        """Writes a CSV audience; the same one for the same number."""
        options = ["--recipients", str(recipients), "--format", "csv", "--seed", "1"]
        command = [str(self.binary), "generate", *options, "--output", str(audience)]
        process.run(command, log)

    def send_command(
        self,
        audience: Path,
        url: str,
        state: Path,
        report: Path,
        options: Sequence[str] = (),
        template: Path = TEMPLATE,
    ) -> list[str]:
        """The command that sends a campaign to a sink on this machine."""
        return [
            str(self.binary), "send",
            "--audience", str(audience),
            "--template", str(template),
            "--webhook", url,
            "--content-type", "application/json",
            "--allow-private-networks",
            "--state", str(state),
            "--report", str(report),
            *options,
        ]  # fmt: skip

    def send(
        self,
        audience: Path,
        url: str,
        state: Path,
        options: Sequence[str] = (),
        template: Path = TEMPLATE,
    ) -> tuple[Usage, Report]:
        """Sends a campaign to its end; `state` must not exist yet."""
        report = state.with_suffix(".report.json")
        command = self.send_command(
            audience, url, state, report, ["--quiet", *options], template
        )
        usage, _ = process.run(command, state.with_suffix(".log"), self.core)
        return usage, Report.read(report)

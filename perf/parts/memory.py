"""Memory that does not grow with the audience, and little state on disk (target 3)."""

from __future__ import annotations

import csv
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from harness.bench import Bench, Result, say
from harness.sink import Sink
from harness.table import Table
from harness.targets import Target
from parts import instant

RSS_BYTES_MAX = 350e6
RSS_RATIO_MAX = 1.3
STATE_BYTES_MAX = 64


@dataclass(frozen=True)
class Footprint:
    """What a campaign of one size took."""

    recipients: int
    peak_rss_bytes: int
    disk_bytes: int
    payload_bytes: int

    @property
    def state_bytes_per_recipient(self) -> float:
        """Disk space beside ids and variables, per recipient."""
        return (self.disk_bytes - self.payload_bytes) / self.recipients


def measure(bench: Bench) -> Result:
    """Sends a large campaign and one of a tenth of it, and compares."""
    small = _footprint(bench, bench.memory_recipients // 10)
    large = _footprint(bench, bench.memory_recipients)
    _print([small, large])
    worst = max(small.state_bytes_per_recipient, large.state_bytes_per_recipient)
    ratio = large.peak_rss_bytes / small.peak_rss_bytes
    figures = {
        "recipients": large.recipients,
        "peak_rss_bytes": large.peak_rss_bytes,
        "peak_rss_ratio_to_tenth": ratio,
        "state_bytes_per_recipient": worst,
        "disk_bytes": large.disk_bytes,
        "payload_bytes": large.payload_bytes,
    }
    million = f"{large.recipients / 1e6:g} million"
    targets = [
        Target(f"peak RSS, {million}", large.peak_rss_bytes / 1e6, RSS_BYTES_MAX / 1e6, "MB"),
        Target(f"peak RSS, {million} / a tenth", ratio, RSS_RATIO_MAX, ""),
        Target("state beside ids and variables", worst, STATE_BYTES_MAX, "bytes/recipient"),
    ]
    return Result(figures, targets)


def _footprint(bench: Bench, recipients: int) -> Footprint:
    audience = bench.audience(recipients)
    state = bench.fresh_state("memory")
    say(f"sending a campaign of {recipients:,}")
    with _target(bench) as sink:
        options = ["--shards", "1"] if sink else ["--shards", "1", "--transport", "instant"]
        url = sink.url if sink else instant.URL
        usage, _ = bench.product.send(audience, url, state, options)
    disk = disk_bytes(state)
    shutil.rmtree(state)
    return Footprint(recipients, usage.peak_rss_bytes, disk, payload_bytes(audience))


def _target(bench: Bench) -> Sink | nullcontext[None]:
    if not bench.memory_over_http:
        return nullcontext()
    return Sink(bench.binary, bench.scratch / "sink.log", bench.server_core)


def disk_bytes(folder: Path) -> int:
    """The disk space that the files of a folder take, by allocated blocks."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def payload_bytes(audience: Path) -> int:
    """The bytes of all ids and variable values: no names, separators, quotes or line ends.

    Latin-1 makes one character of each byte, so that lengths are bytes.
    """
    with audience.open(encoding="latin-1", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return sum(sum(map(len, row)) for row in rows)


def _print(footprints: list[Footprint]) -> None:
    table = Table(["recipients", "peak MB", "state MB", "ids+variables MB", "other bytes each"])
    for footprint in footprints:
        table.add(
            [
                f"{footprint.recipients:,}",
                f"{footprint.peak_rss_bytes / 1e6:,.1f}",
                f"{footprint.disk_bytes / 1e6:,.1f}",
                f"{footprint.payload_bytes / 1e6:,.1f}",
                f"{footprint.state_bytes_per_recipient:.1f}",
            ]
        )
    table.print()

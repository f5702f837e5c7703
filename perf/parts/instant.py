"""Everything but HTTP: a transport that answers at once (target 2), and the import (target 3)."""

from __future__ import annotations

from harness.bench import Bench, Result, median, say
from harness.process import Usage
from harness.product import Report
from harness.table import Table
from harness.targets import Target

# Never dialled: the transport that answers at once opens no connection.
URL = "http://127.0.0.1:9/push"

SEND_MICROSECONDS_MAX = 2.5
IMPORT_ROWS_PER_SECOND_MIN = 700_000


def measure(bench: Bench) -> Result:
    """Runs the campaign without a network, once a round."""
    audience = bench.audience(bench.recipients)
    options = ["--transport", "instant", "--shards", "1"]
    runs: list[tuple[Usage, Report]] = []
    for number in range(bench.rounds):
        state = bench.fresh_state("instant")
        usage, report = bench.product.send(audience, URL, state, options)
        runs.append((usage, report))
        say(f"round {number + 1}: {_whole(usage, report):.2f} us of CPU per send, import included")
    figures = {
        "cpu_microseconds_per_send": median([_without_import(u, r) for u, r in runs]),
        "cpu_microseconds_per_send_with_import": median([_whole(u, r) for u, r in runs]),
        "import_rows_per_second": median([_import_rows_per_second(r) for _, r in runs]),
        "sends_per_second": median([r.number("sends_per_second") for _, r in runs]),
        "peak_rss_bytes": median([u.peak_rss_bytes for u, _ in runs]),
    }
    _print(figures)
    return Result(dict(figures), _targets(figures))


def _whole(usage: Usage, report: Report) -> float:
    return usage.cpu_seconds * 1e6 / report.count("sent")


def _without_import(usage: Usage, report: Report) -> float:
    cpu_seconds = usage.cpu_seconds - report.number("import_cpu_seconds")
    return cpu_seconds * 1e6 / report.count("sent")


def _import_rows_per_second(report: Report) -> float:
    return report.count("recipients") / report.number("import_cpu_seconds")


def _targets(figures: dict[str, float]) -> list[Target]:
    cost = figures["cpu_microseconds_per_send"]
    rows = figures["import_rows_per_second"]
    return [
        Target("CPU per send without HTTP", cost, SEND_MICROSECONDS_MAX, "us"),
        Target("CSV import per core", rows, IMPORT_ROWS_PER_SECOND_MIN, "rows/s", at_least=True),
    ]


def _print(figures: dict[str, float]) -> None:
    table = Table(["a transport that answers at once", ""])
    table.add(["CPU us/send: read, render, pace, record", _cost(figures, "")])
    table.add(["CPU us/send with the import of the CSV", _cost(figures, "_with_import")])
    table.add(["CSV rows/s of CPU", f"{figures['import_rows_per_second']:,.0f}"])
    table.add(["sends/s", f"{figures['sends_per_second']:,.0f}"])
    table.add(["peak MB", f"{figures['peak_rss_bytes'] / 1e6:,.1f}"])
    table.print()


def _cost(figures: dict[str, float], suffix: str) -> str:
    return f"{figures['cpu_microseconds_per_send' + suffix]:.2f}"

"""The asked rate as the sink sees it: exact in total, no burst above what was asked (target 4).

The sink counts requests in windows of 100 ms. A limiter with a burst of B lets B through at once,
then one each 1/rate: in any window of length w it admits at most rate × w + B.

- Total: between the first and the last request it admits rate × that time, and the burst at the
  start on top, which is taken off before the total is compared.
- Windows: every window, the first one too, is compared with rate × 0.1 s + burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from harness.bench import Bench, Result, say
from harness.sink import Sink, SinkStatistics
from harness.table import Table
from harness.targets import Target

WINDOW_SECONDS = 0.1
TOTAL_ERROR_MAX = 0.005


@dataclass(frozen=True)
class Case:
    """A rate to hold for a while."""

    rate: float
    burst: int
    seconds: float

    @property
    def recipients(self) -> int:
        """Enough for the time, and the burst at its start."""
        return ceil(self.rate * self.seconds) + self.burst


# Bursts of 20 ms, and at least 1: what a rate has unless another is asked for.
CASES = [Case(500, 10, 30), Case(20_000, 400, 20), Case(0.5, 1, 60)]


@dataclass(frozen=True)
class Measured:
    """What the sink saw of a case."""

    case: Case
    counted: SinkStatistics

    @property
    def rate(self) -> float:
        """Requests a second, without the burst at the start."""
        return (self.counted.requests - self.case.burst) / self.counted.span_seconds

    @property
    def fullest_window(self) -> int:
        """The most requests in 100 ms."""
        return max(self.counted.windows)

    @property
    def error(self) -> float:
        """How far the rate is off, as a fraction of the asked one."""
        return abs(self.rate / self.case.rate - 1)

    @property
    def window_max(self) -> float:
        """The most that a window may hold."""
        return self.case.rate * WINDOW_SECONDS + self.case.burst


def measure(bench: Bench) -> Result:
    """Holds each rate for its time."""
    with Sink(bench.binary, bench.scratch / "sink.log", bench.server_core) as sink:
        measured = [_run(case, bench, sink) for case in CASES]
    _print(measured)
    figures = {f"{m.case.rate:g}": _figures(m) for m in measured}
    return Result(dict(figures), [target for m in measured for target in _targets(m)])


def _run(case: Case, bench: Bench, sink: Sink) -> Measured:
    audience = bench.audience(case.recipients)
    say(f"holding {case.rate:g}/s for {case.seconds:g} s")
    sink.reset()
    options = ["--rate", f"{case.rate:g}/s", "--burst", str(case.burst), "--shards", "1"]
    bench.product.send(audience, sink.url, bench.fresh_state("rate"), options)
    return Measured(case, sink.statistics())


def _figures(measured: Measured) -> dict[str, float]:
    return {
        "rate": measured.rate,
        "error": measured.error,
        "fullest_window": measured.fullest_window,
        "window_max": measured.window_max,
    }


def _targets(measured: Measured) -> list[Target]:
    name = f"{measured.case.rate:,g}/s"
    return [
        Target(f"{name}: total off by", measured.error * 100, TOTAL_ERROR_MAX * 100, "%"),
        Target(f"{name}: fullest 100 ms", measured.fullest_window, measured.window_max, "requests"),
    ]


def _print(measured: list[Measured]) -> None:
    headings = ["asked rate", "burst", "requests", "rate at the sink", "off by", "fullest 100 ms"]
    table = Table(headings)
    for one in measured:
        table.add(
            [
                f"{one.case.rate:,g}/s",
                str(one.case.burst),
                f"{one.counted.requests:,}",
                f"{one.rate:,.4f}/s",
                f"{one.error:.3%}",
                f"{one.fullest_window:,} of {one.window_max:,g}",
            ]
        )
    table.print()

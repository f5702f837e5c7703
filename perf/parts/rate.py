"""The asked rate as the sink sees it: exact in total, no burst above what was asked (target 4).

The sink counts requests in windows of 100 ms. A limiter with a burst of B lets B through at once
after a quiet time, which the start is not, else one each 1/rate; up to 1 ms by which the sender
wakes up late does not shift what follows. So in any window of length w it admits at most
rate × (w + 1 ms) + B.

- Total: the requests after the first one, over the time from the first to the last.
- Windows: every window is compared with rate × 0.101 s + burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from harness.bench import Bench, Result, say
from harness.sink import Sink, SinkStatistics
from harness.table import Table
from harness.targets import Target

WINDOW_SECONDS = 0.1
LATENESS_SECONDS = 0.001

# Of the asked rate, with the default burst and with a burst of one.
TOTAL_ERROR_MAX = 0.001
EVEN_ERROR_MAX = 0.002


@dataclass(frozen=True)
class Case:
    """A rate to hold for a while."""

    rate: float
    burst: int
    seconds: float

    @property
    def recipients(self) -> int:
        """Enough for the time."""
        return ceil(self.rate * self.seconds) + 1

    @property
    def error_max(self) -> float:
        """How far the rate may be off, as a fraction."""
        return TOTAL_ERROR_MAX if self.burst == default_burst(self.rate) else EVEN_ERROR_MAX


def default_burst(rate: float) -> int:
    """What the rate gives in 20 ms, and at least 1: what it has unless another is asked for."""
    return max(1, int(rate * 0.02))


CASES = [
    Case(0.5, 1, 20),
    *(Case(rate, default_burst(rate), 20) for rate in (7, 20, 60, 80, 99, 250, 1_000, 20_000)),
    *(Case(rate, 1, 20) for rate in (100, 500, 2_000)),
]


@dataclass(frozen=True)
class Measured:
    """What the sink saw of a case."""

    case: Case
    counted: SinkStatistics

    @property
    def rate(self) -> float:
        """Requests a second, after the first one."""
        return (self.counted.requests - 1) / self.counted.span_seconds

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
        return self.case.rate * (WINDOW_SECONDS + LATENESS_SECONDS) + self.case.burst


def measure(bench: Bench) -> Result:
    """Holds each rate for its time."""
    with Sink(bench.binary, bench.scratch / "sink.log", bench.server_core) as sink:
        measured = [_run(case, bench, sink) for case in CASES]
    _print(measured)
    figures = {f"{m.case.rate:g}b{m.case.burst}": _figures(m) for m in measured}
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
    name = f"{measured.case.rate:,g}/s, burst {measured.case.burst:,}"
    return [
        Target(f"{name}: total off by", measured.error * 100, measured.case.error_max * 100, "%"),
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

"""The whole product over HTTP/1.1 beside other clients, against the same server (target 1)."""

from __future__ import annotations

from dataclasses import dataclass

from harness.bench import Bench, Result, median, say
from harness.clients import CLIENTS, Client, Run
from harness.process import CommandFailed
from harness.sink import Sink
from harness.table import Table
from harness.targets import Target

# The most that a send of the product may cost, in sends of another client.
RATIO_MAX = {"hey": 1.0, "wrk": 2.6, "python": 0.25}


@dataclass(frozen=True)
class Summary:
    """The rounds of one client, each figure as the median over them."""

    runs: list[Run]

    @property
    def cpu(self) -> list[float]:
        """Processor microseconds per send, by round."""
        return [run.cpu_microseconds_per_send for run in self.runs]

    def figures(self) -> dict[str, float]:
        """What the table shows and the history keeps."""
        runs = self.runs
        return {
            "sends": median([run.sends for run in runs]),
            "sends_per_second": median([run.sends_per_second for run in runs]),
            "cpu_microseconds_per_send": median(self.cpu),
            "cpu_microseconds_per_send_min": min(self.cpu),
            "cpu_microseconds_per_send_max": max(self.cpu),
            "peak_rss_bytes": median([run.peak_rss_bytes for run in runs]),
            "p50_microseconds": median([run.p50 for run in runs]),
            "p99_microseconds": median([run.p99 for run in runs]),
        }


def measure(bench: Bench) -> Result:
    """Runs every client once a round, so that all of them meet the same disturbances."""
    clients = [client for client in CLIENTS if client.is_installed()]
    for client in CLIENTS:
        if client not in clients:
            say(f"{client.name} is not installed and is left out: make perf-deps")
    bench.audience(bench.recipients)
    runs: dict[str, list[Run]] = {client.name: [] for client in clients}
    # The kernel bills the waking of a receiver on the same machine to the sender, and wakes it the
    # more often the slower the sender is. No sender pays that for a server elsewhere.
    with Sink(bench.binary, bench.scratch / "sink.log", bench.server_core, ["--spin"]) as sink:
        for number in range(bench.rounds):
            for client in clients:
                run = _run(client, bench, sink)
                cost = run.cpu_microseconds_per_send
                say(f"round {number + 1}: {client.name} {cost:.2f} us of CPU per send")
                runs[client.name].append(run)
    summaries = {name: Summary(taken).figures() for name, taken in runs.items()}
    _print(summaries)
    return Result(dict(summaries), _targets(summaries))


def _run(client: Client, bench: Bench, sink: Sink) -> Run:
    sink.reset()
    run = client.run(bench, sink)
    counted = sink.statistics()
    if not run.sends <= counted.accepted == counted.requests:
        raise CommandFailed(f"{client.name} sent {run.sends}, the sink has {counted.accepted}")
    return run


def _targets(summaries: dict[str, dict[str, float]]) -> list[Target]:
    own = summaries["fanfare"]["cpu_microseconds_per_send"]
    targets = []
    for name, limit in RATIO_MAX.items():
        other = summaries.get(name)
        ratio = own / other["cpu_microseconds_per_send"] if other else None
        targets.append(Target(f"CPU per send / {name}'s", ratio, limit, ""))
    return targets


def _print(summaries: dict[str, dict[str, float]]) -> None:
    own = summaries["fanfare"]["cpu_microseconds_per_send"]
    headings = ["HTTP/1.1, 64 connections", "CPU us/send", "min-max", "fanfare is"]
    table = Table([*headings, "sends/s", "peak MB", "p50 us", "p99 us"])
    for name, figures in summaries.items():
        cost = figures["cpu_microseconds_per_send"]
        least = figures["cpu_microseconds_per_send_min"]
        most = figures["cpu_microseconds_per_send_max"]
        table.add(
            [
                name,
                f"{cost:.2f}",
                f"{least:.2f}-{most:.2f}",
                f"{own / cost:.2f} x",
                f"{figures['sends_per_second']:,.0f}",
                f"{figures['peak_rss_bytes'] / 1e6:,.1f}",
                f"{figures['p50_microseconds']:,.0f}",
                f"{figures['p99_microseconds']:,.0f}",
            ]
        )
    table.print()

"""The other HTTP clients: how each is run, and how its output is read."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.bench import Bench
from harness.sink import Sink

CONNECTIONS = 64
PEERS = Path(__file__).resolve().parent.parent / "peers"
BODY = PEERS / "body.json"

# A key like the product's own, so that the requests are of one size and the server does one work.
KEY_HEADER = "webhook-id: 00000000000000000000000000000000"
TYPE_HEADER = "content-type: application/json"


@dataclass(frozen=True)
class Run:
    """One run of one client against the sink; latencies in microseconds."""

    sends: int
    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    p50: float
    p99: float

    @property
    def cpu_microseconds_per_send(self) -> float:
        """Processor time of the whole process, divided by what it sent."""
        return self.cpu_seconds * 1e6 / self.sends

    @property
    def sends_per_second(self) -> float:
        """Sends divided by the time that the client itself says it sent for."""
        return self.sends / self.seconds


@dataclass(frozen=True)
class Client:
    """A client: its name, what must be installed for it, and how to run it once."""

    name: str
    is_installed: Callable[[], bool]
    run: Callable[[Bench, Sink], Run]


def python_path() -> Path:
    """The Python of the environment that `make perf-deps` makes."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "fanfare-perf" / "bin" / "python"


def run_fanfare(bench: Bench, sink: Sink) -> Run:
    """The product: import, rendering, pacing and recording are all in its figures."""
    options = [
        "--shards", "1",
        "--connections", str(CONNECTIONS),
        "--max-in-flight", str(CONNECTIONS),
    ]  # fmt: skip
    audience = bench.audience(bench.recipients)
    usage, report = bench.product.send(audience, sink.url, bench.fresh_state("http"), options)
    return Run(
        sends=report.count("sent"),
        seconds=report.number("send_seconds"),
        cpu_seconds=usage.cpu_seconds,
        peak_rss_bytes=usage.peak_rss_bytes,
        p50=report.latency_microseconds("p50"),
        p99=report.latency_microseconds("p99"),
    )


def run_wrk(bench: Bench, sink: Sink) -> Run:
    """One thread for ten seconds; the script prints the summary as JSON."""
    script = str(PEERS / "wrk_post.lua")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d10s", "-s", script, sink.url]
    environment = {"PERF_BODY": str(BODY), "PERF_KEY": KEY_HEADER.partition(": ")[2]}
    usage, text = process.run(command, bench.scratch / "wrk.log", bench.client_core, environment)
    summary = json.loads(text.splitlines()[-1])
    return Run(
        sends=summary["requests"],
        seconds=summary["microseconds"] / 1e6,
        cpu_seconds=usage.cpu_seconds,
        peak_rss_bytes=usage.peak_rss_bytes,
        p50=summary["p50"],
        p99=summary["p99"],
    )


def run_hey(bench: Bench, sink: Sink) -> Run:
    """Go's net/http on one processor."""
    sends = 4096 * CONNECTIONS
    command = [
        "hey", "-n", str(sends), "-c", str(CONNECTIONS), "-cpus", "1",
        "-m", "POST", "-D", str(BODY), "-T", "application/json", "-H", KEY_HEADER, sink.url,
    ]  # fmt: skip
    log = bench.scratch / "hey.log"
    usage, text = process.run(command, log, bench.client_core, {"GOMAXPROCS": "1"})
    return Run(
        sends=sends,
        seconds=_number(r"Total:\s+([\d.]+) secs", text),
        cpu_seconds=usage.cpu_seconds,
        peak_rss_bytes=usage.peak_rss_bytes,
        p50=_number(r"50% in ([\d.]+) secs", text) * 1e6,
        p99=_number(r"99% in ([\d.]+) secs", text) * 1e6,
    )


def run_h2load(bench: Bench, sink: Sink) -> Run:
    """HTTP/1.1 by h2load; a second, shorter run writes the log that percentiles come from."""
    sends = 300_000
    usage, text = process.run(
        _h2load_command(sends, sink), bench.scratch / "h2load.log", bench.client_core
    )
    latencies = _h2load_latencies(bench, sink)
    return Run(
        sends=int(_number(r"requests: .* (\d+) succeeded", text)),
        seconds=sends / _number(r"finished in .*?, ([\d.]+) req/s", text),
        cpu_seconds=usage.cpu_seconds,
        peak_rss_bytes=usage.peak_rss_bytes,
        p50=latencies[len(latencies) // 2],
        p99=latencies[len(latencies) * 99 // 100],
    )


def _h2load_command(sends: int, sink: Sink) -> list[str]:
    return [
        "h2load", "--h1", "-t1", f"-c{CONNECTIONS}", "-n", str(sends),
        "-d", str(BODY), "-H", TYPE_HEADER, "-H", KEY_HEADER, sink.url,
    ]  # fmt: skip


def _h2load_latencies(bench: Bench, sink: Sink) -> list[float]:
    log = bench.scratch / "h2load-requests.tsv"
    log.unlink(missing_ok=True)
    command = [*_h2load_command(50_000, sink), f"--log-file={log}"]
    process.run(command, bench.scratch / "h2load-latency.log", bench.client_core)
    return sorted(float(line.split("\t")[2]) for line in log.read_text().splitlines())


def run_python(bench: Bench, sink: Sink) -> Run:
    """The same audience and template through aiohttp and Jinja2; fewer, it is slower."""
    command = [
        str(python_path()), str(PEERS / "python_sender.py"),
        "--audience", str(bench.audience(bench.recipients)),
        "--template", str(Path(__file__).resolve().parent.parent / "message.json.jinja"),
        "--url", sink.url,
        "--connections", str(CONNECTIONS),
        "--recipients", str(min(bench.recipients, 100_000)),
    ]  # fmt: skip
    usage, text = process.run(command, bench.scratch / "python.log", bench.client_core)
    summary = json.loads(text.splitlines()[-1])
    return Run(
        sends=summary["sent"],
        seconds=summary["seconds"],
        cpu_seconds=usage.cpu_seconds,
        peak_rss_bytes=usage.peak_rss_bytes,
        p50=summary["p50"],
        p99=summary["p99"],
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise process.CommandFailed(f"no {pattern!r} in:\n{text[-2000:]}")
    return float(found[1])


def _has(command: str) -> Callable[[], bool]:
    return lambda: shutil.which(command) is not None


CLIENTS = [
    Client("fanfare", lambda: True, run_fanfare),
    Client("hey", _has("hey"), run_hey),
    Client("wrk", _has("wrk"), run_wrk),
    Client("h2load", _has("h2load"), run_h2load),
    Client("python", lambda: python_path().exists(), run_python),
]

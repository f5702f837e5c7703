"""What the service costs and how fast it answers, over its API.

- Users are uploaded as JSON Lines; the rate is per second of the server's CPU time.
- A segment of two indexed conditions is counted, by the time between asking and its size.
- A campaign to all of them is started; the time is until the sink has the first request. Its sends
  are compared with those of `fanfare send`, by CPU time per message (`control_sends`).
- While a campaign runs at full speed, control requests are timed, and pauses and stops: after each
  the sink must see no request begin (`control_halts`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from harness.bench import Bench, Result, median, say
from harness.process import CommandFailed
from harness.server import Server
from harness.sink import Sink
from harness.table import Table
from harness.targets import Target
from parts import control_halts, control_sends

IMPORT_PER_CPU_SECOND = 100_000
SEGMENT_SECONDS = 2.0
LAUNCH_SECONDS = 3.0
CONTROL_P99_MS = 20.0
HALT_P99_MS = 100.0
CPU_RATIO = 1.15
MEMORY_BYTES = 300e6

CONTROL_REQUESTS = 2_000
LINES_PER_CHUNK = 500

SEGMENT = "pro-vip"
"""Of two indexed conditions: a thirtieth of the users."""


def measure(bench: Bench) -> Result:
    """Imports, counts, launches, sends, asks and pauses."""
    users = bench.recipients
    figures: dict[str, float] = {}
    scratch = bench.fresh_state("control")
    scratch.mkdir()
    with (
        Sink(bench.binary, bench.scratch / "sink.log", bench.server_core) as sink,
        Sink(bench.binary, bench.scratch / "stopped.log", bench.server_core) as stopped,
        Server(bench.binary, scratch) as server,
    ):
        server.expect("PATCH", "/v1/app", {"mau": 1_000_000_000})
        server.expect("PUT", "/v1/attributes/plan", {"type": "string", "indexed": True})
        server.add_template(sink.url, control_sends.BODY)
        server.add_template(stopped.url, control_sends.BODY, "stopped")
        figures["import_per_cpu_second"], figures["import_per_second"] = _import(server, users)
        figures["segment_seconds"], members = _segment(server)
        say(f"the segment has {members:,} users")
        server.expect("POST", "/v1/segments", {"id": "all", "name": "all", "all_users": True}, 201)
        figures |= control_sends.compare(bench, server, sink, users)
        figures |= _control(server, sink, users, figures["sends_per_second"])
        figures |= control_halts.pauses(server, sink)
        figures |= control_halts.stops(server, sink, stopped, SEGMENT)
        figures["peak_rss_bytes"] = server.peak_rss_bytes
    _print(figures)
    return Result(dict(figures), _targets(figures))


def _lines(users: int) -> Iterator[bytes]:
    """Users as JSON Lines, several to a chunk."""
    chunk: list[str] = []
    for number in range(users):
        user = {
            "id": f"user-{number:09d}",
            "name": control_sends.name(number),
            "locale": "en-GB" if number % 3 else "de-DE",
            "timezone": "Europe/Berlin",
            "tags": ["vip", "new"] if number % 10 == 0 else ["new", f"g{number % 50}"],
            "attributes": {
                "plan": control_sends.plan(number),
                "age": 18 + number % 60,
                "city": f"City {number % 1000}",
                "score": number * 7 % 1000,
            },
        }
        chunk.append(json.dumps(user))
        if len(chunk) == LINES_PER_CHUNK:
            yield ("\n".join(chunk) + "\n").encode()
            chunk.clear()
    if chunk:
        yield ("\n".join(chunk) + "\n").encode()


def _import(server: Server, users: int) -> tuple[float, float]:
    say(f"importing {users:,} users")
    # Made beforehand: Python takes longer to write them than the server to read them.
    body = b"".join(_lines(users))
    before, started = server.cpu_seconds, time.monotonic()
    pieces = (body[at : at + 262_144] for at in range(0, len(body), 262_144))
    status, answer = server.raw(
        "POST", "/v1/users/import", pieces, {"Content-Type": "application/x-ndjson"}
    )
    if status != 200 or json.loads(answer)["created"] != users:
        raise CommandFailed(f"the import answered {status}: {answer[:500]!r}")
    cpu, wall = server.cpu_seconds - before, time.monotonic() - started
    return users / cpu, users / wall


def _segment(server: Server) -> tuple[float, int]:
    started = time.monotonic()
    server.expect(
        "POST",
        "/v1/segments",
        {
            "id": SEGMENT,
            "name": SEGMENT,
            "filter": {"attributes.plan": "pro", "tags": {"$contains": "vip"}},
        },
        201,
    )
    while True:
        segment = server.expect("GET", f"/v1/segments/{SEGMENT}")
        if segment["size_state"] == "ready":
            return time.monotonic() - started, segment["size"]
        time.sleep(0.005)


def _control(
    server: Server, sink: Sink, users: int, undisturbed: float
) -> dict[str, float]:
    say("asking while a campaign runs")
    server.add_campaign("busy", "all")
    sink.reset()
    server.expect("POST", "/v1/campaigns/busy/start")
    while sink.statistics().requests == 0:
        time.sleep(0.01)
    paths = ["/v1/campaigns/busy/stats", "/v1/campaigns/busy", "/v1/limits", "/v1/quota"]
    times = []
    for number in range(CONTROL_REQUESTS):
        started = time.monotonic()
        if number % 10 == 9:
            limit = {"level": "campaign", "name": "busy", "rate": f"{500_000 + number}/s"}
            server.expect("PUT", "/v1/limits", {"limits": [limit]})
        else:
            server.expect("GET", paths[number % len(paths)])
        times.append((time.monotonic() - started) * 1e3)
        time.sleep(0.002)
        if number % 100 == 0 and sink.statistics().requests >= users:
            break
    server.wait_for("busy", {"completed"})
    rate = users / sink.statistics().span_seconds
    return {
        "control_requests": len(times),
        "control_p50_ms": median(times),
        "control_p99_ms": control_halts.p99(times),
        "throughput_lost": max(0.0, 1 - rate / undisturbed),
    }


def _print(figures: dict[str, float]) -> None:
    table = Table(["figure", "measured"])
    for name, value in figures.items():
        table.add([name.replace("_", " "), f"{value:,.6g}"])
    table.print()


def _targets(figures: dict[str, float]) -> list[Target]:
    return [
        Target(
            "users imported per CPU second",
            figures["import_per_cpu_second"],
            IMPORT_PER_CPU_SECOND,
            "users",
            at_least=True,
        ),
        Target("filter segment counted", figures["segment_seconds"], SEGMENT_SECONDS, "s"),
        Target("launch to first send", figures["launch_seconds"], LAUNCH_SECONDS, "s"),
        Target("control requests, p99", figures["control_p99_ms"], CONTROL_P99_MS, "ms"),
        Target("pause, p99", figures["pause_p99_ms"], HALT_P99_MS, "ms"),
        Target("requests begun after a pause", figures["late_after_pause"], 0, "requests"),
        Target("stop, p99", figures["stop_p99_ms"], HALT_P99_MS, "ms"),
        Target("requests begun after a stop", figures["late_after_stop"], 0, "requests"),
        Target("CPU per send beside fanfare send", figures["cpu_ratio"], CPU_RATIO, "x"),
        Target("server's memory", figures["peak_rss_bytes"] / 1e6, MEMORY_BYTES / 1e6, "MB"),
    ]

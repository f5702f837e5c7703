"""What a send costs in the server, beside the same send of `fanfare send`.

Both send the same message to the same users at the same sink, over as many connections, which are
64 to a host by default, on whatever cores the system gives them. They take turns, round after
round, and each round has its own ratio: a machine that is slower for a minute is slower for both.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from harness.bench import Bench, median, say
from harness.process import CommandFailed
from harness.product import Product
from harness.server import Server
from harness.sink import Sink

BODY = '{"title": "Hello {{ receiver.name }}", "plan": "{{ receiver.plan }}"}'
"""The message of both."""

PLANS = ("free", "pro", "team")

# Requests to the API cost the server time, which is not that of sends.
ASK_SECONDS = 0.5


def compare(bench: Bench, server: Server, sink: Sink, users: int) -> dict[str, float]:
    """Sends to all users in turn, and compares the CPU time per message."""
    template = bench.scratch / "control.jinja"
    template.write_text(BODY)
    audience = bench.scratch / "control.csv"
    _write_audience(audience, users)
    rounds: list[dict[str, float]] = []
    for number in range(bench.rounds):
        say(f"round {number + 1}: sending to all of them, with the server and with fanfare send")
        figures = _serve(server, sink, f"plain-{number}", users)
        figures["send_cpu_per_message"] = _send(bench, sink, audience, template, users)
        figures["cpu_ratio"] = figures["cpu_per_message"] / figures["send_cpu_per_message"]
        rounds.append(figures)
    medians = {name: median([figures[name] for figures in rounds]) for name in rounds[0]}
    ratios = [figures["cpu_ratio"] for figures in rounds]
    return medians | {"cpu_ratio_min": min(ratios), "cpu_ratio_max": max(ratios)}


def name(number: int) -> str:
    """What a user is called."""
    return f"Person {number}"


def plan(number: int) -> str:
    """The plan of a user."""
    return PLANS[number % len(PLANS)]


def _write_audience(path: Path, users: int) -> None:
    with path.open("w") as file:
        file.write("user_id,name,plan\n")
        file.writelines(f"user-{n:09d},{name(n)},{plan(n)}\n" for n in range(users))


def _serve(server: Server, sink: Sink, campaign: str, users: int) -> dict[str, float]:
    server.add_campaign(campaign, "all")
    sink.reset()
    started = time.monotonic()
    server.expect("POST", f"/v1/campaigns/{campaign}/start")
    while sink.statistics().requests == 0:
        time.sleep(0.01)
    launch = time.monotonic() - started
    before, first = server.cpu_seconds, sink.statistics().requests
    time.sleep(ASK_SECONDS)
    server.wait_for(campaign, {"completed"}, interval=ASK_SECONDS)
    cpu = server.cpu_seconds - before
    counted = sink.statistics()
    if counted.requests != users or counted.duplicates:
        raise CommandFailed(f"the sink counted {counted.requests} of {users}")
    return {
        "launch_seconds": launch,
        "sends_per_second": users / counted.span_seconds,
        "cpu_per_message": cpu / (users - first),
    }


def _send(bench: Bench, sink: Sink, audience: Path, template: Path, users: int) -> float:
    """CPU time per message of `fanfare send`, its import not counted."""
    sink.reset()
    state = bench.fresh_state("plain")
    usage, report = Product(bench.binary).send(audience, sink.url, state, template=template)
    shutil.rmtree(state)
    if sink.statistics().requests != users:
        raise CommandFailed(f"the sink counted {sink.statistics().requests} of {users}")
    return (usage.cpu_seconds - report.number("import_cpu_seconds")) / users

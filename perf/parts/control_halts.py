"""How fast campaigns halt at full load, and that nothing of them begins after the answer.

A pause is asked of one campaign to all users, again and again. A stop ends its campaign, so there
is a new one for each, to the users of a segment and with a sink of its own; a campaign to everybody
runs all the time beside them.

Requests that were on the wire at the answer may still arrive for a moment. What comes later has
begun too late, and so has what exceeds the number on the wire that the answer gives.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from harness.bench import median, say
from harness.process import CommandFailed
from harness.server import Server
from harness.sink import Sink

TRIES = 100

# How long a campaign sends before it is halted.
RUN_SECONDS = 0.02
# How long what is on the wire may take to arrive, and how long nothing may come then.
ARRIVAL_SECONDS = 0.05
QUIET_SECONDS = 0.05


def pauses(server: Server, sink: Sink) -> dict[str, float]:
    """Pauses a campaign to everybody and lets it go on, again and again."""
    say(f"pausing {TRIES} times")
    server.add_campaign("paused", "all")
    sink.reset()
    halts = _Halts("pause")
    for number in range(TRIES):
        seen = sink.statistics().requests
        server.expect("POST", f"/v1/campaigns/paused/{'resume' if number > 0 else 'start'}")
        _wait_for_more(sink, seen)
        halts.ask(server, sink, "paused")
    server.expect("POST", "/v1/campaigns/paused/stop")
    return halts.figures


def stops(server: Server, everybody: Sink, stopped: Sink, segment: str) -> dict[str, float]:
    """Stops campaigns in the middle of their sends, while another sends to everybody.

    The template `stopped` must send to the sink of that name.
    """
    say(f"stopping {TRIES} campaigns while another runs")
    beside = _Beside(server, everybody)
    halts = _Halts("stop")
    for number in range(TRIES):
        campaign = f"stopped-{number}"
        server.add_campaign(campaign, segment, "stopped")
        beside.keep_going()
        stopped.reset()
        server.expect("POST", f"/v1/campaigns/{campaign}/start")
        _wait_for_more(stopped, 0)
        sends = everybody.statistics().requests
        halts.ask(server, stopped, campaign)
        if everybody.statistics().requests == sends:
            raise CommandFailed(f"nothing was sent to everybody while {campaign} was stopped")
        stats = server.expect("GET", f"/v1/campaigns/{campaign}/stats")
        if stats["status"] != "stopped" or stats["pending"] == 0:
            raise CommandFailed(f"{campaign} was not stopped in its middle: {stats}")
    beside.stop()
    return halts.figures


@dataclass
class _Halts:
    """What pauses, or stops, have come to."""

    action: str
    call_milliseconds: list[float] = field(default_factory=list)
    halt_milliseconds: list[float] = field(default_factory=list)
    """Until the last sender had stopped, as the answers say: the rest is the database's."""
    late: int = 0

    def ask(self, server: Server, sink: Sink, campaign: str) -> None:
        """Halts a campaign and counts what begins after the answer."""
        started = time.monotonic()
        receipt = server.expect("POST", f"/v1/campaigns/{campaign}/{self.action}")
        self.call_milliseconds.append((time.monotonic() - started) * 1e3)
        self.halt_milliseconds.append(receipt["took_ms"])
        answered = sink.statistics().requests
        time.sleep(ARRIVAL_SECONDS)
        arrived = sink.statistics().requests
        time.sleep(QUIET_SECONDS)
        self.late += sink.statistics().requests - arrived
        self.late += max(0, arrived - answered - receipt["in_flight"])

    @property
    def figures(self) -> dict[str, float]:
        """What the table shows."""
        return {
            f"{self.action}s": len(self.call_milliseconds),
            f"{self.action}_p50_ms": median(self.call_milliseconds),
            f"{self.action}_p99_ms": p99(self.call_milliseconds),
            f"{self.action}_halt_p99_ms": p99(self.halt_milliseconds),
            f"late_after_{self.action}": self.late,
        }


class _Beside:
    """Campaigns to everybody, one after the other, so that one is always sending."""

    def __init__(self, server: Server, sink: Sink) -> None:
        self._server = server
        self._sink = sink
        self._count = 0

    @property
    def _name(self) -> str:
        return f"beside-{self._count}"

    def keep_going(self) -> None:
        """Starts the next one when there is none or when the last is nearly through."""
        if self._count > 0:
            stats = self._server.expect("GET", f"/v1/campaigns/{self._name}/stats")
            if stats["status"] == "running" and stats["progress"] < 0.8:
                return
            if stats["status"] == "running":
                self.stop()
        self._count += 1
        self._server.add_campaign(self._name, "all")
        self._sink.reset()
        self._server.expect("POST", f"/v1/campaigns/{self._name}/start")
        _wait_for_more(self._sink, 0)

    def stop(self) -> None:
        """Stops the one that runs, if it has not come to its end by now."""
        self._server.call("POST", f"/v1/campaigns/{self._name}/stop")


def _wait_for_more(sink: Sink, seen: int) -> None:
    """Waits until a campaign that was started or resumed has been sending for a moment."""
    while sink.statistics().requests <= seen:
        time.sleep(0.005)
    time.sleep(RUN_SECONDS)


def p99(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]

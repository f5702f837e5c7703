#!/usr/bin/env python3
"""Kills a server with SIGKILL while eight campaigns use up a quota, and counts every message.

The campaigns run at once, and the quota ends in the middle of them. The server is killed once while
they launch, then at random moments while they send, one in each equal part of the quota: the last
comes while all that is left is reserved. Each time it is started again over the same data. All this
once per policy and delivery guarantee. What must hold, whatever the moments:

- never too much: used + reserved <= quota at every look at `GET /v1/quota`;
- never too little: in the end used = quota, reserved = 0, and by the campaigns' own records
  sent + unknown = quota;
- at-least-once: the sink has accepted the messages of exactly as many recipients as the quota has,
  one that it got twice with the same key counted once; nobody is unknown. No more come twice than
  were on the wire at the kills, which is at most the in-flight limit for each;
- at-most-once: no message comes twice. Who was on the wire at a kill is unknown, and counts against
  the quota because it may have arrived: sent <= accepted by the sink <= sent + unknown = quota;
- each campaign's figures close after every start, over its whole audience;
- `pause`: all campaigns end as paused_quota. With a larger quota and a `resume` everybody is sent
  to, and the same holds for the whole audience;
- `trim`: all campaigns complete, and the rest is skipped as quota_exceeded.

Ends with 1 when a property is broken.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import machine
from harness.bench import say
from harness.process import CommandFailed
from harness.server import Server
from harness.sink import Sink
from harness.verdict import Verdict, judge, parse

POLICIES = ["pause", "trim"]
GUARANTEES = ["at_least_once", "at_most_once"]
OUTCOMES = ["sent", "failed", "skipped", "unknown", "pending"]
COMPLETED = {"completed", "completed_partial"}
MULTIPLIER = 2

POLL_SECONDS = 0.02
# When the kill that is aimed at the launch comes, at the latest.
LAUNCH_SECONDS = 0.3
# How long the sink may see nothing new before the campaigns count as stuck.
PATIENCE_SECONDS = 10.0


class Scenario:
    """Campaigns of one policy and guarantee on a server that is killed and started again."""

    def __init__(
        self, arguments: argparse.Namespace, policy: str, guarantee: str, scratch: Path
    ) -> None:
        self._arguments = arguments
        self._policy = policy
        self._guarantee = guarantee
        self._audience: int = arguments.campaigns * arguments.recipients
        self._quota = int(self._audience * arguments.share) // MULTIPLIER * MULTIPLIER
        self._campaigns = [f"campaign-{number}" for number in range(arguments.campaigns)]
        self._random = random.Random(f"{arguments.seed} {policy} {guarantee}")
        self._kills = 0
        self._verdict = Verdict(
            figures={"quota": self._quota, "looks": 0, "most_used_and_reserved": 0}
        )
        binary, limit = arguments.fanfare.resolve(), str(arguments.max_in_flight)
        self._sink = Sink(binary, scratch / "sink.log", options=["--latency", arguments.latency])
        self._server = Server(binary, scratch, ["--max-in-flight", limit])

    def run(self) -> Verdict:
        """Uses the quota up under fire and judges it; with `pause`, goes on to the end."""
        with self._sink, self._server:
            self._prepare()
            for campaign in self._campaigns:
                self._server.expect("POST", f"/v1/campaigns/{campaign}/start")
            time.sleep(self._random.uniform(0, LAUNCH_SECONDS))
            self._kill()
            part = self._quota / self._arguments.kills
            for number in range(self._arguments.kills):
                point = part * (number + self._random.uniform(0.1, 0.9))
                self._wait(f"at {point:,.0f}", lambda _, seen, point=point: seen >= point)
                self._verdict.expect(self._seen() < self._quota, "a kill was late: lower --rate")
                self._kill()
            self._wait_for_end({"paused_quota"} if self._policy == "pause" else COMPLETED)
            self._judge(self._quota, "")
            if self._policy == "pause":
                self._allow(self._audience + self._audience % MULTIPLIER, "unlimited")
                for campaign in self._campaigns:
                    self._server.expect("POST", f"/v1/campaigns/{campaign}/resume")
                self._wait_for_end(COMPLETED)
                self._judge(self._audience, "resumed_")
        return self._verdict

    def _prepare(self) -> None:
        expect = self._server.expect
        self._allow(self._quota, f"{self._arguments.rate}/s")
        count = self._arguments.recipients
        lines = "".join(f'{{"id": "user-{number}", "name": "A"}}\n' for number in range(count))
        headers = {"Content-Type": "application/x-ndjson"}
        status, answer = self._server.raw("POST", "/v1/users/import", lines.encode(), headers)
        if status != 200 or json.loads(answer)["created"] != count:
            raise CommandFailed(f"the import answered {status}: {answer!r}")
        expect("POST", "/v1/segments", {"id": "all", "name": "all", "all_users": True}, 201)
        self._server.add_template(self._sink.url)
        for campaign in self._campaigns:
            body = {"id": campaign, "name": campaign, "template_id": "perf"}
            body |= {"segment_ids": ["all"], "delivery_guarantee": self._guarantee}
            expect("POST", "/v1/campaigns", body, 201)

    def _allow(self, messages: int, rate: str) -> None:
        body = {"mau": messages // MULTIPLIER, "quota_multiplier": MULTIPLIER}
        self._server.expect("PATCH", "/v1/app", body | {"quota_policy": self._policy})
        limit = {"level": "app", "name": "", "rate": rate}
        self._server.expect("PUT", "/v1/limits", {"limits": [limit]})

    def _wait(self, what: str, is_reached: Callable[[set[str], int], bool]) -> None:
        """Looks at the quota until something is reached, or until nothing moves any more."""
        last, since = -1, time.monotonic()
        while not is_reached(self._statuses(), seen := self._seen()):
            view = self._look()
            if seen != last:
                last, since = seen, time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                self._verdict.expect(False, f"stuck at {seen:,}, not {what}: {view}")
                return
            time.sleep(POLL_SECONDS)

    def _wait_for_end(self, end: set[str]) -> None:
        """Waits until all campaigns have such a status and nothing is on the wire any more."""
        self._wait(f"all {end}", lambda statuses, _: statuses <= end)
        self._wait("nothing reserved", lambda *_: self._look()["reserved"] == 0)

    def _look(self) -> dict[str, Any]:
        """Checks that no more is used and reserved than there is."""
        view: dict[str, Any] = self._server.expect("GET", "/v1/quota")
        held, figures = view["used"] + view["reserved"], self._verdict.figures
        figures["looks"] += 1
        if view["limit"] == self._quota:
            figures["most_used_and_reserved"] = max(figures["most_used_and_reserved"], held)
        self._verdict.expect(held <= view["limit"], f"after {self._kills} kills: {view}")
        return view

    def _kill(self) -> None:
        self._server.kill()
        self._kills += 1
        self._server.start()
        self._look()
        for campaign in self._campaigns:
            self._stats(campaign)

    def _seen(self) -> int:
        """Recipients, of all campaigns, whose message has come to the sink."""
        return self._sink.statistics().distinct_keys

    def _statuses(self) -> set[str]:
        listed = self._server.expect("GET", "/v1/campaigns?limit=100")["campaigns"]
        return {campaign["status"] for campaign in listed}

    def _stats(self, campaign: str) -> dict[str, Any]:
        """A campaign's figures, which must close."""
        stats: dict[str, Any] = self._server.expect("GET", f"/v1/campaigns/{campaign}/stats")
        counts = {name: stats[name] for name in OUTCOMES}
        # While a campaign launches it has no audience yet.
        is_launching = stats["status"] == "running" and stats["total"] == 0
        self._verdict.expect(
            is_launching or stats["total"] == sum(counts.values()) == self._arguments.recipients,
            f"{campaign} does not close after {self._kills} kills: {stats['total']} are {counts}",
        )
        return stats

    def _judge(self, expected: int, prefix: str) -> None:
        """Checks that exactly the expected number of messages was sent, or may have been."""
        stats = [self._stats(campaign) for campaign in self._campaigns]
        sums = {name: sum(each[name] for each in stats) for name in OUTCOMES}
        counted, view = self._sink.statistics(), self._look()
        distinct, duplicates = counted.distinct_keys, counted.duplicates
        found = {"used": view["used"], **sums, "accepted": distinct, "duplicates": duplicates}
        self._verdict.figures |= {prefix + name: count for name, count in found.items()}

        def expect(holds: bool, claim: str) -> None:
            self._verdict.expect(holds, f"{prefix.replace('_', ': ')}{claim}")

        unsure_max = self._kills * self._arguments.max_in_flight
        expect(view["reserved"] == 0, f"{view['reserved']} are reserved in the end")
        expect(view["used"] == expected, f"{view['used']} are used, not {expected}")
        consumed = sums["sent"] + sums["unknown"]
        expect(consumed == expected, f"{consumed} are sent or unknown, not {expected}")
        rest = {"pause": "pending", "trim": "skipped"}[self._policy]
        others = sums["failed"] + sums["skipped"] + sums["pending"] - sums[rest]
        expect(others == 0, f"{others} are neither sent, unknown nor {rest}")
        why = [why for each in stats for why in each["reasons"] if why["status"] == "skipped"]
        expect({each["reason"] for each in why} <= {"quota_exceeded"}, f"skipped: {why}")
        expect(counted.accepted == counted.requests, "the sink has refused some")
        if self._guarantee == "at_least_once":
            expect(sums["unknown"] == 0, f"{sums['unknown']} are unknown")
            expect(distinct == expected, f"the sink accepted {distinct}, not {expected}")
            expect(duplicates <= unsure_max, f"{duplicates} came twice, more than {unsure_max}")
        else:
            expect(duplicates == 0, f"{duplicates} came twice")
            expect(sums["unknown"] <= unsure_max, f"more than {unsure_max} are unknown")
            holds = sums["sent"] <= distinct <= expected
            expect(holds, f"the sink accepted {distinct} for {sums['sent']} sent")


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    binary = machine.ROOT / ".build" / "release" / "fanfare"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--campaigns", type=int, default=8)
    add("--recipients", type=int, default=25_000, help="of each campaign")
    add("--share", type=float, default=0.4, help="of all recipients, that the quota covers")
    add("--kills", type=int, default=5, help="while sends are under way")
    add("--rate", type=int, default=12_000, help="sends a second, so that all kills hit them")
    add("--max-in-flight", type=int, default=256)
    add("--latency", default="uniform:5ms..25ms", help="of the sink, so that requests overlap")
    add("--policy", choices=[*POLICIES, "both"], default="both")
    add("--guarantee", choices=[*GUARANTEES, "both"], default="both")
    return parse(parser, binary)


def run_all(arguments: argparse.Namespace, scratch: Path) -> dict[str, Verdict]:
    """One scenario after the other, each with a server and a sink of its own."""
    say(f"{arguments.kills} kills and one at the launch, each time; seed {arguments.seed}")
    verdicts = {}
    for policy in POLICIES if arguments.policy == "both" else [arguments.policy]:
        for guarantee in GUARANTEES if arguments.guarantee == "both" else [arguments.guarantee]:
            name = f"{policy} {guarantee}"
            folder = scratch / name.replace(" ", "-")
            folder.mkdir()
            started = time.monotonic()
            verdicts[name] = Scenario(arguments, policy, guarantee, folder).run()
            say(f"{name}: {time.monotonic() - started:.1f} s")
    return verdicts


if __name__ == "__main__":
    sys.exit(judge("quota", parse_arguments(), run_all))

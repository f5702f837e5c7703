#!/usr/bin/env python3
"""Kills a campaign with SIGKILL at random moments, resumes it each time, and counts the damage.

The campaign runs once under each delivery guarantee. What must hold, whatever the moment:

- nobody is lost: every recipient ends as sent or, under at-most-once, as unknown;
- at-least-once: the sink sees no more duplicates than there were requests in flight at the kills;
- at-most-once: the sink sees no duplicate, and exactly the unsure ones are recorded as unknown;
- the accounting closes after every kill.

What was in flight at a kill is what the next `resume` reports as unsure, after it has recorded it.
A resume that was itself killed before it could report counts with the largest possible number, the
in-flight limit.
Ends with 1 when a property is broken.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from harness import machine, process
from harness.bench import say
from harness.process import CommandFailed
from harness.product import Product, Report
from harness.sink import Sink
from harness.verdict import Verdict, judge, parse

GUARANTEES = ["at-least-once", "at-most-once"]

# Exit codes of the product: all sent, and finished with failures or unknowns.
FINISHED = (0, 3)
# Nothing to resume: the kill came before the import was complete.
NOT_IMPORTED = 2

# What `resume` says once it has recorded the requests of the process that died.
UNSURE = re.compile(r"([\d,]+) requests? (?:was|were) on the wire")

# Kills aimed at the import, in seconds after the start; the import of the default campaign takes
# about as long as the last of these.
IMPORT_KILLS = 4
IMPORT_KILL_SECONDS = (0.01, 0.3)

FINISH_SECONDS = 300.0


@dataclass(kw_only=True)
class Tally(Verdict):
    """What one campaign went through, and what was found broken."""

    guarantee: str
    kills: int = 0
    kills_in_import: int = 0
    verified: int = 0
    unsure: int = 0
    unreported: int = 0
    recipients: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    duplicates: int = 0
    distinct: int = 0

    @property
    def lost(self) -> int:
        """Recipients without an outcome."""
        return self.recipients - self.sent - self.failed - self.unknown

    def count(self) -> None:
        """Fills in what the table and the history show."""
        names = ["kills", "kills_in_import", "verified", "unsure", "unreported", "recipients"]
        names += ["sent", "failed", "unknown", "lost", "duplicates", "distinct"]
        self.figures = {name: getattr(self, name) for name in names}


class Campaign:
    """One campaign that is killed and resumed until it is through."""

    def __init__(
        self, arguments: argparse.Namespace, guarantee: str, sink: Sink, scratch: Path
    ) -> None:
        self._arguments = arguments
        self._sink = sink
        self._binary = str(arguments.fanfare.resolve())
        self._audience = scratch / "audience.csv"
        self._state = scratch / guarantee
        self._report = scratch / f"{guarantee}.json"
        self._log = scratch / f"{guarantee}.log"
        self._random = random.Random(f"{arguments.seed} {guarantee}")
        self._is_imported = False
        self.tally = Tally(guarantee=guarantee)

    def run(self) -> Tally:
        """Kills as often as asked, lets the campaign finish, and checks what is left."""
        while self.tally.kills < self._arguments.kills:
            if not self._run_until_killed(self._next_delay()):
                self.tally.expect(False, f"finished after {self.tally.kills} kills: lower --rate")
                break
            self._verify_after_kill()
        self._finish()
        self._judge()
        self.tally.count()
        return self.tally

    def _next_delay(self) -> float:
        """Seconds until the next kill: short ones first, then spread over the campaign."""
        if self.tally.kills < IMPORT_KILLS:
            return self._random.uniform(*IMPORT_KILL_SECONDS)
        # Three quarters of the campaign lie before the last kill, on average.
        seconds = self._arguments.recipients / self._arguments.rate
        return self._random.uniform(0.02, 1.5 * seconds / self._arguments.kills)

    def _run_until_killed(self, delay: float) -> bool:
        """Sends or resumes for a while and kills it; False when the campaign got through before."""
        while True:
            was_resume = self._is_imported
            with self._log.open("wb") as output:
                child = process.start(self._command(), output)
                try:
                    code = child.wait(delay)
                except subprocess.TimeoutExpired:
                    code = None
                finally:
                    child.kill()
                    child.wait()
            self._count_unsure(was_resume)
            if code is None:
                self.tally.kills += 1
                return True
            if code in FINISHED:
                return False
            raise CommandFailed(f"ended with {code} before it was killed:\n{self._log.read_text()}")

    def _command(self) -> list[str]:
        if self._is_imported:
            return [self._binary, "resume", str(self._state), "--report", str(self._report)]
        limit = str(self._arguments.max_in_flight)
        options = [
            "--guarantee", self.tally.guarantee,
            "--rate", str(self._arguments.rate),
            "--max-in-flight", limit,
            "--connections", limit,
        ]  # fmt: skip
        return Product(Path(self._binary)).send_command(
            self._audience, self._sink.url, self._state, self._report, options
        )

    def _count_unsure(self, was_resume: bool) -> None:
        if not was_resume:
            return
        found = UNSURE.search(self._log.read_text(errors="replace"))
        if found:
            self.tally.unsure += int(found[1].replace(",", ""))
        else:
            self.tally.unreported += 1

    def _verify_after_kill(self) -> None:
        """Checks that the accounting closes; a state without a complete import has none."""
        command = [self._binary, "verify", str(self._state)]
        verdict = subprocess.run(command, capture_output=True, text=True, check=False)
        if verdict.returncode == NOT_IMPORTED and not self._is_imported:
            self.tally.kills_in_import += 1
            return
        self._is_imported = True
        self.tally.verified += 1
        text = verdict.stdout + verdict.stderr
        self.tally.expect(
            verdict.returncode == 0, f"verify after kill {self.tally.kills} does not close: {text}"
        )

    def _finish(self) -> None:
        was_resume = self._is_imported
        with self._log.open("wb") as output:
            child = process.start(self._command(), output)
            try:
                code = child.wait(FINISH_SECONDS)
            finally:
                process.stop(child)
        self._count_unsure(was_resume)
        if code not in FINISHED:
            raise CommandFailed(f"the last resume ended with {code}:\n{self._log.read_text()}")
        self._is_imported = True
        self._verify_after_kill()

    def _judge(self) -> None:
        tally, report = self.tally, Report.read(self._report)
        tally.recipients = report.count("recipients")
        tally.sent = report.count("sent")
        tally.failed = report.count("failed")
        tally.unknown = report.count("unknown")
        counted = self._sink.statistics()
        tally.duplicates, tally.distinct = counted.duplicates, counted.distinct_keys

        # A resume that could not report leaves room for as many as may be in flight at once.
        unsure_max = tally.unsure + tally.unreported * self._arguments.max_in_flight
        tally.expect(tally.recipients == self._arguments.recipients, "recipients went missing")
        tally.expect(tally.lost == 0, f"{tally.lost} recipients have no outcome")
        tally.expect(tally.failed == 0, f"{tally.failed} failed against a sink that never refuses")
        if tally.guarantee == "at-least-once":
            tally.expect(tally.unknown == 0, f"{tally.unknown} unknown")
            tally.expect(tally.distinct == tally.recipients, "the sink has not seen everybody")
            tally.expect(tally.duplicates <= unsure_max, f"more than {unsure_max} duplicates")
        else:
            tally.expect(tally.duplicates == 0, f"{tally.duplicates} duplicates")
            tally.expect(
                tally.unsure <= tally.unknown <= unsure_max,
                f"{tally.unknown} unknown, but {tally.unsure} to {unsure_max} unsure",
            )
            tally.expect(
                tally.sent <= tally.distinct <= tally.sent + tally.unknown,
                f"{tally.sent} sent, but the sink has seen {tally.distinct}",
            )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    binary = machine.ROOT / ".build" / "release" / "fanfare"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--recipients", type=int, default=200_000)
    add("--kills", type=int, default=30)
    add("--rate", type=int, default=20_000, help="sends a second, so that all kills hit it")
    add("--max-in-flight", type=int, default=256)
    add("--latency", default="uniform:1ms..10ms", help="of the sink, so that requests overlap")
    add("--guarantee", choices=[*GUARANTEES, "both"], default="both")
    return parse(parser, binary)


def run_all(arguments: argparse.Namespace, scratch: Path) -> dict[str, Tally]:
    """One campaign after the other, against one sink that lives through all kills."""
    chosen = GUARANTEES if arguments.guarantee == "both" else [arguments.guarantee]
    binary = arguments.fanfare.resolve()
    Product(binary).generate(arguments.recipients, scratch / "audience.csv", scratch / "log")
    tallies = {}
    for guarantee in chosen:
        say(f"{guarantee}: {arguments.kills} kills, seed {arguments.seed}")
        with Sink(binary, scratch / "sink.log", options=["--latency", arguments.latency]) as sink:
            started = time.monotonic()
            tallies[guarantee] = Campaign(arguments, guarantee, sink, scratch).run()
            say(f"{guarantee}: {time.monotonic() - started:.1f} s")
    return tallies


if __name__ == "__main__":
    sys.exit(judge("crash", parse_arguments(), run_all))

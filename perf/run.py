#!/usr/bin/env python3
"""Measures Fanfare beside other clients and against its targets, in one go.

Prints tables and appends one JSON line to perf/history.jsonl. A missed target is printed as MISSED
and, being a measurement, is no error unless --check is given. See perf/README.md for what the
figures mean.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import history, machine
from harness.bench import Bench, Result, say
from harness.process import CommandFailed
from harness.targets import Target, print_targets
from parts import control, http_load, instant, memory, rate

PARTS: dict[str, Callable[[Bench], Result]] = {
    "http": http_load.measure,
    "instant": instant.measure,
    "memory": memory.measure,
    "rate": rate.measure,
    "control": control.measure,
}


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    client, server = machine.default_cores()
    binary = machine.ROOT / ".build" / "release" / "fanfare"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--only", default=",".join(PARTS), help="the parts to run, separated by commas")
    add("--rounds", type=int, default=3, help="runs of each client, taken in turn")
    add("--recipients", type=int, default=1_000_000, help="size of the campaign")
    add("--memory-recipients", type=int, default=10_000_000, help="size of the large campaign")
    add("--memory-over-http", action="store_true", help="send the large campaign over HTTP")
    add("--client-core", type=int, default=client, help="the core that clients run on")
    add("--server-core", type=int, default=server, help="the core that the sink runs on")
    add("--fanfare", type=Path, default=binary, help="the binary to measure")
    add("--scratch", type=Path, default=None, help="where to put audiences and state (gigabytes)")
    add("--no-history", action="store_true", help="do not append to perf/history.jsonl")
    add("--check", action="store_true", help="end with 1 when a target is missed")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    unknown = set(arguments.only) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if not arguments.fanfare.exists():
        parser.error(f"{arguments.fanfare} is not there: make build")
    return arguments


def measure(arguments: argparse.Namespace, scratch: Path) -> dict[str, Result]:
    """Runs the chosen parts one after the other."""
    bench = Bench(
        binary=arguments.fanfare.resolve(),
        scratch=scratch,
        client_core=arguments.client_core,
        server_core=arguments.server_core,
        rounds=arguments.rounds,
        recipients=arguments.recipients,
        memory_recipients=arguments.memory_recipients,
        memory_over_http=arguments.memory_over_http,
    )
    if bench.client_core == bench.server_core:
        say("client and server share a core: compare ratios only")
    results = {}
    for name in arguments.only:
        say(f"part {name}")
        results[name] = PARTS[name](bench)
    return results


def main() -> int:
    """Measures, prints and records."""
    arguments = parse_arguments()
    about = machine.describe()
    print(f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}", end="")
    print(f", commit {machine.commit()}\n", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="fanfare-perf-", dir=arguments.scratch) as scratch:
            results = measure(arguments, Path(scratch))
    except CommandFailed as failure:
        print(f"perf: {failure}", file=sys.stderr)
        return 1
    targets: list[Target] = [target for result in results.values() for target in result.targets]
    print_targets(targets)
    if not arguments.no_history:
        figures = {name: result.figures for name, result in results.items()}
        history.append("perf", figures, targets)
    missed = any(not target.is_met for target in targets)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())

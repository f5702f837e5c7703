"""Sends a campaign the way a careful Python program would: aiohttp on uvloop, Jinja2, orjson.

It reads the same CSV and renders the same template as the product, with a template compiled once,
one session, and a fixed number of tasks that share one reader. It keeps no record of outcomes,
which the product does: the comparison errs on the side of Python.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import jinja2
import orjson
import uvloop


@dataclass
class Outcome:
    """What all tasks together did; latencies in nanoseconds."""

    latencies: list[int] = field(default_factory=list)
    failed: int = 0


def compile_template(path: Path) -> jinja2.Template:
    """Compiles the template, with JSON made by orjson."""
    environment = jinja2.Environment(autoescape=False)
    environment.filters["tojson"] = lambda value: orjson.dumps(value).decode()
    return environment.from_string(path.read_text())


def read_audience(path: Path, recipients: int) -> Iterator[tuple[int, dict[str, object]]]:
    """The recipients with their ordinals, each variable at top level and under `receiver`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        for ordinal, row in enumerate(itertools.islice(rows, recipients)):
            context: dict[str, object] = dict(zip(names, row, strict=True))
            context["receiver"] = {**context, "id": row[0]}
            yield ordinal, context


async def send_all(
    session: aiohttp.ClientSession,
    url: str,
    template: jinja2.Template,
    audience: Iterator[tuple[int, dict[str, object]]],
    outcome: Outcome,
) -> None:
    """One task: takes recipients from the shared reader until there are none."""
    for ordinal, context in audience:
        body = template.render(context).encode()
        headers = {"content-type": "application/json", "webhook-id": f"{ordinal:032x}"}
        started = time.perf_counter_ns()
        async with session.post(url, data=body, headers=headers) as response:
            await response.read()
            outcome.failed += response.status != 200
        outcome.latencies.append(time.perf_counter_ns() - started)


async def run(arguments: argparse.Namespace) -> Outcome:
    """Sends to the whole audience over a fixed number of connections."""
    template = compile_template(arguments.template)
    audience = read_audience(arguments.audience, arguments.recipients)
    outcome = Outcome()
    connector = aiohttp.TCPConnector(limit=arguments.connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        tasks = [
            send_all(session, arguments.url, template, audience, outcome)
            for _ in range(arguments.connections)
        ]
        await asyncio.gather(*tasks)
    return outcome


def main() -> None:
    """Sends, and prints one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audience", type=Path, required=True, help="a CSV file")
    parser.add_argument("--template", type=Path, required=True, help="a Jinja template")
    parser.add_argument("--url", required=True, help="where to post to")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--recipients", type=int, default=100_000, help="how many of the audience")
    arguments = parser.parse_args()

    started = time.perf_counter()
    outcome = uvloop.run(run(arguments))
    seconds = time.perf_counter() - started
    latencies = sorted(outcome.latencies)
    summary = {
        "sent": len(latencies) - outcome.failed,
        "failed": outcome.failed,
        "seconds": seconds,
        "p50": latencies[len(latencies) // 2] / 1000,
        "p99": latencies[len(latencies) * 99 // 100] / 1000,
    }
    print(orjson.dumps(summary).decode())


if __name__ == "__main__":
    main()

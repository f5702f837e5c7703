#!/usr/bin/env python3
"""Renders six templates with Fanfare, Jinja2 and MiniJinja side by side, on one thread.

Every engine compiles a template once and renders it for the 64 recipients of the file in turn. The
engines take turns too, round after round, so that a busy moment of the machine meets all of them;
the best round of each counts. Before that, what Fanfare renders is compared with the checksum in
the file: bytes that differ end the run with 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "perf"))

from harness import machine  # noqa: E402
from harness.clients import python_path  # noqa: E402
from harness.table import Table  # noqa: E402
from harness.targets import Target, print_targets  # noqa: E402

RATIO_MIN = {"minijinja": 5.0, "jinja2": 30.0}
NO_MALLOCS = ["push", "json_push"]
COMPILE_MICROSECONDS_MAX = {"email": 200.0}

Context = dict[str, Any]


class BenchFailed(Exception):
    """Nothing could be measured, or Fanfare's bytes are wrong."""


@dataclass(frozen=True)
class Template:
    """One template of the file with its recipients."""

    key: str
    source: str
    autoescape: bool
    contexts: list[Context]
    sha256: str

    def is_expected(self, outputs: bytes) -> bool:
        """Whether these are the outputs for all recipients, with a zero byte between them."""
        return hashlib.sha256(outputs).hexdigest() == self.sha256


class Engine(Protocol):
    """What renders: named, and asked for one template at a time."""

    name: str

    def outputs(self, template: Template) -> bytes:
        """The outputs for all recipients, with a zero byte between them."""

    def renders_per_second(self, template: Template, seconds: float) -> float:
        """Renders for that long."""


class Fanfare:
    """The engine of this repository, in a process that takes commands."""

    name = "fanfare"

    def __init__(self, renderer: Path, templates: Path) -> None:
        self._process = subprocess.Popen(
            [renderer, templates], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.mallocs_per_render: dict[str, float | None] = {}

    def outputs(self, template: Template) -> bytes:
        """See Engine."""
        count: int = self._ask(f"outputs {template.key}")["bytes"]
        assert self._process.stdout is not None
        return self._process.stdout.read(count)

    def renders_per_second(self, template: Template, seconds: float) -> float:
        """See Engine; keeps the allocations of the latest round."""
        answer = self._ask(f"render {template.key} {seconds}")
        self.mallocs_per_render[template.key] = answer["mallocs_per_render"]
        return float(answer["renders_per_second"])

    def compile_microseconds(self, template: Template, seconds: float) -> float:
        """The best time to parse and bind within that long."""
        return float(self._ask(f"compile {template.key} {seconds}")["compile_us"])

    def close(self) -> None:
        """Lets the process end."""
        self._process.communicate()

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(f"{command}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            raise BenchFailed(f"the renderer ended at {command!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Peer:
    """An engine of Python's, whose templates are compiled when they are first asked for."""

    def __init__(
        self, name: str, compiled: Callable[[Template], Callable[[Context], str]]
    ) -> None:
        self.name = name
        self._compile = compiled
        self._renders: dict[str, Callable[[Context], str]] = {}

    def outputs(self, template: Template) -> bytes:
        """See Engine."""
        render = self._render(template)
        return "\0".join(render(context) for context in template.contexts).encode()

    def renders_per_second(self, template: Template, seconds: float) -> float:
        """See Engine."""
        render, contexts = self._render(template), template.contexts
        renders, start = 0, time.perf_counter()
        while True:
            for context in contexts:
                render(context)
            renders += len(contexts)
            passed = time.perf_counter() - start
            if passed >= seconds:
                return renders / passed

    def _render(self, template: Template) -> Callable[[Context], str]:
        if template.key not in self._renders:
            self._renders[template.key] = self._compile(template)
        return self._renders[template.key]


def peers() -> list[Peer]:
    """The other engines."""
    # Only the environment that `make perf-deps` makes has these.
    import jinja2
    import jinja2.sandbox
    import minijinja

    def plain(template: Template) -> Callable[[Context], str]:
        environment = jinja2.Environment(autoescape=template.autoescape)
        return environment.from_string(template.source).render

    def sandboxed(template: Template) -> Callable[[Context], str]:
        environment = jinja2.sandbox.SandboxedEnvironment(autoescape=template.autoescape)
        return environment.from_string(template.source).render

    def mini(template: Template) -> Callable[[Context], str]:
        environment = minijinja.Environment(auto_escape_callback=lambda _: template.autoescape)
        environment.add_template(template.key, template.source)
        return lambda context: environment.render_template(template.key, **context)

    return [Peer("minijinja", mini), Peer("jinja2", plain), Peer("jinja2 sandbox", sandboxed)]


@dataclass
class Figures:
    """What was measured of one template."""

    renders_per_second: dict[str, float] = field(default_factory=dict)
    same_bytes: dict[str, bool] = field(default_factory=dict)
    mallocs_per_render: float | None = None
    compile_microseconds: float = 0.0

    def ratio(self, peer: str) -> float:
        """How many renders of Fanfare fit into one of a peer."""
        return self.renders_per_second["fanfare"] / self.renders_per_second[peer]


def measure(
    template: Template, fanfare: Fanfare, others: list[Peer], rounds: int, seconds: float
) -> Figures:
    """Checks the bytes of every engine, then lets them take turns."""
    figures = Figures()
    engines: list[Engine] = [fanfare, *others]
    for engine in engines:
        figures.same_bytes[engine.name] = template.is_expected(engine.outputs(template))
    if not figures.same_bytes[fanfare.name]:
        raise BenchFailed(f"{template.key}: the bytes are not the expected ones")
    best = figures.renders_per_second
    for _ in range(rounds):
        for engine in engines:
            rate = engine.renders_per_second(template, seconds)
            best[engine.name] = max(best.get(engine.name, 0.0), rate)
    figures.mallocs_per_render = fanfare.mallocs_per_render[template.key]
    figures.compile_microseconds = fanfare.compile_microseconds(template, seconds)
    return figures


def targets_of(measured: dict[str, Figures]) -> list[Target]:
    """The bounds that hold for the templates that were measured."""
    targets = []
    for peer, least in RATIO_MIN.items():
        for key, figures in measured.items():
            name = f"{key}: renders per render of {peer}"
            targets.append(Target(name, figures.ratio(peer), least, "x", at_least=True))
    for key in NO_MALLOCS:
        if key in measured:
            targets.append(
                Target(f"{key}: mallocs per render", measured[key].mallocs_per_render, 0, "")
            )
    for key, most in COMPILE_MICROSECONDS_MAX.items():
        if key in measured:
            compiled = measured[key].compile_microseconds
            targets.append(Target(f"{key}: compile", compiled, most, "us"))
    return targets


def print_figures(measured: dict[str, Figures]) -> None:
    """One line per template."""
    names = list(next(iter(measured.values())).renders_per_second)
    ratios = list(RATIO_MIN)
    headings = ["renders/s", *names, *(f"/ {peer}" for peer in ratios), "mallocs", "compile us"]
    table = Table(headings)
    for key, figures in measured.items():
        row = [key]
        for name in names:
            mark = " " if figures.same_bytes[name] else "*"
            row.append(f"{figures.renders_per_second[name]:,.0f}{mark}")
        row += [f"{figures.ratio(peer):.1f} x" for peer in ratios]
        mallocs = figures.mallocs_per_render
        row.append("-" if mallocs is None else f"{mallocs:.3g}")
        row.append(f"{figures.compile_microseconds:.1f}")
        table.add(row)
    table.print()
    if not all(all(figures.same_bytes.values()) for figures in measured.values()):
        print("* bytes other than those of Jinja2\n")


def read_templates(path: Path) -> list[Template]:
    """The templates of a file."""
    entries = json.loads(path.read_text(encoding="utf-8"))["benches"]
    return [
        Template(
            key=entry["key"],
            source=entry["template"],
            autoescape=bool(entry["options"].get("autoescape")),
            contexts=entry["contexts"],
            sha256=entry["expect_sha256"],
        )
        for entry in entries
    ]


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    renderer = HERE / ".build" / "release" / "TemplateRenders"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--templates", type=Path, default=HERE / "templates.json", help="the templates to render")
    add("--rounds", type=int, default=6, help="turns of each engine on each template")
    add("--seconds", type=float, default=0.25, help="of one turn")
    add("--check", action="store_true", help="end with 1 when a target is missed")
    add("--json", type=Path, default=None, help="where to write the figures")
    add("--renderer", type=Path, default=renderer, help="the program that renders for Fanfare")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not arguments.renderer.exists():
        parser.error(f"{arguments.renderer} is not there: make bench-templates")
    return arguments


def enter_environment() -> None:
    """Goes on in the environment that has the other engines, unless this one has them."""
    if all(find_spec(name) for name in ("jinja2", "minijinja")):
        return
    python = python_path()
    # An environment's Python is a link to this one: its path tells them apart, not its file.
    if not python.exists() or Path(sys.executable) == python:
        raise BenchFailed("Jinja2 and MiniJinja are not installed: make perf-deps")
    os.execv(python, [str(python), *sys.argv])


def write_json(path: Path, measured: dict[str, Figures], targets: list[Target]) -> None:
    """The figures with what they were measured on."""
    entry = {
        "commit": machine.commit(),
        "machine": machine.describe(),
        "templates": {key: vars(figures) for key, figures in measured.items()},
        "targets": {target.name: target.as_json() for target in targets},
    }
    path.write_text(json.dumps(entry, indent=1) + "\n")


def main() -> int:
    """Measures, prints and compares with the targets."""
    arguments = parse_arguments()
    try:
        enter_environment()
        templates = read_templates(arguments.templates)
        about = machine.describe()
        load = os.getloadavg()[0]
        print(f"{about['cpu']}, {about['cores']} cores, load {load:.1f}", end="")
        print(f", commit {machine.commit()}\n", flush=True)
        fanfare, others = Fanfare(arguments.renderer, arguments.templates), peers()
        try:
            measured = {
                template.key: measure(
                    template, fanfare, others, arguments.rounds, arguments.seconds
                )
                for template in templates
            }
        finally:
            fanfare.close()
    except BenchFailed as failure:
        print(f"bench-templates: {failure}", file=sys.stderr)
        return 1
    print_figures(measured)
    targets = targets_of(measured)
    print_targets(targets)
    if arguments.json is not None:
        write_json(arguments.json, measured, targets)
    missed = any(not target.is_met for target in targets)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())

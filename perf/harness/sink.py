"""The stand-in provider as a child process, and what it counted."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Any

from harness import process

START_SECONDS = 10.0
ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class SinkStatistics:
    """What the sink counted since its start or last reset."""

    requests: int
    accepted: int
    distinct_keys: int
    duplicates: int
    span_seconds: float
    """From the first request to the last."""

    windows: list[int]
    """Requests in each 100 ms from the first one on, empty windows included."""


class Sink:
    """A running `fanfare sink` on a port that the system chose; ends with its `with` block."""

    def __init__(
        self, binary: Path, log: Path, core: int | None = None, options: Sequence[str] = ()
    ) -> None:
        self._log = log
        self._output = log.open("wb")
        command = [str(binary), "sink", "--listen", "127.0.0.1:0", *options]
        self._process: Popen[bytes] = process.start(command, self._output, core)
        self._started = time.monotonic()
        self.address = ""

    def __enter__(self) -> Sink:
        try:
            self.address = self._wait_for_address()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process.stop(self._process)
        self._output.close()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://{self.address}/push"

    def reset(self) -> None:
        """Forgets everything counted."""
        self._call("POST", "/_sink/reset")

    def statistics(self) -> SinkStatistics:
        """What was counted since the last reset."""
        return parse_statistics(json.loads(self._call("GET", "/_sink/stats")))

    def _call(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(f"http://{self.address}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            body: bytes = response.read()
        return body

    def _wait_for_address(self) -> str:
        while time.monotonic() < self._started + START_SECONDS:
            found = ADDRESS.search(self._log.read_text(errors="replace"))
            if found:
                return found[0]
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise process.CommandFailed(f"the sink did not start: {self._log.read_text()}")


def parse_statistics(values: dict[str, Any]) -> SinkStatistics:
    """Reads the sink's JSON; the one place that knows its names."""
    return SinkStatistics(
        requests=int(values["requests"]),
        accepted=int(values["accepted"]),
        distinct_keys=int(values["distinct_keys"]),
        duplicates=int(values["duplicates"]),
        span_seconds=((values["last_request_ms"] or 0) - (values["first_request_ms"] or 0)) / 1000,
        windows=[int(count) for count in values["windows"]],
    )

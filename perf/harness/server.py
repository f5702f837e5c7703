"""A `fanfare serve` of its own, and its API."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

from harness import process
from harness.process import CommandFailed

START_SECONDS = 60.0


class Server:
    """A server over a data directory; started again over the same one it goes on."""

    def __init__(self, binary: Path, scratch: Path, options: list[str] | None = None) -> None:
        self.binary = binary
        self.data = scratch / "data"
        self.log = scratch / "server.log"
        self.options = options or []
        self.key = ""
        self.port = 0
        self.process: Any = None
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it and waits until it takes requests."""
        command = [str(self.binary), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0"]
        with self.log.open("wb") as output:
            self.process = process.start(
                [*command, "--allow-private-networks", *self.options], output
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            text = self.log.read_text(errors="replace")
            found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
            key = re.search(r"ff_[0-9A-Za-z]+", text)
            self.key = self.key or (key[0] if key else "")
            if found and self.key:
                self.port = int(found[1])
                self._connection = None
                if self._is_ready():
                    return
            if self.process.poll() is not None:
                raise CommandFailed(f"fanfare serve ended:\n{text[-2000:]}")
            time.sleep(0.05)
        raise CommandFailed("fanfare serve did not start")

    def _is_ready(self) -> bool:
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def stop(self) -> None:
        """Asks it to end."""
        if self.process is not None:
            process.stop(self.process)

    def kill(self) -> None:
        """Ends it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Makes a request; the answer's status and its JSON."""
        status, text = self.raw(
            method,
            path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", **(headers or {})},
        )
        return status, json.loads(text) if text else None

    def raw(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Makes a request with bytes, or with an iterator of bytes that is sent in chunks."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            self._connection.request(
                method,
                path,
                body,
                {"Authorization": f"Bearer {self.key}", **headers},
                encode_chunked=hasattr(body, "__next__"),
            )
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            raise

    def expect(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Makes a request that must get a status."""
        got, answer = self.call(method, path, body)
        if got != status:
            raise CommandFailed(f"{method} {path} answered {got}: {answer}")
        return answer

    @property
    def cpu_seconds(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def rss_bytes(self) -> int:
        """The resident size now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) * 1024 if found else 0

    @property
    def peak_rss_bytes(self) -> int:
        """The largest resident size so far."""
        return process.peak_rss_bytes(self.process.pid)

    def add_template(
        self, url: str, body: str = "Hi {{ receiver.name }}", template: str = "perf"
    ) -> None:
        """A published template whose messages go to a URL."""
        content = {"format": "text", "body": body, "url": url, "content_type": "application/json"}
        self.expect(
            "POST",
            "/v1/templates",
            {
                "id": template,
                "name": template,
                "channel_type": "webhook",
                "message_type": "transactional",
                "content": content,
            },
            201,
        )
        self.expect("POST", f"/v1/templates/{template}/versions/1/publish")

    def add_campaign(self, name: str, segment: str, template: str = "perf") -> None:
        """A campaign to the users of a segment."""
        body = {"id": name, "name": name, "template_id": template, "segment_ids": [segment]}
        self.expect("POST", "/v1/campaigns", body, 201)

    def wait_for(
        self, campaign: str, statuses: set[str], seconds: float = 600, interval: float = 0.02
    ) -> Any:
        """Waits until a campaign has one of the statuses, asking for it at intervals."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.expect("GET", f"/v1/campaigns/{campaign}")
            if answer["status"] in statuses:
                return answer
            time.sleep(interval)
        raise CommandFailed(f"campaign {campaign} is {answer['status']}, not {statuses}")

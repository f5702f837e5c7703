#!/usr/bin/env python3
"""Measures the import of users over HTTP: rows a second of the server's CPU time, and its memory.

    swift build -c release --product fanfare
    python3 perf/control_import.py [--users N] [--order random] [--attribute score] [--again]

Users are generated from their numbers, so that every run sends the same bytes. Each has an id, a
name, locale, timezone, four attributes (one of them declared and indexed), two tags and a webhook.
They are generated into a file first, so that the client costs the server no time on the processor.
"""

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

PLANS = ["free", "pro", "team", "business"]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo", "Europe/London"]
LOCALES = ["de", "en-US", "ja", "pt-BR", "en-GB"]
TICKS = os.sysconf("SC_CLK_TCK")


def user(number, order):
    mixed = (number * 2654435761) & 0xFFFFFFFF
    key = mixed if order == "random" else number
    place = mixed % 5
    return {
        "id": f"user-{key:010d}",
        "name": f"Person Number {mixed % 100000}",
        "locale": LOCALES[place],
        "timezone": ZONES[place],
        "attributes": {
            "plan": PLANS[mixed >> 30],
            "age": mixed % 80,
            "score": (mixed % 1000003) + (mixed % 10) / 10,
            "city": f"City {(mixed >> 8) % 5000}",
        },
        "tags": [f"tag-{(mixed >> 4) % 50}", f"seg-{(mixed >> 12) % 20}"],
        "endpoints": [
            {"type": "webhook", "url": f"https://hooks.example.com/users/{key:010d}"}],
    }


def write_users(path, count, order):
    encode = json.JSONEncoder(separators=(",", ":")).encode
    with open(path, "w") as file:
        for start in range(0, count, 10000):
            rows = range(start, min(start + 10000, count))
            file.write("".join(encode(user(row, order)) + "\n" for row in rows))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid, name):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    return 0


class Server:
    def __init__(self, binary, folder):
        self.port = free_port()
        self.log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen(
            [binary, "serve", "--data", os.path.join(folder, "data"),
             "--listen", f"127.0.0.1:{self.port}"],
            stdout=self.log, stderr=self.log)
        self.key = self.wait()

    def wait(self):
        for _ in range(200):
            time.sleep(0.05)
            if self.process.poll() is not None:
                break
            with open(self.log.name) as file:
                text = file.read()
            found = re.search(r"\bff_\w+", text)
            if found and "listening" in text:
                return found.group(0)
        self.process.kill()
        sys.exit("the server did not start: " + open(self.log.name).read())

    def call(self, method, path, body, media_type, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3600)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media_type}
        connection.request(method, path, body, headers, encode_chunked=chunked)
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            sys.exit(f"{method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def pieces(path):
    with open(path, "rb") as file:
        while piece := file.read(64 << 10):
            yield piece


def measure(server, path, count, what):
    before, started = cpu_seconds(server.process.pid), time.monotonic()
    answer = server.call(
        "POST", "/v1/users/import", pieces(path), "application/x-ndjson")
    cpu = cpu_seconds(server.process.pid) - before
    wall = time.monotonic() - started
    assert answer["rows"] == count and answer["rejected"] == 0, answer
    print(json.dumps({
        "what": what, "rows": count, "bytes": os.path.getsize(path),
        "cpu_seconds": round(cpu, 2), "rows_per_cpu_second": round(count / cpu),
        "wall_seconds": round(wall, 2), "rows_per_second": round(count / wall),
        "rss_mb": round(memory(server.process.pid, "VmRSS")),
        "rss_peak_mb": round(memory(server.process.pid, "VmHWM")),
        "created": answer["created"], "updated": answer["updated"],
    }), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/fanfare")
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--order", choices=["sorted", "random"], default="sorted")
    parser.add_argument("--attribute", choices=["plan", "score"], default="plan",
                        help="which attribute has an index")
    parser.add_argument("--again", action="store_true", help="import the same users once more")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users.ndjson")
        write_users(path, options.users, options.order)
        server = Server(options.binary, folder)
        try:
            kind = "string" if options.attribute == "plan" else "number"
            server.call("PUT", f"/v1/attributes/{options.attribute}",
                        json.dumps({"type": kind, "indexed": True}), "application/json")
            what = f"{options.order} ids, index on {options.attribute}"
            measure(server, path, options.users, "new users, " + what)
            if options.again:
                measure(server, path, options.users, "known users, " + what)
        finally:
            server.stop()


if __name__ == "__main__":
    main()

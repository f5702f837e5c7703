#!/usr/bin/env bash
# libcurl tells of a Retry-After of six hours at the most.
#
# Likely guess: CURLINFO_RETRY_AFTER is the header's value in seconds, as its page says, and a
# client that waits for as long as it is told goes by it.
#
# Seen with PycURL 7.49.0, whose wheel for Linux holds libcurl 8.23.0: 86400 (a day) and a date a
# week from now both come out as 21600, without a sign that they were cut; so does libcurl 8.14.1,
# where 7.88.1 gave the whole value. The page does not mention it. A provider that closes for a day
# is asked again after six hours by whoever believes the figure; for more, the header itself has to
# be read.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/probe.py" <<'PYTHON'
import email.utils
import http.server
import threading
import time

import pycurl


class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        week = email.utils.formatdate(time.time() + 7 * 86400, usegmt=True)
        self.send_header("Retry-After", week if self.path == "/date" else self.path[1:])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(pycurl.version.split()[1], end="")
for path in ("120", "21599", "86400", "date"):
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://127.0.0.1:{server.server_port}/{path}")
    handle.setopt(pycurl.NOPROXY, "*")
    handle.perform()
    print("", path, handle.getinfo(pycurl.RETRY_AFTER), sep=" ", end="")
    handle.close()
print()
server.shutdown()
PYTHON

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    pycurl==7.49.0

seen=$("$folder/venv/bin/python" "$folder/probe.py")
was="libcurl/8.23.0 120 120 21599 21599 86400 21600 date 21600"
printf '%s\n' "$seen"
if [ "$seen" != "$was" ]; then
    printf 'changed; it was\n%s\n' "$was" >&2
    exit 1
fi

"""Says how many operations of the server at an address have answered with success, and which not.

Arguments: the address, and how many of a hundred have to.
"""

import json
import re
import sys
import urllib.request

METHODS = ("get", "post", "put", "patch", "delete")
COUNTER = re.compile(r'fanfare_http_requests_total\{route="(\w+)",status="[23]\d\d"\}')


def read(path):
    with urllib.request.urlopen(sys.argv[1] + path, timeout=60) as response:
        return response.read().decode()


# First, so that this request of ours is none of those that are counted.
reached = set(COUNTER.findall(read("/metrics")))
paths = json.loads(read("/openapi.json"))["paths"]
operations = {
    path[method]["operationId"] for path in paths.values() for method in METHODS if method in path}
missed = sorted(operations - reached)
print(f"fuzz-api: {len(operations) - len(missed)} of {len(operations)} operations had success")
if missed:
    print("fuzz-api: not:", " ".join(missed))
if len(reached) * 100 < len(operations) * int(sys.argv[2]):
    print("fuzz-api: those are too few", file=sys.stderr)
    sys.exit(1)

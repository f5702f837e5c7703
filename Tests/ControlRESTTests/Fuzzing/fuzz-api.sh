#!/usr/bin/env bash
# Sends the API what its own OpenAPI document allows, and what it does not, and fails at a server
# error or an answer that the document does not have. Schemathesis makes the requests; it lives in
# a Python environment outside the repository. FUZZ_API_SECONDS bounds the run.
set -euo pipefail
cd "$(dirname "$0")/../../.."

seconds=${FUZZ_API_SECONDS:-300}
fanfare=${FANFARE:-.build/debug/fanfare}
environment=${XDG_CACHE_HOME:-$HOME/.cache}/fanfare-fuzz-api
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fanfare-fuzz-api.XXXXXX")
server=

clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

python3 -c 'import ensurepip' 2>/dev/null || .ci/deps python3-venv
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement Tests/ControlRESTTests/Fuzzing/requirements.txt

"$fanfare" serve --data "$scratch/data" --listen 127.0.0.1:0 --allow-private-networks \
    >"$scratch/output" 2>"$scratch/log" &
server=$!
address=
for ((tries = 0; tries < 200; tries++)); do
    address=$(grep -ohE 'http://127\.0\.0\.1:[0-9]+' "$scratch/output" "$scratch/log" |
        head -n 1 || true)
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
key=$(grep -ohE 'ff_[0-9A-Za-z]+' "$scratch/output" | head -n 1 || true)
if [ -z "$address" ] || [ -z "$key" ]; then
    echo "fuzz-api: the server did not start:" >&2
    cat "$scratch/output" "$scratch/log" >&2
    exit 1
fi

# Keys are not revoked: one of them is the fuzzer's own. Requests that an address range makes last
# are bounded by the time limit of a request.
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks+=,response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth
status=0
(
    cd "$scratch"
    "$environment/bin/schemathesis" run "$address/openapi.json" \
        --header "Authorization: Bearer $key" --exclude-operation-id revoke_key \
        --checks "$checks" \
        --phases coverage,fuzzing --workers 2 --request-timeout 60 --max-time "$seconds" \
        --suppress-health-check all --warnings off --no-color
) || status=$?
if ! kill -0 "$server" 2>/dev/null; then
    echo "fuzz-api: the server died:" >&2
    tail -n 20 "$scratch/log" >&2
    exit 1
fi
exit "$status"

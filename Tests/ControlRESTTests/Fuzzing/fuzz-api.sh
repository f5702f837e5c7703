#!/usr/bin/env bash
# Sends the API what its own OpenAPI document allows, and what it does not, and fails at a server
# error or an answer that the document does not have. Schemathesis makes the requests, hooks.py lets
# them name what exists; it lives in a Python environment outside the repository. FUZZ_API_SECONDS
# bounds the run.
set -euo pipefail
cd "$(dirname "$0")/../../.."

seconds=${FUZZ_API_SECONDS:-300}
# Of a hundred operations, how many have to answer with success once. A run of half a minute comes
# to about ninety.
least=60
fanfare=${FANFARE:-.build/debug/fanfare}
environment=${XDG_CACHE_HOME:-$HOME/.cache}/fanfare-fuzz-api
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fanfare-fuzz-api.XXXXXX")
processes=()

clean_up() {
    for process in "${processes[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

python3 -c 'import ensurepip' 2>/dev/null || .ci/deps python3-venv
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement Tests/ControlRESTTests/Fuzzing/requirements.txt

# Waits for the address on which a process of ours listens, and prints it.
address_of() {
    local tries address
    for ((tries = 0; tries < 200; tries++)); do
        address=$(grep -ohE '127\.0\.0\.1:[1-9][0-9]*' "$scratch/$1.out" "$scratch/$1.log" |
            head -n 1 || true)
        [ -z "$address" ] || break
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    if [ -z "$address" ]; then
        echo "fuzz-api: the $1 did not start:" >&2
        cat "$scratch/$1.out" "$scratch/$1.log" >&2
        return 1
    fi
    echo "http://$address"
}

"$fanfare" sink --listen 127.0.0.1:0 >"$scratch/sink.out" 2>"$scratch/sink.log" &
processes+=($!)
receiver=$(address_of sink "$!")
"$fanfare" serve --data "$scratch/data" --listen 127.0.0.1:0 --allow-private-networks \
    >"$scratch/server.out" 2>"$scratch/server.log" &
server=$!
processes+=("$server")
address=$(address_of server "$server")
key=$(grep -ohE 'ff_[0-9A-Za-z]+' "$scratch/server.out" | head -n 1)

# Keys are not revoked: one of them is the fuzzer's own. Requests that an address range makes last
# are bounded by the time limit of a request.
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks+=,response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth
hooks=$PWD/Tests/ControlRESTTests/Fuzzing
status=0
(
    cd "$scratch"
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$hooks SCHEMATHESIS_HOOKS=hooks \
        FUZZ_API_SERVER=$address FUZZ_API_KEY=$key FUZZ_API_RECEIVER=$receiver/hook \
        "$environment/bin/schemathesis" run "$address/openapi.json" \
        --header "Authorization: Bearer $key" --exclude-operation-id revoke_key \
        --checks "$checks" \
        --phases coverage,fuzzing --workers 2 --request-timeout 60 --max-time "$seconds" \
        --suppress-health-check all --warnings off --no-color
) || status=$?
if ! kill -0 "$server" 2>/dev/null; then
    echo "fuzz-api: the server died:" >&2
    tail -n 20 "$scratch/server.log" >&2
    exit 1
fi

# A fuzzer that is only ever refused finds nothing, so that has to be seen.
python3 Tests/ControlRESTTests/Fuzzing/reached.py "$address" "$least" || status=$?
exit "$status"

#!/usr/bin/env bash
# Installs what `make perf` and `make bench-templates` measure against: Debian packages by name, and
# a Python environment outside the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(wrk hey nghttp2-client python3)
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
for package in "${packages[@]}"; do
    # Only what is missing as a command too: it may have come from elsewhere than a package.
    command=${package/nghttp2-client/h2load}
    command -v "$command" >/dev/null || .ci/deps "$package"
done

environment=${XDG_CACHE_HOME:-$HOME/.cache}/fanfare-perf
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement perf/peers/requirements.txt
echo "perf: the Python environment is $environment"

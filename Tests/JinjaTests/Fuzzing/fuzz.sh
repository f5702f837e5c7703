#!/usr/bin/env bash
# Fuzzes the template engine, guided by coverage, under the address sanitizer: `make fuzz`.
#
# Usage: fuzz.sh [LIBFUZZER-OPTION-OR-FILE...]; FUZZ_SECONDS says how long. With a file only that
# input is run, which shows a finding again. New inputs gather in .build/fuzz/corpus; findings end
# up in .build/fuzz/findings and, once mended, in Corpus, which the tests run.
#
#   fuzz.sh minimise    Reduces both, into .build/fuzz/minimal, to inputs that reach everything,
#                       the ones that reach most first
set -euo pipefail
cd "$(dirname "$0")/../../.."

here=Tests/JinjaTests/Fuzzing
out=.build/fuzz
binary=$out/templates
mkdir -p "$out/corpus" "$out/findings"

# The settings of the package. Of several `-sanitize` options only the last one would count.
options=(
    -O -wmo -parse-as-library -swift-version 6 -package-name fanfare -strict-memory-safety
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -sanitize=address,fuzzer
)

build() {
    local sources
    mapfile -t sources < <(find Sources/Core/Jinja -name '*.swift' | sort)
    echo "Compiling the engine for fuzzing (a minute or two)"
    swiftc "${options[@]}" -module-name Jinja -emit-module \
        -emit-module-path "$out/Jinja.swiftmodule" -c -o "$out/Jinja.o" "${sources[@]}"
    # The linker of the toolchain warns of a thousand local symbols of the sanitizer.
    swiftc "${options[@]}" -module-name Fuzzing -I "$out" -o "$binary" \
        "$here/FuzzCase.swift" "$here/FuzzTemplates.swift" "$out/Jinja.o" -lm \
        2> >(grep -v 'Cannot export local symbol' >&2)
}

if [ ! -x "$binary" ] \
    || [ -n "$(find Sources/Core/Jinja "$here"/*.swift -newer "$binary" -print -quit)" ]; then
    build
fi

# Without this a trap waits for a debugger instead of ending the run.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=16}

limits=(-max_len=4096 -timeout=10 -rss_limit_mb=1024 -dict="$here/templates.dict")
case ${1:-} in
minimise)
    rm -rf "$out/minimal"
    mkdir "$out/minimal"
    exec "$binary" "${limits[@]}" -set_cover_merge=1 "$out/minimal" "$here/Corpus" "$out/corpus"
    ;;
esac
for argument in "$@"; do
    if [ -f "$argument" ]; then exec "$binary" "${limits[@]}" "$@"; fi
done
"$binary" "${limits[@]}" -artifact_prefix="$out/findings/" -max_total_time="${FUZZ_SECONDS:-600}" \
    -print_final_stats=1 "$@" "$out/corpus" "$here/Corpus"

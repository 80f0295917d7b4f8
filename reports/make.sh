#!/usr/bin/env bash
# Make the example reports again, from rendered portraits alone. Needs what `make demo` needs, and ten minutes:
#
#     bash reports/make.sh
#
# What is rendered, trained or scored already, in demo/ and notebooks/workspace/, is not done twice.
set -euo pipefail
cd "$(dirname "$0")/.."
most_bytes=5000000

# example NAME WORKSPACE REPORT STAGE...: a report's files, and the last run record of each stage behind it.
example() {
    local target="reports/$1" workspace="$2" report="$3" stage records
    shift 3
    rm -rf "$target"
    cp -r "$workspace/reports/$report" "$target"
    rm -f "$target/audit.json" # report.json holds it
    for stage in "$@"; do
        records=("$workspace"/runs/[0-9]*-"$stage".json)
        cp "${records[-1]}" "$target/run-$stage.json"
    done
}

.venv/bin/datatools run demo --workspace demo --quiet
(cd notebooks && ../.venv/bin/datatools run workspace.toml --workspace workspace --quiet)
example demo demo audit audit report
example ablation notebooks/workspace ablate-with-and-without-generated ablate

if grep -rlF "$PWD" reports; then
    echo "These files name a folder of this machine." >&2
    exit 1
fi
n_bytes=$(du -sb reports | cut -f1)
if ((n_bytes > most_bytes)); then
    echo "The examples hold $n_bytes bytes, expected at most $most_bytes." >&2
    exit 1
fi
echo "reports/: $n_bytes bytes"

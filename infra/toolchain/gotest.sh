#!/bin/bash
# Runs go test with these arguments. If something fails, says at the end once more what and why: the outputs of many
# packages and servers lie between.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT

go test "$@" 2>&1 | tee "$log"
result=${PIPESTATUS[0]}
if [ "$result" != 0 ]; then
	echo
	echo "What failed, from the output above:"
	grep -E '^ *--- FAIL|^FAIL|^panic|_test\.go:[0-9]+: |^\s+(Error|Messages):|# .*\[.*\.test\]$|\.go:[0-9]+:[0-9]+: ' "$log" | cut -c 1-300 | tail -60
fi
exit "$result"

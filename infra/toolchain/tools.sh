#!/bin/bash
# Puts into bin/ what SpeedScale runs on. Does nothing, and quickly, where nothing has changed.
#
#   tools.sh         the engine, then our own programs
#   tools.sh engine  bin/pulumi, and the Docker plugin, installed into PULUMI_HOME
#   tools.sh own     bin/speedscale, and our Pulumi plugin beside its PulumiPlugin.yaml
#   tools.sh lint    bin/golangci-lint, bin/gofumpt and bin/actionlint
#   tools.sh test    this module's own tests
#
# A pulumi on PATH of at least the SDK's minor version is linked into bin/ and nothing is built: that one downloads
# the Docker plugin by itself. Setting: PULUMI_HOME, where plugins are installed (.speedscale/pulumi-home).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
bin=$project/bin
docker_plugin=plugins/pulumi-resource-docker # beside the CLI it would count as a developer's, with a warning each time
export PULUMI_HOME=${PULUMI_HOME:-$project/.speedscale/pulumi-home}
export PULUMI_SKIP_UPDATE_CHECK=true

# Go for the modules here. No C compiler is needed, and the same flags for building and testing share one cache.
# no_compose leaves out a resource that nobody here uses and that takes the whole of Docker Compose.
toolchain_go() { # folder of the module, arguments
	local module=$1
	shift
	(cd "$module" && CGO_ENABLED=0 GOFLAGS="-trimpath -tags=no_compose" go "$@")
}

module_version() { # folder of the go.mod, module: its version without the v
	(cd "$1" && go list -m -f '{{.Version}}' "$2") | sed 's/^v//'
}

# Builds programs into bin/ with one command, which keeps all cores busy, and a line now and then, for from a cold cache
# it takes minutes.
build() { # folder of the module, linker flags, packages
	local module=$1 flags=$2 total
	shift 2
	total=$(toolchain_go "$module" list -deps "$@" 2> >(grep -v '^go: downloading' >&2) | wc -l)
	toolchain_go "$module" build -v -ldflags "-s -w $flags" -o "$bin/" "$@" 2>&1 | awk -v total="$total" '
		/^go: downloading/ { next }
		/[ :#]/ { print; next } # no package, so an error
		++built % 200 == 0 { printf "  %d of at most %d packages\n", built, total; fflush() }'
}

# What a stamp holds for a build with these settings of these files by this Go on this system. The files are named from
# here, so that a copy of the checkout in another folder has the same.
fingerprint() { # settings, files
	(cd "$here" && { echo "$1" && go env GOVERSION GOOS GOARCH && sha256 "${@:2}"; } | sha256)
}

sha256() { # a Mac has the other one
	if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# A stamp says what programs were built from and how large they are: a build that was killed, or a machine that lost its
# power, leaves some that are cut short.
is_built() { # stamp, fingerprint, programs
	[ "$(cat "$1" 2>/dev/null)" = "$(stamp_of "${@:2}")" ]
}

stamp_of() { # fingerprint, programs
	local program
	echo "$1"
	for program in "${@:2}"; do
		[ ! -L "$bin/$program" ] && (cd "$bin" && wc -c "$program") 2>/dev/null
	done
	return 0
}

at_least_minor() { # have, want: 3.260.1 is at least the minor version of 3.259.0
	local have want
	IFS=. read -ra have <<<"${1#v}"
	IFS=. read -ra want <<<"$2"
	[ "${have[0]}" = "${want[0]}" ] && [ "${have[1]:-0}" -ge "${want[1]}" ]
}

# Prints the first pulumi on PATH that is new enough. What we put into bin/ does not count, should that be on PATH.
pulumi_on_path() { # version wanted
	local candidate version
	while read -r candidate; do
		[ "$(dirname "$candidate")" -ef "$bin" ] && continue
		version=$("$candidate" version 2>/dev/null) && at_least_minor "$version" "$1" || continue
		echo "$candidate"
		return
	done < <(type -aP pulumi)
}

engine() {
	local cli_version found
	cli_version=$(module_version "$here" github.com/pulumi/pulumi/pkg/v3)
	found=$(pulumi_on_path "$cli_version")
	if [ -n "$found" ]; then
		[ "$bin/pulumi" -ef "$found" ] || { ln -sfn "$found" "$bin/pulumi" && echo "Using $found."; }
		return
	fi
	build_engine "$cli_version"
	install_docker_plugin
}

build_engine() { # version of the CLI
	local stamp=$bin/.engine sdk now
	sdk=$(module_version "$project" github.com/pulumi/pulumi-docker/sdk/v4) # the engine asks for a plugin of this version
	now=$(fingerprint "$sdk" tools.sh go.{mod,sum} docker/{main,provider}.go docker/shim/{go.mod,shim.go})
	is_built "$stamp" "$now" pulumi $docker_plugin && return
	echo "Building the Pulumi CLI and its Docker plugin from source, into bin/: 2,400 Go packages, which take 4 to 8 minutes"
	echo "on 2 cores, the first time only. (A pulumi $1 or newer on PATH would be used instead.)"
	rm -f "$bin/pulumi" # it may be a link to somebody's own
	build "$here" "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$1 -X main.version=$sdk" \
		github.com/pulumi/pulumi/pkg/v3/cmd/pulumi ./docker
	mkdir -p "$bin/plugins"
	mv "$bin/docker" "$bin/$docker_plugin"
	stamp_of "$now" pulumi $docker_plugin >"$stamp"
}

install_docker_plugin() {
	local built=$bin/$docker_plugin version
	version=$("$built" -version)
	cmp -s "$built" "$PULUMI_HOME/plugins/resource-docker-v$version/pulumi-resource-docker" ||
		"$bin/pulumi" plugin install resource docker "$version" --file "$built" --reinstall
}

own() {
	local stamp=$bin/.own folder=infra/cmd/pulumi-resource-speedscale
	local plugin=../$folder/pulumi-resource-speedscale
	cd "$project"
	# Go takes a program that was cut short for whole, if only its beginning is.
	is_built "$stamp" "" speedscale "$plugin" || rm -f "$stamp" "$bin/speedscale" "$bin/$plugin"
	go build -o "$bin/$plugin" "./$folder" &
	go build -o "$bin/speedscale" ./infra/cmd/speedscale
	wait $! # side by side: with nothing to do, each takes 0.2 s to see that
	stamp_of "" speedscale "$plugin" >"$stamp"
}

lint() {
	local stamp=$bin/.lint now linters=(golangci-lint gofumpt actionlint)
	now=$(fingerprint "" tools.sh lint/go.{mod,sum})
	is_built "$stamp" "$now" "${linters[@]}" && return
	echo "Building golangci-lint, gofumpt and actionlint from source, into bin/: 1 to 3 minutes, the first time only."
	build "$here/lint" "" github.com/golangci/golangci-lint/v2/cmd/golangci-lint mvdan.cc/gofumpt \
		github.com/rhysd/actionlint/cmd/actionlint
	stamp_of "$now" "${linters[@]}" >"$stamp"
}

command -v go >/dev/null || { echo "tools.sh: there is no go command; see https://go.dev/dl" >&2; exit 1; }
mkdir -p "$bin"
case ${1:-} in
'')
	engine
	own
	;;
engine | own | lint) "$1" ;;
test) toolchain_go "$here" test ./... ;;
*)
	echo "tools.sh: unknown argument $1; known: engine, own, lint, test" >&2
	exit 2
	;;
esac

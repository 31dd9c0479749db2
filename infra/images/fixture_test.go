package images

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// tools stand in for those that download and compile: what they make depends
// on their inputs alone, and they write down that they were called.
var tools = map[string]string{
	"mmdebstrap": `for last; do :; done; dir=$(mktemp -d); cd "$dir"; mkdir -p etc/apt usr/bin
echo "$@" | sed "s# [^ ]*whole.tar##" > usr/bin/packages; echo "made at $dir" > etc/hostname
tar --mtime=@$SOURCE_DATE_EPOCH -cf "$last" . ; rm -r "$dir"`,
	"python3": `while [ $# -gt 0 ]; do case $1 in --requirement) req=$2 ;; --dest) dest=$2 ;; esac; shift; done
cd "$dest" && mkdir -p w/redis-stack-server/bin w/redis-stack-server/lib
{ echo "#!/bin/sh"; sed "s/^/# /" "$req"; } > w/mongod; cp "$req" w/redis-stack-server/bin/redis-server; touch w/redis-stack-server/lib/redisgears.so
mkdir -p mysql/vendor && touch mysql/vendor/libssl.so.1.1 mysql/vendor/libcrypto.so.1.1 mysql/vendor/other.so
$PYTHON -m zipfile -c x.whl w mysql && rm -r w mysql`,
	"go": `out=$(echo "$@" | sed 's/.* -o \([^ ]*\).*/\1/'); for last; do :; done
{ echo "for $GOOS/$GOARCH"; cat go.sum "$last"/*.go; } > "$out"; grep -q speedscale/internal/shared "$last"/*.go && cat internal/shared/*.go >> "$out"; true`,
	"npm": `case $1 in
ci) mkdir -p node_modules/redis-commander/config && sed 's/"":{},//' package-lock.json > node_modules/.package-lock.json && cp package-lock.json node_modules/redis-commander/ ;;
run) mkdir -p dist && cat src/* index.html > dist/index.html ;;
esac`,
}

// checkout is a small project with what Prepare reads, and the tools first on
// PATH. called tells which of them ran since it was asked last.
func checkout(t *testing.T) (root string, called func() string) {
	t.Helper()
	testenv.Needs(t, "python3")
	root = t.TempDir()
	bin, log := filepath.Join(t.TempDir(), "bin"), filepath.Join(t.TempDir(), "log")
	python, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	require.NoError(t, err)
	for name, script := range tools {
		write(t, filepath.Join(bin, name), "#!/bin/bash\nset -eu\necho "+name+" >> "+log+"\n"+script+"\n")
		require.NoError(t, os.Chmod(filepath.Join(bin, name), 0o755))
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("PYTHON", strings.TrimSpace(string(python)))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))

	for name, content := range map[string]string{
		"go.mod": "module speedscale\n", "go.sum": "",
		"app/cmd/gateway/main.go":                        "package main\nimport _ \"speedscale/internal/shared\"\n",
		"internal/shared/shared.go":                      "package shared\n",
		"internal/unrelated/unrelated.go":                "package unrelated\n",
		"infra/cmd/mongos/main.go":                       "package main\n",
		"infra/cmd/redis-stack/main.go":                  "package main\n",
		"infra/images/etc/passwd":                        "root\n",
		"infra/images/etc/group":                         "root\n",
		"infra/images/mongo/requirements.txt":            "mongod==1\n",
		"infra/images/redis-stack/requirements.txt":      "redis==1\n",
		"infra/images/redis-commander/package.json":      "{}",
		"infra/images/nginx/Dockerfile.registry":         "FROM x\n",
		"frontend/package-lock.json":                     `{"packages":{"":{},"node_modules/react":{"integrity":"1"}}}`,
		"frontend/index.html":                            "<html>",
		"frontend/src/main.tsx":                          "main",
		"frontend/nginx/nginx.conf":                      "http {}",
		"frontend/nginx/tls.conf":                        "http {}",
		"infra/images/redis-commander/package-lock.json": `{"lockfileVersion":3}`,
	} {
		write(t, filepath.Join(root, name), content)
	}
	for _, name := range Names() {
		write(t, filepath.Join(root, "infra", "images", name, "Dockerfile"), "FROM scratch\n")
	}
	return root, func() string {
		data, err := os.ReadFile(log)
		if os.IsNotExist(err) {
			return ""
		}
		require.NoError(t, err)
		require.NoError(t, os.Remove(log))
		return strings.Join(strings.Fields(string(data)), " ")
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// refs are references for all images that a registry can have.
func refs() map[string]string {
	return map[string]string{
		Mongo: "mongo:6.0", Mongos: "mongo:6.0", RedisStack: "redis/redis-stack:7.4.0-v8",
		RedisCommander: "ghcr.io/joeferner/redis-commander:0.9.1", Nginx: "nginx:1.30",
	}
}

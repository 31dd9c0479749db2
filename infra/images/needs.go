package images

import (
	"fmt"

	"speedscale/infra/commander"
)

// Needs is what an image's containers have to be given, beyond a command and
// settings, to run as nobody in particular, to leave nothing behind, and to find
// folders that they may write to: their root file system is read-only.
type Needs struct {
	// User is who runs the program, as Docker takes it; empty: the image knows.
	User string
	// Entrypoint is the image's own, for containers that do something before it.
	Entrypoint []string
	// Tmpfs are folders in memory, by the options they are mounted with.
	Tmpfs map[string]string
	// Volumes are the folders that the image declares. Each that has no volume
	// of the stack's gets one without a name from Docker, unless something else
	// is mounted there.
	Volumes []string
	// Beside tells that another program runs beside the server: RedisInsight.
	Beside bool
}

// needsOf is read in the official images' public sources; see the decision
// record on images from a registry.
func needsOf(name string, source Source) Needs {
	official := source == Registry
	switch name {
	case Mongo:
		needs := Needs{Tmpfs: map[string]string{"/tmp": folder(999, "1m")}} // for its socket
		if official {
			needs.Volumes, needs.Entrypoint = []string{"/data/configdb", "/data/db"}, []string{"docker-entrypoint.sh"}
		}
		return needs
	case Mongos:
		if official {
			return needsOf(Mongo, Registry)
		}
	case RedisStack:
		if !official {
			return Needs{Tmpfs: map[string]string{"/data": folder(998, "16m")}}
		}
		// The image names no user, and its folders are root's. Nothing is saved
		// there; RedisInsight keeps its list of databases.
		return Needs{User: "65534:65534", Beside: true, Tmpfs: map[string]string{
			"/data": folder(65534, "16m"), "/redisinsight": folder(65534, "16m"), "/tmp": folder(65534, "16m"),
		}}
	case RedisCommander:
		return Needs{Tmpfs: map[string]string{commander.Written: folder(10000, "1m")}}
	case Nginx:
		return Needs{Tmpfs: map[string]string{"/tmp": folder(101, "16m")}}
	}
	return Needs{}
}

// folder are the options of a folder in memory that belongs to one user.
func folder(user int, size string) string {
	return fmt.Sprintf("gid=%[1]d,mode=0700,size=%[2]s,uid=%[1]d", user, size)
}

package images

// Needs is what an image's containers have to be given, beyond a command and
// settings, to leave nothing behind and to run as nobody in particular. Images
// that are built here need nothing: their Dockerfiles say it.
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
	if source != Registry {
		return Needs{}
	}
	switch name {
	case Mongo, Mongos:
		// No user: its entrypoint gives the data to user 999 and goes on as that one.
		return Needs{Volumes: []string{"/data/configdb", "/data/db"}, Entrypoint: []string{"docker-entrypoint.sh"}}
	case RedisStack:
		// The image names no user, and its folders are root's. Nothing is saved
		// there; RedisInsight keeps its list of databases.
		return Needs{User: "65534:65534", Beside: true, Tmpfs: map[string]string{
			"/data": nobodys, "/redisinsight": nobodys,
		}}
	}
	return Needs{}
}

const nobodys = "gid=65534,mode=0750,size=16m,uid=65534"

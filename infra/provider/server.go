package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
	"speedscale/internal/secretfile"
)

// Server is a container that has certificate files in the folder of its secrets.
type Server struct {
	Container string `pulumi:"container"`
	Host      string `pulumi:"host,optional"`
	Program   string `pulumi:"program,optional"`
}

// Programs that have to be told when a certificate file was replaced.
const (
	ProgramMongoDB = "mongodb"
	ProgramRedis   = "redis"
	ProgramNginx   = "nginx"
)

var programs = []string{"", ProgramMongoDB, ProgramRedis, ProgramNginx}

// Annotate describes the inputs.
func (s *Server) Annotate(a infer.Annotator) {
	a.Describe(&s.Container, "Name of the Docker container.")
	a.Describe(&s.Host, `Host and port by which its clients know it, such as "shard1-node1:27017". For the programs mongodb and redis.`)
	a.Describe(&s.Program, "What runs in it, and so how it learns of a replaced file: "+
		"mongodb by rotateCertificates, redis by CONFIG SET as its user admin, whose password is the container's secret redis-admin, nginx by SIGHUP. Any other program must read the files again by itself.")
}

func (s Server) check(c *checks, property string) {
	if !slices.Contains(programs, s.Program) {
		c.add(property+".program", "%q: must be one of %s, or left out", s.Program, strings.Join(programs[1:], ", "))
	}
	if s.Program == ProgramMongoDB || s.Program == ProgramRedis {
		c.host(property+".host", s.Host)
	}
}

// installTimeout is how long a program that does not answer is waited for. If it stays
// away it is not given up: it reads its files when it starts again.
const installTimeout = 10 * time.Second

// reload has a server use its files as they are now. It is left out for programs that
// read them by themselves.
type reload func(ctx context.Context, s Server) error

// install replaces a file of a server. One that does not exist, or has no such files,
// gets them when it is created.
func (c Clients) install(ctx context.Context, s Server, name, text string, tell reload) error {
	state, err := c.state(ctx, s.Container)
	if errors.Is(err, dockerhost.ErrNoContainer) {
		return nil
	}
	if err != nil || state.Labels[secretfile.LabelTLS] == "" {
		return err
	}
	if err := c.Containers.WriteFiles(ctx, s.Container, secretfile.Dir, map[string]string{name: text}); err != nil {
		return fmt.Errorf("write %s into the container %s: %w", name, s.Container, err)
	}
	if !state.Running || s.Program == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	err = wait(ctx, s.Container, pollInterval, func(ctx context.Context) (string, error) { return "", tell(ctx, s) })
	if errors.Is(err, errGaveUp) {
		p.GetLogger(ctx).Warningf("%s has a new %s, but does not answer. It will use it when it is started again: %s", s.Container, name, err)
		return nil
	}
	return err
}

// reloads is how each program is told. The authorities are those by which Redis is
// known.
func (c Clients) reloads(authorities string) reload {
	return func(ctx context.Context, s Server) error {
		switch s.Program {
		case ProgramMongoDB:
			return c.Admin.RotateCertificates(ctx, mongoadmin.Endpoint{Host: s.Host, Container: s.Container})
		case ProgramRedis:
			// The container's own, since the running Redis has no other.
			password, err := c.installed(ctx, s.Container, secretfile.RedisAdmin)
			if err != nil {
				return err
			}
			return c.RotateRedis(ctx, s, authorities, password)
		case ProgramNginx:
			return c.Containers.Signal(ctx, s.Container, "HUP")
		}
		return nil
	}
}

// installed returns a secret of a container; "" if it has none, or does not
// exist.
func (c Clients) installed(ctx context.Context, container, name string) (string, error) {
	text, err := c.Containers.ReadFile(ctx, container, path.Join(secretfile.Dir, name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, dockerhost.ErrNoContainer) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s of the container %s: %w", name, container, err)
	}
	return string(text), nil
}

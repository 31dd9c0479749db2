// Package registry gets official images through the Docker engine, which knows
// its own way to their registries, with the logins of the docker command.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

// Engine is what is asked of Docker; *dockerhost.Engine implements it.
type Engine interface {
	HasImage(ctx context.Context, ref string) (bool, error)
	Pull(ctx context.Context, ref, login string) (io.ReadCloser, error)
	Digest(ctx context.Context, ref, login string) (string, error)
}

// Fetch brings those of the wanted images onto the engine that it does not have.
// They are given by their settings, `imageRefs.mongo`. It tells say what it
// fetches and how far it is. The error joins one for each image that cannot be
// had, each naming the setting; the others are given up soon after the first, so
// that nobody waits for hundreds of megabytes to hear of a misspelt tag.
func Fetch(ctx context.Context, engine Engine, wanted map[string]string, say func(string)) error {
	pulling, cancel := context.WithCancel(ctx)
	defer cancel()
	return forEach(wanted, func(setting, ref string) error {
		has, err := engine.HasImage(pulling, ref)
		if err != nil {
			return fmt.Errorf("look for the image %s: %w", ref, err)
		}
		if has {
			return nil
		}
		err = pull(pulling, engine, setting, ref, say)
		if pulling.Err() != nil && ctx.Err() == nil {
			return nil // another one failed before, and says so
		}
		if err != nil {
			time.AfterFunc(othersMayFail, cancel)
		}
		return err
	})
}

// othersMayFail is the time that other images' errors have to come, too.
var othersMayFail = 5 * time.Second

// Pin asks the registries for the images' digests, which name their content for
// ever: the answer has a reference with a digest for each setting. One that is
// nothing but a digest stays as it is.
func Pin(ctx context.Context, engine Engine, wanted map[string]string) (map[string]string, error) {
	var mu sync.Mutex
	pinned := map[string]string{}
	err := forEach(wanted, func(setting, ref string) error {
		exact, err := pin(ctx, engine, setting, ref)
		mu.Lock()
		defer mu.Unlock()
		pinned[setting] = exact
		return err
	})
	return pinned, err
}

func pin(ctx context.Context, engine Engine, setting, ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", fmt.Errorf("speedscale:%s is %q: %w", setting, ref, err)
	}
	tagged, ok := reference.TagNameOnly(named).(reference.Tagged)
	if !ok {
		return ref, nil
	}
	if named, err = reference.WithTag(reference.TrimNamed(named), tagged.Tag()); err != nil {
		return "", fmt.Errorf("speedscale:%s is %q: %w", setting, ref, err)
	}
	login, err := loginFor(named)
	if err != nil {
		return "", err
	}
	found, err := engine.Digest(ctx, named.String(), login.encoded)
	if err != nil {
		return "", login.explain(setting, ref, err)
	}
	exact, err := reference.WithDigest(named, digest.Digest(found))
	if err != nil {
		return "", fmt.Errorf("speedscale:%s is %q: its registry's answer is no digest: %w", setting, ref, err)
	}
	return reference.FamiliarString(exact), nil
}

// forEach works on all images side by side, and joins their errors in order.
func forEach(wanted map[string]string, work func(setting, ref string) error) error {
	settings := slices.Sorted(maps.Keys(wanted))
	errs := make([]error, len(settings))
	var group sync.WaitGroup
	for i, setting := range settings {
		group.Go(func() { errs[i] = work(setting, wanted[setting]) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// explain says in words why the registry did not give an image.
func (l login) explain(setting, ref string, err error) error {
	says := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(err.Error()), text) })
	}
	is := fmt.Sprintf("speedscale:%s is %s", setting, ref)
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", is, err)
	case says("toomanyrequests", "too many requests"):
		return fmt.Errorf("%s: %s gives no more for now; wait, or log in with `docker login%s`", is, l.host, l.argument())
	case says("denied", "unauthorized", "authentication required", "no basic auth credentials"):
		if l.given {
			return fmt.Errorf("%s: %s refuses the login that `docker login` has kept, or has no such image: `docker login%s` makes a new one", is, l.host, l.argument())
		}
		return fmt.Errorf("%s: %s asks for a login, or has no such image: `docker login%s`, and run this again", is, l.host, l.argument())
	case says("no matching manifest"):
		return fmt.Errorf("%s: %s has that image, but not for the engine's architecture: name another one", is, l.host)
	case errdefs.IsNotFound(err), says("manifest unknown", "name unknown", "not found"):
		return fmt.Errorf("%s: %s has no such image: name one that exists", is, l.host)
	}
	return fmt.Errorf("%s: it cannot be fetched from %s: %w. What was fetched is kept: run this again when the registry answers, or set speedscale:images to packages, which needs none",
		is, l.host, err)
}

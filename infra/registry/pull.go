package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/go-units"
)

var (
	// silence is how long an engine may say nothing of a pull: it speaks of every
	// piece that arrives, and gives a registry that does not answer 15 seconds.
	silence = 2 * time.Minute
	// reportEvery is how often a person hears how far a pull is.
	reportEvery = 10 * time.Second
)

// pull fetches one image. The engine repeats what breaks off, several times, and
// keeps the layers that it has.
func pull(ctx context.Context, engine Engine, setting, ref string, say func(string)) error {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return fmt.Errorf("speedscale:%s is %q: %w", setting, ref, err)
	}
	login, err := loginFor(named)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %s", silence)) })
	defer alive.Stop()
	say("pulling " + ref)
	p := progress{ref: ref, tell: say, layers: map[string]layer{}, told: time.Now()}
	err = p.follow(ctx, engine, login.encoded, func() { alive.Reset(silence) })
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return login.explain(setting, ref, err)
	}
	say("pulled " + ref)
	return nil
}

// progress is how far a pull is.
type progress struct {
	ref    string
	tell   func(string)
	layers map[string]layer
	told   time.Time // when a person last heard of it
	last   string    // and what
}

// layer is a part of an image, in bytes.
type layer struct{ have, size int64 }

// message is what an engine says of a pull, or of one layer of it.
type message struct {
	ID, Status string
	Progress   *struct{ Current, Total int64 } `json:"progressDetail"`
	Error      *struct{ Message string }       `json:"errorDetail"`
}

// follow runs a pull to its end; heard is called with each word of the engine.
func (p *progress) follow(ctx context.Context, engine Engine, auth string, heard func()) (err error) {
	stream, err := engine.Pull(ctx, p.ref, auth)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	messages := json.NewDecoder(stream)
	for {
		var m message
		switch err := messages.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read what the engine says: %w", err)
		case m.Error != nil:
			return errors.New(m.Error.Message)
		}
		heard()
		p.note(m)
	}
}

// note remembers what the engine says of a layer and now and then tells of all.
func (p *progress) note(m message) {
	switch {
	case strings.HasPrefix(m.Status, "Retrying in "):
		p.say("the registry broke off, the engine tries again")
		return
	case m.Status == "Downloading" && m.Progress != nil:
		p.layers[m.ID] = layer{m.Progress.Current, m.Progress.Total}
	case m.Status == "Download complete":
		l := p.layers[m.ID]
		p.layers[m.ID] = layer{l.size, l.size}
	}
	var all layer
	for _, l := range p.layers {
		all.have += l.have
		all.size += l.size
	}
	if all.size > 0 {
		p.say(fmt.Sprintf("%s of at least %s", units.HumanSize(float64(all.have)), units.HumanSize(float64(all.size))))
	}
}

// say tells of the pull, not too often and nothing twice.
func (p *progress) say(what string) {
	if what == p.last || time.Since(p.told) < reportEvery {
		return
	}
	p.told, p.last = time.Now(), what
	p.tell(fmt.Sprintf("pulling %s: %s", p.ref, what))
}

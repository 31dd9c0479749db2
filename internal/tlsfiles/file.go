package tlsfiles

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// file is what a file says, and goes on saying while it cannot be read.
//
// It is read each time, and parsed when its text is another. Its time and size would
// not do: a replaced certificate may well have those of the one before, since Docker
// keeps the time that a copied file comes with. Reading takes microseconds, a handshake
// a millisecond.
type file[T any] struct {
	name  string
	parse func([]byte) (T, error)

	mu    sync.Mutex
	text  []byte
	value T
}

// open fails if the file cannot be read now.
func open[T any](name string, parse func([]byte) (T, error)) (*file[T], error) {
	f := &file[T]{name: name, parse: parse}
	if err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// now is what the file says, or last said.
func (f *file[T]) now() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.read() // the next handshake tries again
	return f.value
}

func (f *file[T]) read() error {
	text, err := os.ReadFile(f.name)
	if err != nil {
		return err
	}
	if f.text != nil && bytes.Equal(text, f.text) {
		return nil
	}
	value, err := f.parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	f.text, f.value = text, value
	return nil
}

package testenv

import (
	"context"
	"os"
	"testing"
)

// Shared is what the tests of a package share: whatever is started with it as its test
// ends with Run, after the last test.
type Shared struct {
	testing.TB // the test that is first to need it
	ends       []func()
	ctx        context.Context //nolint:containedctx // as a test has one
}

// For makes t the test that fails if something cannot be started.
func (s *Shared) For(t testing.TB) *Shared {
	s.TB = t
	if s.ctx == nil {
		ctx, cancel := context.WithCancel(context.Background())
		s.ctx = ctx
		s.Cleanup(cancel)
	}
	return s
}

// Run runs the package's tests, and ends what they shared.
func (s *Shared) Run(m interface{ Run() int }) int {
	defer func() {
		for i := len(s.ends) - 1; i >= 0; i-- {
			s.ends[i]()
		}
	}()
	return m.Run()
}

// Cleanup has f called when the last test has run; later ones first.
func (s *Shared) Cleanup(f func()) { s.ends = append(s.ends, f) }

// Context ends with the last test.
func (s *Shared) Context() context.Context { return s.ctx }

// Failed is false: what is shared belongs to no one test.
func (s *Shared) Failed() bool { return false }

// TempDir is a folder that ends with the last test.
func (s *Shared) TempDir() string {
	s.Helper()
	dir, err := os.MkdirTemp("", "shared")
	if err != nil {
		s.Fatalf("make a folder: %v", err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

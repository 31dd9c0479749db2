package testenv

import (
	"context"
	"os"
	"slices"
	"testing"
)

// Shared is what the tests of a package share: whatever is started with it as its test
// ends after the last test of Of.
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

// Of is the package's tests, whose end is the end of what they share.
func (s *Shared) Of(m *testing.M) Tests { return Tests{s, m} }

// Tests are those of a package.
type Tests struct {
	share *Shared
	m     *testing.M
}

// Run runs them.
func (t Tests) Run() int {
	defer func() {
		for _, end := range slices.Backward(t.share.ends) {
			end()
		}
	}()
	return t.m.Run()
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

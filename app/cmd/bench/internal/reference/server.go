package reference

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = 3 * time.Minute // Python reads many files first, on a machine that may be busy
	stopTimeout  = 5 * time.Second
	logKept      = 8 << 10
)

// Server is a reference that runs.
type Server struct {
	URL  *url.URL
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
	err  error // why it ended; once done is closed
}

// Start runs the reference in dir on a free port, and waits until it answers. The
// addresses have the logins in them, so they are given where nobody else reads them.
func Start(ctx context.Context, dir, venv, mongo, redis string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("find a port for the reference: %w", err)
	}
	s := &Server{
		URL: &url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))},
		log: &tail{}, done: make(chan struct{}),
	}
	s.cmd = exec.Command(filepath.Join(venv, "bin", "python"), "-m", "uvicorn", "--app-dir", dir, //nolint:gosec,noctx // ours; Stop ends it
		"--host", "127.0.0.1", "--port", strconv.Itoa(port), "--no-access-log", "--log-level", "warning", "main:app")
	s.cmd.Env = append(os.Environ(), "MONGO_URI="+mongo, "REDIS_URL="+redis)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's interrupt is for the bench
	s.cmd.WaitDelay = stopTimeout
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the reference: %w", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	if err := s.wait(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start the reference: %w\n%s", err, last(s.log.bytes()))
	}
	return s, nil
}

// wait ends when the reference answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("it ended before it answered: %w", errors.Join(s.err, err))
		case <-ctx.Done():
			return fmt.Errorf("it does not answer within %s: %w", startTimeout, err)
		case <-tick.C:
		}
	}
}

func (s *Server) ask(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL.String(), nil)
	if err != nil {
		return err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", s.URL, response.Status)
	}
	return nil
}

// Stop ends the reference, and waits until it is gone.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail keeps the end of what is written.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(0, len(t.kept)-logKept):]
	return len(p), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte{}, t.kept...)
}

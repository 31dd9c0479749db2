package load

import (
	"syscall"
	"time"
)

// pause lets the kernel wake this thread: Go's own timers are up to a millisecond late
// when nothing else runs, which would count as latency.
func pause(d time.Duration) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&t, nil) // a signal may end it early
}

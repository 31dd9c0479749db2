package preflight

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
)

// Kernel refuses an official MongoDB image that the engine's kernel is known not
// to run, and lets everything pass that it knows nothing certain of.
func Kernel(ctx context.Context, docker Docker, ref string) error {
	info, err := Reach(ctx, docker)
	if err != nil {
		return err
	}
	return refusedBy(info.Kernel, ref)
}

// What is known of SERVER-121912 and SERVER-125742. The allocator of 8.0 and
// newer relies on what Linux 6.19 took away and 7.0.14 gave back: a mongod dies
// within minutes, or from some release on says so and does not start. The first
// releases that say so do it on every kernel from 6.19 on.
var (
	broken   = version{6, 19}
	mended   = version{7, 0, 14}
	refusals = []refusal{
		// 8.0.0 to 8.0.4 were seen to run.
		{from: version{8, 0, 5}, to: version{8, 0, 20}, until: mended, what: "dies there within minutes"},
		{from: version{8, 0, 21}, to: version{8, 0, 29}, until: never, what: "does not start there, nor on any newer kernel"},
		{from: version{8, 0, 30}, to: version{8, 0, newest}, until: mended, what: "does not start there"},
		// These never look at the kernel. On 7.0 some distributions have mended it.
		{from: version{8, 1}, to: version{8, 2, newest}, until: version{7, 0}, what: "dies there within minutes"},
		{from: version{8, 3, 0}, to: version{8, 3, 8}, until: never, what: "does not start there, nor on any newer kernel"},
		{from: version{8, 3, 9}, to: version{9, 0, newest}, until: mended, what: "does not start there"},
	}
)

// refusal is what one run of releases does on the kernels from broken to before
// until.
type refusal struct {
	from, to version
	until    version
	what     string
}

const newest = 1 << 30

var never = version{newest}

// version is a kernel's or a server's, as far as it is told.
type version []int

func refusedBy(kernel, ref string) error {
	running, server := leading(kernel), tagOf(ref)
	if len(running) == 0 || len(server) == 0 || slices.Compare(running, broken) < 0 {
		return nil
	}
	// A tag such as 8.0 moves on with the releases: it is taken for the newest.
	exact := append(slices.Clone(server), slices.Repeat(version{newest}, max(0, 3-len(server)))...)
	for _, r := range refusals {
		if slices.Compare(exact, r.from) >= 0 && slices.Compare(exact, r.to) <= 0 && slices.Compare(running, r.until) < 0 {
			return fmt.Errorf("speedscale:imageRefs.mongo is %s, and Docker's kernel is %s: MongoDB 8.0 and newer do not work on Linux 6.19 to 7.0.13 (SERVER-121912), "+
				"and this release %s. Take a tag of 7.0, such as mongo:7.0.43, or a kernel from 7.0.14 on with 8.0.30 or newer", ref, kernel, r.what)
		}
	}
	return nil
}

// tagOf is the version in a reference's tag; none if the tag, or the lack of
// one, tells no version.
func tagOf(ref string) version {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return nil
	}
	if tagged, ok := named.(reference.Tagged); ok {
		return leading(tagged.Tag())
	}
	return nil
}

// leading are the numbers that a text begins with: 6.19.14 of
// "6.19.14-200.fc43.x86_64".
func leading(text string) (v version) {
	for part := range strings.SplitSeq(text, ".") {
		digits := part
		if end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = part[:end]
		}
		n, err := strconv.Atoi(digits)
		if err != nil || len(v) == 3 {
			return v
		}
		if v = append(v, n); digits != part {
			return v
		}
	}
	return v
}

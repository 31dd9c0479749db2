package stack

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/sdk"
)

// Keyfile lists the generations of the keys that a keyfile holds: one, or two while
// one replaces the other. A server logs in with the first key that its peer takes,
// and takes each.
type Keyfile []int

// Note says what the user should know about a deployment with this keyfile.
func (k Keyfile) Note(config.Config) string {
	if !k.More() {
		return ""
	}
	return "The keyfile's key is being replaced. This is the first of two steps: until the second, servers still take the old one."
}

// More tells whether another deployment is needed.
func (k Keyfile) More() bool { return len(k) > 1 }

// nextKeyfile gets what the keyfile of each server that stands and has one holds. A
// run replaces them one after the other, and the next run may find them anywhere
// between: so a keyfile with the new key alone has to wait until all hold that, and
// until then each holds one that all hold.
func nextKeyfile(generation int, standing []Keyfile) Keyfile {
	shared := sharedBy(standing)
	if len(shared) == 0 || slices.Contains(shared, generation) {
		return Keyfile{generation}
	}
	return Keyfile{shared[len(shared)-1], generation}
}

// sharedBy returns what all of them hold.
func sharedBy(keyfiles []Keyfile) (shared Keyfile) {
	if len(keyfiles) > 0 {
		shared = slices.Clone(keyfiles[0])
	}
	for _, k := range keyfiles {
		shared = slices.DeleteFunc(shared, func(generation int) bool { return !slices.Contains(k, generation) })
	}
	return shared
}

// label is the value of cluster.LabelKeys. The first generation has none, so that
// containers from before there were others stay as they are.
func (k Keyfile) label() string {
	if slices.Equal(k, Keyfile{1}) {
		return ""
	}
	var generations []string
	for _, generation := range k {
		generations = append(generations, strconv.Itoa(generation))
	}
	return strings.Join(generations, "+")
}

func keyfileFrom(label string) (k Keyfile) {
	if label == "" {
		return Keyfile{1}
	}
	for text := range strings.SplitSeq(label, "+") {
		if generation, err := strconv.Atoi(text); err == nil {
			k = append(k, generation)
		}
	}
	return k
}

// keyfilesOf returns the keyfiles of members and router. Those without logins have
// none.
func keyfilesOf(standing []dockerhost.Container) (keyfiles []Keyfile) {
	for _, c := range standing {
		if c.Labels[cluster.LabelLogins] != "" {
			keyfiles = append(keyfiles, keyfileFrom(c.Labels[cluster.LabelKeys]))
		}
	}
	return keyfiles
}

// keyfileSecret declares the keys, and returns the text of the keyfile: a key, or a
// list of them in YAML. Each generation is a resource of its own: it stays for as
// long as a run declares it, so a generation is the same text for all that hold it.
func (d *deployment) keyfileSecret(parent pulumi.ResourceOption) (pulumi.StringInput, error) {
	var keys []any
	for _, generation := range d.keyfile {
		s, err := sdk.NewSecret(d.ctx, numbered(keyfile, generation), &sdk.SecretArgs{Length: keyfileLength}, parent)
		if err != nil {
			return nil, err
		}
		keys = append(keys, s.Value)
	}
	if len(keys) == 1 {
		return keys[0].(pulumi.StringOutput), nil
	}
	return pulumi.Sprintf(strings.Repeat("- %s\n", len(keys)), keys...), nil
}

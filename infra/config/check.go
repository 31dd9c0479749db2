package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/distribution/reference"
	"github.com/go-playground/validator/v10"
)

var dockerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,40}$`)

var rules = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.SetTagName("rule")
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("setting") })
	text := func(right func(string) bool) validator.Func {
		return func(fl validator.FieldLevel) bool { return right(fl.Field().String()) }
	}
	// Registration fails on an empty tag or function only.
	if err := errors.Join(
		v.RegisterValidation("dockername", text(dockerName.MatchString)),
		v.RegisterValidation("imageref", text(isImageRef)),
	); err != nil {
		panic(err)
	}
	return v
})

func isImageRef(text string) bool {
	_, err := reference.ParseNormalizedNamed(text)
	return err == nil
}

// check applies the rules to settings that could be parsed; those that could
// not are in found already.
func check(cfg *Config, found []error) (mistakes []error) {
	var broken validator.ValidationErrors
	if err := rules().Struct(cfg); errors.As(err, &broken) {
		for _, b := range broken {
			if _, name, _ := strings.Cut(b.Namespace(), "."); !mentions(found, name) {
				mistakes = append(mistakes, fmt.Errorf("%s:%s is %q: it must be %s", Namespace, name, fmt.Sprint(b.Value()), wanted(b)))
			}
		}
	}
	mistakes = append(mistakes, samePorts(cfg.Ports)...)
	mistakes = append(mistakes, checkSecurity(cfg, found)...)
	if cfg.HeartbeatInterval >= cfg.ElectionTimeout && !mentions(found, "heartbeatInterval") && !mentions(found, "electionTimeout") {
		mistakes = append(mistakes, fmt.Errorf("%s:heartbeatInterval is %q: it must be shorter than electionTimeout, which is %q",
			Namespace, cfg.HeartbeatInterval, cfg.ElectionTimeout))
	}
	if m := cfg.Memory; m.ShardCache >= m.Shard && !mentions(found, "memory.shard") && !mentions(found, "memory.shardCache") {
		mistakes = append(mistakes, fmt.Errorf("%s:memory.shardCache is %q: it must be less than memory.shard, which is %q",
			Namespace, fmt.Sprint(m.ShardCache), fmt.Sprint(m.Shard)))
	}
	// Members can be named only while their numbers are within bounds: a wrong one may stand for more names than memory holds.
	if wrong := slices.Concat(found, mistakes); !mentions(wrong, "shards") && !mentions(wrong, "membersPerShard") && !mentions(wrong, "configServers") {
		mistakes = append(mistakes, checkMembers(cfg)...)
		mistakes = append(mistakes, checkZones(cfg)...)
	}
	return append(mistakes, checkParameters(cfg.MongodParameters)...)
}

// mentions tells whether one of the mistakes is about a setting of this name, or
// about the whole of a group that it is in.
func mentions(found []error, name string) bool {
	return slices.ContainsFunc(found, func(err error) bool {
		about, ours := strings.CutPrefix(err.Error(), Namespace+":")
		about, _, _ = strings.Cut(about, " ")
		return ours && (about == name || strings.HasPrefix(name, about+"."))
	})
}

// wanted says in words what a rule asks for.
func wanted(b validator.FieldError) string {
	switch b.Tag() {
	case "min":
		return "at least " + b.Param()
	case "max":
		return "at most " + b.Param()
	case "oneof":
		return "one of " + strings.Join(strings.Fields(b.Param()), ", ")
	case "ip":
		return "an IP address such as 127.0.0.1"
	case "dockername":
		return "1 to 41 letters, digits, '_', '.' or '-', the first a letter or a digit"
	case "imageref":
		return "an image such as mongo:7.0 or mongo@sha256:…"
	}
	return b.Tag() + " " + b.Param()
}

// samePorts finds ports that are given to two services.
func samePorts(p Ports) (mistakes []error) {
	users := map[int][]string{}
	for name, port := range settings(reflect.ValueOf(&p).Elem()) {
		if number := int(port.value.Int()); number != 0 {
			users[number] = append(users[number], Namespace+":ports."+name)
		}
	}
	for port, names := range users {
		if len(names) > 1 {
			slices.Sort(names)
			mistakes = append(mistakes, fmt.Errorf("%s are all %d: each must have a port of its own", strings.Join(names, " and "), port))
		}
	}
	return mistakes
}

package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

//go:generate go test . -run TestTheSettingsPageHoldsTheTable -update

// Table lists every setting with its default, what it may be and its meaning, as
// rows of a Markdown table. docs/settings.md holds it, and a test keeps the two
// alike.
func Table() string {
	var out strings.Builder
	out.WriteString("| setting | default | may be | meaning |\n|---|---|---|---|\n")
	rows(&out, "", reflect.TypeFor[Config]())
	return out.String()
}

func rows(out *strings.Builder, prefix string, of reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name := prefix + field.Tag.Get("setting")
		if field.Type.Kind() == reflect.Struct {
			fmt.Fprintf(out, "| **`%s`** | | a group | %s |\n", name, field.Tag.Get("doc"))
			rows(out, name+".", field.Type)
			continue
		}
		def := strings.ReplaceAll(field.Tag.Get("default"), "%s", "<stack>")
		fmt.Fprintf(out, "| `%s` | `%s` | %s | %s |\n", name, def, allowed(field), field.Tag.Get("doc"))
	}
}

// allowed says in words what a setting's type and rule let it be.
func allowed(field reflect.StructField) string {
	var low, high, text string
	for rule := range strings.SplitSeq(field.Tag.Get("rule"), ",") {
		name, value, _ := strings.Cut(rule, "=")
		switch name {
		case "min":
			low = value
		case "max":
			high = value
		case "oneof":
			text = strings.Join(strings.Fields(value), ", ")
		case "ip":
			text = "an IP address"
		case "dockername":
			text = "letters, digits, `_`, `.`, `-`"
		case "imageref":
			text = "an image, by tag or by digest"
		}
	}
	if low != "" {
		return low + " to " + high
	}
	if text != "" {
		return text
	}
	switch field.Type {
	case reflect.TypeFor[bool]():
		return "true, false"
	case reflect.TypeFor[time.Duration]():
		return "a duration"
	}
	switch field.Type.Kind() {
	case reflect.Map:
		return "names with values"
	case reflect.Slice:
		return "a list"
	}
	return ""
}

// Names lists the top-level settings.
func Names() (out []string) {
	of := reflect.TypeFor[Config]()
	for i := range of.NumField() {
		out = append(out, of.Field(i).Tag.Get("setting"))
	}
	return out
}

package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Table lists every setting with its default and meaning, as rows of a Markdown
// table; the README holds it, and a test keeps the two alike.
func Table() string {
	var out strings.Builder
	out.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	rows(&out, "", reflect.TypeFor[Config]())
	return out.String()
}

func rows(out *strings.Builder, prefix string, of reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name := prefix + field.Tag.Get("setting")
		if field.Type.Kind() == reflect.Struct {
			rows(out, name+".", field.Type)
			continue
		}
		def := strings.ReplaceAll(field.Tag.Get("default"), "%s", "<stack>")
		fmt.Fprintf(out, "| `%s` | `%s` | %s |\n", name, def, field.Tag.Get("doc"))
	}
}

// Names lists the top-level settings.
func Names() (out []string) {
	of := reflect.TypeFor[Config]()
	for i := range of.NumField() {
		out = append(out, of.Field(i).Tag.Get("setting"))
	}
	return out
}

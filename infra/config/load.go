package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Load reads the settings of the stack: values maps a setting's name without
// its namespace (`shards`, `ports`) to its text, a nested one to JSON. Settings
// that are left out take their defaults. The error joins every mistake, each
// naming the setting, what it was and what would be right.
func Load(stack string, values map[string]string) (Config, error) {
	var cfg Config
	var mistakes []error
	fields := settings(reflect.ValueOf(&cfg).Elem())
	for name := range values {
		if _, known := fields[name]; !known {
			mistakes = append(mistakes, unknown(name, fields))
		}
	}
	for name, field := range fields {
		text, given := values[name]
		mistakes = append(mistakes, field.fill(name, text, given, stack)...)
	}
	mistakes = append(mistakes, check(&cfg, mistakes)...)
	slices.SortFunc(mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return cfg, errors.Join(mistakes...)
}

// setting is one field of Config or of a struct within it.
type setting struct {
	value reflect.Value
	tag   reflect.StructTag
}

// settings maps the names of a struct's settings to its fields.
func settings(of reflect.Value) map[string]setting {
	out := map[string]setting{}
	for i := range of.NumField() {
		tag := of.Type().Field(i).Tag
		out[tag.Get("setting")] = setting{of.Field(i), tag}
	}
	return out
}

// fill sets the field from the text that was given, or from its default.
func (s setting) fill(name, text string, given bool, stack string) []error {
	if s.value.Kind() == reflect.Struct {
		return s.fillGroup(name, text, given, stack)
	}
	if !given {
		text = s.tag.Get("default")
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, stack)
		}
	}
	if err := s.parse(text); err != nil {
		return []error{fmt.Errorf("%s:%s is %q: it must be %w", Namespace, name, text, err)}
	}
	return nil
}

// fillGroup sets a nested struct, whose text is a JSON object.
func (s setting) fillGroup(name, text string, given bool, stack string) (mistakes []error) {
	object := map[string]any{}
	if given {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			return []error{fmt.Errorf("%s:%s is %q: it must be a group of settings (%s)", Namespace, name, text, names(settings(s.value)))}
		}
	}
	fields := settings(s.value)
	for key := range object {
		if _, known := fields[key]; !known {
			mistakes = append(mistakes, unknown(name+"."+key, fields))
		}
	}
	for key, field := range fields {
		value, given := object[key]
		mistakes = append(mistakes, field.fill(name+"."+key, textOf(value), given, stack)...)
	}
	return mistakes
}

// textOf is a group's value as the text of a setting of its own would be.
func textOf(value any) string {
	switch value.(type) {
	case map[string]any, []any:
		if text, err := json.Marshal(value); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}

// parse sets the field from text; its error says what the text must be.
func (s setting) parse(text string) error {
	switch s.value.Interface().(type) {
	case string:
		s.value.SetString(strings.TrimSpace(text))
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("a whole number")
		}
		s.value.SetInt(int64(n))
	case bool:
		// Not ParseBool, which also knows t, F and 1.
		if text != "true" && text != "false" {
			return errors.New("true or false")
		}
		s.value.SetBool(text == "true")
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("a duration such as 90s or 5m")
		}
		s.value.SetInt(int64(d))
	case map[string]int:
		return s.parseJSON(text, "names with whole numbers, such as {shard1-node1: 2}")
	case []string:
		return s.parseJSON(text, "a list of names, such as [shard1-node3]")
	case []Zone:
		return s.parseJSON(text, "a list of zones, such as [{name: archive, shards: [2], from: 0, to: 25}]")
	case map[string]string:
		return s.parseTexts(text)
	default:
		panic("config: no parser for " + s.value.Type().String())
	}
	return nil
}

// parseJSON sets a field that the settings file has as a list or an object.
func (s setting) parseJSON(text, wanted string) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s.value.Addr().Interface()); err != nil {
		s.value.SetZero() // of which a part may have been read
		return errors.New(wanted)
	}
	return nil
}

// parseTexts sets a map whose values may be numbers or booleans in the file.
func (s setting) parseTexts(text string) error {
	object := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return errors.New("names with values, such as {ttlMonitorSleepSecs: 30}")
	}
	texts := map[string]string{}
	for name, value := range object {
		texts[name] = fmt.Sprint(value)
	}
	s.value.Set(reflect.ValueOf(texts))
	return nil
}

func unknown(name string, known map[string]setting) error {
	if group, of, dotted := strings.Cut(name, "."); dotted {
		if field, ok := known[group]; ok && slices.Contains([]reflect.Kind{reflect.Struct, reflect.Map}, field.value.Kind()) {
			return fmt.Errorf("%s:%s is not a setting: it is written `%s:%s: {%s: …}`", Namespace, name, Namespace, group, of)
		}
	}
	return fmt.Errorf("%s:%s is not a setting: there are %s", Namespace, name, names(known))
}

func names(of map[string]setting) string {
	var out []string
	for name := range of {
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

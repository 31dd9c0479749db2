package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"speedscale/infra/config"
	"speedscale/infra/images"
	"speedscale/infra/stack"
)

func (a *app) imagesCommand() *cobra.Command {
	var mongod, pin bool
	cmd := &cobra.Command{
		Use: "images", Short: "Pull the official images, or prepare what the images are built from", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if pin {
				return a.pinImages(cmd.Context(), cfg)
			}
			prepared, err := stack.PrepareImages(cmd.Context(), a.dir, a.stack, cfg, a.say)
			if err == nil {
				err = stack.FetchImages(cmd.Context(), prepared.Source, cfg, a.say)
			}
			if err == nil && mongod {
				err = images.Mongods(cmd.Context(), a.dir, a.say)
			}
			if err != nil {
				return failed(err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&mongod, "mongod", false, "also download the mongods that tests start")
	cmd.Flags().BoolVar(&pin, "pin", false, "write the digests of the official images into the stack's settings, and do nothing else")
	return cmd
}

// pinImages writes the current digests of the official images into the stack's
// settings, so that every machine runs the same images until somebody changes them.
func (a *app) pinImages(ctx context.Context, cfg config.Config) error {
	if cfg.Images == string(images.Packages) {
		return failed(errors.New("speedscale:images is packages: none of this stack's images comes from a registry, so there is nothing to pin"))
	}
	pinned, err := stack.PinImages(ctx, cfg)
	if err != nil {
		return failed(err)
	}
	text, err := os.ReadFile(a.settingsFile())
	if err != nil && !os.IsNotExist(err) {
		return failed(fmt.Errorf("pin the images: %w", err))
	}
	if text, err = withSettings(text, pinned); err != nil {
		return failed(fmt.Errorf("write into %s: %w", a.settingsFile(), err))
	}
	// The file is replaced atomically: with half of its settings, the next run would
	// deploy something else.
	temporary := a.settingsFile() + ".new"
	if err := os.WriteFile(temporary, text, 0o644); err != nil { //nolint:gosec // settings are no secret
		return failed(fmt.Errorf("pin the images: %w", err))
	}
	if err := os.Rename(temporary, a.settingsFile()); err != nil {
		return failed(fmt.Errorf("pin the images: %w", err))
	}
	for _, setting := range slices.Sorted(maps.Keys(pinned)) {
		if _, err := fmt.Fprintf(a.stdout, "%s: %s\n", setting, pinned[setting]); err != nil {
			return failed(err)
		}
	}
	return nil
}

// withSettings returns the settings file text with some settings changed, which are
// given as `group.name`. Other settings and the comments stay as they are.
func withSettings(text []byte, settings map[string]string) ([]byte, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if len(file.Content) == 0 {
		file = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	for _, setting := range slices.Sorted(maps.Keys(settings)) {
		group, name, _ := strings.Cut(setting, ".")
		node := file.Content[0]
		for _, key := range []string{"config", config.Namespace + ":" + group} {
			if node = child(node, key, yaml.MappingNode); node.Kind != yaml.MappingNode {
				return nil, fmt.Errorf("line %d: %s must be a group of settings", node.Line, key)
			}
		}
		value := child(node, name, yaml.ScalarNode)
		value.Kind, value.Tag, value.Value, value.Style = yaml.ScalarNode, "!!str", settings[setting], 0
	}
	var out strings.Builder
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := errors.Join(encoder.Encode(&file), encoder.Close())
	return []byte(out.String()), err
}

// child returns the value of a key in a mapping. If the key is missing or null, it gets
// an empty value of the given kind.
func child(mapping *yaml.Node, key string, kind yaml.Kind) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value != key {
			continue
		}
		if value := mapping.Content[i+1]; value.Tag == "!!null" {
			*value = yaml.Node{Kind: kind}
		}
		return mapping.Content[i+1]
	}
	value := &yaml.Node{Kind: kind}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	return value
}

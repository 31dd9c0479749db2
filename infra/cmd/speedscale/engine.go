package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/recovery"
	"speedscale/infra/stack"
)

const project = "speedscale"

// openStack opens the stack for the Automation API. It creates a stack that does not
// exist yet if there is a settings file for it, or if a.createMissing is set. The state
// is in the same backend as with the Pulumi CLI: the one in Pulumi.yaml, or
// PULUMI_BACKEND_URL.
func (a *app) openStack(ctx context.Context) (auto.Stack, error) {
	if _, err := a.config(); err != nil {
		return auto.Stack{}, err
	}
	if err := a.setEnvironment(); err != nil {
		return auto.Stack{}, failed(err)
	}
	cli, err := newCLI(a.dir, a.stdout)
	if err != nil {
		return auto.Stack{}, failed(err)
	}
	a.cli = cli
	if err := a.repairFiles(); err != nil {
		return auto.Stack{}, failed(err)
	}
	open := auto.UpsertStackInlineSource
	if _, err := os.Stat(a.settingsFile()); err != nil && !a.createMissing {
		open = auto.SelectStackInlineSource // a mistyped name must not create a stack
	} else if err := a.providePassphrase(); err != nil {
		return auto.Stack{}, failed(err)
	}
	s, err := open(ctx, a.stack, project, stack.Program(a.dir), auto.WorkDir(a.dir), auto.Pulumi(cli))
	if auto.IsSelectStack404Error(err) {
		return auto.Stack{}, failed(a.noSuchStack())
	}
	if err != nil {
		return auto.Stack{}, failed(fmt.Errorf("open stack %s: %w", a.stack, explain(err)))
	}
	return s, nil
}

// noSuchStack returns an error that lists the stacks that have settings.
func (a *app) noSuchStack() error {
	files, _ := filepath.Glob(config.File(a.dir, "*")) // the pattern is well formed
	var stacks []string
	for _, file := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	return fmt.Errorf("there is no stack %s, and no Pulumi.%s.yaml for a new one; there are settings for %s", a.stack, a.stack, strings.Join(stacks, ", "))
}

// repairFiles repairs files that a killed run left half written, since the engine could
// not open the stack otherwise.
func (a *app) repairFiles() error {
	backend, err := a.backend()
	if err != nil {
		return err
	}
	return recovery.Files{
		Project: project, Name: a.stack, Dir: a.dir, Home: os.Getenv("PULUMI_HOME"), Backend: backend, Say: a.say,
	}.Mend()
}

// setEnvironment sets the variables that the Pulumi CLI reads, unless the user has set
// them.
func (a *app) setEnvironment() error {
	defaults := map[string]string{
		"PULUMI_HOME":              filepath.Join(a.dir, ".speedscale", "pulumi-home"),
		"PULUMI_SKIP_UPDATE_CHECK": "true",
	}
	// The Docker provider does not know Docker contexts, such as Docker Desktop's. An
	// error in the context is reported later, by the first step that needs the daemon.
	if host, err := dockerhost.HostFromContext(); err == nil && host != "" {
		defaults["DOCKER_HOST"] = host
	}
	for name, value := range defaults {
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// config loads the stack's settings from its file, without the engine.
func (a *app) config() (config.Config, error) {
	path := a.settingsFile()
	values, err := readSettings(a.dir, path)
	if err != nil {
		return config.Config{}, &codedError{exitConfig, err}
	}
	cfg, err := config.Load(a.stack, values)
	if err != nil {
		return config.Config{}, &codedError{exitConfig, fmt.Errorf("Pulumi.%s.yaml:\n  %s", a.stack, strings.ReplaceAll(err.Error(), "\n", "\n  "))}
	}
	return cfg, nil
}

func (a *app) settingsFile() string { return config.File(a.dir, a.stack) }

// readSettings returns the settings in our namespace of a settings file, by name. A
// nested setting is JSON. Without a file there are none, and every default applies.
func readSettings(dir, path string) (map[string]string, error) {
	if found, err := config.CheckFile(path); err != nil || !found {
		return nil, err
	}
	proj, err := workspace.LoadProject(filepath.Join(dir, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read Pulumi.yaml: %w", err)
	}
	file, err := workspace.LoadProjectStack(nil, proj, path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	values := map[string]string{}
	for key, value := range file.Config {
		if key.Namespace() != config.Namespace {
			continue
		}
		text, err := value.Value(pulumiconfig.NopDecrypter)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", key, filepath.Base(path), err)
		}
		values[key.Name()] = text
	}
	return values, nil
}

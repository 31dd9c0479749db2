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

// engine opens the stack, making it if it is new and has settings. The state is
// where the CLI looks for it too: the backend of Pulumi.yaml, or
// PULUMI_BACKEND_URL.
func (a *app) engine(ctx context.Context) (auto.Stack, error) {
	if _, err := a.config(); err != nil {
		return auto.Stack{}, err
	}
	if err := a.environment(); err != nil {
		return auto.Stack{}, failed(err)
	}
	cli, err := newCLI(a.dir, a.stdout)
	if err != nil {
		return auto.Stack{}, failed(err)
	}
	a.cli = cli
	if err := a.mendFiles(); err != nil {
		return auto.Stack{}, failed(err)
	}
	open := auto.UpsertStackInlineSource
	if _, err := os.Stat(a.settingsFile()); err != nil && !a.makes {
		open = auto.SelectStackInlineSource // a name that was mistyped makes nothing
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

// noSuchStack names the stacks that could have been meant.
func (a *app) noSuchStack() error {
	files, _ := filepath.Glob(config.File(a.dir, "*")) // the pattern is well formed
	var known []string
	for _, file := range files {
		known = append(known, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	return fmt.Errorf("there is no stack %s, and no Pulumi.%s.yaml for a new one; there are settings for %s", a.stack, a.stack, strings.Join(known, ", "))
}

// mendFiles puts right what a run left half written: the engine could not open
// the stack.
func (a *app) mendFiles() error {
	backend, err := a.backend()
	if err != nil {
		return err
	}
	return recovery.Files{
		Project: project, Name: a.stack, Dir: a.dir, Home: os.Getenv("PULUMI_HOME"), Backend: backend, Say: a.say,
	}.Mend()
}

// environment sets what the CLI reads, where the user has not.
func (a *app) environment() error {
	defaults := map[string]string{
		"PULUMI_HOME":              filepath.Join(a.dir, ".speedscale", "pulumi-home"),
		"PULUMI_SKIP_UPDATE_CHECK": "true",
	}
	// The stack's settings hold no secret; who puts one in sets a passphrase.
	if _, fromFile := os.LookupEnv("PULUMI_CONFIG_PASSPHRASE_FILE"); !fromFile {
		defaults["PULUMI_CONFIG_PASSPHRASE"] = ""
	}
	// The Docker plugin knows no contexts, such as Docker Desktop's. What is wrong
	// with one is said by whoever needs a daemon.
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

// config reads the stack's settings file, without the engine.
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

// readSettings reads our namespace of a settings file; a nested setting is JSON. A
// stack without a file takes every default.
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

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// errPassphrase is said in place of the engine's words, which name no variable.
var errPassphrase = errors.New("this is not the passphrase that the stack was made with: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that one")

// passphrase checks that the engine will be able to open the stack's secrets,
// before anything is announced.
func (a *app) passphrase() error {
	file, err := workspace.LoadProjectStack(nil, &workspace.Project{Name: project}, a.settingsFile())
	if err != nil {
		return fmt.Errorf("read %s: %w", a.settingsFile(), err)
	}
	if file.EncryptionSalt == "" || file.SecretsProvider != "" && file.SecretsProvider != "passphrase" {
		return nil
	}
	phrase, given := os.LookupEnv("PULUMI_CONFIG_PASSPHRASE")
	if !given {
		text, err := os.ReadFile(os.Getenv("PULUMI_CONFIG_PASSPHRASE_FILE"))
		if err != nil {
			return fmt.Errorf("read the passphrase that PULUMI_CONFIG_PASSPHRASE_FILE names: %w", err)
		}
		phrase = strings.TrimSpace(string(text))
	}
	return opens(phrase, file.EncryptionSalt)
}

// opens checks a passphrase against what the engine left in the settings file: a
// salt, and a known word that it encrypted.
func opens(phrase, left string) error {
	parts := strings.SplitN(left, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return nil // a later engine's form
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("encryptionsalt in the settings is broken: %w", err)
	}
	word, err := pulumiconfig.NewSymmetricCrypterFromPassphrase(phrase, salt).DecryptValue(context.Background(), parts[2])
	if err != nil || word != "pulumi" {
		return errPassphrase
	}
	return nil
}

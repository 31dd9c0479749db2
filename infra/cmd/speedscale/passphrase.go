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

// errPassphrase replaces the engine's error, which does not name the variable to set.
var errPassphrase = errors.New("this is not the passphrase that the stack was created with: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that one")

// checkPassphrase checks that the engine will be able to decrypt the stack's secrets.
func (a *app) checkPassphrase() error {
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
	return checkSalt(phrase, file.EncryptionSalt)
}

// checkSalt checks a passphrase against the encryptionsalt that the engine wrote into
// the settings file: "v1:", a salt, and a known word that was encrypted with both.
func checkSalt(phrase, encryptionSalt string) error {
	parts := strings.SplitN(encryptionSalt, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return nil // written by a later engine, in a form unknown here
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

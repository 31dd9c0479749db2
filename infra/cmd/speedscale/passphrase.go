package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"speedscale/infra/recovery"
)

// errPassphrase replaces the engine's error, which does not name the variable to set.
var errPassphrase = errors.New("this is not the passphrase that the stack was created with: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that one")

// The variables with the passphrase and with the path of a file that holds it. The
// engine asks for the first one first.
const (
	passphraseVariable     = "PULUMI_CONFIG_PASSPHRASE"
	passphraseFileVariable = "PULUMI_CONFIG_PASSPHRASE_FILE"
)

// passphraseFile is where the stack's passphrase is kept, unless the user gives it in
// a variable.
func (a *app) passphraseFile() string {
	return filepath.Join(a.dir, "Pulumi."+a.stack+".passphrase")
}

// providePassphrase has the engine find the passphrase that encrypts the stack's
// secrets. A new stack gets a random one. A stack that has none in its file was
// created by a version that used the empty one, and keeps it.
func (a *app) providePassphrase() error {
	_, given := os.LookupEnv(passphraseVariable)
	path := a.passphraseFile()
	if file := os.Getenv(passphraseFileVariable); given || file != "" && file != path {
		return nil
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = a.createPassphrase(path)
	}
	if err != nil {
		return fmt.Errorf("provide the stack's passphrase: %w", err)
	}
	return os.Setenv(passphraseFileVariable, path)
}

func (a *app) createPassphrase(path string) error {
	salts, err := a.salts()
	if err != nil {
		return err
	}
	phrase := rand.Text()
	for _, salt := range salts {
		if phrase = ""; checkSalt(phrase, salt) != nil {
			return fmt.Errorf("%s is missing, and the stack was created with a passphrase: bring that file back, or set %s", filepath.Base(path), passphraseVariable)
		}
	}
	// Renamed into place: half a passphrase would be a wrong one.
	if err := os.WriteFile(path+".new", []byte(phrase), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// salts returns the encryption salts in the stack's settings and in its state. There
// is none before the stack is created.
func (a *app) salts() (salts []string, err error) {
	file, err := workspace.LoadProjectStack(nil, &workspace.Project{Name: project}, a.settingsFile())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.settingsFile(), err)
	}
	if file.SecretsProvider != "" && file.SecretsProvider != "passphrase" {
		return nil, nil
	}
	backend, err := a.backend()
	if err != nil {
		return nil, err
	}
	inState, err := recovery.Files{Project: project, Name: a.stack, Dir: a.dir, Backend: backend}.EncryptionSalt()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc([]string{file.EncryptionSalt, inState}, func(salt string) bool { return salt == "" }), nil
}

// checkPassphrase checks that the engine will be able to decrypt the stack's secrets.
func (a *app) checkPassphrase() error {
	salts, err := a.salts()
	if err != nil || len(salts) == 0 {
		return err
	}
	phrase, given := os.LookupEnv(passphraseVariable)
	if !given {
		text, err := os.ReadFile(os.Getenv(passphraseFileVariable))
		if err != nil {
			return fmt.Errorf("read the passphrase that %s names: %w", passphraseFileVariable, err)
		}
		phrase = strings.TrimSpace(string(text))
	}
	for _, salt := range salts {
		if err := checkSalt(phrase, salt); err != nil {
			return err
		}
	}
	return nil
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

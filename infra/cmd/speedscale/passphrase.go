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
	"regexp"
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
	salts, err := a.readSalts()
	if err != nil {
		return err
	}
	if salts.foreign() {
		if err := writeFile(a.settingsFile(), withoutSalt(salts.settings), 0o644); err != nil {
			return err
		}
		salts.inSettings = ""
	}
	phrase := rand.Text()
	for _, salt := range salts.all() {
		if phrase = ""; checkSalt(phrase, salt) != nil {
			return fmt.Errorf("%s is missing, and the stack was created with a passphrase: bring that file back, or set %s", filepath.Base(path), passphraseVariable)
		}
	}
	return writeFile(path, []byte(phrase), 0o600)
}

// writeFile replaces a file as a whole, since half of one would be wrong.
func writeFile(path string, text []byte, mode fs.FileMode) error {
	if err := os.WriteFile(path+".new", text, mode); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// salts are what the engine checks a passphrase against.
type salts struct {
	settings   []byte // the settings file
	encrypted  bool   // it has settings that are encrypted
	inSettings string // "": none
	inState    string // "": none
	stateKnown bool   // the state, if there is one, is on this host
}

// foreign tells whether the salt in the settings is that of another checkout, from
// which somebody committed it: here is neither a stack nor anything encrypted.
func (s salts) foreign() bool {
	return s.inSettings != "" && s.stateKnown && s.inState == "" && !s.encrypted
}

func (s salts) all() []string {
	return slices.DeleteFunc([]string{s.inSettings, s.inState}, func(salt string) bool { return salt == "" })
}

// saltLine is the line of the settings file with the salt.
var saltLine = regexp.MustCompile(`(?m)^encryptionsalt:.*\n?`)

func withoutSalt(settings []byte) []byte { return saltLine.ReplaceAll(settings, nil) }

// readSalts reads the settings and the state. Before the stack is created there are
// no salts, and with another secrets provider there are none either.
func (a *app) readSalts() (s salts, err error) {
	file, err := workspace.LoadProjectStack(nil, &workspace.Project{Name: project}, a.settingsFile())
	if err != nil {
		return s, fmt.Errorf("read %s: %w", a.settingsFile(), err)
	}
	if file.SecretsProvider != "" && file.SecretsProvider != "passphrase" {
		return s, nil
	}
	for _, value := range file.Config {
		s.encrypted = s.encrypted || value.Secure()
	}
	s.inSettings = file.EncryptionSalt
	if s.settings, err = os.ReadFile(a.settingsFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	backend, err := a.backend()
	if err != nil {
		return s, err
	}
	s.inState, s.stateKnown, err = recovery.Files{Project: project, Name: a.stack, Dir: a.dir, Backend: backend}.EncryptionSalt()
	return s, err
}

// checkPassphrase checks that the engine will be able to decrypt the stack's secrets.
func (a *app) checkPassphrase() error {
	salts, err := a.readSalts()
	if err != nil || len(salts.all()) == 0 {
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
	for _, salt := range salts.all() {
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

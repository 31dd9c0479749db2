package recovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// EncryptionSalt returns the salt in the stack's state, by which a passphrase can be
// checked. It is "" if there is no state, or if its secrets are not encrypted by a
// passphrase. It is not known if the backend is not a folder.
func (f Files) EncryptionSalt() (salt string, known bool, err error) {
	folder, err := stateFolder(f.Backend, f.Dir)
	if err != nil || folder == "" {
		return "", false, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "stacks", f.Project, f.Name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", true, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read the stack's state: %w", err)
	}
	var state struct {
		Checkpoint struct {
			Latest struct {
				Secrets struct {
					Type  string
					State struct{ Salt string }
				} `json:"secrets_providers"`
			}
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return "", false, fmt.Errorf("read the stack's state: %w", err)
	}
	if state.Checkpoint.Latest.Secrets.Type != "passphrase" {
		return "", true, nil
	}
	return state.Checkpoint.Latest.Secrets.State.Salt, true, nil
}

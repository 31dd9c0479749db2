package review

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// gh plays GitHub's command: it knows one comment, if COMMENT names it, and
// writes down what it is told to do.
const gh = `#!/bin/bash
case "$*" in
*--method*) echo "$*" >>"$TOLD" ;;
*) [ -z "$COMMENT" ] || echo "$COMMENT" ;;
esac
`

// commentScript is the workflow's own.
func commentScript(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../.github/workflows/preview.yml")
	require.NoError(t, err)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &workflow))
	for _, step := range workflow.Jobs["comment"].Steps {
		if step.Name == "Comment" {
			return step.Run
		}
	}
	t.Fatal("the workflow has no step Comment")
	return ""
}

func TestThePullRequestHasOneComment(t *testing.T) {
	nothing := New("dev", nil).Markdown()
	for name, tc := range map[string]struct{ code, comment, want string }{
		"no change, no comment":         {"0", "", ""},
		"the first change":              {"2", "", "api --silent --method POST repos/o/r/issues/7/comments --raw-field body=" + nothing},
		"a comment is updated":          {"2", "42", "api --silent --method PATCH repos/o/r/issues/comments/42 --raw-field body=" + nothing},
		"even if nothing is to do then": {"0", "42", "api --silent --method PATCH repos/o/r/issues/comments/42 --raw-field body=" + nothing},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			told := filepath.Join(dir, "told")
			require.NoError(t, os.WriteFile(filepath.Join(dir, "gh"), []byte(gh), 0o700))
			require.NoError(t, os.WriteFile(told, nil, 0o600))
			cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", commentScript(t))
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "TOLD="+told, "COMMENT="+tc.comment,
				"GITHUB_REPOSITORY=o/r", "PR=7", "CODE="+tc.code, "REPORT="+nothing)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			got, err := os.ReadFile(told)
			require.NoError(t, err)
			if tc.want != "" {
				tc.want += "\n"
			}
			require.Equal(t, tc.want, string(got))
		})
	}
}

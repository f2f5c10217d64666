package house_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/runner"
)

// canary is a secret that must never be seen again; it looks like a token, a
// webhook's address and a header at once, so that no form of it slips through.
const canary = "https://hooks.slack.com/services/T0CANARY/B0CANARY/xoxb-canary-secret"

// Every secret input of every action is set to the canary, the other inputs
// to what makes the action fail in many ways; nowhere may it show.
//
// Attack: secret-in-output, stolen-slack-token
func TestNoActionShowsASecret(t *testing.T) {
	checked := 0
	for _, name := range actions(t) {
		d := describe(t, name)
		program := binary(t, name)
		for _, i := range d.Inputs {
			if !i.Secret {
				continue
			}
			checked++
			t.Run(name+" "+i.Name, func(t *testing.T) { neverShown(t, program, d, i) })
		}
	}
	if checked < 2 {
		t.Errorf("only %d secret inputs were found", checked)
	}
}

// neverShown runs the action with the secret in both worlds and formats, with
// every other input missing, misspelt, and equal to the secret. An option that is
// not there ends every program in internal/runner, whatever its inputs are: that
// way is gone once in each world and format.
func neverShown(t *testing.T, binary string, d runner.Description, secret runner.InputDescription) {
	const between = "a\n" + canary + "\nb"
	for _, others := range []string{"", "nonsense", canary, between} {
		for _, world := range [][]string{{"GITHUB_ACTIONS=true"}, {}} {
			for _, format := range []string{"text", "json"} {
				env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "INPUT_FORMAT=" + format, secret.Env + "=" + canary,
					"GITHUB_API_URL=http://127.0.0.1:1", "SLACK_API_URL=http://127.0.0.1:1/", "GITHUB_REPOSITORY=o/r", "GITHUB_REF=refs/pull/1/merge"}, world...)
				for _, i := range d.Inputs {
					switch {
					case i.Name == secret.Name:
					case others != "":
						env = append(env, i.Env+"="+others)
					case i.Name == "timeout":
						env = append(env, i.Env+"=1s") // nobody answers: once is enough
					}
				}
				leaks(t, binary, env)
				if others == between {
					leaks(t, binary, env, "--"+secret.Name+"="+canary, "--unknown="+canary)
				}
			}
		}
	}
	leaks(t, binary, []string{secret.Env + "=" + canary}, "--help")
	leaks(t, binary, []string{secret.Env + "=" + canary}, "--describe")
}

// leaks fails the test when a run prints the secret other than in the command
// that tells GitHub to mask it.
func leaks(t *testing.T, binary string, env []string, args ...string) {
	t.Helper()
	folder := t.TempDir()
	output, summary := filepath.Join(folder, "output"), filepath.Join(folder, "summary")
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env = folder, append(slices.Clone(env), "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary)
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	_ = cmd.Run() // most of these runs must fail; what they print counts
	for _, file := range []string{output, summary} {
		text, _ := os.ReadFile(file)
		all.Write(text)
	}
	for line := range strings.Lines(all.String()) {
		if strings.Contains(line, canary) && !strings.HasPrefix(line, "::add-mask::") {
			t.Errorf("the secret shows with %v %v: %s", env, args, line)
			return
		}
	}
}

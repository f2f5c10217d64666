package manual_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/manual"
)

// known is what this repository has: asked of the programs themselves where
// that is quick, read from what a test of internal/house holds to them otherwise.
func known(t *testing.T) manual.Known {
	t.Helper()
	once.Do(func() {
		built(t, "cutover")
		all = manual.Known{Ours: map[string]manual.Options{}, Workflows: map[string]manual.Options{}, AWS: amazon(t)}
		toolbox(t)
		names, err := files()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			folder, file := filepath.Split(name)
			switch {
			case folder == ".github/workflows/" && strings.HasSuffix(file, ".yml"):
				all.Workflows[file] = inputs(t, name)
			case file == "main.go":
				all.Programs = append(all.Programs, "./"+strings.TrimSuffix(folder, "/"))
			case strings.HasPrefix(name, "actions/") && file == "README.md":
				all.Ours[filepath.Base(folder)] = options(t, name)
			}
		}
		for _, m := range regexp.MustCompile(`(?m)^([a-z]+):.*## `).FindAllStringSubmatch(text(t, "Makefile"), -1) {
			all.Targets = append(all.Targets, m[1])
		}
	})
	if len(all.Ours) < 20 || len(all.Workflows) < 8 || len(all.Targets) < 8 || len(all.AWS) < 20 {
		t.Fatalf("only %d programs, %d workflows, %d targets, %d operations: this test would hold nothing", len(all.Ours), len(all.Workflows), len(all.Targets), len(all.AWS))
	}
	return all
}

var (
	once sync.Once
	all  manual.Known
)

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// toolbox asks cutover for its commands and each of them for its options.
func toolbox(t *testing.T) {
	t.Helper()
	help := func(words ...string) string {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "cutover"), words...)
		cmd.Dir, cmd.Env = bin, []string{"HOME=" + bin}
		out, _ := cmd.CombinedOutput() // without a command it ends with 2
		return string(out)
	}
	option := regexp.MustCompile(`(?m)^  --([a-z0-9-]+) .*?(?:[Aa]llowed: ([^.]*))?\.?$`)
	for _, m := range regexp.MustCompile(`(?m)^  cutover ((?:[a-z]+ )?[a-z]+)  `).FindAllStringSubmatch(help(), -1) {
		options := manual.Options{"help": nil, "version": nil}
		for _, o := range option.FindAllStringSubmatch(help(append(strings.Fields(m[1]), "--help")...), -1) {
			options[o[1]] = choice(o[2])
		}
		if !strings.Contains(help(append(strings.Fields(m[1]), "bare-word")...), "takes no bare arguments") {
			options[""] = nil
		}
		all.Ours["cutover "+m[1]] = options
	}
}

// choice is a list of allowed words; nil if it is a description.
func choice(allowed string) []string {
	if !regexp.MustCompile(`^[a-z0-9-]+(, [a-z0-9-]+)+$`).MatchString(allowed) {
		return nil
	}
	return strings.Split(allowed, ", ")
}

// options reads an action's options from the table in its README, which a
// test of internal/house holds to what the program declares.
func options(t *testing.T, name string) manual.Options {
	t.Helper()
	options := manual.Options{"help": nil, "version": nil, "format": {"text", "json"}}
	for _, m := range regexp.MustCompile("(?m)^\\| `[^`]+` \\| `--([a-z0-9-]+)` \\|.*\\| ([^|]*) \\|$").FindAllStringSubmatch(text(t, name), -1) {
		options[m[1]] = choice(strings.TrimSpace(m[2]))
	}
	return options
}

// inputs are those of a workflow that a person starts.
func inputs(t *testing.T, name string) manual.Options {
	t.Helper()
	var w struct {
		On struct {
			Dispatch struct {
				Inputs map[string]struct{ Options []string }
			} `yaml:"workflow_dispatch"`
		}
	}
	if err := yaml.Unmarshal([]byte(text(t, name)), &w); err != nil {
		return manual.Options{} // one that is started by a list of events has no inputs
	}
	options := manual.Options{}
	for input, i := range w.On.Dispatch.Inputs {
		options[input] = i.Options
	}
	return options
}

const table = "testdata/aws.txt"

// amazon reads the table of AWS's operations: the name, then its options.
func amazon(t *testing.T) map[string]manual.Options {
	t.Helper()
	known := map[string]manual.Options{}
	for line := range strings.Lines(text(t, "internal/manual/"+table)) {
		name, flags, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		known[name] = manual.Options{}
		for _, f := range strings.Fields(flags) {
			known[name][f] = nil
		}
	}
	return known
}

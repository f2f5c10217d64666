package house_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/runner"
)

var update = flag.Bool("update", false, "write the generated tables anew")

// action is an action.yml as far as it must agree with the binary.
type action struct {
	Inputs map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Shell, Run string
			Env            map[string]string
		}
	}
}

func actions(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../actions/*/main.go")
	if err != nil || len(found) == 0 {
		t.Fatalf("no action found: %v", err)
	}
	var names []string
	for _, f := range found {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return names
}

var (
	building sync.Once
	folder   string
)

// TestMain takes away what [binary] has built.
func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(folder) // a temporary folder
	os.Exit(code)
}

// binary is an action as launch.sh builds it; all of them are built at once.
func binary(t *testing.T, name string) string {
	t.Helper()
	building.Do(func() {
		bind(t)
		var err error
		if folder, err = os.MkdirTemp("", "house"); err != nil {
			t.Fatal(err)
		}
		build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", folder+"/", "./actions/...")
		build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	return filepath.Join(folder, name)
}

// describe asks the action itself what it declares.
func describe(t *testing.T, name string) runner.Description {
	t.Helper()
	cmd := exec.Command(binary(t, name), "--describe")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s --describe: %v", name, err)
	}
	var d runner.Description
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// One declaration stands behind the binary, action.yml and the README; this
// holds the three together.
func TestActionsAgreeWithTheirDeclaration(t *testing.T) {
	for _, name := range actions(t) {
		t.Run(name, func(t *testing.T) {
			d := describe(t, name)
			if *update {
				writeAction(t, name, d)
			}
			if d.Name != name {
				t.Errorf("it calls itself %q", d.Name)
			}
			var a action
			if err := yaml.Unmarshal([]byte(text(t, "actions/"+name+"/action.yml")), &a); err != nil {
				t.Fatal(err)
			}
			for _, problem := range disagreements(d, a) {
				t.Error(problem)
			}
			checkTable(t, name, d)
		})
	}
}

// writeAction writes action.yml anew below its head, which is written by hand:
// name, description, branding.
func writeAction(t *testing.T, name string, d runner.Description) {
	t.Helper()
	path := "actions/" + name + "/action.yml"
	head, _, ok := strings.Cut(text(t, path), "\ninputs:\n")
	if !ok {
		t.Fatalf("%s has no inputs", path)
	}
	var b strings.Builder
	b.WriteString(head + "\ninputs:\n")
	quote := func(s string) string {
		q, err := json.Marshal(s) // JSON's strings are YAML's
		if err != nil {
			t.Fatal(err)
		}
		return string(q)
	}
	for _, i := range d.Inputs {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", i.Name, quote(usage(i)))
		if i.Required {
			b.WriteString("    required: true\n")
		}
		if i.Default != "" {
			fmt.Fprintf(&b, "    default: %s\n", quote(i.Default))
		}
	}
	b.WriteString("\noutputs:\n")
	for _, o := range d.Outputs {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    value: ${{ steps.run.outputs.%s }}\n", o.Name, quote(o.Usage), o.Name)
	}
	fmt.Fprintf(&b, `
runs:
  using: composite
  steps:
    - id: run
      shell: bash
      # exec, so that a cancelled run's signal reaches the program and not a
      # shell that keeps it to itself.
      run: exec bash "$GITHUB_ACTION_PATH/../launch.sh" %s
      env:
        # Composite actions receive no INPUT_*; an input that is not mapped here
        # does not exist for the binary.
`, name)
	for _, i := range d.Inputs {
		fmt.Fprintf(&b, "        %s: ${{ inputs.%s }}\n", i.Env, i.Name)
	}
	if err := os.WriteFile(filepath.Join("../..", path), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// disagreements lists where action.yml and the declaration part.
func disagreements(d runner.Description, a action) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(a.Runs.Steps) != 1 || a.Runs.Using != "composite" {
		return []string{"action.yml is not a composite of one step"}
	}
	step := a.Runs.Steps[0]
	declared := map[string]bool{}
	for _, i := range d.Inputs {
		declared[i.Name] = true
		in, ok := a.Inputs[i.Name]
		switch {
		case !ok:
			say("action.yml lacks the input %s", i.Name)
			continue
		case in.Required != i.Required:
			say("input %s: required is %v, declared %v", i.Name, in.Required, i.Required)
		case in.Default != i.Default:
			say("input %s: default is %q, declared %q", i.Name, in.Default, i.Default)
		case in.Description != usage(i):
			say("input %s: description is %q, declared %q", i.Name, in.Description, usage(i))
		}
		if want := "${{ inputs." + i.Name + " }}"; step.Env[i.Env] != want {
			say("input %s: env maps %s to %q, not to %q", i.Name, i.Env, step.Env[i.Env], want)
		}
	}
	for name := range a.Inputs {
		if !declared[name] {
			say("action.yml has the input %s, which is not declared", name)
		}
	}
	outputs := map[string]bool{}
	for _, o := range d.Outputs {
		outputs[o.Name] = true
		if out, ok := a.Outputs[o.Name]; !ok || out.Description != o.Usage || out.Value != "${{ steps."+step.ID+".outputs."+o.Name+" }}" {
			say("output %s: action.yml has %+v", o.Name, a.Outputs[o.Name])
		}
	}
	for name := range a.Outputs {
		if !outputs[name] {
			say("action.yml has the output %s, which is not declared", name)
		}
	}
	if want := fmt.Sprintf(`exec bash "$GITHUB_ACTION_PATH/../launch.sh" %s`, d.Name); step.Run != want || step.Shell != "bash" {
		say("the step runs %q in %q, not %q in bash", step.Run, step.Shell, want)
	}
	return problems
}

func usage(i runner.InputDescription) string {
	if i.Many {
		return i.Usage + " May be repeated; one a line inside Actions."
	}
	return i.Usage
}

// Each kind of disagreement must be seen.
func TestDisagreementsAreSeen(t *testing.T) {
	d := runner.Description{
		Name:    "x",
		Inputs:  []runner.InputDescription{{Name: "a-b", Env: "INPUT_A_B", Usage: "U.", Default: "1"}},
		Outputs: []runner.OutputDescription{{Name: "o", Usage: "O"}},
	}
	good := `
inputs: {a-b: {description: U., default: "1"}}
outputs: {o: {description: O, value: "${{ steps.s.outputs.o }}"}}
runs: {using: composite, steps: [{id: s, shell: bash, run: 'exec bash "$GITHUB_ACTION_PATH/../launch.sh" x', env: {INPUT_A_B: "${{ inputs.a-b }}"}}]}`
	read := func(source string) action {
		var a action
		if err := yaml.Unmarshal([]byte(source), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if got := disagreements(d, read(good)); len(got) > 0 {
		t.Fatalf("the good one: %v", got)
	}
	for name, change := range map[string][2]string{
		"an input lost":       {"a-b: {description: U., default: \"1\"}", ""},
		"another default":     {`default: "1"`, `default: "2"`},
		"another description": {"U.", "V."},
		"required":            {"description: U.,", "description: U., required: true,"},
		"env not mapped":      {"INPUT_A_B:", "INPUT_AB:"},
		"env mapped wrongly":  {"inputs.a-b }}", "inputs.b }}"},
		"an input too many":   {"inputs: {", "inputs: {z: {description: Z},"},
		"an output too many":  {"outputs: {", "outputs: {z: {description: Z},"},
		"an output lost":      {"outputs.o", "outputs.z"},
		"no exec":             {"exec bash", "bash"},
		"another shell":       {"shell: bash", "shell: sh"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, change[0], change[1], 1)
			if changed == good {
				t.Fatal("the change changed nothing")
			}
			if len(disagreements(d, read(changed))) == 0 {
				t.Error("not seen")
			}
		})
	}
}

// The end stands on a line of its own: a cell may speak of such a mark.
var generated = regexp.MustCompile(`(?ms)^<!-- generated: (\w+) -->\n.*?^<!-- end -->$`)

// checkTable holds the README's tables, or writes them with -update.
func checkTable(t *testing.T, name string, d runner.Description) {
	t.Helper()
	path := "actions/" + name + "/README.md"
	readme := text(t, path)
	tables := map[string]string{"inputs": inputsTable(d), "outputs": outputsTable(d)}
	found := 0
	want := generated.ReplaceAllStringFunc(readme, func(block string) string {
		kind := generated.FindStringSubmatch(block)[1]
		found++
		return "<!-- generated: " + kind + " -->\n" + tables[kind] + "<!-- end -->"
	})
	if found != len(tables) {
		t.Errorf("%s has %d generated tables, not %d", path, found, len(tables))
	}
	if want == readme {
		return
	}
	if !*update {
		t.Errorf("%s is out of date; run go test ./internal/house -update", path)
		return
	}
	if err := os.WriteFile(filepath.Join("../..", path), []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func inputsTable(d runner.Description) string {
	var b strings.Builder
	b.WriteString("| input | flag | what it is | default | allowed |\n| :--- | :--- | :--- | :--- | :--- |\n")
	for _, i := range d.Inputs {
		fallback := "`" + i.Default + "`"
		switch {
		case i.Required:
			fallback = "required"
		case i.Default == "":
			fallback = ""
		}
		fmt.Fprintf(&b, "| `%s` | `--%s` | %s | %s | %s |\n", i.Name, i.Name, cell(usage(i)), fallback, cell(i.Allowed))
	}
	return b.String()
}

func outputsTable(d runner.Description) string {
	var b strings.Builder
	b.WriteString("| output | what it is |\n| :--- | :--- |\n")
	for _, o := range d.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, cell(o.Usage))
	}
	return b.String()
}

// cell keeps a page from taking words for a comment, which nobody would see.
func cell(words string) string {
	return strings.ReplaceAll(words, "<!--", "&lt;!--")
}

package rehearsal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/fault"
)

// workflow is what a rehearsal must know of a workflow file beforehand.
type workflow struct {
	Name string `yaml:"name"`
	Jobs yaml.Node
	jobs []workflowJob
}

type workflowJob struct {
	id    string
	Name  string         `yaml:"name"`
	Needs stringOrList   `yaml:"needs"`
	Uses  string         `yaml:"uses"`
	Steps []workflowStep `yaml:"steps"`
	With  yaml.Node      `yaml:"with"`

	Environment nameOrMapping `yaml:"environment"`
}

type workflowStep struct {
	Name string `yaml:"name"`
	Uses string `yaml:"uses"`
}

// stringOrList reads `needs: a` and `needs: [a, b]`.
type stringOrList []string

func (s *stringOrList) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = []string{n.Value}
		return nil
	}
	var list []string
	err := n.Decode(&list)
	*s = list
	return err
}

// nameOrMapping reads `environment: a` and `environment: { name: a, url: b }`.
type nameOrMapping string

func (s *nameOrMapping) UnmarshalYAML(n *yaml.Node) error {
	if m := member(n, "name"); m != nil {
		n = m
	}
	*s = nameOrMapping(n.Value)
	return nil
}

// readWorkflow reads a workflow with those of the same repository that it calls;
// root is the checkout.
func readWorkflow(path, root string) (workflow, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return workflow{}, &fault.Fault{Kind: fault.Input, Name: "workflow", What: "cannot be read", Got: path, Err: err}
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		return workflow{}, &fault.Fault{Kind: fault.Input, Name: path, What: "is no workflow", Err: err}
	}
	calls, times := map[string][]workflowJob{}, w.calls()
	for i := 0; i+1 < len(w.Jobs.Content); i += 2 {
		j := workflowJob{id: w.Jobs.Content[i].Value}
		if err := w.Jobs.Content[i+1].Decode(&j); err != nil {
			return workflow{}, &fault.Fault{Kind: fault.Input, Name: path, What: "is no workflow", Err: err}
		}
		if !strings.HasPrefix(j.Uses, "./") {
			w.jobs = append(w.jobs, j)
			continue
		}
		called, err := readWorkflow(filepath.Join(root, filepath.FromSlash(j.Uses)), root)
		if err != nil {
			return workflow{}, err
		}
		inner := j.call(called, times[j.Uses] > 1)
		w.jobs = append(w.jobs, inner...)
		calls[j.id] = inner
	}
	for i := range w.jobs {
		w.jobs[i].needCalled(calls)
	}
	return w, w.distinct(path)
}

// calls counts how often each workflow is called.
func (w workflow) calls() map[string]int {
	times := map[string]int{}
	for i := 0; i+1 < len(w.Jobs.Content); i += 2 {
		if uses := member(w.Jobs.Content[i+1], "uses"); uses != nil {
			times[uses.Value]++
		}
	}
	return times
}

// input matches an input of a called workflow in an expression, with its default.
var input = regexp.MustCompile(`\$\{\{ inputs\.([a-z][a-z0-9-]*)(?: \|\| '([^']*)')? \}\}`)

// given puts what the caller passes in the place of a called workflow's inputs.
func (j workflowJob) given(text string) string {
	return input.ReplaceAllStringFunc(text, func(expression string) string {
		m := input.FindStringSubmatch(expression)
		if v := member(&j.With, m[1]); v != nil && v.Value != "" {
			return v.Value
		}
		return m[2]
	})
}

// asked puts what somebody who starts a workflow by hand has chosen in the place of
// its inputs: payload is the event's JSON.
func asked(payload, text string) string {
	var event struct {
		Inputs map[string]string `json:"inputs"`
	}
	if json.Unmarshal([]byte(payload), &event) != nil {
		return text // no event, or one without inputs
	}
	return input.ReplaceAllStringFunc(text, func(expression string) string {
		m := input.FindStringSubmatch(expression)
		return cmp.Or(event.Inputs[m[1]], m[2])
	})
}

// call are the jobs that come from calling a workflow: GitHub shows them behind
// the caller's name, and act tells of them by their own ids. Those of a workflow
// that is called more than once are told apart by the caller's.
func (j workflowJob) call(called workflow, again bool) []workflowJob {
	within := map[string]bool{}
	for _, inner := range called.jobs {
		within[inner.id] = true
	}
	for i := range called.jobs {
		inner := &called.jobs[i]
		if len(inner.Needs) == 0 {
			inner.Needs = j.Needs
		}
		if inner.Name == "" {
			inner.Name = inner.id
		}
		name := j.Name
		if name == "" {
			name = j.id
		}
		inner.Name = name + " / " + inner.Name
		inner.Environment = nameOrMapping(j.given(string(inner.Environment)))
		if !again {
			continue
		}
		for n, need := range inner.Needs {
			if within[need] {
				inner.Needs[n] = j.id + "/" + need
			}
		}
		inner.id = j.id + "/" + inner.id
	}
	return called.jobs
}

// needCalled puts the jobs of a called workflow in the place of the job that
// calls it.
func (j *workflowJob) needCalled(calls map[string][]workflowJob) {
	var needs stringOrList
	for _, id := range j.Needs {
		inner, called := calls[id]
		if !called {
			needs = append(needs, id)
		}
		for _, other := range inner {
			needs = append(needs, other.id)
		}
	}
	j.Needs = needs
}

// distinct refuses two jobs of one id, a called one's too: act's log could not
// tell them apart.
func (w workflow) distinct(path string) error {
	seen := map[string]bool{}
	for _, j := range w.jobs {
		if seen[j.id] {
			return &fault.Fault{Kind: fault.Input, Name: path, What: "has two jobs " + j.id + ", its own or of a workflow that it calls", Next: "Call one of them otherwise."}
		}
		seen[j.id] = true
	}
	return nil
}

// uses collects every action that the workflow calls, through the local ones
// too: repository@ref for those of others.
func (w workflow) uses(root string) ([]string, error) {
	var found []string
	var visit func(steps []workflowStep) error
	visit = func(steps []workflowStep) error {
		for _, s := range steps {
			switch {
			case s.Uses == "" || slices.Contains(found, s.Uses):
			case strings.HasPrefix(s.Uses, "./"):
				steps, err := localSteps(root, s.Uses)
				if err != nil {
					return err
				}
				if err := visit(steps); err != nil {
					return err
				}
			default:
				found = append(found, s.Uses)
			}
		}
		return nil
	}
	for _, j := range w.jobs {
		if j.Uses != "" { // of the same repository they are among the jobs already
			found = append(found, j.Uses)
		}
		if err := visit(j.Steps); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// localSteps reads the steps of a composite action of the same repository.
func localSteps(root, uses string) ([]workflowStep, error) {
	path := filepath.Join(root, filepath.FromSlash(uses), "action.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: uses, What: "is used and has no action.yml", Err: err}
	}
	var action struct {
		Runs struct {
			Steps []workflowStep `yaml:"steps"`
		} `yaml:"runs"`
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: path, What: "is no action", Err: err}
	}
	return action.Runs.Steps, nil
}

// standIns maps every third-party action to its stand-in below folder, as
// act's --local-repository takes it, and our own actions, as a consumer calls
// them, to the copy of the checkout at own. One without a stand-in is an error:
// act would go to github.com for it.
func standIns(uses []string, folder, own string) ([]string, error) {
	var mapped, missing []string
	for _, u := range uses {
		name, ref, pinned := strings.Cut(u, "@")
		if strings.HasPrefix(name, repositoryName+"/") && pinned {
			if our := repositoryName + "@" + ref + "=" + own; !slices.Contains(mapped, our) {
				mapped = append(mapped, our)
			}
			continue
		}
		stand := filepath.Join(folder, filepath.FromSlash(name))
		if _, err := os.Stat(filepath.Join(stand, "action.yml")); err != nil || !pinned {
			missing = append(missing, u)
			continue
		}
		mapped = append(mapped, u+"="+stand)
	}
	if len(missing) > 0 {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "uses", What: fmt.Sprintf("no stand-in for %s", strings.Join(missing, ", ")),
			Next: "Add a folder below internal/rehearsal/standins that does that action's job on this machine.",
		}
	}
	return mapped, nil
}

package rehearsal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Given is a job that a rehearsal takes for done: it is not run, has these
// outputs, and has left these artifacts. So the later half of a workflow can be
// tried many times without its earlier half.
type Given struct {
	Outputs   map[string]string
	Artifacts map[string]map[string][]byte
}

// give replaces jobs of a workflow by ones that do nothing and end well. Names,
// needs and conditions of all jobs stay.
func give(path string, given map[string]Given) error {
	if len(given) == 0 {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return err
	}
	jobs := member(root.Content[0], "jobs")
	for id, g := range given {
		job := member(jobs, id)
		if job == nil {
			return fmt.Errorf("%s has no job %s that could be taken for done", filepath.Base(path), id)
		}
		kept := []*yaml.Node{}
		for i := 0; i+1 < len(job.Content); i += 2 {
			if slices.Contains([]string{"name", "needs", "if", "runs-on", "permissions", "timeout-minutes"}, job.Content[i].Value) {
				kept = append(kept, job.Content[i], job.Content[i+1])
			}
		}
		var rest yaml.Node
		if err := rest.Encode(map[string]any{
			"outputs": g.Outputs, "steps": []map[string]string{{"name": "Taken for done", "run": "true"}},
		}); err != nil {
			return err
		}
		kept = append(kept, rest.Content...)
		job.Content = kept
	}
	if text, err = yaml.Marshal(&root); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// member finds a mapping's value by its key, or nil.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

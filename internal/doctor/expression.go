package doctor

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

var (
	expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)
	literal    = regexp.MustCompile(`'((?:[^']|'')*)'`)
	input      = regexp.MustCompile(`\binputs\.([A-Za-z_][A-Za-z0-9_-]*)`)
	variable   = regexp.MustCompile(`\bvars\.([A-Za-z_][A-Za-z0-9_]*)`)
	secret     = regexp.MustCompile(`\bsecrets\.([A-Za-z_][A-Za-z0-9_]*)`)
)

// mostNames bounds what an expression may come to.
const mostNames = 64

// names collects what the workflow's expressions take. Conditions are expressions
// without braces.
func (w *Workflow) names(n *yaml.Node) {
	vars, secrets := map[string]bool{}, map[string]bool{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "if" && c.Kind == yaml.ScalarNode {
				collect(c.Value, vars, secrets)
			}
			walk(c)
		}
		if n.Kind == yaml.ScalarNode {
			for _, e := range expression.FindAllString(n.Value, -1) {
				collect(e, vars, secrets)
			}
		}
	}
	walk(n)
	delete(secrets, "GITHUB_TOKEN") // GitHub gives it to every job
	w.Vars, w.Secrets = sorted(vars), sorted(secrets)
}

func collect(text string, vars, secrets map[string]bool) {
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		vars[m[1]] = true
	}
	for _, m := range secret.FindAllStringSubmatch(text, -1) {
		secrets[m[1]] = true
	}
}

func sorted(set map[string]bool) []string {
	all := make([]string, 0, len(set))
	for name := range set {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// environments are the names that a job's environment may come to: an expression
// comes to one of its literals, or of the options of an input that it takes.
// Empty says that there is none, or that nothing is known of it.
func environments(n *yaml.Node, choices map[string][]string) []string {
	text := n.Value
	if n.Kind == yaml.MappingNode {
		var e struct{ Name string }
		if n.Decode(&e) != nil {
			return nil
		}
		text = e.Name
	}
	if text == "" {
		return nil
	}
	names := []string{""}
	for text != "" {
		at := expression.FindStringSubmatchIndex(text)
		if at == nil {
			names = joined(names, []string{text})
			break
		}
		names = joined(joined(names, []string{text[:at[0]]}), outcomes(text[at[2]:at[3]], choices))
		text = text[at[1]:]
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
}

// outcomes are what an expression may come to. What is compared with is no
// outcome.
func outcomes(text string, choices map[string][]string) []string {
	text = comparison.ReplaceAllString(text, " ")
	var all []string
	for _, m := range literal.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.ReplaceAll(m[1], "''", "'"))
	}
	for _, m := range input.FindAllStringSubmatch(text, -1) {
		all = append(all, choices[m[1]]...)
	}
	return all
}

var comparison = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_.-]*\s*[=!]=\s*'(?:[^']|'')*'`)

func joined(heads, tails []string) []string {
	var all []string
	for _, h := range heads {
		for _, t := range tails {
			if len(all) < mostNames {
				all = append(all, h+t)
			}
		}
	}
	return all
}

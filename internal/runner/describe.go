package runner

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// Description is a program's declaration as data: what --describe prints, what
// the README table is generated from, and what action.yml is held against.
type Description struct {
	Name    string              `json:"name"`
	Summary string              `json:"summary"`
	Inputs  []InputDescription  `json:"inputs"`
	Outputs []OutputDescription `json:"outputs"`
}

// InputDescription is one declared input.
type InputDescription struct {
	Name     string `json:"name"`
	Env      string `json:"env"`
	Usage    string `json:"usage"`
	Default  string `json:"default"`
	Allowed  string `json:"allowed"`
	Required bool   `json:"required"`
	Many     bool   `json:"many"`
	Secret   bool   `json:"secret"`
}

// OutputDescription is one declared output.
type OutputDescription struct {
	Name  string `json:"name"`
	Usage string `json:"usage"`
}

// Describe returns the declaration as JSON.
func Describe(p *Program) string {
	d := Description{Name: p.Name, Summary: p.Summary, Inputs: []InputDescription{}, Outputs: []OutputDescription{}}
	for _, i := range p.Inputs.list {
		d.Inputs = append(d.Inputs, InputDescription{
			Name: i.Name, Env: Env(i.Name), Usage: i.Usage, Default: i.Default,
			Allowed: i.Allowed, Required: i.Required, Many: i.Many, Secret: i.Secret,
		})
	}
	for _, o := range p.Outputs {
		d.Outputs = append(d.Outputs, OutputDescription(o))
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // a struct of strings and booleans always encodes
	}
	return string(text)
}

// Help returns the text of --help.
func Help(p *Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\nFlags (inside Actions: the variable):\n", p.Name, p.Summary)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, i := range p.Inputs.list {
		fmt.Fprintf(w, "  --%s\t%s\t%s\n", i.Name, Env(i.Name), i.details())
	}
	fmt.Fprintf(w, "  --%s\t%s\tHow the result is printed. Default text; allowed: text, json.\n", nameFormat, Env(nameFormat))
	fmt.Fprintf(w, "  --%s\t\tPrints the release that this is, or %s.\n", nameVersion, unreleased)
	_ = w.Flush() // a strings.Builder takes every write
	b.WriteString("\nExit codes: 0 passed or done, 1 a gate said no, 2 bad input, 3 an outside system failed (retry), 4 refused for safety.\n")
	return b.String()
}

// details is the usage with what follows from the declaration.
func (i *Input) details() string {
	parts := []string{i.Usage}
	if i.Required {
		parts = append(parts, "Required.")
	}
	if i.Many {
		parts = append(parts, "May be repeated; one a line inside Actions.")
	}
	switch {
	case i.Default != "" && i.Allowed != "":
		parts = append(parts, fmt.Sprintf("Default %s; allowed: %s.", i.Default, i.Allowed))
	case i.Default != "":
		parts = append(parts, fmt.Sprintf("Default %s.", i.Default))
	case i.Allowed != "":
		parts = append(parts, fmt.Sprintf("Allowed: %s.", i.Allowed))
	}
	return strings.Join(parts, " ")
}

package mute

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// Result is what came of it (schemas/monitoring-mute.schema.json).
type Result struct {
	Stage string `json:"stage"`
	// Muted says whether alarms keep quiet now.
	Muted bool   `json:"muted"`
	Until string `json:"until"`
	Lead  string `json:"lead"`
	// Rules are those that were made, or removed.
	Rules  []string `json:"rules"`
	Alarms []string `json:"alarms"`
	Notes  []string `json:"notes"`
}

// mostShown is how many alarms a document names.
const mostShown = 20

// Document shows the result for people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Alarms of " + r.Stage, Lead: r.Lead}
	if n := len(r.Alarms); n > 0 {
		shown := strings.Join(r.Alarms[:min(n, mostShown)], ", ")
		if n > mostShown {
			shown += fmt.Sprintf(" and %d more", n-mostShown)
		}
		d.Blocks = append(d.Blocks, report.Text{Body: shown + "."})
	}
	for _, n := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// writeTables writes one Markdown table a claim, a column a judge.
func writeTables(w io.Writer, head string, results []result) {
	fmt.Fprintf(w, "%s\n", head)
	for _, r := range results {
		fmt.Fprintf(w, "\n### %s\n\n", r.title)
		if r.note != "" {
			fmt.Fprintf(w, "%s\n\n", r.note)
		}
		fmt.Fprint(w, "| scenario | figure |")
		for _, p := range peers {
			fmt.Fprintf(w, " %s |", p.Name)
		}
		fmt.Fprintf(w, "\n| :--- | :--- |%s\n", strings.Repeat(" ---: |", len(peers)))
		for i, s := range r.scenarios {
			for f, figure := range r.figures {
				if figure.rare && !slices.ContainsFunc(r.values[i][f], func(e estimate) bool { return e.Value > 0 }) {
					continue
				}
				fmt.Fprintf(w, "| %s | %s |", s.title, figure.name)
				for _, e := range r.values[i][f] {
					fmt.Fprintf(w, " %s |", cell(figure.unit, e))
				}
				fmt.Fprintln(w)
			}
		}
	}
}

// cell is a figure with its interval, as short as it can be said.
func cell(unit string, e estimate) string {
	if e.N == 0 {
		return "no run left"
	}
	if unit == "share" {
		return fmt.Sprintf("%s%% (%s–%s)", percent(e.Value), percent(e.Low), percent(e.High))
	}
	if math.IsInf(e.Low, 1) {
		return "never"
	}
	return fmt.Sprintf("%s (%s–%s)", minutesText(e.Value), minutesText(e.Low), minutesText(e.High))
}

func minutesText(v float64) string {
	if math.IsInf(v, 1) {
		return "never"
	}
	return fmt.Sprintf("%.0f", v)
}

// percent has one decimal, two close to either end, none at the ends: 99.98%
// must not look like all.
func percent(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v == 1:
		return "100"
	case v < 0.0095 || v > 0.9905:
		return fmt.Sprintf("%.2f", 100*v)
	}
	return fmt.Sprintf("%.1f", 100*v)
}

// figureJSON is one figure of one judge. Value, Low and High are absent where
// the figure is not a number: "never", or no run left to take it from.
type figureJSON struct {
	Scenario string   `json:"scenario"`
	Claim    string   `json:"claim"`
	Title    string   `json:"title"`
	Figure   string   `json:"figure"`
	Unit     string   `json:"unit"`
	Judge    string   `json:"judge"`
	Runs     int      `json:"runs"`
	Value    *float64 `json:"value,omitempty"`
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
}

func writeJSON(path, head string, runs int, results []result) error {
	number := func(e estimate, v float64) *float64 {
		if e.N == 0 || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	var list []figureJSON
	for _, r := range results {
		for i, s := range r.scenarios {
			for f, figure := range r.figures {
				for j, e := range r.values[i][f] {
					list = append(list, figureJSON{
						Scenario: s.id, Claim: r.title, Title: s.title, Figure: figure.name, Unit: figure.unit, Judge: peers[j].Name, Runs: e.N,
						Value: number(e, e.Value), Low: number(e, e.Low), High: number(e, e.High),
					})
				}
			}
		}
	}
	data, err := json.MarshalIndent(map[string]any{"head": head, "runs": runs, "figures": list}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

package config

import (
	"errors"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Faults turns an error of [Load] or [Parse] into faults, one a problem, each
// with its place in the file. nil stays nil.
func Faults(err error) error {
	var problems *strict.Problems
	if !errors.As(err, &problems) {
		if err == nil {
			return nil
		}
		return &fault.Fault{Kind: fault.Input, Name: "config", What: err.Error(), Next: "Name a file that can be read, or write one: a first cutover.yaml has under 15 lines."}
	}
	var faults []error
	for _, p := range problems.List {
		faults = append(faults, &fault.Fault{
			Kind: fault.Input, File: p.File, Line: p.Line, Column: p.Column,
			Name: p.Path, What: p.Message, Allowed: p.Allowed, Next: sentence(p.Suggestion),
		})
	}
	return errors.Join(faults...)
}

// sentence begins with a capital letter.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

package main

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/lint"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

// fromStdin is the name of a file that stands for standard input.
const fromStdin = "-"

// lintInputs are what monitoring lint takes.
type lintInputs struct {
	file, runbooks, base, config *string
	limit                        *unit.Money
	strict                       *bool
}

func monitoringLint() *runner.Program {
	in := runner.NewInputs()
	i := lintInputs{
		file:     in.String("file", "", "CloudFormation template, JSON or YAML; the flag itself may be left out. - is standard input.", runner.Required()),
		runbooks: in.String("runbooks", "", "Folder of the runbooks; links of alarms are looked up there, never on the network."),
		base:     in.String("runbooks-base", "", "Address that stands for that folder in links."),
		config:   in.String("config", "", "cutover.yaml whose monitoring.runbook_base is that address."),
		limit:    runner.Parsed(in, "limit", "", unit.MoneySyntax.Allowed, "Most that alarms and dashboards may cost a month.", unit.ParseMoney),
		strict:   in.Bool("strict", false, "Let infos count as findings too."),
	}
	return &runner.Program{
		Name: "monitoring lint", Summary: "Finds alarms that cannot fire, mislead or stay unheard in a CloudFormation template; " + lint.Docs + " has the rules.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error { return i.run(s) },
	}
}

func (i lintInputs) run(s *runner.Session) error {
	books, err := i.shelf()
	if err != nil {
		return err
	}
	text, err := readTemplate(*i.file)
	if err != nil {
		return err
	}
	t, err := template.Parse(*i.file, text)
	if err != nil {
		return err
	}
	result := lint.Lint(t, lint.Options{Runbooks: books, Limit: *i.limit, Strict: *i.strict})
	if err := s.Result(report.Terminal(result.View(), s.Colour()), result); err != nil {
		return err
	}
	return result.Err()
}

func readTemplate(name string) ([]byte, error) {
	in := os.Stdin
	if name != fromStdin {
		f, err := os.Open(name)
		if err != nil {
			return nil, &fault.Fault{Kind: fault.Input, Name: "file", What: "cannot be opened", Err: err}
		}
		defer func() { _ = f.Close() }() // nothing was written
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, template.MostBytes+1))
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "file", What: "cannot be read", Got: name, Err: err}
	}
	return text, nil
}

// shelf says which runbooks are there, or is nil if nobody can tell.
func (i lintInputs) shelf() (lint.Runbooks, error) {
	s := shelf{folder: *i.runbooks, base: *i.base}
	if *i.config != "" && s.base == "" {
		file, err := config.Load(*i.config)
		if err != nil {
			return nil, config.Faults(err)
		}
		if file.Monitoring != nil {
			s.base = string(file.Monitoring.RunbookBase)
		}
	}
	if s.folder == "" {
		if *i.base != "" {
			return nil, &fault.Fault{Kind: fault.Input, Name: "runbooks-base", What: "stands for a folder that was not given", Got: *i.base, Next: "Name it by --runbooks."}
		}
		return nil, nil
	}
	if info, err := os.Stat(s.folder); err != nil || !info.IsDir() {
		return nil, &fault.Fault{Kind: fault.Input, Name: "runbooks", What: "is no folder", Got: s.folder, Err: err, Next: "Name the folder in which the runbooks lie."}
	}
	if *i.file != fromStdin {
		s.beside = filepath.Dir(*i.file)
	}
	return s, nil
}

// shelf is a folder of runbooks.
type shelf struct{ folder, base, beside string }

// Has looks a link up: below the base, in a folder of the same name, or, if it
// is a path, in the folder, beside the template and here.
func (s shelf) Has(link string) (there, known bool) {
	link, _, _ = strings.Cut(link, "#")
	link, _, _ = strings.Cut(link, "?")
	if !strings.Contains(link, "://") {
		return s.any(filepath.Join(s.folder, link), filepath.Join(s.folder, path.Base(link)), filepath.Join(s.beside, link), link), true
	}
	base := strings.TrimSuffix(s.base, "/") + "/"
	if inner, ok := strings.CutPrefix(link, base); s.base != "" && ok {
		return s.any(filepath.Join(s.folder, inner), filepath.Join(s.folder, inner+".md")), true
	}
	if s.base == "" && path.Base(path.Dir(link)) == filepath.Base(s.folder) && path.Ext(link) != "" {
		return s.any(filepath.Join(s.folder, path.Base(link))), true
	}
	return false, false
}

func (s shelf) any(paths ...string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		info, err := os.Stat(p)
		return err == nil && !info.IsDir()
	})
}

// withFile turns the bare FILE of `monitoring lint FILE` into --file FILE: other
// programs take no bare arguments, and refuse them.
func withFile(args []string) []string {
	at := slices.Index(args, "lint")
	if at < 1 || args[at-1] != "monitoring" {
		return args
	}
	for n := at + 1; n < len(args); n++ {
		switch arg := args[n]; {
		case arg == "--":
			return args
		case arg == fromStdin || !strings.HasPrefix(arg, "-"):
			return slices.Concat(args[:n], []string{"--file"}, args[n:])
		case !strings.Contains(arg, "=") && !slices.Contains([]string{"--strict", "--help", "-h", "--describe"}, arg):
			n++ // its value
		}
	}
	return args
}

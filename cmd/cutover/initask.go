package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/adopt"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/runner"
)

// asker puts questions to a person, one at a time.
type asker struct {
	s       *runner.Session
	answers *bufio.Reader
	err     error
}

// take asks for what was not given; an empty answer takes what stands there.
func (a *asker) take(into *string, question, otherwise string) {
	if a.err != nil || *into != "" {
		return
	}
	a.s.Notef("%s [%s]", question, otherwise)
	answer, err := line(a.answers)
	if err != nil {
		a.err = unanswered(err)
		return
	}
	*into = answer
}

// ask asks for what no file told, each with what is taken otherwise.
func (i *initInputs) ask(s *runner.Session, settled adopt.Settled, asked adopt.Asked, again func(adopt.Asked) (adopt.Settled, error)) (adopt.Settled, error) {
	a := &asker{s: s, answers: i.answers()}
	if len(asked.Parts) == 0 {
		var text string
		a.take(&text, "Which parts?", parts(settled.Asked.Parts))
		if a.err != nil {
			return settled, a.err
		}
		var err error
		if asked.Parts, err = adopt.ParseParts(text); err != nil {
			return settled, err
		}
		// The parts decide what else has to be known.
		if settled, err = again(asked); err != nil {
			return settled, err
		}
	}
	for _, q := range settled.Questions() {
		switch q.Key {
		case "region":
			a.take(&asked.Region, "In which AWS region?", q.Otherwise)
		case "url":
			a.take(&asked.Production, "Where does production answer?", q.Otherwise)
		case "staging-url":
			a.take(&asked.Staging, "Where does staging answer?", q.Otherwise)
		case "mail":
			a.take(&asked.Mail, "Which mailbox gets the alarms?", q.Otherwise)
		}
	}
	if a.err != nil {
		return settled, a.err
	}
	return again(asked)
}

// answers is where answers come from; what was read ahead is not lost.
func (i *initInputs) answers() *bufio.Reader {
	buffered, ok := i.questions.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReader(i.questions)
		i.questions = buffered
	}
	return buffered
}

// line reads one answer.
func line(r *bufio.Reader) (string, error) {
	text, err := r.ReadString('\n')
	if text = strings.TrimSpace(text); text != "" {
		return text, nil
	}
	return "", err
}

// unanswered is the end of the answers: whoever goes away has not agreed.
func unanswered(err error) error {
	if errors.Is(err, io.EOF) {
		return &fault.Fault{Kind: fault.Refused, What: "the questions were not answered, and nothing was written", Next: "Answer them, or give --yes."}
	}
	return &fault.Fault{Kind: fault.Outside, What: "the answer cannot be read", Err: err}
}

// stores takes from an inventory what cutover.yaml has a place for.
func (i *initInputs) stores(asked *adopt.Asked) error {
	if *i.inventory == "" {
		return nil
	}
	text, err := os.ReadFile(*i.inventory)
	if err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "inventory", What: "cannot be read", Got: *i.inventory, Err: err}
	}
	inv, err := monitoring.ParseInventory(*i.inventory, text)
	if err != nil {
		return err
	}
	if asked.Region == "" {
		asked.Region = inv.Region
	}
	if len(inv.APIs) > 0 {
		asked.API = inv.APIs[0].Type
	}
	// The other stage has stores of its own, named by it.
	name := func(text string) string { return fmt.Sprintf("%q", strings.ReplaceAll(text, inv.Stage, "{stage}")) }
	add := func(format string, args ...any) { asked.Stores = append(asked.Stores, fmt.Sprintf(format, args...)) }
	if r := inv.RDS; r != nil {
		proxy := ""
		if r.Proxy != "" {
			proxy = ", proxy: " + name(r.Proxy)
		}
		add("rds: { instance: %s%s }", name(r.Instance), proxy)
	}
	if r := inv.Redis; r != nil && len(r.IDs) > 0 {
		add("redis: { kind: %s, id: %s }", r.Kind, name(r.IDs[0]))
	}
	if o := inv.OpenSearch; o != nil {
		add("opensearch: { domain: %s, account: %q }", name(o.Domain), o.Account)
	}
	if len(inv.Buckets) > 0 {
		var buckets []string
		for _, b := range inv.Buckets {
			buckets = append(buckets, name(b))
		}
		add("buckets: [%s]", strings.Join(slices.Compact(buckets), ", "))
	}
	return nil
}

// put writes a file as a whole or not at all: under another name beside it,
// which is then given the right one.
func put(root *os.Root, name, text string) error {
	bad := func(err error) error {
		return &fault.Fault{Kind: fault.Outside, Name: name, What: "cannot be written", Next: "What was written before it is whole; run init again.", Err: err}
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return bad(err)
	}
	part := path.Join(path.Dir(name), "."+path.Base(name)+".cutover-init")
	mode := fs.FileMode(0o644)
	if info, err := root.Lstat(name); err == nil {
		mode = info.Mode().Perm()
	}
	// One that a kill has left is nobody's.
	if err := root.Remove(part); err != nil && !os.IsNotExist(err) {
		return bad(err)
	}
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return bad(err)
	}
	_, err = io.WriteString(f, text)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(part, name)
	}
	if err != nil {
		_ = root.Remove(part) // the first error counts
		return bad(err)
	}
	return nil
}

package gate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// tally gathers what speaks for and against one row.
type tally struct {
	row              Row
	good, bad, doubt []string
	next             []string
}

func (t *tally) pass(format string, args ...any) {
	t.good = append(t.good, fmt.Sprintf(format, args...))
}

// fail notes what is wrong, and what to do about it.
func (t *tally) fail(next, format string, args ...any) {
	t.bad = append(t.bad, fmt.Sprintf(format, args...))
	t.change(next)
}

func (t *tally) warn(format string, args ...any) {
	t.row.Warnings = append(t.row.Warnings, fmt.Sprintf(format, args...))
}

func (t *tally) change(next string) {
	for _, known := range t.next {
		if known == next {
			return
		}
	}
	if next != "" {
		t.next = append(t.next, next)
	}
}

// errUnasked stands where something was never asked: a gap in this program, or a
// port that was not given. It is no pass either way.
var errUnasked = &fault.Fault{Kind: fault.Input, What: "it was not asked for"}

// unknown notes what could not be told, and why. The same cause is named once.
func (t *tally) unknown(what string, err error) {
	if err == nil {
		err = errUnasked
	}
	for _, known := range t.row.errs {
		if known.Error() == err.Error() {
			t.doubt = append(t.doubt, what+": the same")
			return
		}
	}
	var told []string
	for _, f := range fault.All(err) {
		bare := *f
		bare.Next = ""
		told = append(told, bare.Error())
		next := f.Next
		if next == "" {
			next = "Run it again."
		}
		t.change(next)
	}
	t.doubt = append(t.doubt, what+" cannot be told: "+strings.Join(told, "; "))
	t.row.errs = append(t.row.errs, err)
}

// see returns what was seen; ok is false where that is nothing, which is noted.
func see[T any](t *tally, s Seen[T], what string) (value T, ok bool) {
	if s.Asked && s.Err == nil {
		return s.Value, true
	}
	t.unknown(what, s.Err)
	return value, false
}

// later notes something that is under way: the same call can tell it later.
func (t *tally) later(name, status, next string) {
	t.doubt = append(t.doubt, fmt.Sprintf("%q is %s", name, strings.ReplaceAll(status, "_", " ")))
	t.row.errs = append(t.row.errs, &fault.Fault{Kind: fault.Outside, Name: name, What: "is not over yet", Next: next})
	t.change(next)
}

// result makes the row: what is wrong outweighs what is unknown, which
// outweighs what is right. Nothing at all is unknown.
func (t *tally) result() Row {
	r := t.row
	switch {
	case len(t.bad) > 0:
		r.Verdict, r.Observed, r.brief = Fail, sentence(append(t.bad, t.doubt...)), t.bad[0]
	case len(t.doubt) > 0:
		r.Verdict, r.Observed, r.brief = Inconclusive, sentence(t.doubt), t.doubt[0]
	case len(t.good) == 0:
		r.Verdict, r.Observed, r.brief = Inconclusive, "nothing was seen", "nothing was seen"
		r.errs = append(r.errs, errors.New(string(r.Check)+": nothing was seen"))
	default:
		r.Verdict, r.Observed = Pass, sentence(t.good)
	}
	if r.Verdict != Pass {
		r.Change = strings.Join(t.next, " ")
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	return r
}

// sentence joins clauses with semicolons.
func sentence(clauses []string) string {
	return strings.TrimRight(strings.Join(clauses, "; "), ".")
}

// clip bounds a text of others.
func clip(s string) string {
	const most = 140
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// trim takes the full stop from a sentence that becomes a clause.
func trim(s string) string { return strings.TrimRight(s, ".") }

// list joins names, at most a few of them.
func list(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// short is a commit's name as people read it.
func short(sha string) string {
	if len(sha) > 12 {
		return sha[:12]
	}
	return sha
}

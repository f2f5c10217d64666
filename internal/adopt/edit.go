package adopt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// edit is a workflow that is made into a user's. Its text stays text, so that
// its comments stay where they are. What an edit does not find is an error: this
// repository's own file was changed, and somebody has to look here too.
type edit struct {
	name  string
	lines []string
	err   error
}

func edited(name, text string) *edit {
	return &edit{name: name, lines: strings.Split(text, "\n")}
}

func (e *edit) text() string { return strings.Join(e.lines, "\n") }

func (e *edit) missed(what string) {
	if e.err == nil {
		e.err = fmt.Errorf("internal error: %s has no %s any more, which cutover init changes", e.name, what)
	}
}

// replace puts text in the place of old, wherever that stands.
func (e *edit) replace(old, text string) {
	whole := e.text()
	if !strings.Contains(whole, old) {
		e.missed(fmt.Sprintf("%q", old))
		return
	}
	e.lines = strings.Split(strings.ReplaceAll(whole, old, text), "\n")
}

// within is replace in one job alone.
func (e *edit) within(id, old, text string) {
	from, to, ok := e.block(2, func(l string) bool { return l == id+":" })
	if !ok {
		e.missed("job " + id)
		return
	}
	job := edited(e.name, strings.Join(e.lines[from:to], "\n"))
	job.replace(old, text)
	if job.err != nil {
		e.missed(fmt.Sprintf("%q in the job %s", old, id))
	}
	e.lines = slices.Concat(e.lines[:from], job.lines, e.lines[to:])
}

// optional is replace for what need not be there.
func (e *edit) optional(old, text string) {
	e.lines = strings.Split(strings.ReplaceAll(e.text(), old, text), "\n")
}

// dropLine takes out each line that holds part.
func (e *edit) dropLine(part string) {
	before := len(e.lines)
	e.lines = slices.DeleteFunc(e.lines, func(l string) bool { return strings.Contains(l, part) })
	if len(e.lines) == before {
		e.missed(fmt.Sprintf("line with %q", part))
	}
}

// block is the lines from the one that begins it to the next that is no deeper,
// with the comments right above it.
func (e *edit) block(indent int, begins func(line string) bool) (from, to int, ok bool) {
	from = slices.IndexFunc(e.lines, func(l string) bool { return depth(l) == indent && begins(strings.TrimSpace(l)) })
	if from < 0 {
		return 0, 0, false
	}
	for to = from + 1; to < len(e.lines) && (e.lines[to] == "" || depth(e.lines[to]) > indent); to++ {
	}
	for from > 0 && comment(e.lines[from-1], indent) {
		from--
	}
	// An empty line at the end belongs to what follows, but for the file's last.
	for to < len(e.lines) && to > from && e.lines[to-1] == "" {
		to--
	}
	return from, to, true
}

func depth(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func comment(line string, indent int) bool {
	return depth(line) == indent && strings.HasPrefix(strings.TrimSpace(line), "#")
}

// dropStep takes out each step that begins so.
func (e *edit) dropStep(name string) {
	if !e.dropSteps(func(step string) bool { return strings.HasPrefix(step, "- name: "+name+"\n") }) {
		e.missed("step " + name)
	}
}

// dropSteps takes out each step whose text is of a kind.
func (e *edit) dropSteps(of func(step string) bool) (found bool) {
	for _, indent := range []int{6, 4} {
		for {
			skip := func(line string) bool { return strings.HasPrefix(line, "- name: ") }
			from, to, ok := e.blockOf(indent, skip, of)
			if !ok {
				break
			}
			found = true
			e.lines = slices.Delete(e.lines, from, to)
		}
	}
	return found
}

// blockOf is the first block of which begins and of hold.
func (e *edit) blockOf(indent int, begins, of func(string) bool) (from, to int, ok bool) {
	for at := 0; at < len(e.lines); {
		rest := edit{lines: e.lines[at:]}
		from, to, ok = rest.block(indent, begins)
		if !ok {
			return 0, 0, false
		}
		from, to = from+at, to+at
		head := from
		for comment(e.lines[head], indent) {
			head++
		}
		if of(strings.TrimLeft(strings.Join(e.lines[head:to], "\n"), " ") + "\n") {
			return from, to, true
		}
		at = to
	}
	return 0, 0, false
}

var needsLine = regexp.MustCompile(`^    needs: (?:\[(.*)\]|(\S+))$`)

// need lets one job wait for another too.
func (e *edit) need(id, other string) {
	from, to, ok := e.block(2, func(l string) bool { return l == id+":" })
	for i := from; ok && i < to; i++ {
		if m := needsLine.FindStringSubmatch(e.lines[i]); m != nil {
			e.lines[i] = "    needs: [" + m[1] + m[2] + ", " + other + "]"
			return
		}
	}
	e.missed("line with what " + id + " needs")
}

// dropJob takes a job out, and with it what other jobs make of its result.
func (e *edit) dropJob(id string) {
	from, to, ok := e.block(2, func(l string) bool { return l == id+":" })
	if !ok {
		e.missed("job " + id)
		return
	}
	if to < len(e.lines) {
		to++ // the empty line before the next job
	} else if from > 0 {
		from-- // or the one before
	}
	e.lines = slices.Delete(e.lines, from, min(to, len(e.lines)))
	kept := e.lines[:0:0]
	field := regexp.MustCompile(`^ +[A-Z][^:]*: \$\{\{ needs\.` + regexp.QuoteMeta(id) + `\.[^}]*\}\}$`)
	for _, l := range e.lines {
		if m := needsLine.FindStringSubmatch(l); m != nil {
			names := strings.Split(m[1]+m[2], ", ")
			names = slices.DeleteFunc(names, func(n string) bool { return n == id })
			switch {
			case len(names) == 0:
				continue
			case len(names) == 1:
				l = "    needs: " + names[0]
			default:
				l = "    needs: [" + strings.Join(names, ", ") + "]"
			}
		}
		if field.MatchString(l) {
			continue
		}
		kept = append(kept, l)
	}
	e.lines = kept
	e.forget(id)
}

// forget takes the terms of a job out of expressions.
func (e *edit) forget(id string) {
	q := regexp.QuoteMeta(id)
	term := `(?:needs\.` + q + `\.result (?:==|!=) '[a-z]+'|contains\(fromJSON\('[^']*'\), needs\.` + q + `\.result\))`
	text := regexp.MustCompile(` && `+term).ReplaceAllString(e.text(), "")
	text = regexp.MustCompile(term+` && `).ReplaceAllString(text, "")
	if strings.Contains(text, "needs."+id+".") && e.err == nil {
		e.err = fmt.Errorf("internal error: %s uses the job %s in a way that cutover init does not know", e.name, id)
	}
	e.lines = strings.Split(text, "\n")
}

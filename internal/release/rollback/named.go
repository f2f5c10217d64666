package rollback

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// CommitSyntax says how a commit is written where a part of it is enough.
const CommitSyntax = "a commit's SHA, or at least 7 digits of its beginning"

var commits = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// ParseCommit reads the beginning of a commit, or nothing.
func ParseCommit(text string) (string, error) {
	if text = strings.ToLower(text); text != "" && !commits.MatchString(text) {
		return "", errors.New("is no commit")
	}
	return text, nil
}

// named finds the release that was asked for: by its name, or the newest one of
// a commit.
func (s Seen) named(a Ask) (r Release, why string, err error) {
	r, ok := s.release(a.To)
	why = "it was asked for"
	if !ok {
		if r, why, err = s.ofCommit(a); err != nil {
			return r, "", err
		}
	}
	switch {
	case r.Damaged:
		return r, "", &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.ArchiveDamaged}, Name: "to", What: "names a release whose manifest is damaged", Got: a.To, Next: "Run archive-artifacts with the command verify on it, or name another: " + s.list()}
	case a.Leave != "" && strings.HasPrefix(r.Commit, a.Leave):
		return r, "", &fault.Fault{Kind: fault.Input, Name: "to", What: "is of the commit that leave names", Got: a.To, Next: "Name another release, or leave out the input leave."}
	}
	return r, why, nil
}

// names says whether to is the release or the commit of a plan.
func names(to string, p Plan) bool {
	return to == p.Release || commits.MatchString(to) && strings.HasPrefix(p.Commit, to)
}

func (s Seen) ofCommit(a Ask) (r Release, why string, err error) {
	found := map[string]bool{}
	prefix := strings.ToLower(a.To)
	if commits.MatchString(prefix) {
		for _, one := range s.Releases { // newest first
			if !strings.HasPrefix(one.Commit, prefix) || one.Damaged {
				continue
			}
			if len(found) == 0 {
				r = one
			}
			found[one.Commit] = true
		}
	}
	switch len(found) {
	case 1:
		return r, "it is the newest release of the commit that was asked for", nil
	case 0:
		return r, "", s.unknown(a)
	}
	return r, "", &fault.Fault{Kind: fault.Input, Name: "to", What: fmt.Sprintf("is the beginning of %d commits that have releases", len(found)), Got: a.To, Next: "Write more of the commit, or name the release: " + s.list()}
}

func (s Seen) unknown(a Ask) error {
	f := &fault.Fault{Kind: fault.Input, Name: "to", What: "names no release of this stage and no commit that has one", Got: a.To, Allowed: LastGood + ", a release, or " + CommitSyntax}
	var names []string
	for _, r := range s.Releases {
		names = append(names, r.Name)
	}
	switch near := nearest.To(a.To, names); {
	case len(names) == 0:
		f.Next = "There is no release of this stage in the archive: check archive-bucket, archive-prefix and stage."
	case near != "":
		f.Next = "Did you mean " + near + "?"
	default:
		f.Next = "There are: " + s.list() + "."
	}
	return f
}

// nothing refuses with what there is.
func (s Seen) nothing(a Ask, what string) error {
	f := &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: "to", What: what, Got: a.To, Allowed: s.list()}
	f.Next = "Name one of them with --to, or deploy a commit that is good."
	if len(s.Releases) == 0 {
		f.Allowed, f.Next = "", "Deploy a commit that is good; archive-artifacts keeps releases from then on."
	}
	return f
}

// list names the newest releases, and which of them were withdrawn.
func (s Seen) list() string {
	const most = 8
	left := s.withdrawn()
	var names []string
	for _, r := range s.Releases[:min(most, len(s.Releases))] {
		name := r.Name
		switch {
		case r.Damaged:
			name += " (damaged)"
		case left[r.Name]:
			name += " (withdrawn by a rollback)"
		}
		names = append(names, name)
	}
	if more := len(s.Releases) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d older ones", more))
	}
	return strings.Join(names, ", ")
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

package doctor

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/nearest"
)

// This file: what the workflows themselves tell.

func (f Files) workflows() Answer {
	again := command("cutover", "init", "--dir", f.Dir)
	switch {
	case f.Unread != nil:
		return unasked(f.Unread)
	case len(f.Repository.Broken) > 0:
		var all, mend []string
		for _, name := range sorted(set(f.Repository.Broken)) {
			all = append(all, name+" "+f.Repository.Broken[name])
			mend = append(mend, command("actionlint", path.Join(f.Dir, name)))
		}
		return fails(strings.Join(all, "; "), mend...).step("actionlint says the line and what is wrong with it (github.com/rhysd/actionlint).")
	case len(f.Repository.Workflows) == 0:
		return fails("there are none", again)
	case f.Repository.calls() == 0:
		return fails(count(len(f.Repository.Workflows), "workflow")+", of which none calls an action of cutover", again)
	}
	return pass("%s, with %s of cutover's actions", count(len(f.Repository.Workflows), "workflow"), count(f.Repository.calls(), "call"))
}

func set(m map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range m {
		all[k] = true
	}
	return all
}

var fullSHA = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (f Files) pins() Answer {
	by := map[string][]string{}
	var loose []string
	local := 0
	for _, w := range f.Repository.Workflows {
		for _, j := range w.Jobs {
			for _, u := range j.Uses {
				switch {
				case u.Local:
					local++
				case !fullSHA.MatchString(u.Ref):
					loose = append(loose, fmt.Sprintf("%s, job %s: %s@%s", w.File, j.ID, u.Action, u.Ref))
				default:
					by[u.Ref] = append(by[u.Ref], w.File)
				}
			}
		}
	}
	commits := make([]string, 0, len(by))
	for ref := range by {
		commits = append(commits, ref)
	}
	slices.Sort(commits)
	// The commit that most calls name is the one that somebody meant.
	slices.SortStableFunc(commits, func(a, b string) int { return len(by[b]) - len(by[a]) })
	pin := `"$(gh api repos/cutover-dev/cutover/commits/main --jq .sha)"`
	if len(commits) > 0 {
		pin = commits[0]
	}
	again := command("cutover", "init", "--dir", f.Dir, "--pin", raw(pin))
	switch {
	case len(loose) > 0:
		return fails("not by a full SHA, so that somebody else decides what runs: "+strings.Join(loose, "; "), again)
	case len(commits) > 1:
		return fails("of "+count(len(commits), "commit")+" at once: "+strings.Join(commits, ", "), again).step("Actions of one run read each other's files: they belong to one commit.")
	case len(commits) == 1 && local > 0:
		return fails("some by "+commits[0]+", "+count(local, "call")+" of this checkout's own", again)
	case len(commits) == 0:
		return pass("%s of this checkout's own actions", count(local, "call"))
	}
	return pass("all at %s", commits[0])
}

func (f Files) environments(p Plan) Answer {
	known := p.Known.Environments
	var wrong []string
	near := ""
	named := 0
	for _, w := range f.Repository.Workflows {
		for _, j := range w.Jobs {
			if len(j.Uses) == 0 || len(j.Environments) == 0 {
				continue
			}
			named++
			if !slices.ContainsFunc(j.Environments, func(e string) bool { return slices.Contains(known, e) }) {
				wrong = append(wrong, fmt.Sprintf("%s, job %s: %s", w.File, j.ID, strings.Join(j.Environments, " or ")))
				if near == "" {
					near = command("grep", "-n", "environment:", path.Join(f.Dir, w.File))
				}
			}
		}
	}
	if len(wrong) == 0 {
		return pass("%s name one of %s", count(named, "job"), strings.Join(known, ", "))
	}
	return fails("GitHub makes an environment that does not exist, without any protection: "+strings.Join(wrong, "; "), near).step("Let it name one of %s, or let cutover.yaml name that environment for a stage.", strings.Join(known, ", "))
}

// goesOn are the commands that must be called again and again by themselves.
var goesOn = []struct{ action, command, why, cron string }{
	{"traffic-shift", "tick", "nobody watches the traffic between two runs", "7,22,37,52 * * * *"},
	{"decommission", "tick", "what was begun stands still", "17 * * * *"},
	{"cost-report", "collect", "no day's cost is kept", "23 9 * * *"},
}

func (f Files) schedules() Answer {
	var wrong, mend, good []string
	for _, g := range goesOn {
		called, scheduled, file := false, false, ""
		for _, w := range f.Repository.Workflows {
			for _, j := range w.Jobs {
				if slices.ContainsFunc(j.Uses, func(u Use) bool { return u.Action == g.action && u.With["command"] == g.command }) {
					called, scheduled, file = true, scheduled || len(w.Schedules) > 0, w.File
				}
			}
		}
		switch {
		case called && !scheduled:
			wrong = append(wrong, fmt.Sprintf("%s calls %s %s and has no schedule: %s", file, g.action, g.command, g.why))
			mend = append(mend, command("yq", "-i", `.on.schedule += [{"cron": "`+g.cron+`"}]`, path.Join(f.Dir, file)))
		case called:
			good = append(good, g.action+" "+g.command)
		}
	}
	if len(wrong) > 0 {
		return fails(strings.Join(wrong, "; "), mend...)
	}
	if len(good) == 0 {
		return pass("nothing here has to go on by itself")
	}
	return pass("%s", strings.Join(good, ", "))
}

func (f Files) variables(p Plan) Answer {
	known := p.Known.Variables
	var wrong, mend []string
	for _, w := range f.Repository.Workflows {
		for _, v := range w.Vars {
			if !isRole(v) || slices.Contains(known, v) {
				continue
			}
			text := w.File + ": " + v
			if near := nearest.To(v, known); near != "" {
				text += " (did you mean " + near + "?)"
				mend = append(mend, command("sed", "-i", `s/vars\.`+v+`\b/vars.`+near+`/g`, path.Join(f.Dir, w.File)))
			}
			wrong = append(wrong, text)
		}
	}
	if len(wrong) > 0 {
		if mend == nil {
			mend = []string{command("grep", "-rn", roleVariables, path.Join(f.Dir, folder))}
		}
		return fails("roles that cutover.yaml leads to no one of: "+strings.Join(wrong, "; "), mend...).step("There are %s; a section of cutover.yaml may be missing.", strings.Join(known, ", "))
	}
	return pass("variables %s", strings.Join(f.Repository.Variables(), ", "))
}

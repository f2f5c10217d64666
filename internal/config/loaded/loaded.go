// Package loaded says what cutover.yaml knows of a stage in the words of load
// tests: which hosts they may be sent to.
package loaded

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Loopback says whether an address is this machine's: nobody else is burdened.
func Loopback(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// Target checks where a load goes. Only this machine, and what cutover.yaml names,
// may be loaded: a stage's url, and the direct names of both sides for the stage
// whose traffic moves. It returns the stage that the address belongs to, "" for
// this machine. file is nil where there is none.
func Target(file *config.File, target string) (stage string, err error) {
	if Loopback(target) {
		if u, err := url.Parse(target); err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == "" && u.Scheme == "http" {
			return "", nil
		}
	}
	to, err := unit.ParseURL(target)
	if err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: "target", What: "is no address of an API", Got: bare(target), Allowed: unit.URLSyntax.Allowed}
	}
	var allowed []string
	if file != nil {
		for _, name := range slices.Sorted(maps.Keys(file.Stages)) {
			for _, own := range Addresses(file, name) {
				if origin(own) == origin(to) {
					return name, nil
				}
				allowed = append(allowed, origin(own))
			}
		}
	}
	f := &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.LoadTarget}, Name: "target", What: "is no host that cutover.yaml names, and a load may bring down what it is sent to", Got: origin(to),
		Allowed: strings.Join(append(allowed, "this machine (http://127.0.0.1:PORT)"), ", "), Next: "Name it in cutover.yaml: stages.<stage>.url, or traffic.blue.direct and traffic.green.direct.",
	}
	if file == nil {
		f.Next = "There is no cutover.yaml: name its file with config."
	}
	return "", f
}

// Addresses are a stage's: its own, then blue's and green's where its traffic
// moves.
func Addresses(file *config.File, stage string) []unit.URL {
	own := []unit.URL{file.Stages[stage].URL}
	if t := file.Traffic; t != nil && t.Stage == stage {
		own = append(own, t.Blue.Direct, t.Green.Direct)
	}
	return own
}

// bare leaves out what may be a password before an @, or in a query.
func bare(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		text = "…" + text[i:]
	}
	text, _, _ = strings.Cut(text, "?")
	return text
}

// origin is an address without its path.
func origin(u unit.URL) string {
	scheme, rest, _ := strings.Cut(u.String(), "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + strings.TrimSuffix(host, ":443")
}

// Profile is the plan of a profile of the file. target is one of the addresses of
// the profile's stage, or this machine; "" is the stage's own. Files of data are
// read by read, seen from the file's folder.
func Profile(file *config.File, name, target string, read func(path string) ([]byte, error)) (load.Plan, error) {
	if file == nil || file.Load == nil {
		return load.Plan{}, &fault.Fault{Kind: fault.Input, Name: "profile", What: "is not configured: cutover.yaml has no section load", Got: name, Next: "Add it; cutover config schema explains it."}
	}
	// The stage is known once the plan is, and the plan wants a target.
	known := target
	if known == "" {
		known = "http://localhost"
	}
	p, err := file.Load.Plan(name, file.Project, known, read)
	if err != nil {
		return load.Plan{}, err
	}
	stage, there := file.Stages[p.Stage]
	if !there {
		return load.Plan{}, &fault.Fault{Kind: fault.Input, Name: "load.stage", What: "is no stage of cutover.yaml", Got: p.Stage, Allowed: strings.Join(slices.Sorted(maps.Keys(file.Stages)), ", ")}
	}
	if target == "" {
		p.Target = strings.TrimRight(stage.URL.String(), "/")
		return p, p.Validate()
	}
	of, err := Target(file, target)
	if err == nil && of != "" && of != p.Stage {
		err = &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.LoadTarget}, Name: "target", What: "belongs to the stage " + of + ", and the profile " + name + " is for " + p.Stage, Got: target,
			Next: "Take a profile of that stage, or an address of this one.",
		}
	}
	return p, err
}

// Package plan says which things of the old side go, in which order, and why each
// of the others stays. It decides everything from what was looked at, by exact
// ARN: nothing is found later that does not stand here. It knows no clock and
// deletes nothing.
package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit"
)

// LogPolicy says what becomes of the log groups that only blue wrote.
type LogPolicy string

// The policies.
const (
	KeepLogs   LogPolicy = "keep"
	DeleteLogs LogPolicy = "delete"
)

// KeepTag protects whatever carries it, unless others are named.
const KeepTag = "cutover:keep"

// Validity is how long a plan may be applied if nothing else is named: the seven
// days of the soak, the two of the hold, and a weekend on either side.
const Validity = unit.Duration(14 * 24 * time.Hour)

// Scope is what somebody named: whose things may go, and under which conditions.
// It stands in the plan, so that an approval covers it.
type Scope struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	// Domain is the name that users call, without a dot at its end.
	Domain       string   `json:"domain"`
	Cluster      string   `json:"cluster"`
	Service      string   `json:"service"`
	Stack        string   `json:"stack,omitempty"`
	LoadBalancer string   `json:"load_balancer,omitempty"`
	TargetGroups []string `json:"target_groups,omitempty"`
	Repositories []string `json:"repositories,omitempty"`
	// Keep are the keys of tags that protect a thing, whatever their value.
	Keep []string  `json:"keep"`
	Logs LogPolicy `json:"logs"`
	// Soak, Hold and ImageRetention are as in cutover.yaml, in seconds.
	Soak           Seconds `json:"soak_seconds"`
	Hold           Seconds `json:"hold_seconds"`
	ImageRetention Seconds `json:"image_retention_seconds"`
	// Validity is how long the plan may be applied, in seconds.
	Validity Seconds `json:"validity_seconds"`
}

// Seconds is a time in whole seconds: exact in JSON, whoever reads it.
type Seconds int64

// Std returns the time.
func (s Seconds) Std() time.Duration { return time.Duration(s) * time.Second }

// In turns a duration of cutover.yaml into seconds.
func In(d unit.Duration) Seconds { return Seconds(d.Std() / time.Second) }

// usual fills in what was not named.
func (s Scope) usual() Scope {
	if len(s.Keep) == 0 {
		s.Keep = []string{KeepTag}
	}
	if s.Logs == "" {
		s.Logs = KeepLogs
	}
	if s.Validity == 0 {
		s.Validity = In(Validity)
	}
	s.Domain = strings.ToLower(strings.TrimSuffix(s.Domain, "."))
	s.Keep, s.TargetGroups, s.Repositories = sorted(s.Keep), sorted(s.TargetGroups), sorted(s.Repositories)
	return s
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// kept returns the tag that protects a thing, or "".
func (s Scope) kept(item estate.Item) string {
	for _, key := range s.Keep {
		if _, ok := item.Tags[key]; ok {
			return key
		}
	}
	return ""
}

// Confirm is what a person types to approve: the stack's name where a stack
// goes, else the service's.
func (s Scope) Confirm() string {
	if s.Stack != "" {
		return s.Stack
	}
	return s.Service
}

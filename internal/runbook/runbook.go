// Package runbook says which section of docs/runbooks helps with what. Whoever
// makes a message names a [Kind]; its address is made here and nowhere else.
//
// An alarm has a page of its own, since CloudWatch links to pages. Every other
// failure is a section of a page below failures/.
package runbook

import (
	"slices"
	"strings"
)

// Kind is a failure that a message can name: an alarm's id, or page#section.
type Kind string

// Failures that can befall every program.
const (
	Input      Kind = "general#input"        // bad input or configuration
	Outside    Kind = "general#outside"      // another system failed
	Permission Kind = "general#permission"   // AWS refuses the role
	Session    Kind = "general#session-over" // there are no credentials, or they are over
	Cancelled  Kind = "general#cancelled"    // the run was cancelled
	TimedOut   Kind = "general#timed-out"    // it took longer than allowed
	Internal   Kind = "general#internal"     // a fault of cutover itself
)

// Failures of one program that are no row of a table.
const (
	Locked          Kind = "deploy#locked"
	LongLivedKeys   Kind = "deploy#long-lived-keys"
	RollbackRefused Kind = "deploy#rollback-refused"
	RollbackFailed  Kind = "deploy#rollback-failed"
	OtherCode       Kind = "deploy#other-code"

	ArchiveExists  Kind = "archive#exists"
	ArchiveDamaged Kind = "archive#damaged"
	ArchivePruning Kind = "archive#pruning"
	ArchiveSecrets Kind = "archive#secrets"

	RolledBack     Kind = "rollout#rolled-back"
	BlueBack       Kind = "rollout#blue-back"
	BackTooSlow    Kind = "rollout#back-too-slow"
	Decide         Kind = "rollout#decide"
	Corrected      Kind = "rollout#corrected"
	Rebuilt        Kind = "rollout#rebuilt"
	Reported       Kind = "rollout#reported"
	LogBroken      Kind = "rollout#log-broken"
	StateConflict  Kind = "rollout#state-conflict"
	StateUnread    Kind = "rollout#state-unread"
	NobodyJudges   Kind = "rollout#nobody-judges"
	NobodyTold     Kind = "rollout#nobody-told"
	NobodyWatches  Kind = "rollout#nobody-watches"
	BlueTooSmall   Kind = "rollout#blue-too-small"
	BlueSilent     Kind = "rollout#blue-silent"
	NoBaseline     Kind = "rollout#no-baseline"
	Preflight      Kind = "rollout#preflight"
	NotPrepared    Kind = "rollout#not-prepared"
	GreenDown      Kind = "rollout#green-down"
	NotProvable    Kind = "rollout#not-provable"
	RolloutDrill   Kind = "rollout#drill"
	MonitoringCost Kind = "monitoring#cost-limit"
	StackStuck     Kind = "monitoring#stack-stuck"
	StackMissing   Kind = "monitoring#not-deployed"
	OtherOwner     Kind = "monitoring#other-owner"
	NotMuted       Kind = "monitoring#mute"
	DrillFailed    Kind = "monitoring#drill"
	DrillRefused   Kind = "monitoring#drill-refused"

	LoadInvalid Kind = "load#invalid"
	LoadStopped Kind = "load#stopped"
	LoadTarget  Kind = "load#target"

	OverBudget Kind = "cost#over-budget"
	Untagged   Kind = "cost#tags"
	NoCosts    Kind = "cost#no-data"

	Undecided Kind = "comparison#undecided"

	ImagesDamaged   Kind = "retire#images-damaged"
	ImagesMissing   Kind = "retire#images-missing"
	RetireUnplanned Kind = "retire#no-plan"

	NotSent Kind = "notify#not-sent"
)

// Alarm is the kind of an alarm.
func Alarm(id string) Kind { return Kind(id) }

// Row is the kind of a row of a table, a reason or a hold by its name in JSON:
// the section of that name, else the page's section on a no.
func Row(page, name string) Kind {
	// A name may carry what it is about: "edge: a → b", "calls: rds".
	name, _, _ = strings.Cut(name, ":")
	if k := Kind(page + "#" + strings.ReplaceAll(strings.TrimSpace(name), "_", "-")); Known(k) {
		return k
	}
	return Kind(page + "#" + no)
}

// Sections that each program's page has: its no, and its refusal.
const (
	no      = "no"
	refused = "refused"
)

// programs are the pages of the programs.
var programs = map[string]string{
	"coverage-gate": "coverage", "notify": "notify", "sst-deploy": "deploy", "deploy-gate": "gate", "bake": "bake", "archive-artifacts": "archive",
	"monitoring-stack": "monitoring", "traffic-shift": "rollout", "trace-check": "traces", "load-test": "load", "cutover-report": "comparison",
	"cost-report": "cost", "decommission": "retire",
}

// Of is where to look when a program ends with a no, a refusal, bad input or
// another system's failure, by the name of the fault's kind, and nothing better
// is known.
func Of(program, fault string) Kind {
	page, known := programs[program]
	switch {
	case fault == "input":
		return Input
	case known && fault == "gate":
		return Kind(page + "#" + no)
	case known && fault == "refused":
		return Kind(page + "#" + refused)
	case fault == "gate" || fault == "refused":
		return Kind("general#" + fault)
	}
	return Outside
}

// Programs lists those that have a page.
func Programs() []string {
	var all []string
	for name := range programs {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// folder holds the pages of failures.
const folder = "failures/"

// Page is the file of a kind within the folder of the runbooks, and the section
// in it, empty for an alarm.
func (k Kind) Page() (file, section string) {
	page, section, failure := strings.Cut(string(k), "#")
	if failure {
		page = folder + page
	}
	return page + ".md", section
}

// Link is the address of a kind below base, the folder of the runbooks; empty is
// cutover's own.
func Link(base string, k Kind) string {
	if base == "" {
		base = Base("", "", "", "")
	}
	file, section := k.Page()
	if section != "" {
		file += "#" + section
	}
	return strings.TrimSuffix(base, "/") + "/" + file
}

// Where the runbooks are when cutover.yaml does not say: beside the source of
// the version that runs.
const (
	server     = "https://github.com"
	repository = "cutover-dev/cutover"
	ref        = "main"
	folderRef  = "docs/runbooks"
)

// Base is the folder of the runbooks of a repository at a ref; what is empty is
// cutover's own. within is the folder of cutover in that repository.
func Base(at, of, on, within string) string {
	for _, part := range []struct {
		to    *string
		usual string
	}{{&at, server}, {&of, repository}, {&on, ref}} {
		if *part.to == "" {
			*part.to = part.usual
		}
	}
	if within = strings.Trim(within, "/"); within != "" {
		within += "/"
	}
	return strings.TrimSuffix(at, "/") + "/" + of + "/blob/" + on + "/" + within + folderRef
}

// Known says whether there is a section for a kind.
func Known(k Kind) bool {
	page, section, failure := strings.Cut(string(k), "#")
	if !failure {
		return slices.Contains(alarms, page)
	}
	return slices.Contains(table[page], section)
}

// All lists every kind there is a section for, in order.
func All() []Kind {
	var all []Kind
	for _, id := range alarms {
		all = append(all, Alarm(id))
	}
	for page, sections := range table {
		for _, s := range sections {
			all = append(all, Kind(page+"#"+s))
		}
	}
	slices.Sort(all)
	return all
}

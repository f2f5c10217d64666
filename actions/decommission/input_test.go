package main

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// What cannot be is refused before anything is asked, by the name of the input, with
// what is allowed.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	hash := strings.Repeat("a", 64)
	for name, c := range map[string]struct {
		command string
		more    []string
		says    []string
	}{
		"another stage":      {cmdPlan, []string{"--stage", "staging"}, []string{"stage", "production"}},
		"no account":         {cmdPlan, []string{"--account", "12345"}, []string{"account", "12 digits"}},
		"no hash":            {cmdApply, []string{"--plan", "latest"}, []string{"plan", "64 hex digits"}},
		"approve, no hash":   {cmdApprove, []string{"--account", cloud.Account, "--name", "web"}, []string{"plan", "SHA-256"}},
		"approve, no number": {cmdApprove, []string{"--plan", hash, "--name", "web"}, []string{"account", "Type"}},
		"approve, no name":   {cmdApprove, []string{"--plan", hash, "--account", cloud.Account}, []string{"name", "Type"}},
		"never expires":      {cmdApprove, []string{"--plan", hash, "--account", cloud.Account, "--name", "web", "--expires", "0s"}, []string{"expires"}},
		"no pause":           {cmdTick, []string{"--every", "0s"}, []string{"every"}},
		"negative wait":      {cmdTick, []string{"--for", "-1m"}, []string{"for"}},
		"restore what":       {cmdRestore, nil, []string{"repository", "kit"}},
		"no repository":      {cmdVerify, []string{"--repository", "shop"}, []string{"repository", "lego-api"}},
		"no such command":    {"delete", nil, []string{"command", "archive-images"}},
		"no check":           {cmdTick, []string{"--check", "health"}, []string{"check", "/health"}},
		"no prefix":          {cmdTick, []string{"--prefix", "../x"}, []string{"prefix"}},
		"no file":            {cmdPlan, []string{"--config", "none.yaml"}, []string{"none.yaml"}},
		"a word behind":      {cmdPlan, []string{"now"}, []string{"now"}},
	} {
		t.Run(name, func(t *testing.T) {
			calls := len(w.cloud.Calls())
			_, got := w.do(c.command, c.more...)
			if got.Code != 2 {
				t.Fatalf("%d\n%s", got.Code, got.Stderr)
			}
			for _, says := range c.says {
				if !strings.Contains(got.Stderr, says) {
					t.Errorf("%q is not said:\n%s", says, got.Stderr)
				}
			}
			if asked := len(w.cloud.Calls()) - calls; asked > 1 && c.command != cmdVerify {
				t.Errorf("AWS was asked %d times", asked)
			}
		})
	}
	w.write("cutover.yaml", strings.SplitN(w.read("cutover.yaml"), "legacy:", 2)[0])
	if r := w.must(0, cmdTick); !strings.Contains(r.Lead, "Not configured") {
		t.Errorf("%+v", r)
	}
}

// An account other than the one that was named is never looked at.
func TestAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if _, got := w.do(cmdPlan, "--account", "210987654321"); got.Code != 4 || !strings.Contains(got.Stderr, cloud.Account) {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	for _, c := range w.cloud.Calls() {
		if !strings.HasPrefix(c.Action, "sts:") {
			t.Errorf("%s was called", c.Action)
		}
	}
}

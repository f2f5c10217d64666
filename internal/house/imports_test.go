package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/cutover-dev/cutover/"

// pkg is one package with what it imports itself.
type pkg struct {
	ImportPath string
	Imports    []string
}

// room is the package's path within the module.
func (p pkg) room() string { return strings.TrimPrefix(p.ImportPath, module) }

// listed are the module's packages, as go list tells them once.
var listed = sync.OnceValues(func() (all []pkg, err error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := in.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	bind(t)
	all, err := listed()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages: this test would hold nothing", len(all))
	}
	return all
}

// The rooms, by the beginning of their path.
var (
	// Capabilities decide. They speak in domain types and know no process, no
	// network, no SDK, and nothing of each other.
	capabilities = []string{"coverage", "rollout", "monitoring", "cost", "message", "retire", "release", "deploy", "gate", "pipeline", "iam", "bake", "trace", "load", "comparison", "publish", "adopt"}
	// Shared words that a capability may use.
	vocabulary = []string{"internal/fault", "internal/verdict", "internal/unit", "internal/report", "internal/slo", "internal/nearest", "internal/config/strict", "internal/bundle", "internal/runbook", "internal/chain", "internal/canvas"}
	// Standard packages that reach outside of the process.
	reaching = []string{"os", "os/exec", "os/signal", "net", "net/http", "syscall", "log", "flag"}
	// Libraries that speak to outside systems: only adapters may.
	sdks = []string{"github.com/aws/", "github.com/slack-go/", "github.com/google/go-github/", "github.com/sethvargo/"}
)

func begins(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return s == p || strings.HasPrefix(s, p+"/") || (strings.HasSuffix(p, "/") && strings.HasPrefix(s, p))
	})
}

// breach says why p must not import path, or "".
func breach(p pkg, path string) string {
	room, target := p.room(), strings.TrimPrefix(path, module)
	own := strings.HasPrefix(path, module)
	capability := capabilityOf(room)
	switch {
	case own && begins(target, []string{"cmd", "actions"}):
		return "a binary is no library"
	case capability != "" && begins(path, reaching):
		return "a capability decides; reaching outside is an adapter's work, behind a port"
	case capability != "" && own && capabilityOf(target) != capability && !begins(target, vocabulary):
		return "a capability knows the shared vocabulary and itself"
	case begins(room, []string{"internal/adapter"}) && own && begins(target, []string{"internal/adapter"}) && !sameAdapter(room, target):
		return "an adapter knows no other adapter"
	case begins(room, []string{"internal/sim"}) && own && !begins(target, []string{"internal/sim", "internal/unit", "internal/config/strict", "internal/fault", "internal/nearest"}):
		return "the simulated world knows nothing of what it judges"
	// A load is sent from anywhere: it needs neither credentials nor an SDK.
	case begins(room, []string{"cmd/cutover"}) && own && begins(target, []string{"internal/adapter"}) && target != "internal/adapter/vegeta":
		return "the toolbox needs no credentials, so no adapter"
	case begins(path, sdks) && !begins(room, []string{"internal/adapter", "internal/runner"}):
		return "SDK types stop in the adapters"
	case begins(path, []string{"github.com/sethvargo/"}) && room != "internal/runner":
		return "the Actions protocol is spoken in internal/runner alone"
	case begins(room, vocabulary) && own && !begins(target, vocabulary):
		return "the vocabulary depends on nothing but itself"
	case room == "internal/runner" && own && !begins(target, vocabulary):
		return "the runner serves every program and knows none"
	}
	return ""
}

// capabilityOf names the capability that a room belongs to, or "".
func capabilityOf(room string) string {
	for _, c := range capabilities {
		if begins(room, []string{"internal/" + c}) {
			return c
		}
	}
	return ""
}

// sameAdapter says whether two rooms belong to one system's adapter.
func sameAdapter(a, b string) bool {
	part := func(s string) string { return strings.Split(s+"///", "/")[2] }
	return part(a) == part(b)
}

func TestImportDirections(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[capabilityOf(p.room())] = true
		for _, path := range p.Imports {
			if why := breach(p, path); why != "" {
				t.Errorf("%s imports %s: %s", p.room(), strings.TrimPrefix(path, module), why)
			}
		}
	}
	if !seen["coverage"] {
		t.Error("the capability coverage was not found: this test looks in the wrong place")
	}
}

// The rules must be able to fail: each stands here with a breach of it.
func TestImportRulesRefuse(t *testing.T) {
	for name, c := range map[string]struct{ room, imports string }{
		"a capability reads the disk":        {"internal/coverage", "os"},
		"a capability's part starts a child": {"internal/coverage/format", "os/exec"},
		"a capability uses an SDK":           {"internal/rollout", "github.com/aws/aws-sdk-go-v2/service/route53"},
		"a capability uses an adapter":       {"internal/rollout", module + "internal/adapter/aws/route53"},
		"a capability uses another":          {"internal/rollout", module + "internal/coverage"},
		"a capability uses the runner":       {"internal/coverage", module + "internal/runner"},
		"a library uses a binary":            {"internal/report", module + "cmd/cutover"},
		"an adapter uses another":            {"internal/adapter/aws/s3", module + "internal/adapter/github"},
		"an action uses an SDK":              {"actions/notify", "github.com/slack-go/slack"},
		"the runner knows a capability":      {"internal/runner", module + "internal/coverage"},
		"the vocabulary knows a capability":  {"internal/report", module + "internal/coverage"},
		"the simulator knows the judge":      {"internal/sim", module + "internal/rollout/evidence"},
		"the toolbox uses an adapter":        {"cmd/cutover", module + "internal/adapter/aws/s3"},
		"the brain knows its rehearsal":      {"internal/rollout", module + "internal/virtual"},
		"an action speaks the protocol":      {"actions/notify", "github.com/sethvargo/go-githubactions"},
	} {
		t.Run(name, func(t *testing.T) {
			if breach(pkg{ImportPath: module + c.room}, c.imports) == "" {
				t.Errorf("%s may import %s", c.room, c.imports)
			}
		})
	}
}

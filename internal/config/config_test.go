package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// TestExample reads the example as its users would, and holds it to the
// figures of the epic that it must show.
func TestExample(t *testing.T) {
	f, err := Load(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(read(t, examplePath)), "# yaml-language-server: $schema=../../schemas/cutover.schema.json\n") {
		t.Error("the first line does not name the schema")
	}
	for _, section := range []struct {
		name string
		set  bool
	}{{"traffic", f.Traffic != nil}, {"datastores", f.Datastores != nil}, {"monitoring", f.Monitoring != nil},
		{"budget", f.Budget != nil}, {"slack", f.Slack != nil}, {"legacy", f.Legacy != nil}} {
		if !section.set {
			t.Fatalf("the example does not show %s", section.name)
		}
	}
	phases := []rollout.Phase{
		{Weight: 10 * unit.Full / 100, Hold: unit.Duration(2 * time.Hour), Approval: "none"},
		{Weight: 50 * unit.Full / 100, Hold: unit.Duration(4 * time.Hour), Approval: "none"},
		{Weight: unit.Full, Hold: unit.Duration(24 * time.Hour), Approval: "required"},
	}
	if !reflect.DeepEqual(f.Traffic.Phases, phases) {
		t.Errorf("phases are %v", f.Traffic.Phases)
	}
	if f.Project != "LEGO-API" || f.Budget.Monthly != 200*unit.Dollar || f.Coverage.Lines != 95*unit.Full/100 {
		t.Errorf("project %s, budget %s, lines %s", f.Project, f.Budget.Monthly, f.Coverage.Lines)
	}
	again, err := Parse("shown", Show(f))
	if err != nil || !reflect.DeepEqual(f, again) {
		t.Errorf("the shown example reads differently: %v", err)
	}
}

// TestDefaults holds the defaults to the figures of the epic.
func TestDefaults(t *testing.T) {
	f, err := Load("testdata/valid/least.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{f.Coverage.Lines.String(), f.SLOs.ErrorRate.Below.String(), f.SLOs.Latency.Share.String(), f.SLOs.Latency.Under.String(),
		f.SLOs.ColdStart.Share.String(), f.SLOs.ColdStart.Under.String(), f.SLOs.DatabaseConnections.Below.String(), f.App}
	want := []string{"95%", "1%", "95%", "500 ms", "99%", "2 s", "80%", "."}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("defaults %v, want %v", got, want)
	}
	if f.Version != 1 || f.Coverage.Branches != nil || f.Traffic != nil || f.Slack != nil || f.SLOs.CostPerMillion != nil {
		t.Errorf("what is not configured is not nil: %+v", f)
	}
	if s := f.Stages["dev"]; s.Environment != "dev" || s.Approval != ApprovalNone {
		t.Errorf("the stage dev is %+v", s)
	}
	first, err := Load("testdata/valid/first.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s := first.Stages["production"]; s.Environment != "production" || s.Approval != ApprovalRequired {
		t.Errorf("the stage production is %+v", s)
	}
	if lines := strings.Count(string(read(t, "testdata/valid/first.yaml")), "\n"); lines >= 15 {
		t.Errorf("the first file has %d lines, want fewer than 15", lines)
	}
}

func TestLoadErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), Name)
	if _, err := Load(missing); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder passes for a file")
	}
	path := filepath.Join(t.TempDir(), Name)
	if err := os.WriteFile(path, []byte(strings.Repeat("#", 1<<20+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var problems *strict.Problems
	if _, err := Load(path); !errors.As(err, &problems) || !strings.Contains(err.Error(), "at most 1048576 bytes") {
		t.Errorf("a file of more than 1 MiB: %v", err)
	}
	if err := os.WriteFile(path, []byte("project: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+":1:1: region: ") {
		t.Errorf("errors do not start with the path: %v", err)
	}
}

// TestRegions holds the list behind the suggestions to the pattern.
func TestRegions(t *testing.T) {
	for _, region := range regions {
		if _, err := ParseRegion(region); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
	for _, text := range []string{"", "us-east-0", "us-east-10", "US-EAST-1", "cn-north-1", "us-gov-east-1", "us-iso-east-1", "eusc-de-east-1", "us-east-1a", "us-east-1\n", strings.Repeat("u", 5000)} {
		if region, err := ParseRegion(text); err == nil {
			t.Errorf("%q reads as the region %s", text, region)
		}
	}
}

// TestSecrets puts credentials wherever a file has room for them. The tokens
// are assembled here, so that no scanner takes this file for a leak.
func TestSecrets(t *testing.T) {
	tokens := map[string]string{ // the last characters before any @ are looked for in the errors
		"a Slack token":         "xo" + "xb-" + "123456789012-abcdefzyxwvu",
		"an app token":          "xa" + "pp-1-" + "A0123456789-abcdef",
		"an AWS access key":     "AKI" + "A" + "QWERTYUIOPASDFGH",
		"a temporary key":       "ASI" + "A" + "QWERTYUIOPASDFGH",
		"a Slack webhook URL":   "https://hooks.slack" + ".com/services/T000/B000/abcdefgh",
		"a GitHub token":        "gh" + "p_" + strings.Repeat("a1B2", 9),
		"a URL with a password": "https://octocat:hunter22" + "@api.example.com",
		"a signed token":        "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
		"a private key":         "-----BEGIN RSA " + "PRIVATE KEY-----",
	}
	const base = "project: LEGO-API\nregion: us-east-1\nstages: { production: { url: https://api.example.com } }\n"
	places := map[string]string{
		"value":           base + "slack: { channel: \"%\" }\n",
		"enum":            base + "slack: { channel: x, on_error: '%' }\n",
		"list":            base + "teams: { devops: ['%'] }\n",
		"map value":       base + "slack: { channel: x, users: { octocat: '%' } }\n",
		"map key":         base + "slack: { channel: x, users: { '%': U0123456789 } }\n",
		"unknown key":     base + "slack: { channel: x, token: '%' }\n",
		"key":             base + "'%': 1\n",
		"comment":         base + "# %\n",
		"comment behind":  base + "app: . # %\n",
		"broken YAML":     base + "slack: { channel: '%'\n",
		"alias":           base + "slack: *%\n",
		"anchor":          base + "slack: &% { channel: x }\n",
		"tag":             base + "slack: !% { channel: x }\n",
		"other problem":   base + "app: ''\nslack: { channel: x%x }\n",
		"stage name":      base + "traffic: { stage: '%' }\n",
		"escaped":         base + "slack: { channel: \"" + `\x` + "HEX\" }\n",
		"second document": base + "---\n%\n",
		"project":         "project: '%'\nregion: '%'\nstages: '%'\n",
		"block text":      base + "slack: { channel: x }\nextra: |\n  %\n",
		"no YAML at all":  "%",
	}
	for kind, token := range tokens {
		for place, text := range places {
			t.Run(kind+" as "+place, func(t *testing.T) {
				text := strings.ReplaceAll(text, "%", token)
				refusesSecret(t, strings.ReplaceAll(text, "HEX", hex(token[0])+token[1:]), token)
			})
		}
	}
}

// refusesSecret wants an error that names the fault and nothing of the token.
func refusesSecret(t *testing.T, text, token string) {
	t.Helper()
	_, err := Parse(Name, []byte(text))
	var problems *strict.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "secrets do not belong in this file") {
		t.Fatalf("not refused as a secret: %v\n%s", err, text)
	}
	private, _, _ := strings.Cut(token, "@")
	for _, p := range problems.List {
		if said := fmt.Sprintf("%s %+v", p, p); strings.Contains(said, private[len(private)-6:]) {
			t.Errorf("the error repeats the secret: %s", said)
		}
	}
}

func hex(b byte) string { return string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15]) }

// FuzzLoad feeds the whole configuration: no input panics, every problem has
// a place and one line, and what is accepted survives being shown.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{"valid", "invalid"} {
		for _, path := range corpus(f, folder) {
			f.Add(read(f, path))
		}
	}
	f.Add(read(f, examplePath))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(Name, data)
		if err != nil {
			var problems *strict.Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("an error without problems: %v", err)
			}
			for _, p := range problems.List {
				if p.Line < 1 || p.Column < 1 || strings.ContainsAny(p.String(), "\n\r\x00\x1b") {
					t.Fatalf("a problem that would break a log: %q", p.String())
				}
			}
			return
		}
		again, err := Parse("shown", Show(file))
		if err != nil || !reflect.DeepEqual(file, again) {
			t.Fatalf("shown, the file reads differently: %v\n%s", err, Show(file))
		}
	})
}

func TestOptional(t *testing.T) {
	folder := t.TempDir()
	there, broken, absent := filepath.Join(folder, "there.yaml"), filepath.Join(folder, "broken.yaml"), filepath.Join(folder, "absent.yaml")
	text, err := os.ReadFile("../../examples/lego-api/cutover.yaml")
	if err := errors.Join(err, os.WriteFile(there, text, 0o600), os.WriteFile(broken, []byte("projct: x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		named, fallback string
		found, fails    bool
	}{
		"named":                    {there, absent, true, false},
		"not named, and there":     {"", there, true, false},
		"not named, not there":     {"", absent, false, false},
		"named, not there":         {absent, there, false, true},
		"not named, and broken":    {"", broken, false, true},
		"named and broken":         {broken, there, false, true},
		"named, there, no default": {there, "", true, false},
	} {
		f, err := Optional(c.named, c.fallback)
		if (f != nil) != c.found || (err != nil) != c.fails || err != nil && fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %v, %v", name, f != nil, err)
		}
	}
}

func TestAppName(t *testing.T) {
	f := &File{Project: "LEGO-API"}
	if got := f.AppName(""); got != "lego-api" {
		t.Errorf("%q", got)
	}
	if got := f.AppName("Other"); got != "Other" {
		t.Errorf("%q", got)
	}
}

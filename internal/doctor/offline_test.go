package doctor_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/examined"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/doctortest"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// repository is a copy of the example that a test may break.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/repository")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func look(t *testing.T, dir string) []doctor.Row {
	t.Helper()
	e, err := examined.Folder(dir, examined.Given{Config: "cutover.yaml", Repository: "lego/api"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	return doctor.Examine(t.Context(), doctor.OfflineChecks(e.Plan, e.Files))
}

// replace changes a file of the repository; without old it is written anew, and
// without both taken away.
func replace(t *testing.T, dir, name, old, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if old == "" && text == "" {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != "" {
		before, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(before), old) {
			t.Fatalf("%s has no %q: %v", name, old, err)
		}
		text = strings.Replace(string(before), old, text, 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const deployYML = ".github/workflows/deploy.yml"

// Each broken repository turns its row red and no other: what builds upon it is not
// looked at.
func TestBrokenRepositories(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, text string
		row, seen, mend string
	}{
		"nothing is broken":                {row: ""},
		"no cutover.yaml":                  {file: "cutover.yaml", row: "offline.config", seen: "there is no cutover.yaml", mend: "cutover init"},
		"a setting that is none":           {file: "cutover.yaml", old: "region: us-east-1", text: "region: moon", row: "offline.config", seen: "region", mend: "cutover config check"},
		"another folder":                   {file: "cutover.yaml", old: "app: .", text: "app: api", row: "offline.app", seen: "the folder api", mend: "grep -n"},
		"no sst.config.ts":                 {file: "sst.config.ts", row: "offline.app", seen: "there is no sst.config.ts", mend: "find "},
		"no package.json":                  {file: "package.json", row: "offline.sst", seen: "package.json cannot be read", mend: "npm install"},
		"package.json is none":             {file: "package.json", text: "{", row: "offline.sst", seen: "is no JSON", mend: "json.tool"},
		"no sst":                           {file: "package.json", text: `{"dependencies": {"left-pad": "1"}}`, row: "offline.sst", seen: "does not name", mend: "npm install"},
		"an sst that nobody knows":         {file: "package.json", text: `{"dependencies": {"sst": "^9.1.0"}}`, row: "offline.sst", seen: `"^9.1.0"`, mend: "sst@4"},
		"no lockfile":                      {file: "package-lock.json", row: "offline.lockfile", seen: "there is none", mend: "--package-lock-only"},
		"two lockfiles":                    {file: "yarn.lock", text: "#", row: "offline.lockfile", seen: "several", mend: "git -C"},
		"a workflow that is none":          {file: deployYML, text: "a: [", row: "offline.workflows", seen: "is no YAML", mend: "actionlint"},
		"a workflow without jobs":          {file: deployYML, text: "on: push\n", row: "offline.workflows", seen: "has no jobs", mend: "actionlint"},
		"by a tag":                         {file: deployYML, old: "sst-deploy@0123456789abcdef0123456789abcdef01234567", text: "sst-deploy@v1", row: "offline.pins", seen: "sst-deploy@v1", mend: "--pin 0123456789abcdef0123456789abcdef01234567"},
		"by half a commit":                 {file: deployYML, old: "notify@0123456789abcdef0123456789abcdef01234567", text: "notify@0123456", row: "offline.pins", seen: "notify@0123456", mend: "cutover init"},
		"two commits":                      {file: deployYML, old: "notify@01", text: "notify@ff", row: "offline.pins", seen: "2 commits", mend: "--pin 0123456789abcdef0123456789abcdef01234567"},
		"no token for a role":              {file: deployYML, old: "{ contents: read, id-token: write, actions: read }", text: "{ contents: read, actions: read }", row: "offline.permissions", seen: "job staging: id-token is none", mend: `permissions["id-token"] = "write"`},
		"permissions that nobody wrote":    {file: ".github/workflows/decide.yml", old: "    permissions: { contents: write, pull-requests: write, actions: read, id-token: write }\n", row: "offline.permissions", seen: "pull-requests is none", mend: "yq"},
		"no permissions at all":            {file: ".github/workflows/bare.yml", text: "jobs:\n  a:\n    steps:\n      - uses: cutover-dev/cutover/actions/bake@0123456789abcdef0123456789abcdef01234567\n        with: {role: x}\n", row: "offline.permissions", seen: "job a: id-token is none", mend: "yq"},
		"reading where writing is needed":  {file: ".github/workflows/decide.yml", old: "pull-requests: write", text: "pull-requests: read", row: "offline.permissions", seen: "pull-requests is read", mend: `permissions["pull-requests"] = "write"`},
		"an environment that is misspelt":  {file: deployYML, old: "environment: production", text: "environment: prodution", row: "offline.environments", seen: "prodution", mend: "grep -n"},
		"an expression's environment":      {file: ".github/workflows/traffic-watch.yml", old: "}}-watch", text: "}}-wacht", row: "offline.environments", seen: "production-wacht", mend: "grep -n"},
		"no schedule":                      {file: ".github/workflows/traffic-watch.yml", old: "schedule:\n    - cron: \"7,22,37,52 * * * *\"", text: "workflow_dispatch:", row: "offline.schedules", seen: "nobody watches", mend: "yq"},
		"a role's variable that is no one": {file: deployYML, old: "vars.AWS_ROLE_PRODUCTION", text: "vars.AWS_ROLE_PRODUTION", row: "offline.variables", seen: "did you mean AWS_ROLE_PRODUCTION", mend: "sed -i"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := repository(t)
			if c.file != "" {
				replace(t, dir, c.file, c.old, c.text)
			}
			red(t, look(t, dir), c.row, c.seen, c.mend)
		})
	}
}

// red holds that the one row fails as it should, and every other passes or was not
// looked at because of it.
func red(t *testing.T, rows []doctor.Row, name, seen, mend string) {
	t.Helper()
	dark := []string{name}
	found := false
	for _, r := range rows {
		switch {
		case r.Check == name:
			found = true
			if r.Verdict != verdict.Fail || !strings.Contains(r.Observed, seen) || !strings.Contains(strings.Join(r.Mend, "\n")+r.Step, mend) {
				t.Errorf("%s: %s %q, %q, %q", name, r.Verdict, r.Observed, r.Mend, r.Step)
			}
		case r.Missing != "" && slices.Contains(dark, r.Missing):
			dark = append(dark, r.Check)
			if r.Verdict == verdict.Pass || !strings.HasPrefix(r.Observed, "not looked at, because ") {
				t.Errorf("%s: %s %q", r.Check, r.Verdict, r.Observed)
			}
		case r.Verdict != verdict.Pass:
			t.Errorf("%s: %s %q", r.Check, r.Verdict, r.Observed)
		}
	}
	if !found && name != "" {
		t.Errorf("there is no row %s", name)
	}
}

// Our own workflows are what users get: they pass.
func TestOwnRepository(t *testing.T) {
	e, err := examined.Folder("../..", examined.Given{Config: "examples/lego-api/cutover.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	red(t, doctor.Examine(t.Context(), doctor.OfflineChecks(e.Plan, e.Files)), "", "", "")
}

// A repository may be hostile: nothing outside is read, nothing hangs, and no name
// becomes a command.
func TestHostileRepository(t *testing.T) {
	dir := repository(t)
	outside := filepath.Join(t.TempDir(), "secret.yml")
	if err := os.WriteFile(outside, []byte("jobs: {a: {environment: the-secret}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, ".github/workflows/out.yml")); err != nil {
		t.Fatal(err)
	}
	// Whoever opens a pipe waits for ever.
	if err := syscall.Mkfifo(filepath.Join(dir, ".github/workflows/pipe.yml"), 0o600); err != nil {
		t.Fatal(err)
	}
	replace(t, dir, deployYML, "environment: production", "environment: \"x'; touch /tmp/pwned; '\"")
	// Something must be wrong with it, so that a command names it.
	replace(t, dir, ".github/workflows/traffic-watch.yml", "permissions: {}", "permissions: [")
	if err := os.Rename(filepath.Join(dir, ".github/workflows/traffic-watch.yml"), filepath.Join(dir, ".github/workflows/$(touch pwned);.yml")); err != nil {
		t.Fatal(err)
	}
	rows := look(t, dir)
	for _, r := range rows {
		if strings.Contains(r.Observed, "the-secret") {
			t.Errorf("%s has read what lies outside: %s", r.Check, r.Observed)
		}
	}
	doctortest.Commands(t, "../..", rows)

	dir = repository(t)
	replace(t, dir, "cutover.yaml", "", "")
	if err := os.Mkdir(filepath.Join(dir, "cutover.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	red(t, look(t, dir), "offline.config", "is no file", "config check")
}

func FuzzParseWorkflow(f *testing.F) {
	for _, name := range []string{"deploy", "traffic-watch", "decide"} {
		text, err := os.ReadFile("testdata/repository/.github/workflows/" + name + ".yml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("jobs: {a: {environment: '${{ inputs.x || ''a'' }}${{', steps: [{uses: ./actions/notify}]}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := doctor.ParseWorkflow("w.yml", text)
		if err != nil {
			return
		}
		for _, j := range w.Jobs {
			if len(j.Environments) > 64 {
				t.Errorf("%d environments", len(j.Environments))
			}
		}
	})
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostileConfigs are files that a pull request may bring as cutover.yaml. None is
// valid, none takes long, and none is shown back in full.
var hostileConfigs = map[string]string{
	"a billion laughs": "project: X\nregion: us-east-1\na: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n" +
		"d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\nstages: {production: {url: 'https://example.com'}}\n",
	"an alias of itself": "project: &p [*p]\nregion: us-east-1\n",
	"a merge":            "base: &b {project: X}\n<<: *b\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n",
	"a key twice":        "project: X\nregion: us-east-1\nstages: {production: {url: 'https://example.com', approval: required}, production: {url: 'https://example.com', approval: none}}\n",
	"a huge number":      "project: X\nregion: us-east-1\ncoverage: {lines: " + strings.Repeat("9", 100_000) + "}\nstages: {production: {url: 'https://example.com'}}\n",
	"a huge exponent":    "project: X\nregion: us-east-1\ncoverage: {lines: 1e999999999}\nstages: {production: {url: 'https://example.com'}}\n",
	"no number":          "project: X\nregion: us-east-1\ncoverage: {lines: .nan}\nstages: {production: {url: 'https://example.com'}}\n",
	"a tag of a type":    "project: !!python/object/apply:os.system [touch pwned]\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n",
	"two documents":      "project: X\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n---\nproject: Y\n",
	"a terminal's":       "project: \"\\e[2J\\e]0;x\\a\"\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n",
	"nested deeply":      "project: " + strings.Repeat("[", 20_000) + "\n",
	"a way up":           "project: X\nregion: us-east-1\napp: ../../../../etc\nstages: {production: {url: 'https://example.com'}}\n",
}

// Attack: config-bomb, config-numbers, config-twice
func TestHostileConfigurationsAreRefused(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range hostileConfigs {
		path := filepath.Join(folder, "cutover.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		code, out, stderr := cutover("config", "check", "--config", path)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if code != 2 || len(out)+len(stderr) > 20_000 || strings.Contains(out+stderr, "\x1b[2J") {
			t.Errorf("%s: exit %d, %d bytes\n%.500s%.500s", name, code, len(out)+len(stderr), out, stderr)
		}
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("a tag was carried out")
	}
}

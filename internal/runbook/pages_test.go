package runbook_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/runbook"
)

const pages = "../../docs/runbooks"

// sections reads which kinds the pages have, and their texts.
func sections(t *testing.T) map[runbook.Kind]string {
	t.Helper()
	files, err := filepath.Glob(pages + "/failures/*.md")
	if err != nil || len(files) < 10 {
		t.Fatalf("%v, %d pages", err, len(files))
	}
	all := map[runbook.Kind]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page := strings.TrimSuffix(filepath.Base(file), ".md")
		for _, part := range strings.Split(string(text), "\n## ")[1:] {
			name, body, _ := strings.Cut(part, "\n")
			k := runbook.Kind(page + "#" + name)
			if _, double := all[k]; double {
				t.Errorf("%s stands there twice: a link leads to the first", k)
			}
			all[k] = body
		}
	}
	alarms, err := filepath.Glob(pages + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range alarms {
		if id := strings.TrimSuffix(filepath.Base(file), ".md"); id != "cutover" && id != "README" {
			all[runbook.Alarm(id)] = ""
		}
	}
	return all
}

// Each kind has its section, and each section its kind.
func TestEachKindHasItsSectionAndEachSectionItsKind(t *testing.T) {
	have := sections(t)
	for _, k := range runbook.All() {
		if _, is := have[k]; !is {
			file, section := k.Page()
			t.Errorf("%s: docs/runbooks/%s has no section %q", k, file, section)
		}
	}
	for k := range have {
		if !runbook.Known(k) {
			t.Errorf("no message can name %s: add it to the table or take the section out", k)
		}
	}
}

// parts are those of a section, in their order: who is woken reads the first line
// before anything else.
var parts = []string{"**Traffic:** ", "- **You see:** ", "- **It means:** ", "- **Look at:** ", "- **Do:** ", "- **If that does not help:** "}

func TestEachSectionHelps(t *testing.T) {
	for k, body := range sections(t) {
		if !strings.Contains(string(k), "#") {
			continue // an alarm's page is held by internal/monitoring
		}
		if first := strings.TrimSpace(body); !strings.HasPrefix(first, parts[0]) {
			t.Errorf("%s does not begin with where the traffic is", k)
		}
		at := 0
		for _, part := range parts {
			i := strings.Index(body[at:], part)
			if i < 0 {
				t.Errorf("%s lacks %q after the part before", k, part)
				break
			}
			line, _, _ := strings.Cut(body[at+i+len(part):], "\n")
			if len(strings.TrimSpace(line)) < 4 {
				t.Errorf("%s says nothing under %q", k, part)
			}
			at += i
		}
		if n := strings.Count(body, "\n"); n > 14 {
			t.Errorf("%s has %d lines: too long for the night", k, n)
		}
	}
}

// link is a Markdown link to a page or section of this repository.
var link = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]+))?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	files, _ := filepath.Glob(pages + "/failures/*.md")
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			seen++
			target := file
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(file), m[1])
			}
			there, err := os.ReadFile(target)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			if m[2] != "" && !headings(string(there))[m[2]] {
				t.Errorf("%s: %s has no section %s", filepath.Base(file), m[1], m[2])
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d links", seen)
	}
}

var word = regexp.MustCompile(`[^\pL\pN -]`)

// headings are a page's, as GitHub links to them.
func headings(text string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all[strings.ReplaceAll(word.ReplaceAllString(title, ""), " ", "-")] = true
		}
	}
	return all
}

// Every page is in the list that somebody reads who was sent by nobody.
func TestTheListIsWhole(t *testing.T) {
	text, err := os.ReadFile(pages + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for k := range sections(t) {
		if file, _ := k.Page(); !strings.Contains(string(text), "("+file+")") {
			t.Errorf("docs/runbooks/README.md does not lead to %s", file)
		}
	}
}

var (
	dispatched = regexp.MustCompile("`gh workflow run ([a-z-]+\\.yml)([^`]*)`")
	called     = regexp.MustCompile("`([a-z]+-[a-z]+|bake|notify|decommission) (--[^`]*)`")
	given      = regexp.MustCompile(`-f ([a-z-]+)=`)
	flag       = regexp.MustCompile(`--([a-z-]+)`)
)

// What is typed at night is there: workflows with their inputs, actions with
// theirs.
func TestTheCommandsAreDeclared(t *testing.T) {
	files, _ := filepath.Glob(pages + "/failures/*.md")
	seen := 0
	declared := func(page, file, name string, also ...string) {
		seen++
		text, err := os.ReadFile(file)
		if err != nil || !slices.Contains(also, name) && !regexp.MustCompile(`(?m)^ +`+name+`:`).Match(text) {
			t.Errorf("%s: %s does not take %s (%v)", page, file, name, err)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page := filepath.Base(file)
		for _, m := range dispatched.FindAllStringSubmatch(string(text), -1) {
			declared(page, "../../.github/workflows/"+m[1], "workflow_dispatch")
			for _, f := range given.FindAllStringSubmatch(m[2], -1) {
				declared(page, "../../.github/workflows/"+m[1], f[1])
			}
		}
		for _, m := range called.FindAllStringSubmatch(string(text), -1) {
			for _, f := range flag.FindAllStringSubmatch(m[2], -1) {
				declared(page, "../../actions/"+m[1]+"/action.yml", f[1], "format")
			}
		}
	}
	if seen < 150 {
		t.Errorf("%d commands", seen)
	}
}

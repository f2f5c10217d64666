// Package doctortest is for tests: it holds that what a doctor tells people to type can
// be typed. Only tests import this package.
package doctortest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/doctor"
)

// programs are those that a command may begin with, and the first words that each
// may have; none is any. /invite is typed in Slack.
var programs = map[string][]string{
	"cutover": {"init", "config", "iam", "monitoring", "doctor"}, "gh": {"api", "auth", "repo", "secret", "variable", "workflow"},
	"aws": {"ce", "cloudformation", "cloudwatch", "configure", "iam", "route53", "s3api", "sns", "sts", "xray"},
	"npm": {"install", "init"}, "git": {"-C", "push"}, "cd": nil, "yq": {"-i"}, "grep": nil, "find": nil, "sed": {"-i"}, "actionlint": nil, "python3": {"-m"}, "/invite": nil,
}

// own are the flags of cutover's programs, as the sources below root declare them.
func own(t *testing.T, root, program string) []string {
	t.Helper()
	file := map[string]string{"init": "init.go", "config check": "config.go", "iam": "iam.go", "monitoring template": "monitoring.go", "doctor": "doctor.go"}[program]
	if file == "" {
		t.Fatalf("cutover has no program %q", program)
	}
	text, err := os.ReadFile(filepath.Join(root, "cmd/cutover", file))
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--format"}
	for _, m := range regexp.MustCompile(`(?:in|i)\.(?:String|Strings|Bool|Choice|Duration)\("([a-z-]+)"|runner\.Parsed\(in, "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		flags = append(flags, "--"+m[1]+m[2])
	}
	return flags
}

// words are a command's as bash splits it, by bash itself: nothing of it is run but
// printf.
func words(t *testing.T, line string) []string {
	t.Helper()
	// What stands in $(…) is a command of its own, and here a word.
	bare := regexp.MustCompile(`"\$\([^"]*\)"`).ReplaceAllString(line, "SUBSTITUTED")
	// Between commands stands a pipe, a file, an "and then"; within quotes it is text.
	bare = regexp.MustCompile(`'[^']*'|[^']+`).ReplaceAllStringFunc(bare, func(part string) string {
		if strings.HasPrefix(part, "'") {
			return part
		}
		return regexp.MustCompile(` (>|\||&&) `).ReplaceAllString(part, ` '$1' `)
	})
	if strings.ContainsAny(strip(bare), "`$;<>|&") {
		t.Errorf("more than one command: %s", line)
		return nil
	}
	out, err := exec.CommandContext(t.Context(), "bash", "-c", "printf '%s\\n' "+bare).Output()
	if err != nil {
		t.Errorf("bash does not take %s: %v", line, err)
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// strip takes away what stands in single quotes.
func strip(line string) string {
	return regexp.MustCompile(`'[^']*'`).ReplaceAllString(strings.ReplaceAll(line, `'\''`, ""), "")
}

// Commands holds that every command can be copied: one line that bash takes, of a
// program that is known, with flags that exist.
//
// root is the module's folder.
func Commands(t *testing.T, root string, rows []doctor.Row) {
	t.Helper()
	for _, r := range rows {
		for _, line := range r.Mend {
			if err := Command(t, root, line); err != nil {
				t.Errorf("%s: %v", r.Check, err)
			}
		}
	}
}

// Command says why a line is no command, nil if it is one.
func Command(t *testing.T, root, line string) error {
	w := words(t, line)
	if len(w) == 0 || strings.ContainsAny(line, "\n\r") {
		return fmt.Errorf("no command: %q", line)
	}
	first, known := programs[w[0]]
	if !known || first != nil && (len(w) < 2 || !slices.Contains(first, w[1])) {
		return fmt.Errorf("nobody knows %q", line)
	}
	if w[0] != "cutover" {
		return nil
	}
	program, rest := w[1], w[2:]
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		program, rest = program+" "+rest[0], rest[1:]
	}
	flags := own(t, root, program)
	for _, word := range rest {
		if strings.HasPrefix(word, "--") && !slices.Contains(flags, word) {
			return fmt.Errorf("cutover %s has no flag %s: %s", program, word, line)
		}
	}
	return nil
}

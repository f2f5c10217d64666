package strict

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// masked stands wherever a secret would.
const masked = "[secret]"

// secrets are the shapes of credentials that people paste into files. The
// tails are open, so that masking takes the whole token and not its start, and
// the heads need no word boundary, since a slip may have joined two words.
var secrets = []struct {
	name  string
	shape *regexp.Regexp
}{
	{"a Slack token", regexp.MustCompile(`xox[a-z]-[A-Za-z0-9-]{6,}|xapp-[0-9]-[A-Za-z0-9-]{6,}`)},
	{"a Slack webhook URL", regexp.MustCompile(`(?i)hooks\.slack(-gov)?\.com/[^\s"']+`)},
	{"an AWS access key", regexp.MustCompile(`(AKIA|ASIA)[A-Z0-9]{12,}`)},
	{"a GitHub token", regexp.MustCompile(`(gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}`)},
	{"a signed token", regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*`)},
	{"a URL with a password", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:[^\s/@"']+@`)},
}

// secretIn names the kind of secret in a text, "" if there is none.
func secretIn(text string) string {
	for _, s := range secrets {
		if s.shape.MatchString(text) {
			return s.name
		}
	}
	return ""
}

// redact masks every secret in a text.
func redact(text string) string {
	for _, s := range secrets {
		text = s.shape.ReplaceAllLiteralString(text, masked)
	}
	return text
}

// findSecrets reports the secrets of the raw text, comments included: what is
// committed is published, whatever YAML makes of it.
func (d *decoder) findSecrets(data []byte) {
	for i, line := range strings.Split(string(data), "\n") {
		for _, s := range secrets {
			if at := s.shape.FindStringIndex(line); at != nil {
				d.secret(s.name, "", i+1, utf8.RuneCountInString(line[:at[0]])+1)
			}
		}
	}
}

// secret reports one secret, once a line: the decoded value of a text that
// the raw search has already found is not news.
func (d *decoder) secret(name, path string, line, column int) {
	for _, known := range d.problems.List {
		if known.Line == line && strings.HasPrefix(known.Message, "holds ") {
			return
		}
	}
	d.problems.add(Problem{Line: line, Column: column, Path: path,
		Message:    "holds " + name + "; secrets do not belong in this file, and this one must now be revoked",
		Suggestion: "keep it in a GitHub secret and hand it to the action as an input"})
}

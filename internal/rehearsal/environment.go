package rehearsal

import (
	"slices"
	"strings"
)

// What a build needs of the machine's environment, and nothing else: no
// credentials of the person who rehearses reach the run.
var (
	passedNames    = []string{"HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
	passedPrefixes = []string{"LC_", "GO", "npm_config_", "NODE_EXTRA_CA_CERTS", "SSL_CERT_", "COREPACK_"}
	// Within the passed prefixes, what may hold credentials stays out.
	heldBack = []string{"GOAUTH", "GOOGLE_", "npm_config__auth", "npm_config_//"}
)

func passedOn(environ []string) []string {
	var passed []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if slices.ContainsFunc(heldBack, begins) {
			continue
		}
		if slices.Contains(passedNames, name) || slices.ContainsFunc(passedPrefixes, begins) {
			passed = append(passed, entry)
		}
	}
	return passed
}

func pathOf(environ []string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			return value
		}
	}
	return ""
}

package sst

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// passed are the variables that sst and the app's configuration are given, by
// name or beginning (*). The app's code and its packages run there, so nothing
// else goes in: what a job may hold besides is none of theirs.
var passed = []string{
	// Where and as whom it runs.
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "TMPDIR", "XDG_*", "CI", "NO_COLOR", "FORCE_COLOR", "DO_NOT_TRACK",
	// Tools that SST starts.
	"NODE_OPTIONS", "NODE_ENV", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NO_BUN", "COREPACK_HOME", "PNPM_HOME", "BUN_INSTALL", "DOCKER_HOST", "DOCKER_CONFIG", "BUILDX_*",
	// The way out.
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	// SST, Pulumi, and the cloud that they work on.
	"SST_*", "PULUMI_*", "AWS_*", "CLOUDFLARE_*",
	// The app's own, by its names.
	"APP_*", "API_*",
	// Which commit and run this is; no token is among these.
	"GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_BASE_REF", "GITHUB_EVENT_NAME", "GITHUB_HEAD_REF", "GITHUB_JOB", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_REF_TYPE",
	"GITHUB_REPOSITORY", "GITHUB_REPOSITORY_OWNER", "GITHUB_RUN_ATTEMPT", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_SERVER_URL", "GITHUB_SHA", "GITHUB_WORKFLOW", "GITHUB_WORKSPACE",
}

// forbidden are never passed, not even by name: with them the app's code could
// act as this step, as the repository, or as the job at the cloud. SST_LOG would
// move the log that is read afterwards.
var forbidden = []string{
	"INPUT_*", "ACTIONS_*", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
	"SLACK_*", "SST_RUN_ID", "SST_BIN_PATH", "SST_LOG", "CUTOVER_*",
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if begin, ok := strings.CutSuffix(p, "*"); ok {
			return strings.HasPrefix(name, begin)
		}
		return name == p
	})
}

// CheckNames refuses names of the input env that are none, or that are never
// passed.
func CheckNames(more []string) error {
	for _, m := range more {
		bare := strings.TrimSuffix(m, "*")
		f := &fault.Fault{Kind: fault.Input, Name: "env", Got: m, Allowed: "a variable's name such as DATABASE_URL, or its beginning such as VITE_*"}
		switch {
		case bare == "" || strings.ContainsAny(bare, "=* \t\x00"):
			f.What = "is no name of a variable"
			return f
		case matches(bare, forbidden) || slices.ContainsFunc(forbidden, func(p string) bool {
			return strings.HasSuffix(m, "*") && strings.HasPrefix(strings.TrimSuffix(p, "*"), bare)
		}):
			f.Kind, f.What = fault.Refused, "is never passed: it is a token of the job's, or belongs to this step"
			f.Next = "Give the app a variable of its own."
			return f
		}
	}
	return nil
}

// Environment chooses what sst is given from environ, with the names of the
// input env besides. The folder of the app's own programs comes first on PATH,
// as package managers have it.
func Environment(environ, more []string, folder string) (env, names []string) {
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if matches(name, forbidden) || !matches(name, passed) && !matches(name, more) {
			continue
		}
		if name == "PATH" {
			entry = "PATH=" + filepath.Join(folder, "node_modules", ".bin") + string(filepath.ListSeparator) + value
		}
		env, names = append(env, entry), append(names, name)
	}
	slices.Sort(names)
	return env, names
}

// Secret says whether a variable's name promises a value that nobody may see.
func Secret(name string) bool {
	upper := strings.ToUpper(name)
	for _, word := range []string{"SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "PRIVATE_KEY", "API_KEY", "CREDENTIAL"} {
		if strings.Contains(upper, word) {
			return true
		}
	}
	return false
}

package manual

import (
	"fmt"
	"slices"
	"strings"
)

// hub is what of GitHub's command line the pages use. Source: GitHub CLI
// manual, cli.github.com/manual, a page a command.
var hub = map[string][]string{
	"api":                {"-X", "--method", "-f", "--raw-field", "-F", "--field", "-H", "--header", "--jq", "-q", "--input", "--paginate", "--silent", "-i", "--include"},
	"attestation verify": {"-R", "--repo", "-o", "--owner", "--signer-workflow", "--source-ref", "--source-digest", "--format", "-b", "--bundle"},
	"auth login":         {"--hostname", "--scopes", "-s", "--web"},
	"auth refresh":       {"--scopes", "-s", "--hostname"},
	"auth status":        {"--hostname"},
	"auth token":         {"--hostname"},
	"issue create":       {"--title", "-t", "--body", "-b", "--label", "-l", "--repo", "-R"},
	"pr checks":          {"--watch", "--required", "--json", "--jq", "--repo", "-R"},
	"pr create":          {"--title", "-t", "--body", "-b", "--base", "-B", "--head", "-H", "--draft", "-d", "--fill", "-f"},
	"release create":     {"--draft", "--title", "--notes", "--notes-file", "--verify-tag", "--target", "--latest"},
	"release download":   {"--pattern", "-p", "--dir", "-D", "--repo", "-R"},
	"release view":       {"--json", "--jq", "--repo", "-R"},
	"repo view":          {"--json", "--jq", "-q", "--web"},
	"run cancel":         {"--repo", "-R"},
	"run download":       {"--name", "-n", "--dir", "-D", "--pattern", "-p", "--repo", "-R"},
	"run list":           {"--workflow", "-w", "--limit", "-L", "--json", "--jq", "-q", "--branch", "-b", "--status", "-s", "--repo", "-R", "--event"},
	"run rerun":          {"--failed", "--job", "--debug", "--repo", "-R"},
	"run view":           {"--log", "--log-failed", "--job", "--json", "--jq", "--repo", "-R", "--web"},
	"run watch":          {"--exit-status", "--interval", "--compact", "--repo", "-R"},
	"secret delete":      {"--env", "-e", "--repo", "-R", "--org", "-o", "--app", "-a"},
	"secret list":        {"--env", "-e", "--repo", "-R", "--org", "-o"},
	"secret set":         {"--body", "-b", "--env", "-e", "--repo", "-R", "--org", "-o"},
	"variable get":       {"--env", "-e", "--repo", "-R"},
	"variable list":      {"--env", "-e", "--repo", "-R"},
	"variable set":       {"--body", "-b", "--env", "-e", "--repo", "-R", "--org", "-o"},
	"workflow disable":   {"--repo", "-R"},
	"workflow enable":    {"--repo", "-R"},
	"workflow list":      {"--all", "-a", "--json", "--repo", "-R"},
	"workflow run":       {"-f", "--raw-field", "-F", "--field", "--ref", "-r", "--json", "--repo", "-R"},
	"workflow view":      {"--ref", "-r", "--web", "-w", "--yaml", "-y", "--repo", "-R"},
}

// github holds a call of gh: the command, its options, and of workflows that
// they are there and take what is given.
func (k Known) github(words []string) string {
	n := min(2, len(words))
	if len(words) > 0 && words[0] == "api" {
		n = 1
	}
	name := strings.Join(words[:n], " ")
	options, rest := hub[name], words[n:]
	if options == nil {
		return fmt.Sprintf("gh %s: no page has used it so far; internal/manual/github.go lists what is known", name)
	}
	for _, flag := range Flags(rest) {
		if !slices.Contains(options, flag) {
			return fmt.Sprintf("gh %s has no option %s", name, flag)
		}
	}
	if !strings.HasPrefix(name, "workflow ") || name == "workflow list" || len(rest) == 0 || strings.Contains(rest[0], Any) {
		return ""
	}
	inputs, known := k.Workflows[rest[0]]
	if !known {
		return fmt.Sprintf("there is no workflow %s", rest[0])
	}
	for i, w := range rest {
		if (w != "-f" && w != "-F") || i+1 == len(rest) {
			continue
		}
		input, value, _ := strings.Cut(rest[i+1], "=")
		allowed, known := inputs[input]
		if !known {
			return fmt.Sprintf("%s has no input %s", rest[0], input)
		}
		if len(allowed) > 0 && !slices.Contains(allowed, value) && !strings.Contains(value, Any) && value != "…" {
			return fmt.Sprintf("%s takes no %s=%s", rest[0], input, value)
		}
	}
	return ""
}

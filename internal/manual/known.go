package manual

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options are what a command takes, with the values that are allowed; none
// means any.
type Options map[string][]string

// Known is what the commands of pages are held to.
type Known struct {
	Ours      map[string]Options // "cutover config check", "traffic-shift"
	Workflows map[string]Options // "traffic-shift.yml" with its inputs
	Targets   []string           // of the Makefile
	Programs  []string           // folders with a program: "./actions/notify"
	AWS       map[string]Options // "route53 list-resource-record-sets"
}

// Ground is what a command needs in order to run.
type Ground int

// A command runs anywhere, or it is a program of this repository, or it needs
// somebody's account, tools or minutes, which is said above the block.
const (
	Ordinary Ground = iota
	Ours
	Elsewhere
)

// ordinary are programs that run anywhere and harm nothing in a sandbox.
var ordinary = []string{
	"awk", "base64", "break", "cat", "cd", "command", "cp", "cut", "date", "diff", "echo", "exit", "export", "false", "for", "grep", "head", "ls", "mkdir", "mv", "printf", "read", "rm", "sed",
	"seq", "sha256sum", "sort", "tail", "test", "touch", "tr", "true", "uniq", "wc", "[",
}

// elsewhere are programs that need an account, a network or a tool that is
// not on every machine.
var elsewhere = []string{"corepack", "curl", "dig", "docker", "git", "jq", "node", "npm", "npx", "openssl", "pnpm", "psql", "python3", "redis-cli", "sleep", "sst", "terraform", "tar", "cosign", "sudo", "zizmor", "xdg-open", "open"}

// Judge says what a call needs, and what is wrong with it, or "".
func (k Known) Judge(c Call) (Ground, string) {
	words := c.Words
	program := words[0][strings.LastIndexByte(words[0], '/')+1:]
	if words[0] == "go" {
		return k.golang(words[1:])
	}
	switch {
	case program == "make":
		return Elsewhere, k.target(words[1:])
	case program == "gh":
		return Elsewhere, k.github(words[1:])
	case program == "aws":
		return Elsewhere, k.amazon(words[1:])
	case program == "cutover":
		return Ours, k.toolbox(words[1:])
	case k.Ours[program] != nil:
		return Ours, take(program, k.Ours[program], words[1:])
	case slices.Contains(elsewhere, program):
		return Elsewhere, ""
	case slices.Contains(ordinary, program):
		return Ordinary, ""
	case program == Any:
		return Elsewhere, ""
	}
	return Ordinary, fmt.Sprintf("%s: no page has named this program so far; internal/manual/known.go lists those that may be", program)
}

// golang judges go run and go build, of programs of this repository alone.
func (k Known) golang(words []string) (Ground, string) {
	at := slices.IndexFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "./") && (w == words[len(words)-1] || words[0] == "run")
	})
	switch {
	case len(words) > 0 && (words[0] == "test" || words[0] == "install" || words[0] == "version" || words[0] == "tool"):
		return Elsewhere, ""
	case at < 0 || (words[0] != "run" && words[0] != "build"):
		return Ours, "go " + strings.Join(words, " ") + ": neither go run nor go build of a program here"
	case !slices.Contains(k.Programs, words[at]):
		return Ours, words[at] + " is no program of this repository"
	case words[0] == "build":
		return Ours, ""
	}
	name := words[at][strings.LastIndexByte(words[at], '/')+1:]
	if name == "cutover" {
		return Ours, k.toolbox(words[at+1:])
	}
	if options := k.Ours[name]; options != nil {
		return Ours, take(name, options, words[at+1:])
	}
	return Elsewhere, ""
}

// toolbox finds the command of cutover, of one word or two.
func (k Known) toolbox(words []string) string {
	for n := min(2, len(words)); n > 0; n-- {
		name := "cutover " + strings.Join(words[:n], " ")
		if options := k.Ours[name]; options != nil {
			return take(name, options, words[n:])
		}
	}
	if len(words) == 0 || words[0] == "--help" || words[0] == "--version" || words[0] == "help" {
		return ""
	}
	return fmt.Sprintf("cutover has no command %s", strings.Join(words[:min(2, len(words))], " "))
}

// take holds a command's options, and the values of those that have a list.
// What stands bare is refused, unless the command takes it.
func take(name string, options Options, words []string) string {
	for i := 0; i < len(words); i++ {
		w := words[i]
		flag, value, given := strings.Cut(w, "=")
		allowed, known := options[strings.TrimPrefix(flag, "--")]
		_, bare := options[""]
		switch {
		case strings.Contains(flag, Any) || (bare && !strings.HasPrefix(w, "--")):
			continue
		case !strings.HasPrefix(w, "-"):
			return fmt.Sprintf("%s takes no bare argument %q", name, w)
		case !known || !strings.HasPrefix(w, "--"):
			return fmt.Sprintf("%s has no option %s", name, flag)
		case slices.Contains(allowed, "true") && (given || i+1 == len(words) || !slices.Contains(allowed, words[i+1])):
			continue
		case !given && i+1 < len(words):
			i++
			value = words[i]
		}
		if len(allowed) > 0 && !slices.Contains(allowed, value) && !strings.Contains(value, Any) {
			return fmt.Sprintf("%s takes no %s %q", name, flag, value)
		}
	}
	return ""
}

// target holds make to the targets that its help lists.
func (k Known) target(words []string) string {
	for _, w := range words {
		if !strings.Contains(w, "=") && !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, Any) && !slices.Contains(k.Targets, w) {
			return fmt.Sprintf("make has no target %s", w)
		}
	}
	return ""
}

// amazon holds a call of AWS's command line to the table of its operations.
func (k Known) amazon(words []string) string {
	if len(words) < 2 {
		return "aws wants a service and an operation"
	}
	name, rest := strings.Join(words[:2], " "), words[2:]
	if words[1] == "wait" && len(words) > 2 {
		name, rest = strings.Join(words[:3], " "), words[3:]
	}
	options := k.AWS[name]
	if options == nil {
		return fmt.Sprintf("aws %s is not in testdata/aws.txt: there is none, or run make generate", name)
	}
	for _, flag := range Flags(rest) {
		if _, known := options[strings.TrimPrefix(flag, "--")]; !known && !slices.Contains(global, flag) {
			return fmt.Sprintf("aws %s has no option %s", name, flag)
		}
	}
	return ""
}

// global are options of every call. Source: AWS CLI, "Command line options".
var global = []string{"--output", "--query", "--region", "--profile", "--no-cli-pager", "--no-paginate", "--max-items", "--page-size", "--starting-token", "--endpoint-url", "--cli-input-json", "--no-sign-request", "--color", "--debug", "--cli-binary-format"}

// Asked are the operations of AWS that pages name.
func Asked(calls []Call) []string {
	names := map[string]bool{}
	for _, c := range calls {
		if c.Words[0] != "aws" || len(c.Words) < 3 {
			continue
		}
		n := 3
		if c.Words[2] == "wait" && len(c.Words) > 3 {
			n = 4
		}
		names[strings.Join(c.Words[1:n], " ")] = true
	}
	return slices.Sorted(maps.Keys(names))
}

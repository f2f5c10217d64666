package processtest

import (
	"slices"
	"strings"
	"unicode"
)

// registered are the commands that a step's log may give; source: actions/runner,
// ActionCommandManager.cs and ActionCommand.cs.
var registered = []string{
	"stop-commands", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher",
	"warning", "error", "notice", "debug", "group", "endgroup", "echo",
}

// Commands are the workflow commands that GitHub's runner would carry out when it
// reads a log: ::name:: at the beginning of a line behind any space, and the older
// ##[name] anywhere within one. Each is given as its name, a colon and its value.
func Commands(log string) (all []string) {
	for line := range strings.Lines(strings.ReplaceAll(log, "\r", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); ok {
			head, value, whole := strings.Cut(rest, "::")
			if name, _, _ := strings.Cut(head, " "); whole && known(name) {
				all = append(all, name+":"+value)
				continue
			}
		}
		if _, rest, ok := strings.Cut(line, "##["); ok {
			head, value, whole := strings.Cut(rest, "]")
			if name, _, _ := strings.Cut(head, " "); whole && known(name) {
				all = append(all, name+":"+value)
			}
		}
	}
	return all
}

func known(name string) bool {
	return slices.ContainsFunc(registered, func(r string) bool { return strings.EqualFold(r, name) })
}

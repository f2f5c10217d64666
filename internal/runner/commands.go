package runner

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Toolbox is a binary of several programs, each called by its words:
// "config check" is `cutover config check`.
type Toolbox struct {
	Name, Summary string
	Programs      []*Program
}

// Main finds the program that the arguments name and runs it in this process.
func (t *Toolbox) Main() int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	return t.Execute(processHost(os.Args[1:], signals))
}

// Execute is Main with the surroundings given.
func (t *Toolbox) Execute(h Host) int {
	words := 0
	for words < len(h.Args) && !strings.HasPrefix(h.Args[words], "-") {
		words++
	}
	// The longest name wins, so that values may follow a command's words.
	for n := words; n > 0; n-- {
		for _, p := range t.Programs {
			if p.Name == strings.Join(h.Args[:n], " ") {
				h.Args = h.Args[n:]
				return Execute(p, h)
			}
		}
	}
	called := strings.Join(h.Args[:words], " ")
	if called == "" && (len(h.Args) == 0 || h.Args[0] == "--help" || h.Args[0] == "-h") {
		fmt.Fprint(h.Stdout, t.help())
		return ExitOK
	}
	if called == "" && h.Args[0] == "--"+nameVersion {
		fmt.Fprintln(h.Stdout, Version())
		return ExitOK
	}
	s := newSession(&Program{Name: t.Name, Inputs: NewInputs()}, h)
	f := &fault.Fault{
		Kind: fault.Input, What: "is no command", Name: t.Name, Got: called,
		Allowed: strings.Join(t.names(), ", "), Next: fmt.Sprintf("See %s --help.", t.Name),
	}
	if near := nearest.To(called, t.names()); near != "" {
		f.Next = fmt.Sprintf("Did you mean %q?", near)
	}
	s.fail(f)
	return ExitInput
}

func (t *Toolbox) names() []string {
	var names []string
	for _, p := range t.Programs {
		names = append(names, p.Name)
	}
	return names
}

func (t *Toolbox) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\nCommands:\n", t.Name, t.Summary)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range t.Programs {
		fmt.Fprintf(w, "  %s %s\t%s\n", t.Name, p.Name, p.Summary)
	}
	_ = w.Flush() // a strings.Builder takes every write
	fmt.Fprintf(&b, "\n%s COMMAND --help shows a command's flags.\n", t.Name)
	return b.String()
}

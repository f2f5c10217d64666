package runner

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// The inputs that every program has besides its own.
const (
	nameFormat   = "format"
	nameHelp     = "help"
	nameDescribe = "describe"
	nameVersion  = "version"
)

type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

// resolve fills the declared variables from flags and environment, flags
// first, and reports every problem at once. handled is true when --help or
// --describe has answered the call.
func (in *Inputs) resolve(p *Program, h Host, s *Session) (handled bool, err error) {
	given, builtin, err := in.parseFlags(h.Args)
	// The format is settled before anything can fail, so that a failure is
	// reported in it.
	formatErr := s.setFormat(builtin[nameFormat], h.Getenv(Env(nameFormat)))
	if _, ok := builtin[nameHelp]; ok {
		s.outLine(Help(p))
		return true, nil
	}
	if _, ok := builtin[nameDescribe]; ok {
		s.outLine(Describe(p))
		return true, nil
	}
	if _, ok := builtin[nameVersion]; ok {
		s.outLine(Version())
		return true, nil
	}
	problems := []error{err, formatErr, in.unknownEnv(h.Environ())}
	for _, i := range in.list {
		values, source := given[i.Name], "--"+i.Name
		if values == nil {
			values, source = fromEnv(i, h.Getenv(Env(i.Name))), Env(i.Name)
		}
		problems = append(problems, i.apply(values, source, s))
	}
	return false, errors.Join(problems...)
}

// fromEnv splits a Many input by lines; an empty variable is an unset input,
// because GitHub passes every declared input and leaves absent ones empty.
func fromEnv(i *Input, raw string) []string {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil
	}
	if !i.Many {
		return []string{raw}
	}
	var values []string
	for line := range strings.Lines(raw) {
		if line = strings.TrimSpace(line); line != "" {
			values = append(values, line)
		}
	}
	return values
}

// apply parses values into the input's variable.
func (i *Input) apply(values []string, source string, s *Session) error {
	if len(values) == 0 {
		if i.Required {
			return &fault.Fault{
				Kind: fault.Input, Name: i.Name, What: "is required and was not given", Allowed: i.Allowed,
				Next: fmt.Sprintf("Set --%s, or %s inside Actions.", i.Name, Env(i.Name)),
			}
		}
		return nil
	}
	if i.reset != nil {
		i.reset()
	}
	if !i.Many && len(values) > 1 {
		return &fault.Fault{Kind: fault.Input, Name: source, What: "was given more than once", Next: "Give it once."}
	}
	var problems []error
	for _, v := range values {
		if i.Secret {
			s.Mask(v)
		}
		if v == "" {
			problems = append(problems, &fault.Fault{Kind: fault.Input, Name: source, What: "is empty", Allowed: i.Allowed, Next: "Leave it out or give it a value."})
			continue
		}
		if err := i.set(v); err != nil {
			problems = append(problems, i.complete(err, source, v))
		}
	}
	return errors.Join(problems...)
}

// complete adds the name and, unless it is secret, the refused value.
func (i *Input) complete(err error, source, value string) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		f = &fault.Fault{Kind: fault.Input, What: err.Error(), Allowed: i.Allowed}
	}
	f.Name = source
	if !i.Secret {
		f.Got = value
	}
	return f
}

// parseFlags reads the command line into raw values by name. Flags are read as
// text and parsed by the declaration, so both worlds give the same errors.
func (in *Inputs) parseFlags(args []string) (given map[string][]string, builtin map[string]string, err error) {
	given = map[string][]string{}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.BoolP(nameHelp, "h", false, "")
	flags.Bool(nameDescribe, false, "")
	flags.Bool(nameVersion, false, "")
	flags.String(nameFormat, "", "")
	for _, i := range in.list {
		flags.Var(&rawFlag{values: given, input: i}, i.Name, i.Usage)
		if i.Allowed == "true, false" {
			flags.Lookup(i.Name).NoOptDefVal = "true"
		}
	}
	if err := flags.Parse(args); err != nil {
		return given, builtinsOf(flags), in.flagFault(err)
	}
	if rest := flags.Args(); len(rest) > 0 {
		return given, builtinsOf(flags), &fault.Fault{
			Kind: fault.Input, What: "takes no bare arguments", Got: strings.Join(rest, " "),
			Allowed: in.flagList(), Next: "Put values behind their flag.",
		}
	}
	return given, builtinsOf(flags), nil
}

func builtinsOf(flags *pflag.FlagSet) map[string]string {
	set := map[string]string{}
	flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case nameHelp, nameDescribe, nameVersion, nameFormat:
			set[f.Name] = f.Value.String()
		}
	})
	return set
}

// flagFault turns pflag's error into ours, with the nearest known flag.
func (in *Inputs) flagFault(err error) error {
	f := &fault.Fault{Kind: fault.Input, What: err.Error(), Allowed: in.flagList()}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		f.What, f.Got = "is no flag of this program", "--"+unknown.GetSpecifiedName()
		if near := nearest.To(unknown.GetSpecifiedName(), in.names()); near != "" {
			f.Next = fmt.Sprintf("Did you mean --%s?", near)
		}
	}
	return f
}

func (in *Inputs) names() []string {
	names := []string{nameFormat, nameHelp}
	for _, i := range in.list {
		names = append(names, i.Name)
	}
	slices.Sort(names)
	return names
}

func (in *Inputs) flagList() string {
	return "--" + strings.Join(in.names(), ", --")
}

// unknownEnv refuses an INPUT_ variable that no input declares: a misspelt one
// would otherwise leave a gate at its default without a word. The spelling
// with a dash (act sets INPUT_MIN-LINES) belongs to a declared input and passes.
func (in *Inputs) unknownEnv(environ []string) error {
	known := map[string]string{Env(nameFormat): nameFormat}
	var allowed []string
	for _, i := range in.list {
		known[Env(i.Name)] = i.Name
		allowed = append(allowed, Env(i.Name))
	}
	slices.Sort(allowed)
	var problems []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "INPUT_") || value == "" || known[strings.ReplaceAll(name, "-", "_")] != "" {
			continue
		}
		f := &fault.Fault{Kind: fault.Input, Name: name, What: "is no input of this program", Allowed: strings.Join(allowed, ", ")}
		if near := nearest.To(name, allowed); near != "" {
			f.Next = fmt.Sprintf("Did you mean %s?", near)
		}
		problems = append(problems, f)
	}
	return errors.Join(problems...)
}

// rawFlag collects a flag's values as text.
type rawFlag struct {
	values map[string][]string
	input  *Input
}

func (r *rawFlag) String() string { return "" }
func (r *rawFlag) Type() string   { return "value" }
func (r *rawFlag) Set(v string) error {
	r.values[r.input.Name] = append(r.values[r.input.Name], v)
	return nil
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/runner"
)

// Nobody at three in the morning may type a flag that is not there. Every command
// of the runbook is held to what declares it: the binary's inputs, the workflow's,
// the operations of AWS's own SDK. The commands of cutover run in cmd/cutover.

// clients are the services of which the runbook calls operations.
var clients = map[string]any{
	"route53": (*route53.Client)(nil), "cloudwatch": (*cloudwatch.Client)(nil), "lambda": (*lambda.Client)(nil),
	"ecs": (*ecs.Client)(nil), "sts": (*sts.Client)(nil),
}

// besides are the aws command's own: its flags for every call, and subcommands that
// are no operation, with the flags that the runbook may use.
var besides = map[string][]string{"": {"query", "output", "region"}, "s3 cp": {}, "sso login": {"profile"}, "route53 wait resource-record-sets-changed": {"id"}}

var (
	// typed is a command in a block or between backquotes.
	typed  = regexp.MustCompile("(?m)(?:^ *(?:\\$ |id=\\$\\()?|`|\\$\\()((?:traffic-shift|gh|aws) [a-z-][^`\n]*)")
	flags  = regexp.MustCompile(`(?:^|\s)--([a-z0-9-]+)`)
	fields = regexp.MustCompile(`(?:^|\s)-f ([a-z-]+)=(\S*)`)
	quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	file   = regexp.MustCompile(`[a-z-]+\.yml`)
)

// commandFaults says what is wrong with the commands of a text, and how many it has.
func commandFaults(t *testing.T, text string) (problems []string, n int) {
	t.Helper()
	text = strings.ReplaceAll(text, "\\\n", " ")
	for _, m := range typed.FindAllStringSubmatch(text, -1) {
		n++
		line := quoted.ReplaceAllString(m[1], "X")
		problem := ""
		switch strings.Fields(line)[0] {
		case "traffic-shift":
			problem = ownFault(line)
		case "gh":
			problem = workflowFault(t, line)
		case "aws":
			problem = awsFault(line)
		}
		if problem != "" {
			problems = append(problems, m[1]+": "+problem)
		}
	}
	return problems, n
}

// ownFault is what the binary would say of a line of its own.
func ownFault(line string) string {
	var d runner.Description
	if err := json.Unmarshal([]byte(runner.Describe(program())), &d); err != nil {
		return err.Error()
	}
	var known []string
	for _, i := range d.Inputs {
		known = append(known, i.Name)
	}
	for _, f := range flags.FindAllStringSubmatch(line, -1) {
		if !slices.Contains(known, f[1]) {
			return "no flag --" + f[1]
		}
	}
	_, rest, _ := strings.Cut(line, "--command ")
	if command := strings.Fields(rest); len(command) == 0 || !slices.Contains(commands, command[0]) {
		return "no such command"
	}
	return ""
}

// dispatch are the inputs of a workflow.
type dispatch struct {
	On struct {
		Dispatch struct {
			Inputs map[string]struct{ Options []string }
		} `yaml:"workflow_dispatch"`
	}
}

// workflowFault holds what names a workflow to the file.
func workflowFault(t *testing.T, line string) string {
	t.Helper()
	name := file.FindString(line)
	if name == "" {
		return ""
	}
	text, err := os.ReadFile("../../.github/workflows/" + name)
	if err != nil {
		return err.Error()
	}
	var w dispatch
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	for _, f := range fields.FindAllStringSubmatch(line, -1) {
		input, known := w.On.Dispatch.Inputs[f[1]]
		if !known {
			return "no input " + f[1]
		}
		if len(input.Options) > 0 && !slices.Contains(input.Options, f[2]) {
			return fmt.Sprintf("%s is no %s", f[2], f[1])
		}
	}
	return ""
}

// awsFault holds a call to the operation of the SDK, which knows each parameter.
func awsFault(line string) string {
	allowed := besides[""]
	words := strings.Fields(line)[1:]
	for call, more := range besides {
		if call != "" && strings.HasPrefix(strings.Join(words, " ")+" ", call+" ") {
			return unknownFlag(line, append(more, allowed...))
		}
	}
	client, known := clients[words[0]]
	if !known || len(words) < 2 {
		return "no service " + words[0]
	}
	call, found := operation(client, words[1])
	if !found {
		return "no operation " + words[1]
	}
	input := call.Type.In(2).Elem()
	for i := range input.NumField() {
		allowed = append(slices.Clip(allowed), strings.ToLower(input.Field(i).Name))
	}
	if words[1] == "put-metric-data" { // the command's shorthand for one figure
		allowed = append(allowed, "metric-name", "dimensions", "value")
	}
	return unknownFlag(line, allowed)
}

func operation(client any, name string) (reflect.Method, bool) {
	kind := reflect.TypeOf(client)
	for i := range kind.NumMethod() {
		if m := kind.Method(i); strings.EqualFold(m.Name, strings.ReplaceAll(name, "-", "")) && m.Type.NumIn() > 2 {
			return m, true
		}
	}
	return reflect.Method{}, false
}

func unknownFlag(line string, allowed []string) string {
	for _, f := range flags.FindAllStringSubmatch(line, -1) {
		if !slices.Contains(allowed, f[1]) && !slices.Contains(allowed, strings.ReplaceAll(f[1], "-", "")) {
			return "no flag --" + f[1]
		}
	}
	return ""
}

// Shows: 5.5.9
func TestRunbookCommandsAreDeclared(t *testing.T) {
	text, err := os.ReadFile(runbookFile)
	if err != nil {
		t.Fatal(err)
	}
	problems, n := commandFaults(t, string(text))
	for _, p := range problems {
		t.Error(p)
	}
	if n < 50 {
		t.Errorf("only %d commands were found", n)
	}
	for _, c := range commands {
		if !strings.Contains(string(text), "command="+c) && !strings.Contains(string(text), "--command "+c) {
			t.Errorf("the runbook does not say how to give %s", c)
		}
	}
	for _, want := range []string{
		"--namespace " + monitoring.VerdictNamespace + " ", "--metric-name " + monitoring.VerdictMetric + " ", "Project=LEGO-API,Stage=production --value 0",
		"| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the runbook does not say %q", want)
		}
	}
	for _, hold := range holdKinds(t) {
		if !strings.Contains(string(text), "| `"+hold+"` |") {
			t.Errorf("the runbook does not say what the hold %s waits for", hold)
		}
	}
	anchors(t, string(text))
	prices(t, string(text))
}

// prices holds the table of costs to what prepare and plan compute.
func prices(t *testing.T, text string) {
	t.Helper()
	cents, requests, kinds := 0, 0, map[prepare.CheckKind]int{}
	for _, c := range (prepare.Wanted{Seconds: checkEvery}).Checks() {
		cents, requests = cents+c.Cents(), requests+c.Requests()
		kinds[c.Kind]++
	}
	for _, want := range []string{
		fmt.Sprintf("| $%.2f a month |", float64(cents)/100), fmt.Sprintf("%.1f M a month", float64(requests)/1e6), fmt.Sprintf("every %d s", checkEvery),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the table of costs does not say %q", want)
		}
	}
	if kinds[prepare.Endpoint] != 1 || kinds[prepare.Alarm] != 2 || kinds[prepare.Calculated] != 2 {
		t.Errorf("the table of costs counts other checks: %v", kinds)
	}
}

// What the check is for.
func TestRunbookCommandsAreHeld(t *testing.T) {
	for command, want := range map[string]string{
		"traffic-shift --command rollback --force":                                       "--force",
		"traffic-shift --command rolback":                                                "no such command",
		"gh workflow run traffic-shift.yml -f command=drill":                             "is no command",
		"gh workflow run traffic-shift.yml -f comand=status":                             "no input",
		"gh workflow run traffic.yml":                                                    "no such file",
		"aws route53 change-record-sets":                                                 "no operation",
		"aws route53 change-resource-record-sets --zone Z --change-batch file://x":       "--zone",
		"aws cloudwatch put-metric-data --namespace Cutover --metric GreenHealthy":       "--metric",
		"aws lambda put-function-concurrency --function-name f --concurrent-executions ": "--concurrent-executions",
		"aws s3 cp s3://x - --public":                                                    "--public",
		"aws dns ask":                                                                    "no service",
	} {
		for _, text := range []string{"```sh\n" + command + "\n```\n", "type `" + command + "` now"} {
			if got, n := commandFaults(t, text); n != 1 || len(got) != 1 || !strings.Contains(got[0], want) {
				t.Errorf("%s: %d, %v", command, n, got)
			}
		}
	}
}

// holdKinds are all that a rollout knows, read where they are declared.
func holdKinds(t *testing.T) (kinds []string) {
	t.Helper()
	text, err := os.ReadFile("../../internal/rollout/state.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\s+Hold\w+ +(?:HoldKind +)?= "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		kinds = append(kinds, m[1])
	}
	if len(kinds) < 10 {
		t.Fatalf("%d kinds of holds were found", len(kinds))
	}
	return kinds
}

// anchors holds that links within the page lead to a heading.
func anchors(t *testing.T, text string) {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(all, m[1]) {
			t.Errorf("#%s is no heading of the page", m[1])
		}
	}
}

package manual_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

func fenced(mark, lang, body string) string {
	return "# A page\n\n" + mark + "```" + lang + "\n" + body + "\n```\n"
}

// A page that lies is found, whatever the lie; and one that does not is left alone.
func TestALieIsFound(t *testing.T) {
	whole := newChecker(t)
	const account, drawing = "<!-- not run: needs an account -->\n", "<!-- not run: a drawing -->\n"
	for name, c := range map[string]struct{ page, want string }{
		"an output that is so":              {fenced("", "console", "$ cutover config show --config examples/lego-api/cutover.yaml | head -1 | wc -l\n1"), ""},
		"an output that is not":             {fenced("", "console", "$ cutover config check --config examples/lego-api/cutover.yaml\nAll is well, as always."), "no longer printed"},
		"a command that fails":              {fenced("", "sh", "cutover config check --config nowhere.yaml"), "end with 2, not with 0"},
		"a session that fails":              {fenced("", "console", "$ cutover config check --config nowhere.yaml\nAll is well."), "ends with 2, not with 0"},
		"a session that fails on the way":   {fenced("<!-- exit: 2 -->\n", "console", "$ cutover config check --config nowhere.yaml\n$ cutover config check --config nowhere.yaml"), "ends with 2, not with 0"},
		"a failure that is announced":       {fenced("<!-- exit: 2 -->\n", "sh", "cutover config check --config nowhere.yaml"), ""},
		"a failure that does not come":      {fenced("<!-- exit: 1 -->\n", "sh", "cutover config check --config examples/lego-api/cutover.yaml"), "end with 0, not with 1"},
		"under go run a failure is a 1":     {fenced("<!-- exit: 1 -->\n", "sh", "go run ./cmd/cutover config check --config nowhere.yaml"), ""},
		"a command that is not there":       {fenced("", "sh", "cutover deploy"), "no command deploy"},
		"an option that is not there":       {fenced("", "sh", "cutover rehearse --twice"), "no option --twice"},
		"a value that is not there":         {fenced("", "sh", "cutover rehearse --format yaml"), `takes no --format "yaml"`},
		"a word where none belongs":         {fenced("", "sh", "cutover iam policy --action bake"), `no bare argument "policy"`},
		"a program that is not there":       {fenced("", "sh", "go run ./cmd/cutoff"), "no program of this repository"},
		"a target that is not there":        {fenced("<!-- not run: takes minutes -->\n", "sh", "make deploy"), "no target deploy"},
		"an action's option":                {fenced(account, "sh", "traffic-shift --command status --colour red"), "no option --colour"},
		"an action's command":               {fenced(account, "sh", "go run ./actions/traffic-shift --command hurry"), `takes no --command "hurry"`},
		"a script that bash does not take":  {fenced(account, "sh", "for x in 1 2; do echo $x"), "bash cannot read it"},
		"an unknown program":                {fenced("", "sh", "kubectl get pods"), "no page has named"},
		"an account without a word of it":   {fenced("", "sh", "aws sts get-caller-identity"), "say so above the block"},
		"an account within a pipe":          {fenced("", "sh", "echo \"$(aws sts get-caller-identity)\" | cat"), "say so above the block"},
		"an operation AWS has not":          {fenced(account, "sh", "aws sts who-am-i"), "testdata/aws.txt"},
		"an option AWS has not":             {fenced(account, "sh", "aws sts get-caller-identity --loud"), "no option --loud"},
		"a waiter":                          {fenced(account, "sh", "aws route53 wait resource-record-sets-changed --id \"$id\""), ""},
		"a workflow that is not there":      {fenced(account, "sh", "gh workflow run hurry.yml"), "no workflow hurry.yml"},
		"an input that is not there":        {fenced(account, "sh", "gh workflow run traffic-shift.yml -f speed=fast"), "no input speed"},
		"a choice that is not there":        {fenced(account, "sh", "gh workflow run traffic-shift.yml -f command=hurry"), "takes no command=hurry"},
		"a command gh has not":              {fenced(account, "sh", "gh deploy now"), "no page has used it"},
		"a configuration":                   {fenced("", "yaml", "coverage:\n  lines: 95%"), ""},
		"a misspelt configuration":          {fenced("", "yaml", "coverage:\n  lins: 95%"), "config check refuses it"},
		"no YAML at all":                    {fenced("", "yaml", "a: [b"), "no YAML"},
		"steps":                             {fenced("", "yaml", "- uses: cutover-dev/cutover/actions/coverage-gate@<commit>\n  with: { report: x, min-lines: 95 }"), ""},
		"an input the action has not":       {fenced("", "yaml", "- uses: cutover-dev/cutover/actions/coverage-gate@<commit>\n  with: { repport: x }"), `"repport" is not defined`},
		"an action that is not there":       {fenced("", "yaml", "- uses: cutover-dev/cutover/actions/hurry@<commit>"), "actions/hurry"},
		"a job of steps":                    {fenced("", "yaml", "permissions:\n  contents: read\nsteps:\n  - run: echo ${{ steps.before.outputs.x }}"), ""},
		"a permission that is none":         {fenced("", "yaml", "permissions:\n  content: read"), "permission scope"},
		"jobs that need others":             {fenced("", "yaml", "gate:\n  needs: [build]\n  steps:\n    - run: echo ${{ needs.build.outputs.x }}"), ""},
		"an expression that is none":        {fenced("", "yaml", "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.shaa }}"), `"shaa" is not defined`},
		"a template":                        {fenced("", "yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic"), ""},
		"a template that is none":           {fenced("", "yaml", "Resources: 7"), "cannot read it"},
		"JSON that is none":                 {fenced("", "json", "{a: 1}"), "no JSON"},
		"a block that nobody holds":         {fenced("", "text", "It takes a second."), "neither run nor generated"},
		"a block without a language":        {fenced("", "", "make rehearse"), "neither run nor generated"},
		"a drawing":                         {fenced(drawing, "text", "a ──► b"), ""},
		"a reason that is none":             {fenced("<!-- not run: no time -->\n", "sh", "cutover rehearse"), "no time is no reason"},
		"a test that holds it":              {fenced("<!-- held by: internal/manual/lies_test.go TestALieIsFound -->\n", "text", "x"), ""},
		"a test that is not there":          {fenced("<!-- held by: internal/manual/lies_test.go TestNothing"+"AtAll -->\n", "text", "x"), "which no test there names"},
		"a generator that is not there":     {fenced("<!-- generated: x -->\n", "text", "x"), "no test that writes it"},
		"a file that is no test":            {fenced("<!-- held by: Makefile test -->\n", "text", "x"), "which no test there names"},
		"a command within a sentence":       {"Call `cutover config chek` first.\n", "no command config chek"},
		"a target within a sentence":        {"Call `make deploy` first.\n", "no target deploy"},
		"a part of a command in a sentence": {"`cutover.yaml` and `cutover rehearse --seed N`, or `aws` alone.\n", ""},
		"a block in a list":                 {"1. First\n\n   ```sh\n   cutover deploy\n   ```\n", "page.md:4"},
	} {
		t.Run(name, func(t *testing.T) {
			check := *whole
			check.problems, check.workflows, check.reasons = nil, map[string]manual.Block{}, map[string]int{}
			check.page(t, manual.Parse("page.md", c.page))
			check.lint(t)
			got := strings.Join(check.problems, "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

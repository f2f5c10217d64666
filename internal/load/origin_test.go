package load

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
)

// A result counts by the run that it is of: each thing that GitHub tells of it must be
// right.
//
// Attack: replayed-load
func TestWhereAResultComesFrom(t *testing.T) {
	good := Origin{
		Run: 7, File: Workflow, Repository: "lego/api", Head: "Lego/API", Branch: "trunk", Event: "workflow_dispatch",
		Status: "completed", Conclusion: "success", Default: "trunk", Merged: true,
	}
	if err := good.Held("run-blue", "lego/api"); err != nil {
		t.Fatal(err)
	}
	red := good // a side that has missed its goals
	if red.Conclusion = "failure"; red.Held("run-blue", "lego/api") != nil {
		t.Error("a result is refused because it is a bad one")
	}
	for name, c := range map[string]struct {
		change func(*Origin)
		says   string
	}{
		"another repository":   {func(o *Origin) { o.Repository = "mallory/api" }, "another repository's"},
		"a fork's commit":      {func(o *Origin) { o.Head = "mallory/api" }, "another repository's"},
		"a fork that is gone":  {func(o *Origin) { o.Head = "" }, "another repository's"},
		"another workflow":     {func(o *Origin) { o.File = ".github/workflows/ci.yml" }, "another workflow"},
		"one of the same name": {func(o *Origin) { o.File = "x/.github/workflows/load-test.yml" }, "another workflow"},
		"a pull request":       {func(o *Origin) { o.Event = "pull_request" }, "another event"},
		"another branch":       {func(o *Origin) { o.Branch = "faster" }, "another branch"},
		"no default branch":    {func(o *Origin) { o.Default, o.Branch = "", "" }, "another branch"},
		"a tag of its name":    {func(o *Origin) { o.Merged = false }, "a commit that trunk does not have"},
		"under way":            {func(o *Origin) { o.Status, o.Conclusion = "in_progress", "" }, "has not come to its end"},
		"a cancelled one":      {func(o *Origin) { o.Conclusion = "cancelled" }, "has not come to its end"},
		"nothing is told":      {func(o *Origin) { *o = Origin{} }, "not believed"},
	} {
		o := good
		c.change(&o)
		err := o.Held("run-blue", "lego/api")
		if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "run-blue") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package runner_test

import (
	"context"
	"flag"
	"testing"

	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "write the schema anew")

func TestFailureIsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/failure.schema.json", "Failure of any program",
		"What --format json prints when no verdict could be reached (exit codes 2, 3 and 4). Lines and columns count from 1.",
		&runner.Failure{}, *update)
	w := newWorld(t, nil, "--format=json", "--mode", "x", "--number", "9")
	w.run(declared(func(context.Context, *runner.Session, example) error { return nil }))
	if err := s.Check(w.stdout.String()); err != nil {
		t.Errorf("%v\n%s", err, w.stdout.String())
	}
	if s.Check(`{"verdict":"pass","errors":[]}`) == nil {
		t.Error("the schema accepts a pass")
	}
}

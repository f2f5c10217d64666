// Package traced says what cutover.yaml knows of a stage in the words of
// trace-check.
package traced

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Plan is the plan of a check of a stage, under the name of a run.
func Plan(file *config.File, stage, run string) (trace.Plan, error) {
	if _, ok := file.Stages[stage]; !ok {
		names := slices.Sorted(maps.Keys(file.Stages))
		f := &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: stage, Allowed: fmt.Sprint(names)}
		if near := nearest.To(stage, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return trace.Plan{}, f
	}
	p := trace.Plan{
		Project: file.Project, Stage: stage, Region: string(file.Region), Run: run,
		Settings: trace.Defaults(), Stores: stores(file), Gateway: true, Record: unit.Full, Index: unit.Full,
	}
	if file.Tracing != nil {
		p.Settings = *file.Tracing
	}
	if m := file.Monitoring; m != nil {
		p.Record, p.Index = m.Tracing.Record, m.Tracing.Index
	}
	if t := file.Traffic; t != nil {
		p.HealthPath = t.HealthPath
		// An HTTP API does not trace itself. Which one another stage has is not in
		// the file; tracing.expect can say what it must show.
		p.Gateway = t.Stage != stage || t.Green.API == nil || t.Green.API.Type != "http"
	}
	return p, nil
}

// stores are the nodes of the datastores that the file declares.
func stores(file *config.File) (names []string) {
	d := file.Datastores
	if d == nil {
		return nil
	}
	for _, store := range []struct {
		there bool
		node  string
	}{{d.RDS != nil, trace.NodeRDS}, {d.Redis != nil, trace.NodeRedis}, {d.OpenSearch != nil, trace.NodeOpenSearch}, {len(d.Buckets) > 0, trace.NodeS3}} {
		if store.there {
			names = append(names, store.node)
		}
	}
	return names
}

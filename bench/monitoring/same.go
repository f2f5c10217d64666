package main

import (
	"io"
	"maps"
	"os"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// alarms writes a template in which each of the functions has alarms of its
// own, as the peer makes it. cutover itself does so for ten functions at most,
// so ten at a time are built whole and their alarms kept: more work than one
// stack would be, all of it ours.
func alarms(path string, out io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	all, err := monitoring.ParseInventory(path, text)
	if err != nil {
		return err
	}
	t, err := perFunction(all)
	if err != nil {
		return err
	}
	_, err = out.Write(t.Text())
	return err
}

func perFunction(all monitoring.Inventory) (cfn.Template, error) {
	t := cfn.New("three alarms for each function")
	for at := 0; at < len(all.Functions); at += monitoring.PerFunction {
		few := all
		few.Functions = all.Functions[at:min(at+monitoring.PerFunction, len(all.Functions))]
		s, err := monitoring.Build(monitoring.Plan{Project: "LEGO-API", Inventory: few, RunbookBase: "https://github.com/example/lego-api/blob/main/docs/runbooks"})
		if err != nil {
			return t, err
		}
		maps.Copy(t.Resources, s.Template.Resources)
	}
	// The functions' alarms and the topic, which is what the peer has too.
	maps.DeleteFunc(t.Resources, func(id string, r cfn.Resource) bool {
		switch a := r.Properties.(type) {
		case cfn.Alarm:
			return !ofFunction(a)
		case cfn.Topic:
			return false
		}
		return true
	})
	return t, nil
}

// ofFunction says whether an alarm watches one function.
func ofFunction(a cfn.Alarm) bool {
	dimensions := a.Dimensions
	for _, q := range a.Metrics {
		if q.MetricStat != nil {
			dimensions = q.MetricStat.Metric.Dimensions
		}
	}
	return len(dimensions) == 1 && dimensions[0].Name == "FunctionName"
}

package main

import (
	"os"
	"slices"
	"testing"
)

// What sst.config.ts says of tracing is what functions and the served app get.
func TestTracingIsTheApps(t *testing.T) {
	const (
		all  = "const PROJECT = \"LEGO-API\";\n$transform(sst.aws.Function, (args) => trace(args));\n"
		mode = `resource.tracingConfig = { mode: "Active" };`
	)
	want := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "TRACING_PROJECT=LEGO-API", "TRACING_STAGE=staging"}
	for name, c := range map[string]struct {
		config, infra, cloud string
		want                 []string
	}{
		"in the config itself":     {all + mode, "", "http://127.0.0.1:1", want},
		"in what it imports":       {all, mode, "http://127.0.0.1:1", want},
		"without a project's name": {"$transform(\n sst.aws.Function, x)" + mode, "", "http://127.0.0.1:1", []string{want[0], "TRACING_PROJECT=app", want[2]}},
		"only passed through":      {all, `tracingConfig = { mode: "PassThrough" }`, "http://127.0.0.1:1", nil},
		"not for all functions":    {mode, "", "http://127.0.0.1:1", nil},
		"nowhere to send to":       {all + mode, "", "", nil},
		"nothing at all":           {"", "", "http://127.0.0.1:1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("AWS_ENDPOINT_URL", c.cloud)
			if err := os.Mkdir("infra", 0o755); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{"sst.config.ts": c.config, "infra/tracing.ts": c.infra} {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := (home{app: "app", stage: "staging"}).tracing(); !slices.Equal(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
}

// The example app is traced: a rehearsal has traces to look at.
func TestTheExampleIsTraced(t *testing.T) {
	t.Chdir("../../../examples/lego-api")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	if got := (home{app: "lego-api", stage: "staging"}).tracing(); len(got) != 3 || got[1] != "TRACING_PROJECT=LEGO-API" {
		t.Errorf("%q", got)
	}
}

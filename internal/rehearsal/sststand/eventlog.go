package main

import (
	"bytes"
	"encoding/json"
	"time"
)

// log is Pulumi's event log; source: pulumi, sdk/go/common/apitype/events.go.
type log struct {
	home     *home
	first    bool
	text     bytes.Buffer
	sequence int
	counts   map[string]int
	made     []resource
	errors   []updateError
	finished bool
	// code is Pulumi's exit code as SST sees it.
	code int
}

func newLog(h *home, first bool) *log { return &log{home: h, first: first, counts: map[string]int{}} }

type resource struct{ parent, kind, name string }

// resources are a few of those of examples/lego-api.
var resources = []resource{
	{"sst:aws:Bucket", "aws:s3/bucketV2:BucketV2", "ImagesBucket"},
	{"sst:aws:Function", "aws:lambda/function:Function", "FallbackFunction"},
	{"sst:aws:ApiGatewayV1", "aws:apigateway/restApi:RestApi", "ApiRestApi"},
}

func (r resource) urn(h *home) string {
	return "urn:pulumi:" + h.stage + "::" + h.app + "::" + r.parent + "$" + r.kind + "::" + r.name
}

// op is what is done to it: everything is made at first, later only the
// function's code changes.
func (r resource) op(first bool) string {
	switch {
	case first:
		return "create"
	case r.name == "FallbackFunction":
		return "update"
	}
	return "same"
}

func (r resource) metadata(h *home, op string) map[string]any {
	m := map[string]any{
		"op": op, "urn": r.urn(h), "type": r.kind, "old": nil, "provider": "", "detailedDiff": nil,
		"new": map[string]any{"type": r.kind, "urn": r.urn(h), "id": "", "parent": "", "inputs": map[string]any{}, "outputs": map[string]any{}},
	}
	if op == "update" {
		m["diffs"], m["detailedDiff"] = []string{"code"}, map[string]any{"code": map[string]any{"diffKind": "update", "inputDiff": true}}
	}
	return m
}

func (l *log) add(kind string, body any) {
	line, _ := json.Marshal(map[string]any{"sequence": l.sequence, "timestamp": time.Now().Unix(), kind: body}) // plain maps always encode
	l.sequence++
	l.text.Write(append(line, '\n'))
}

func (l *log) begin(r resource) {
	l.add("resourcePreEvent", map[string]any{"metadata": r.metadata(l.home, r.op(l.first))})
}

func (l *log) done(r resource) {
	op := r.op(l.first)
	l.counts[op]++
	l.made = append(l.made, r)
	l.add("resOutputsEvent", map[string]any{"metadata": r.metadata(l.home, op)})
	if label := map[string]string{"create": "Created", "update": "Updated"}[op]; label != "" {
		event(label, r.name+" "+r.kind)
	}
}

func (l *log) failed(r resource, message string) {
	l.diagnose(r.urn(l.home), message)
	l.add("resOpFailedEvent", map[string]any{"metadata": r.metadata(l.home, r.op(l.first)), "status": 0, "steps": 0})
	l.code = 1
}

// diagnose is an error that SST keeps; run.go collects it and ui.go prints it.
func (l *log) diagnose(urn, message string) {
	l.add("diagnosticEvent", map[string]any{"urn": urn, "message": message, "color": "raw", "severity": "error"})
	l.errors = append(l.errors, updateError{urn, message})
	event("Error", urn+" "+message)
}

func (l *log) summary() {
	l.finished = true
	l.add("summaryEvent", map[string]any{"maybeCorrupt": false, "durationSeconds": 1, "resourceChanges": l.counts, "PolicyPacks": map[string]string{}, "isPreview": false})
}

// cancelled leaves an error in the event log that SST keeps out of the record.
func (l *log) cancelled() {
	l.add("diagnosticEvent", map[string]any{"message": "update cancelled", "color": "raw", "severity": "error"})
	l.add("cancelEvent", map[string]any{})
	l.code = 1
}

// state lists what there is now, the stack with the app's outputs first.
func (l *log) state(outputs map[string]any) []map[string]any {
	list := []map[string]any{{"urn": "urn:pulumi:" + l.home.stage + "::" + l.home.app + "::pulumi:pulumi:Stack::" + l.home.app + "-" + l.home.stage, "type": "pulumi:pulumi:Stack", "outputs": outputs}}
	for _, r := range l.made {
		list = append(list, map[string]any{"urn": r.urn(l.home), "type": r.kind, "outputs": map[string]any{}})
	}
	return list
}

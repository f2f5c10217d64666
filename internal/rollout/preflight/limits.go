package preflight

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// How long a gateway waits for an integration; source: API Gateway Developer
// Guide, quotas of HTTP APIs and of REST APIs.
const (
	waitHTTP = 30 * time.Second
	waitREST = 29 * time.Second
)

// apiHTTP is an HTTP API, as cutover.yaml names it.
const apiHTTP = "http"

// wait is the shorter one where nobody knows which API it is.
func (p Policy) wait() (time.Duration, string) {
	if p.API == apiHTTP {
		return waitHTTP, "API Gateway quotas: 30 s for an integration of an HTTP API"
	}
	return waitREST, "API Gateway quotas: 29 s for an integration of a REST API"
}

// timeouts holds green's functions and blue's longest answers against what the
// gateway waits.
func (j *judge) timeouts(t *tally) {
	wait, source := j.wait()
	functions, found := see(t, j.o.Functions, "functions", "green's functions")
	workers, _ := see(t, j.o.Background, "background", "what works in the background")
	behind := map[string]bool{}
	for _, w := range workers {
		if w.Side == Green && w.Kind != Schedule {
			behind[w.Name] = true
		}
	}
	least := wait
	for _, f := range functions {
		if behind[f.Name] {
			continue // a queue or a stream waits for it, no gateway
		}
		least = min(least, f.Timeout)
		t.add(figure(f.Name, "s", f.Timeout.Seconds(), wait.Seconds(), f.Timeout <= wait).of(1, "function", "as deployed", source+"; Lambda ListFunctions").
			told("Set its timeout to what the gateway waits, or take its work out of the request.",
				"%s is ended after %s; the gateway gives up after %s", f.Name, report.Seconds(f.Timeout), report.Seconds(wait)))
	}
	if found && len(functions) == 0 {
		t.add(Finding{Finding: verdict.Finding{Name: "functions", Verdict: verdict.Inconclusive, Source: source}}.told("Deploy green first.", "green has no function"))
	}
	j.longest(t, wait, least)
}

// longest looks at what blue's clients have waited for.
func (j *judge) longest(t *tally, wait, least time.Duration) {
	l, ok := see(t, j.o.Load, "load", "blue's load")
	if !ok {
		return
	}
	longest, says := l.Longest, "blue's longest answer took "+report.Seconds(l.Longest)
	if log := j.o.AccessLog; log.Asked && log.Err == nil && log.Value.Slow.Took > 0 {
		says += fmt.Sprintf(" (slowest in the access log: %s, %s)", log.Value.Slow.Request, report.Seconds(log.Value.Slow.Took))
		longest = max(longest, log.Value.Slow.Took)
	}
	f := figure("longest", "s", longest.Seconds(), wait.Seconds(), longest <= wait).of(int64(l.Days), "days", "the past days", "CloudWatch AWS/ApplicationELB TargetResponseTime Maximum of blue")
	switch {
	case l.Longest <= 0:
		f.Verdict, says = verdict.Inconclusive, "nobody knows how long blue's answers take"
	case longest > least && longest <= wait:
		f.Verdict, says = verdict.Inconclusive, says+fmt.Sprintf("; one of green's functions is ended after %s", report.Seconds(least))
	}
	t.add(f.told("Find what takes so long, and make it shorter or answer before it is done: green would be cut off.", "%s; the gateway waits %s", says, report.Seconds(wait)))
}

// What Lambda takes and gives in one synchronous invocation; source: AWS Lambda
// Developer Guide, quotas. The gateway takes 10 MB, but hands it to Lambda. A
// binary body travels as base64, of which 6 MB hold three quarters, and a text
// inside of JSON grows too.
const (
	payload = 6 << 20
	surely  = payload / 4 * 3
)

const sourceBodies = "Lambda quotas: 6 MB for a request or an answer; API Gateway quotas: 10 MB"

// bodies looks for requests and answers that green cannot take or give.
func (j *judge) bodies(t *tally) {
	log, named := j.o.AccessLog.Value, j.o.AccessLog.Asked
	if named {
		_, named = see(t, j.o.AccessLog, "access-log", "the access log")
	}
	j.uploads(t, named)
	largest, request, answers := int64(0), "", int64(0)
	source := sourceBodies
	if j.o.Replay.Asked && j.o.Replay.Err == nil {
		for _, e := range j.o.Replay.Value {
			answers += int64(len(e.Blue.Took) + len(e.Green.Took))
			if n := max(e.Blue.Largest, e.Green.Largest); n > largest {
				largest, request = n, "GET "+e.Path
			}
		}
		source += "; the answers that were replayed"
	}
	if named {
		answers += log.Entries
		if log.Sent.Bytes > largest {
			largest, request = log.Sent.Bytes, log.Sent.Request
		}
		source += "; sent_bytes of the access log"
	}
	f := body("answer", largest).of(answers, "answers", "what was replayed and logged", source)
	if answers == 0 {
		f.Verdict, f.Observed = verdict.Inconclusive, nil
		t.add(f.told("Let the replay run, or name an access log of blue's load balancer.", "no answer was seen, so nobody can tell how large they get"))
		return
	}
	t.add(f.told("Let clients fetch what is large from S3, by a presigned URL.", "the largest answer, to %s, has %s%s", request, unit.Bytes(largest), doubt(largest)))
	if named && log.Sockets+log.RPCs > 0 {
		t.warn("The access log has %d entries of web sockets and %d of gRPC, which an HTTP API does not serve.", log.Sockets, log.RPCs)
	}
}

// uploads takes the larger one of what is declared and what was logged.
func (j *judge) uploads(t *tally, named bool) {
	log := j.o.AccessLog.Value
	largest, says, source := int64(j.LargestUpload), "traffic.preflight.largest_upload is "+j.LargestUpload.String(), sourceBodies+"; cutover.yaml"
	sample := int64(0)
	if named {
		sample = log.Entries
		source += "; received_bytes of the access log"
		if j.LargestUpload > 0 && log.Received.Bytes > largest {
			t.warn("The access log has a request of %s (%s), more than traffic.preflight.largest_upload.", unit.Bytes(log.Received.Bytes), log.Received.Request)
		}
		if log.Received.Bytes > largest {
			largest, says = log.Received.Bytes, fmt.Sprintf("the largest request, %s, has %s", log.Received.Request, unit.Bytes(log.Received.Bytes))
		}
	}
	f := body("upload", largest).of(sample, "requests", "what is declared and logged", source)
	if largest == 0 {
		f.Verdict, f.Observed = verdict.Inconclusive, nil
		t.add(f.told("Write traffic.preflight.largest_upload, or name an access log of blue's load balancer.", "nobody can tell how large requests get"))
		return
	}
	t.add(f.told("Let clients put what is large into S3, by a presigned URL.", "%s%s", says, doubt(largest)))
}

// body judges a size: between what surely fits and what surely does not, it
// depends on whether it is binary.
func body(name string, size int64) Finding {
	f := figure(name, "bytes", float64(size), payload, size <= payload)
	if size > surely && size <= payload {
		f.Verdict = verdict.Inconclusive
	}
	return f
}

func doubt(size int64) string {
	if size > surely && size <= payload {
		return fmt.Sprintf("; as base64 no more than %s fit", unit.Bytes(surely))
	}
	return ""
}

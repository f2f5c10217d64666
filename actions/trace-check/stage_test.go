package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stage plays a deployed API: three routes, idempotent, each request traced as
// the example app traces it, and sent by OTLP to the cloud.
type stage struct {
	collector string

	mu sync.Mutex
	// made are the answers to the idempotency keys that came.
	made map[string]string
	asked,
	creations int
	// status answers with another status than the right one, 0 with the right one.
	status int
	// asks is told of each request, before it is answered; it may be nil.
	asks func(n int)
	// silent traces nothing.
	silent bool
	// without are the stores that no handler calls any more.
	without []string
	cold    bool
}

// set changes it between two requests.
func (s *stage) set(change func(*stage)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// counts are how many requests came, and how many made something.
func (s *stage) counts() (asked, creations int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.creations
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.asks != nil {
		s.asks(s.asked)
	}
	operation, stores, status, text := "health", []string(nil), http.StatusOK, `{"status":"ok"}`
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/mocs":
		key := r.Header.Get("Idempotency-Key")
		if s.made[key] == "" {
			s.creations++
			s.made[key] = "moc-" + strconv.Itoa(s.creations)
		}
		operation, stores, status, text = "create-moc", []string{"RDS"}, http.StatusCreated, fmt.Sprintf(`{"id":%q}`, s.made[key])
	case r.URL.Path == "/mocs/none":
		operation, stores, status, text = "get-moc", []string{"RDS"}, http.StatusNotFound, `{"error":"there is no such MOC"}`
	case strings.HasPrefix(r.URL.Path, "/mocs/"):
		operation, stores, text = "get-moc", []string{"Redis", "RDS"}, `{"id":"`+strings.TrimPrefix(r.URL.Path, "/mocs/")+`"}`
	}
	if s.status != 0 {
		status = s.status
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	if !s.silent {
		s.export(r, operation, stores, status, len(body), len(text), begun)
	}
}

// export sends the spans of a request; source: OTLP specification, "JSON
// Protobuf Encoding".
func (s *stage) export(r *http.Request, operation string, stores []string, status, asked, said int, begun time.Time) {
	header := r.Header.Get("X-Amzn-Trace-Id")
	id, _, _ := strings.Cut(strings.TrimPrefix(header, "Root="), ";")
	id = strings.ReplaceAll(strings.TrimPrefix(id, "1-"), "-", "")
	cold := !s.cold
	s.cold = true
	span := func(spanID, parent string, kind int, name string, from, to time.Time, attributes map[string]any) map[string]any {
		out := map[string]any{"traceId": id, "spanId": spanID, "name": name, "kind": kind, "startTimeUnixNano": strconv.FormatInt(from.UnixNano(), 10), "endTimeUnixNano": strconv.FormatInt(to.UnixNano(), 10), "attributes": listed(attributes)}
		if parent != "" {
			out["parentSpanId"] = parent
		}
		return out
	}
	end := begun.Add(40 * time.Millisecond)
	root := fmt.Sprintf("%016x", 16*s.asked)
	spans := []any{span(root, "", 2, operation, begun, end, map[string]any{
		"userId": "anonymous", "operation": operation, "status": status, "project": "lego-api", "stage": "staging", "coldStart": cold, "run": r.Header.Get("X-Cutover-Run"),
		"aws.xray.annotations": []string{"userId", "operation", "status", "project", "stage", "coldStart", "run"},
		"http.request.method":  r.Method, "url.path": r.URL.Path, "http.response.status_code": status, "http.request.body.size": asked, "http.response.body.size": said,
		"faas.name": "lego-api-staging-" + operation, "faas.coldstart": cold,
	})}
	for i, store := range stores {
		if strings.Contains(strings.Join(s.without, " "), store) {
			continue
		}
		from := begun.Add(time.Duration(5+10*i) * time.Millisecond)
		system := map[string]string{"RDS": "postgresql", "Redis": "redis"}[store]
		spans = append(spans, span(fmt.Sprintf("%016x", 16*s.asked+1+i), root, 3, store+" query", from, from.Add(7*time.Millisecond), map[string]any{
			"peer.service": store, "db.system.name": system, "db.operation.name": "query", "db.query.text": "SELECT ?", "server.address": "store.internal", "db.response.returned_rows": 1,
		}))
	}
	text, _ := json.Marshal(map[string]any{"resourceSpans": []any{map[string]any{
		"resource": map[string]any{"attributes": listed(map[string]any{"service.name": "lego-api"})}, "scopeSpans": []any{map[string]any{"spans": spans}},
	}}})
	answer, err := http.Post(s.collector+"/v1/traces", "application/json", bytes.NewReader(text))
	if err == nil {
		_ = answer.Body.Close()
	}
}

func listed(attributes map[string]any) []any {
	var all []any
	for key, value := range attributes {
		var v any
		switch value := value.(type) {
		case string:
			v = map[string]any{"stringValue": value}
		case int:
			v = map[string]any{"intValue": strconv.Itoa(value)}
		case bool:
			v = map[string]any{"boolValue": value}
		case []string:
			var values []any
			for _, text := range value {
				values = append(values, map[string]any{"stringValue": text})
			}
			v = map[string]any{"arrayValue": map[string]any{"values": values}}
		}
		all = append(all, map[string]any{"key": key, "value": v})
	}
	return all
}

// Package trace proves that a stage is traced: from traces of requests that it
// sent itself it draws the map of who calls whom, holds it and every segment to
// what cutover.yaml expects, and says what is missing. The traces come through
// a port; nothing here knows AWS.
package trace

import (
	"encoding/json"
	"fmt"
	"time"
)

// Document is a segment, or a subsegment within one, as X-Ray has it.
// Source: AWS X-Ray Developer Guide, "X-Ray segment documents".
type Document struct {
	// ID is 16 hexadecimal digits.
	ID string `json:"id"`
	// TraceID is "1-", eight digits of the second it began, "-" and 24 more.
	TraceID  string `json:"trace_id,omitempty"`
	ParentID string `json:"parent_id,omitempty"`
	// Type is "subsegment" where a subsegment was sent by itself.
	Type string `json:"type,omitempty"`
	// Name is the service's, of up to 200 characters.
	Name string `json:"name"`
	// Start and End are seconds since 1970. A segment in progress has no end.
	Start      float64 `json:"start_time"`
	End        float64 `json:"end_time,omitempty"`
	InProgress bool    `json:"in_progress,omitempty"`
	// Origin is the kind of AWS resource: AWS::Lambda::Function.
	Origin string `json:"origin,omitempty"`
	// Namespace of a subsegment: aws for a call of the SDK, remote for any other.
	Namespace string `json:"namespace,omitempty"`
	// Fault is 5xx, Error is 4xx, Throttle is 429.
	Fault    bool  `json:"fault,omitempty"`
	Error    bool  `json:"error,omitempty"`
	Throttle bool  `json:"throttle,omitempty"`
	Cause    Cause `json:"cause,omitzero"`
	// Annotations are indexed: their values are text, numbers or booleans.
	Annotations map[string]any `json:"annotations,omitempty"`
	// Metadata is not indexed: namespaces of whatever was written.
	Metadata    map[string]map[string]any `json:"metadata,omitempty"`
	HTTP        *HTTP                     `json:"http,omitempty"`
	SQL         *SQL                      `json:"sql,omitempty"`
	AWS         map[string]any            `json:"aws,omitempty"`
	Subsegments []Document                `json:"subsegments,omitempty"`
}

// HTTP is what a segment says of the request that it answered, or sent.
type HTTP struct {
	Request struct {
		Method    string `json:"method,omitempty"`
		URL       string `json:"url,omitempty"`
		UserAgent string `json:"user_agent,omitempty"`
		ClientIP  string `json:"client_ip,omitempty"`
	} `json:"request,omitzero"`
	Response struct {
		Status int `json:"status,omitempty"`
		Length int `json:"content_length,omitempty"`
	} `json:"response,omitzero"`
}

// SQL is what a subsegment says of a query.
type SQL struct {
	URL      string `json:"url,omitempty"`
	Query    string `json:"sanitized_query,omitempty"`
	Type     string `json:"database_type,omitempty"`
	Version  string `json:"database_version,omitempty"`
	User     string `json:"user,omitempty"`
	Prepared string `json:"preparation,omitempty"`
}

// Cause is why something failed: what was thrown, or the id of the subsegment
// that says so.
type Cause struct {
	Ref        string
	Directory  string
	Exceptions []Exception
}

// Exception is something that was thrown.
type Exception struct {
	ID      string  `json:"id,omitempty"`
	Message string  `json:"message,omitempty"`
	Type    string  `json:"type,omitempty"`
	Remote  bool    `json:"remote,omitempty"`
	Cause   string  `json:"cause,omitempty"`
	Stack   []Frame `json:"stack,omitempty"`
}

// Frame is a line of a stack.
type Frame struct {
	Path  string `json:"path,omitempty"`
	Line  int    `json:"line,omitempty"`
	Label string `json:"label,omitempty"`
}

type causeObject struct {
	Directory  string      `json:"working_directory,omitempty"`
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// MarshalJSON writes the id alone where that is all there is, as X-Ray does.
func (c Cause) MarshalJSON() ([]byte, error) {
	if c.Ref != "" {
		return json.Marshal(c.Ref)
	}
	return json.Marshal(causeObject{c.Directory, c.Exceptions})
}

// UnmarshalJSON reads either shape.
func (c *Cause) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &c.Ref); err == nil {
		return nil
	}
	var o causeObject
	if err := json.Unmarshal(data, &o); err != nil {
		return fmt.Errorf("a cause is an id or an object with exceptions: %w", err)
	}
	c.Ref, c.Directory, c.Exceptions = "", o.Directory, o.Exceptions
	return nil
}

// Trace is everything that was recorded of one request.
type Trace struct {
	ID string
	// Segments as they came, each with its subsegments within.
	Segments []Document
	// Duration is from the first start to the last end; 0 while it lasts.
	Duration time.Duration
	// Partial says that X-Ray has not all of it yet, or dropped some for its
	// limits.
	Partial bool
}

// Edge is one call of the service graph as AWS has summed it up.
type Edge struct {
	From, To           Service
	Requests           int
	Faults, Errors     int // 5xx; 4xx
	Throttles          int
	Mean, P50, P95     time.Duration // P50 and P95 from the histogram
	FirstSeen, LastHad time.Time
}

// Service is a node of the service graph.
type Service struct {
	Name string `json:"name"`
	// Type is X-Ray's kind: AWS::ApiGateway::Stage, AWS::Lambda,
	// AWS::Lambda::Function, client, remote, Database::SQL.
	Type string `json:"type"`
}

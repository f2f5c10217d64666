package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cutover-dev/cutover/internal/trace"
)

// Datagram is what one datagram to the X-Ray daemon held: spans, or a document.
type Datagram struct {
	Spans    []Span
	Document *trace.Document
}

// What spans begin with behind the header: those that count as traces, and those
// that were not sampled. Source: the code of
// @aws/aws-distro-opentelemetry-exporter-xray-udp 0.0.2.
const (
	sampled   = "T1S"
	unsampled = "T1U"
)

// mostDocument is what a segment may have; source: X-Ray Developer Guide,
// "X-Ray segment documents".
const mostDocument = 64 << 10

// Daemon reads a datagram of the X-Ray daemon's protocol: a line of JSON that
// names format and version, then a document, or spans in Base64. Source: X-Ray
// Developer Guide, "Sending segment documents to the X-Ray daemon".
func Daemon(packet []byte) (Datagram, error) {
	line, body, ok := bytes.Cut(packet, []byte("\n"))
	var header struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&header)
	if err == nil {
		_, err = d.Token()
	}
	if !ok || !errors.Is(err, io.EOF) || header.Format != "json" || header.Version != 1 {
		return Datagram{}, fmt.Errorf(`a datagram begins with {"format":"json","version":1} and a new line, not %.60q`, line)
	}
	for _, prefix := range []string{sampled, unsampled} {
		text, found := strings.CutPrefix(string(body), prefix)
		if !found {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Datagram{}, fmt.Errorf("behind %s stands no Base64: %w", prefix, err)
		}
		spans, err := Protobuf(data)
		for i := range spans {
			spans[i].Unsampled = prefix == unsampled
		}
		return Datagram{Spans: spans}, err
	}
	doc, err := Segment(body)
	return Datagram{Document: doc}, err
}

// Segment reads one document of X-Ray's.
func Segment(text []byte) (*trace.Document, error) {
	var doc trace.Document
	switch err := json.Unmarshal(text, &doc); {
	case err != nil:
		return nil, fmt.Errorf("this is no segment document: %w", err)
	case len(text) > mostDocument:
		return nil, fmt.Errorf("a segment document has at most %d bytes, not %d", mostDocument, len(text))
	case !isID(doc.ID, 16) || !isTrace(doc.TraceID) || doc.Name == "" || doc.Start <= 0:
		return nil, errors.New("a segment document has an id of 16 hexadecimal digits, a trace id, a name and a start")
	case doc.InProgress == (doc.End > 0) || doc.End != 0 && doc.End < doc.Start:
		return nil, errors.New("a segment document has ended, not before it began, or is in progress")
	case doc.Type != "" && (doc.Type != "subsegment" || !isID(doc.ParentID, 16)):
		return nil, errors.New("a subsegment that is sent by itself names its parent")
	}
	return &doc, nil
}

// isTrace says whether a trace's id is of X-Ray's form.
func isTrace(id string) bool {
	parts := strings.Split(id, "-")
	return len(parts) == 3 && parts[0] == "1" && len(parts[1]) == 8 && isID(parts[1]+parts[2], 32)
}

func quoted(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`) // a string has always a form in JSON
	}
	return text
}

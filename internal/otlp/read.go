package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Protobuf reads the spans of an export request in OTLP's binary form.
func Protobuf(body []byte) ([]Span, error) {
	var data tracepb.TracesData
	if err := proto.Unmarshal(body, &data); err != nil {
		return nil, fmt.Errorf("this is no export request in Protobuf: %w", err)
	}
	return spansOf(&data)
}

// JSON reads the spans of an export request in OTLP's JSON; source: OTLP
// specification, "JSON Protobuf Encoding": ids are hexadecimal there, other
// bytes Base64, enumerations numbers, and unknown members are passed over.
func JSON(body []byte) ([]Span, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("this is no JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the JSON")
	}
	if _, ok := tree.(map[string]any); !ok {
		return nil, errors.New("an export request is a JSON object")
	}
	if err := plain(tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	var data tracepb.TracesData
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, &data); err != nil {
		return nil, fmt.Errorf("this is no export request in JSON: %w", err)
	}
	return spansOf(&data)
}

// plain rewrites ids, in place, as Protobuf's own JSON has bytes, and refuses
// names where OTLP wants an enumeration's number.
func plain(tree any) error {
	switch x := tree.(type) {
	case []any:
		for _, item := range x {
			if err := plain(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, item := range x {
			switch name {
			case "traceId", "spanId", "parentSpanId":
				text, ok := item.(string)
				id, err := hex.DecodeString(text)
				if !ok || err != nil {
					return fmt.Errorf("%s is hexadecimal, not %.60v", name, item)
				}
				x[name] = base64.StdEncoding.EncodeToString(id)
			case "kind", "code":
				if _, ok := item.(string); ok {
					return fmt.Errorf("%s is a number, not %.60q", name, item)
				}
			default:
				if err := plain(item); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

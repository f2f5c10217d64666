package otlp

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// Path is where spans are sent by OTLP over HTTP.
const Path = "/v1/traces"

// mostBody bounds a request, packed or not.
const mostBody = 8 << 20

// ErrFull is what takes no more spans.
var ErrFull = errors.New("no more spans are taken")

const (
	binary = "application/x-protobuf"
	asJSON = "application/json"
)

// Handler answers OTLP over HTTP with what accept says of the spans. Source:
// OTLP specification, "OTLP/HTTP": both encodings, gzip, a refusal as a Status
// in the encoding of the request, 400 for what is to be dropped.
func Handler(accept func([]Span) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case r.URL.Path != Path || r.URL.RawQuery != "":
			refuse(w, asJSON, http.StatusNotFound, "spans are taken at "+Path)
			return
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, asJSON, http.StatusMethodNotAllowed, "spans are sent by POST")
			return
		case err != nil || kind != binary && kind != asJSON:
			refuse(w, asJSON, http.StatusUnsupportedMediaType, "spans are "+binary+" or "+asJSON)
			return
		}
		body, status, err := bodyOf(r)
		if err != nil {
			refuse(w, kind, status, err.Error())
			return
		}
		spans, err := map[string]func([]byte) ([]Span, error){binary: Protobuf, asJSON: JSON}[kind](body)
		if err != nil {
			refuse(w, kind, http.StatusBadRequest, err.Error())
			return
		}
		if err := accept(spans); err != nil {
			status := http.StatusBadRequest
			if errors.Is(err, ErrFull) {
				status = http.StatusTooManyRequests // which may be tried again
			}
			refuse(w, kind, status, err.Error())
			return
		}
		w.Header().Set("Content-Type", kind)
		if kind == asJSON {
			_, _ = io.WriteString(w, "{}") // the caller may be gone
		}
	})
}

// bodyOf is a request's body, unpacked.
func bodyOf(r *http.Request) (body []byte, status int, err error) {
	in := io.LimitReader(r.Body, mostBody+1)
	switch packed := r.Header.Get("Content-Encoding"); packed {
	case "", "identity":
	case "gzip":
		if in, err = gzip.NewReader(in); err != nil {
			return nil, http.StatusBadRequest, fmt.Errorf("the body is no gzip: %w", err)
		}
	default:
		return nil, http.StatusUnsupportedMediaType, errors.New("the encoding " + strconv.Quote(packed) + " is not known: gzip or none")
	}
	if body, err = io.ReadAll(io.LimitReader(in, mostBody+1)); err != nil {
		return nil, http.StatusBadRequest, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > mostBody {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("a request has at most %d bytes here", mostBody)
	}
	return body, 0, nil
}

// refuse answers with a google.rpc.Status: its code is 3 for a bad argument, 8
// for what is exhausted, its message is field 2.
func refuse(w http.ResponseWriter, kind string, status int, why string) {
	code := 3
	if status == http.StatusTooManyRequests {
		code = 8
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	text := fmt.Appendf(nil, `{"code":%d,"message":%s}`, code, quoted(why))
	if kind == binary {
		text = protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(code))
		text = protowire.AppendString(protowire.AppendTag(text, 2, protowire.BytesType), why)
	}
	_, _ = w.Write(text) //nolint:gosec // Protobuf or JSON, never HTML; the caller may be gone
}

// Package accesslog reads the access logs of an Application Load Balancer for
// what blue's clients really send and get: the largest request, the largest
// answer, the slowest path. Each line is read by the format and refused where it
// does not fit; nothing is kept but the extremes.
// Source: Elastic Load Balancing User Guide, "Access logs for your Application
// Load Balancer", access log entries.
package accesslog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Extreme is the largest or slowest of something, and the request that it was:
// the method and the path, without the query, which may hold secrets.
type Extreme struct {
	Bytes   int64
	Took    time.Duration
	Request string
}

// Summary is what logs say. The zero value is that of no log.
type Summary struct {
	Entries int64
	// Sockets are entries of web sockets, RPCs of gRPC: an HTTP API serves neither.
	Sockets, RPCs        int64
	Received, Sent, Slow Extreme
	From, To             time.Time
}

// Bounds of a log.
const (
	mostLine = 64 << 10
	mostText = 8 << 30
)

// Read adds one log to the summary, plain or compressed by gzip. The error names
// the line; the summary is of what stood before it.
func (s *Summary) Read(ctx context.Context, name string, log io.Reader) error {
	in := bufio.NewReaderSize(log, mostLine)
	var text io.Reader = in
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return bad(name, 0, "is no whole gzip file", err)
		}
		text = z
	}
	limited := &io.LimitedReader{R: text, N: mostText}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, 4096), mostLine)
	n := 0
	for lines.Scan() {
		n++
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := s.add(lines.Text()); err != nil {
			return bad(name, n, err.Error(), nil)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return bad(name, n+1, fmt.Sprintf("is longer than %d bytes", mostLine), nil)
	case err != nil:
		return bad(name, n+1, "cannot be read to its end", err)
	case limited.N <= 0:
		return bad(name, n, "is larger than 8 GiB", nil)
	case n == 0:
		return bad(name, 0, "is empty", nil)
	}
	return nil
}

func bad(name string, line int, what string, err error) error {
	return &fault.Fault{Kind: fault.Input, Name: name, File: name, Line: line, What: what, Err: err, Allowed: "an access log of an Application Load Balancer, plain or .gz", Next: "Fetch the log from its bucket once more."}
}

// The fields that are read, by their place in a line.
const (
	fieldType = iota
	fieldTime
	_ // elb
	_ // client:port
	_ // target:port
	_ // request_processing_time
	fieldTook
	_ // response_processing_time
	_ // elb_status_code
	_ // target_status_code
	fieldReceived
	fieldSent
	fieldRequest
	fields
)

func (s *Summary) add(line string) error {
	var f [fields]string
	if err := split(line, f[:]); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, f[fieldTime])
	if err != nil {
		return fmt.Errorf("its second field is no time in ISO 8601")
	}
	received, err := bytesOf(f[fieldReceived])
	if err != nil {
		return fmt.Errorf("received_bytes %w", err)
	}
	sent, err := bytesOf(f[fieldSent])
	if err != nil {
		return fmt.Errorf("sent_bytes %w", err)
	}
	took, err := seconds(f[fieldTook])
	if err != nil {
		return fmt.Errorf("target_processing_time %w", err)
	}
	request := path(f[fieldRequest])
	switch f[fieldType] {
	case "ws", "wss":
		s.Sockets++
	case "grpcs":
		s.RPCs++
	case "http", "https", "h2":
		larger(&s.Received, received, request)
		larger(&s.Sent, sent, request)
		if took > s.Slow.Took {
			s.Slow = Extreme{Took: took, Request: request}
		}
	default:
		return fmt.Errorf("its first field is none of http, https, h2, grpcs, ws, wss")
	}
	s.Entries++
	if s.From.IsZero() || at.Before(s.From) {
		s.From = at
	}
	if at.After(s.To) {
		s.To = at
	}
	return nil
}

func larger(e *Extreme, n int64, request string) {
	if n > e.Bytes {
		*e = Extreme{Bytes: n, Request: request}
	}
}

// split takes the first fields of a line: words between single spaces, or what
// stands in quotes. What follows them is not looked at; it grows over the years.
func split(line string, into []string) error {
	rest := line
	for i := range into {
		var ok bool
		if inner, quoted := strings.CutPrefix(rest, `"`); quoted {
			if into[i], rest, ok = strings.Cut(inner, `"`); !ok {
				return fmt.Errorf("a quote is never closed")
			}
			if rest, ok = strings.CutPrefix(rest, " "); !ok {
				return fmt.Errorf("no space stands behind a quote")
			}
		} else if into[i], rest, ok = strings.Cut(rest, " "); !ok {
			return fmt.Errorf("it has %d fields, less than the %d that are read", i+1, len(into)+1)
		}
		if into[i] == "" {
			return fmt.Errorf("field %d is empty", i+1)
		}
	}
	return nil
}

func bytesOf(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return 0, fmt.Errorf("is no number of bytes")
	}
	return int64(n), nil
}

// seconds reads a time; -1 stands where there is none.
func seconds(text string) (time.Duration, error) {
	if text == "-1" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v < 1e6) {
		return 0, fmt.Errorf("is no number of seconds")
	}
	return time.Duration(v * float64(time.Second)), nil
}

// path makes a request line fit to be shown: method and path. The query is cut
// off, and so is what does not belong into a path.
func path(request string) string {
	method, rest, _ := strings.Cut(request, " ")
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		method = "?" // no method: who knows what a client has put there
	}
	address, _, _ := strings.Cut(rest, " ")
	if _, after, ok := strings.Cut(address, "://"); ok {
		address = "/"
		if slash := strings.IndexByte(after, '/'); slash >= 0 {
			address = after[slash:]
		}
	}
	if end := strings.IndexAny(address, "?#;"); end >= 0 {
		address = address[:end]
	}
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, method+" "+address)
	const most = 120
	if r := []rune(clean); len(r) > most {
		return string(r[:most]) + "…"
	}
	return clean
}

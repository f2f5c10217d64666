package format

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Istanbul's json-summary: one object with the member "total" and one member a
// file, each with lines, statements, functions and branches as
// {total, covered, skipped, pct}. Sums only, no line detail.
func init() {
	register(Format{
		Name: "istanbul-summary", Made: "Vitest, Jest, nyc: the json-summary reporter",
		Detect: func(head []byte) bool {
			// Its first member is "total"; other JSON reports begin otherwise.
			rest, ok := bytes.CutPrefix(head, []byte("{"))
			rest = bytes.TrimLeft(rest, " \t\r\n")
			return ok && (bytes.HasPrefix(rest, []byte(`"total"`)) || bytes.HasPrefix(rest, []byte("}")))
		},
		Parse: parseIstanbulSummary,
	})
}

// istanbulEntry is one member. Pointers tell an absent figure from a zero.
type istanbulEntry struct {
	Lines      *istanbulCount `json:"lines"`
	Statements *istanbulCount `json:"statements"`
	Functions  *istanbulCount `json:"functions"`
	Branches   *istanbulCount `json:"branches"`
}

type istanbulCount struct {
	Total   *int64 `json:"total"`
	Covered *int64 `json:"covered"`
}

func parseIstanbulSummary(r *bufio.Reader, emit func(coverage.File) error) error {
	in := json.NewDecoder(r)
	if _, err := in.Token(); err != nil { // the opening brace that Detect saw
		return istanbulError(in, err)
	}
	var total *istanbulEntry
	sum := coverage.Counts{}
	seen := map[string]bool{}
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return istanbulError(in, err)
		}
		path, _ := token.(string) // a member's name is always a string
		if seen[path] {
			return damaged(0, "%q stands in it twice", clipped([]byte(path)))
		}
		seen[path] = true
		var entry istanbulEntry
		if err := in.Decode(&entry); err != nil {
			return istanbulError(in, err)
		}
		if path == "total" {
			total = &entry
			continue
		}
		counts, err := entry.counts(path)
		if err != nil {
			return err
		}
		for m, c := range counts {
			sum[m] = coverage.Count{Covered: sum[m].Covered + c.Covered, Total: sum[m].Total + c.Total}
		}
		if err := emit(coverage.File{Path: path, Counts: counts}); err != nil {
			return err
		}
	}
	if _, err := in.Token(); err != nil { // the closing brace
		return istanbulError(in, err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return damaged(0, "something follows its end")
	}
	return checkIstanbulTotal(total, sum, len(seen))
}

// checkIstanbulTotal holds the report's own total against the files. They part
// where a report was cut or edited.
func checkIstanbulTotal(total *istanbulEntry, sum coverage.Counts, members int) error {
	if total == nil || members == 1 {
		return nil // no file at all: Read says so
	}
	counts, err := total.counts("total")
	if err != nil {
		return err
	}
	for _, m := range coverage.Metrics {
		if counts[m] != sum[m] {
			return damaged(0, "its total says %d of %d %s, its files add up to %d of %d",
				counts[m].Covered, counts[m].Total, m, sum[m].Covered, sum[m].Total)
		}
	}
	return nil
}

func (e istanbulEntry) counts(path string) (coverage.Counts, error) {
	counts := coverage.Counts{}
	for m, c := range map[coverage.Metric]*istanbulCount{
		coverage.Lines: e.Lines, coverage.Statements: e.Statements,
		coverage.Functions: e.Functions, coverage.Branches: e.Branches,
	} {
		if c == nil {
			if m == coverage.Lines {
				return nil, damaged(0, "%q has no lines", clipped([]byte(path)))
			}
			continue
		}
		if c.Total == nil || c.Covered == nil || *c.Covered < 0 || *c.Covered > *c.Total {
			return nil, damaged(0, "%q has %s without a total and a covered count that fit", clipped([]byte(path)), m)
		}
		counts[m] = coverage.Count{Covered: *c.Covered, Total: *c.Total}
	}
	return counts, nil
}

// istanbulError says where the JSON broke; an early end is a truncated report.
func istanbulError(in *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(0, "it breaks off after %d bytes", in.InputOffset())
	}
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &wrongType) {
		return damaged(0, "%v (after %d bytes)", err, in.InputOffset())
	}
	return fmt.Errorf("reading: %w", err)
}

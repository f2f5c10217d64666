package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// refreshed is the result of prices.
type refreshed struct {
	// Table is the file that was, or would be, written; empty for none.
	Table   string         `json:"table"`
	Prices  int            `json:"prices"`
	Read    int            `json:"read"`
	Changes []price.Change `json:"changes"`
	Written bool           `json:"written"`
}

func prices() *runner.Program {
	in := runner.NewInputs()
	from := in.Strings("from", "Saved answer of AWS's Price List: an offer file, or what aws pricing get-products printed; may be given several times.", runner.Required())
	table := in.String("table", "", "Table of prices to bring up to date, such as the one that cost.prices of cutover.yaml names; one that is not there begins as the built-in one. Without it nothing is written.")
	return &runner.Program{
		Name: "prices", Summary: "Brings the table of list prices up to date from saved answers of AWS's Price List; docs/cost.md says how to save them.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error { return refresh(s, *from, *table) },
	}
}

func refresh(s *runner.Session, from []string, path string) error {
	old, was, err := oldTable(path)
	if err != nil {
		return err
	}
	var newer []price.Price
	for _, name := range from {
		text, err := readBounded("from", name, price.MostList)
		if err != nil {
			return err
		}
		found, err := price.ParseList(name, text)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			s.Notef("%s has no price that cutover uses.", name)
		}
		newer = append(newer, found...)
	}
	merged, changes := old.Merge(newer)
	r := refreshed{Table: path, Prices: len(merged.Prices), Read: len(newer), Changes: changes}
	if text := merged.Text(); path != "" && !bytes.Equal(text, was) {
		if err := s.WriteFile("table", path, text); err != nil {
			return err
		}
		r.Written = true
	}
	return s.Result(report.Terminal(r.view(), s.Colour()), r)
}

// oldTable is what is brought up to date: the file, or what is built in.
func oldTable(path string) (t price.Table, text []byte, err error) {
	if path == "" {
		return price.BuiltIn(), nil, nil
	}
	text, err = readBounded("table", path, price.MostBytes)
	if errors.Is(err, os.ErrNotExist) {
		return price.BuiltIn(), nil, nil
	}
	if err != nil {
		return price.Table{}, nil, err
	}
	t, err = price.Parse(path, text)
	return t, text, err
}

func readBounded(input, path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be opened", Got: path, Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: err}
	}
	if int64(len(text)) > most {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "is too large", Got: path, Allowed: fmt.Sprintf("up to %d bytes", most)}
	}
	return text, nil
}

func (r refreshed) view() report.Document {
	lead := fmt.Sprintf("%d prices were read, and none differs.", r.Read)
	if n := len(r.Changes); n > 0 {
		lead = fmt.Sprintf("%d of %d prices are new or differ.", n, r.Read)
	}
	if r.Table == "" {
		lead += " Nothing is written: name the table by --table."
	}
	t := report.Table{Columns: []report.Column{{Title: "region"}, {Title: "item"}, {Title: "was", Numeric: true}, {Title: "now", Numeric: true}, {Title: "a"}, {Title: "of"}}}
	for _, c := range r.Changes {
		was := "new"
		if c.Was != "" {
			was = "$" + c.Was
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Region}, {Text: string(c.Item), Code: true}, {Text: was}, {Text: "$" + c.Now}, {Text: c.Unit}, {Text: c.Date}})
	}
	d := report.Document{Title: "Prices", Lead: lead}
	if len(t.Rows) > 0 {
		d.Blocks = append(d.Blocks, t)
	}
	return d
}

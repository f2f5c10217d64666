package load

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// mostRows of a data file.
const mostRows = 200_000

// ParseData reads a data file: JSON lines if its name ends with .jsonl, else CSV
// whose first line has the names.
func ParseData(file string, text []byte) (Data, error) {
	if strings.HasSuffix(file, ".jsonl") {
		return parseLines(file, text)
	}
	return ParseCSV(file, text, nil, ',')
}

// ParseCSV reads rows under the names of columns; without names, those of its
// first line.
func ParseCSV(file string, text []byte, columns []string, comma rune) (Data, error) {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.Comma = comma
	d := Data{Name: file, Columns: columns}
	for {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return d, d.check(file)
		case err != nil:
			return Data{}, dataFault(file, err.Error())
		case d.Columns == nil:
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			d.Columns = row
			continue
		case len(row) < len(d.Columns):
			return Data{}, dataFault(file, fmt.Sprintf("row %d has %d values for %d names", len(d.Rows)+1, len(row), len(d.Columns)))
		case len(d.Rows) == mostRows:
			return Data{}, dataFault(file, fmt.Sprintf("has more than %d rows", mostRows))
		}
		d.Rows = append(d.Rows, row[:len(d.Columns)])
	}
}

// parseLines reads one JSON object a line, each with the same keys.
func parseLines(file string, all []byte) (Data, error) {
	d := Data{Name: file}
	number := 0
	for line := range bytes.Lines(all) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		in := json.NewDecoder(bytes.NewReader(line))
		in.UseNumber()
		var values map[string]any
		if err := in.Decode(&values); err != nil || in.More() || values == nil {
			return Data{}, dataFault(file, fmt.Sprintf("line %d is no JSON object", number))
		}
		if d.Columns == nil {
			for key := range values {
				d.Columns = append(d.Columns, key)
			}
			slices.Sort(d.Columns)
		}
		row := make([]string, len(d.Columns))
		for i, column := range d.Columns {
			value, ok := values[column]
			if !ok || len(values) != len(d.Columns) {
				return Data{}, dataFault(file, fmt.Sprintf("line %d does not have the keys of the first line (%s)", number, strings.Join(d.Columns, ", ")))
			}
			row[i] = text(value)
		}
		if len(d.Rows) == mostRows {
			return Data{}, dataFault(file, fmt.Sprintf("has more than %d rows", mostRows))
		}
		d.Rows = append(d.Rows, row)
	}
	return d, d.check(file)
}

// check wants rows, under names that templates can say.
func (d Data) check(file string) error {
	for i, column := range d.Columns {
		if !name.MatchString(column) || slices.Index(d.Columns, column) != i {
			return dataFault(file, fmt.Sprintf("%q is no name for a column, or stands twice", column))
		}
	}
	if len(d.Rows) == 0 {
		return dataFault(file, "has no rows")
	}
	return nil
}

func dataFault(file, what string) error {
	return &fault.Fault{Kind: fault.Input, File: file, What: what, Allowed: "CSV with a first line of names, or one JSON object a line", Next: "Correct the file."}
}

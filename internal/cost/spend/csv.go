package spend

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// What a file of daily spending may be at most.
const (
	mostText = 64 << 20
	mostDays = 4000
	// mostDollars of one line, either way.
	mostDollars = 1_000_000_000
)

// form is how the file of sums is written, for people.
const form = "a first line date,usd and then lines such as 2026-11-01,12.50"

// ParseCSV reads a file of sums a day: a first line date,usd, then a line a day
// in any order. A day that stands there twice is refused.
func ParseCSV(name string, text []byte) (Daily, error) {
	if len(text) > mostText {
		return Daily{}, bad(name, 0, "is larger than any file of daily spending", "")
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return Daily{}, unread(name, "is empty or no CSV", err)
	}
	if f := header(name, head); f != nil {
		return Daily{}, f
	}
	d, lines := Daily{Days: []Day{}, Source: name}, map[time.Time]int{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Daily{}, unread(name, "is no CSV", err)
		}
		line, _ := in.FieldPos(0)
		day, f := sum(name, line, row)
		if f != nil {
			return Daily{}, f
		}
		if before, twice := lines[day.Date]; twice {
			return Daily{}, bad(name, line, fmt.Sprintf("has a day that line %d has already", before), row[0])
		}
		if len(d.Days) == mostDays {
			return Daily{}, bad(name, line, fmt.Sprintf("has more than %d days", mostDays), "")
		}
		lines[day.Date] = line
		d.Days = append(d.Days, day)
	}
	if len(d.Days) == 0 {
		return Daily{}, bad(name, 0, "has no day", "")
	}
	slices.SortFunc(d.Days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return d, nil
}

// header holds the first line to date,usd; a currency that is another one is named.
func header(name string, cells []string) error {
	for i := range cells {
		cells[i] = strings.ToLower(strings.TrimSpace(cells[i]))
	}
	if slices.Equal(cells, []string{"date", "usd"}) {
		return nil
	}
	if len(cells) == 2 && cells[0] == "date" && currencyRE.MatchString(strings.ToUpper(cells[1])) {
		return foreign(name, 1, strings.ToUpper(cells[1]))
	}
	return bad(name, 1, "does not begin with the names of the columns", strings.Join(cells, ","))
}

// sum reads one line.
func sum(name string, line int, row []string) (Day, error) {
	if len(row) != 2 {
		return Day{}, bad(name, line, fmt.Sprintf("has %d values, not a date and an amount", len(row)), strings.Join(row, ","))
	}
	date, err := parseDate(strings.TrimSpace(row[0]))
	if err != nil {
		return Day{}, bad(name, line, err.Error(), row[0])
	}
	cell := strings.TrimSpace(row[1])
	if code := otherCurrency(cell); code != "" {
		return Day{}, foreign(name, line, code)
	}
	amount, err := parseAmount(cell)
	if err != nil {
		return Day{}, bad(name, line, err.Error(), row[1])
	}
	return Day{Date: date, Lines: []Line{{Amount: amount}}}, nil
}

var (
	dateRE     = pattern.New(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`)
	amountRE   = pattern.New(`^(-?)([0-9]{1,10})(?:\.([0-9]{1,6}))?$`)
	currencyRE = pattern.New(`^[A-Z]{3}$`)
	codeRE     = pattern.New(`(?:^|[^A-Za-z])([A-Z]{3})(?:[^A-Za-z]|$)`)
	// signs are the currencies that have a sign of their own.
	signs = map[string]string{"€": "EUR", "£": "GBP", "¥": "JPY or CNY", "₹": "INR", "₩": "KRW"}
)

// parseDate reads a day that there is.
func parseDate(s string) (time.Time, error) {
	date, err := time.Parse(time.DateOnly, s)
	if err != nil || !dateRE.MatchString(s) {
		return time.Time{}, errors.New("has a date that is no day of a calendar from 2000 to 2099")
	}
	return date, nil
}

// parseAmount reads dollars with at most six digits behind the point.
func parseAmount(s string) (unit.Money, error) {
	m := amountRE.FindStringSubmatch(s)
	if m == nil {
		return 0, errors.New("has an amount that is no plain number of dollars with at most 6 digits behind the point")
	}
	whole, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil || whole >= mostDollars {
		return 0, fmt.Errorf("has an amount of %d dollars or more", mostDollars)
	}
	fraction, err := strconv.ParseInt((m[3] + "000000")[:6], 10, 64)
	if err != nil {
		return 0, errors.New("has an amount that is no number")
	}
	amount := unit.Money(whole)*unit.Dollar + unit.Money(fraction)
	if m[1] != "" {
		amount = -amount
	}
	return amount, nil
}

// otherCurrency names the currency of an amount that is not in dollars, or "".
func otherCurrency(s string) string {
	for sign, code := range signs {
		if strings.Contains(s, sign) {
			return code
		}
	}
	if m := codeRE.FindStringSubmatch(s); m != nil && m[1] != "USD" {
		return m[1]
	}
	return ""
}

func bad(name string, line int, what, got string) error {
	return &fault.Fault{Kind: fault.Input, File: name, Line: line, What: what, Got: got, Allowed: form, Next: "Mend the file, or let cost-report collect write it."}
}

func unread(name, what string, err error) error {
	line := 0
	var p *csv.ParseError
	if errors.As(err, &p) {
		line = p.Line
	}
	return &fault.Fault{Kind: fault.Input, File: name, Line: line, What: what, Allowed: form, Next: "Mend the file.", Err: err}
}

// foreign refuses a currency. A rate would have to be guessed.
func foreign(name string, line int, code string) error {
	return &fault.Fault{Kind: fault.Input, File: name, Line: line, What: "is in " + code + ", and budgets are in USD", Got: code, Allowed: "USD",
		Next: "Give the amounts in US dollars, as AWS bills them before it converts."}
}

package spend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

// The forms in which days are kept and handed on: dates as YYYY-MM-DD, amounts
// as numbers of dollars with at most six digits behind the point, so that no
// amount changes on its way.
type (
	writtenLine struct {
		Service   string      `json:"service"`
		UsageType string      `json:"usage_type"`
		Amount    json.Number `json:"amount"`
		Quantity  float64     `json:"quantity,omitempty"`
	}
	writtenDay struct {
		Date      string `json:"date"`
		Lines     []Line `json:"lines"`
		Estimated bool   `json:"estimated"`
	}
	writtenDaily struct {
		// Currency is USD, and may be left out.
		Currency string      `json:"currency,omitempty"`
		Days     []Day       `json:"days"`
		Source   string      `json:"source"`
		Calls    int         `json:"calls"`
		Fee      json.Number `json:"fee"`
	}
)

// MarshalJSON writes the amount in dollars.
func (l Line) MarshalJSON() ([]byte, error) {
	return json.Marshal(writtenLine{l.Service, l.UsageType, number(l.Amount), l.Quantity})
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else.
func (l *Line) UnmarshalJSON(text []byte) error {
	var w writtenLine
	if err := strictly(text, &w); err != nil {
		return err
	}
	amount, err := parseAmount(w.Amount.String())
	if err != nil {
		return fmt.Errorf("%w: %q", err, w.Amount)
	}
	if w.Quantity < 0 || math.IsNaN(w.Quantity) || math.IsInf(w.Quantity, 0) {
		return fmt.Errorf("has a quantity of %g", w.Quantity)
	}
	*l = Line{w.Service, w.UsageType, amount, w.Quantity}
	return nil
}

// MarshalJSON writes the date alone.
func (d Day) MarshalJSON() ([]byte, error) {
	lines := d.Lines
	if lines == nil {
		lines = []Line{}
	}
	return json.Marshal(writtenDay{d.Date.Format(time.DateOnly), lines, d.Estimated})
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else.
func (d *Day) UnmarshalJSON(text []byte) error {
	var w writtenDay
	if err := strictly(text, &w); err != nil {
		return err
	}
	date, err := parseDate(w.Date)
	if err != nil {
		return fmt.Errorf("%w: %q", err, w.Date)
	}
	if w.Lines == nil {
		return fmt.Errorf("%s has no lines; a day that has cost nothing has []", w.Date)
	}
	*d = Day{Date: date, Lines: w.Lines, Estimated: w.Estimated}
	return nil
}

// MarshalJSON writes the fee in dollars.
func (d Daily) MarshalJSON() ([]byte, error) {
	days := d.Days
	if days == nil {
		days = []Day{}
	}
	return json.Marshal(writtenDaily{"USD", days, d.Source, d.Calls, number(d.Fee)})
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else.
func (d *Daily) UnmarshalJSON(text []byte) error {
	var w writtenDaily
	if err := strictly(text, &w); err != nil {
		return err
	}
	if w.Currency != "" && w.Currency != "USD" {
		return currency(w.Currency)
	}
	fee := unit.Money(0)
	if w.Fee != "" {
		var err error
		if fee, err = parseAmount(w.Fee.String()); err != nil {
			return fmt.Errorf("%w: %q", err, w.Fee)
		}
	}
	if w.Days == nil {
		return errors.New("has no days")
	}
	if len(w.Days) > mostDays {
		return fmt.Errorf("has more than %d days", mostDays)
	}
	for i := 1; i < len(w.Days); i++ {
		if before, day := w.Days[i-1].Date, w.Days[i].Date; !day.After(before) {
			return fmt.Errorf("has %s behind %s; days rise, each at most once", day.Format(time.DateOnly), before.Format(time.DateOnly))
		}
	}
	*d = Daily{Days: w.Days, Source: w.Source, Calls: w.Calls, Fee: fee}
	return nil
}

// currency is one that is not USD.
type currency string

// Error names it.
func (c currency) Error() string { return "is in " + string(c) }

// ParseJSON reads days by service and usage type, as cost-report collect writes
// them.
func ParseJSON(name string, text []byte) (Daily, error) {
	if len(text) > mostText {
		return Daily{}, unreadJSON(name, "is larger than any file of daily spending", nil)
	}
	var d Daily
	err := strictly(text, &d)
	var other currency
	if errors.As(err, &other) {
		return Daily{}, foreign(name, 0, string(other))
	}
	if err != nil {
		return Daily{}, unreadJSON(name, "is no file of daily spending", err)
	}
	if len(d.Days) == 0 {
		return Daily{}, unreadJSON(name, "has no day", nil)
	}
	if d.Source == "" {
		d.Source = name
	}
	return d, nil
}

// Parse reads either form: what begins with a brace is JSON.
func Parse(name string, text []byte) (Daily, error) {
	if t := bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n"); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		return ParseJSON(name, t)
	}
	return ParseCSV(name, text)
}

func unreadJSON(name, what string, err error) error {
	return &fault.Fault{Kind: fault.Input, File: name, What: what, Err: err, Allowed: "the JSON that cost-report collect writes, or a CSV with " + form, Next: "Give such a file."}
}

// strictly reads one value and refuses what it does not know, or what follows.
func strictly(text []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		return err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has something behind its end")
	}
	return nil
}

// number writes an amount in dollars, digit for digit.
func number(m unit.Money) json.Number {
	sign, v := "", m
	if v < 0 {
		sign, v = "-", -v
	}
	s := fmt.Sprintf("%s%d", sign, v/unit.Dollar)
	if rest := v % unit.Dollar; rest != 0 {
		digits := fmt.Sprintf("%06d", rest)
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		s += "." + digits
	}
	return json.Number(s)
}

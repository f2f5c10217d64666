// Package spend holds what was spent, day by day, by service and usage type: what
// Cost Explorer told and S3 keeps, and what a file says instead.
package spend

import (
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Day is what one day has cost. Days are those of UTC, as AWS bills them.
type Day struct {
	// Date is the midnight at which the day begins.
	Date  time.Time `json:"date"`
	Lines []Line    `json:"lines"`
	// Estimated is whether AWS says that the day may still change.
	Estimated bool `json:"estimated"`
}

// Line is what one usage type of a service has cost. It may be less than nothing.
type Line struct {
	// Service and UsageType are Cost Explorer's names; both are empty where only
	// the sum of a day is known.
	Service   string     `json:"service"`
	UsageType string     `json:"usage_type"`
	Amount    unit.Money `json:"amount"`
	// Quantity is how much was used, in the usage type's own unit; 0 if unknown.
	Quantity float64 `json:"quantity,omitempty"`
}

// Daily is what an app has cost on days that rise, each at most once. A day that
// is not there is not known, which is not nothing.
type Daily struct {
	Days []Day `json:"days"`
	// Source says where the figures are from, for people.
	Source string `json:"source"`
	// Calls is how many requests to Cost Explorer that took, Fee what they cost.
	Calls int        `json:"calls"`
	Fee   unit.Money `json:"fee"`
}

// Total is what the day has cost.
func (d Day) Total() (sum unit.Money) {
	for _, l := range d.Lines {
		sum += l.Amount
	}
	return sum
}

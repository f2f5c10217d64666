package forecast

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/drawing"
	"github.com/cutover-dev/cutover/internal/report"
)

// words say how the model came about.
func (m model) words() string {
	n := m.learned
	if n == 0 {
		return "too few whole days are known"
	}
	parts := []string{fmt.Sprintf("learned from %d whole days, recent ones first", n)}
	switch {
	case m.plus:
		parts = append(parts, "days of nothing or less among them, so differences are added to one level")
	case m.pattern:
		parts = append(parts, "with a factor a weekday")
	default:
		parts = append(parts, "too few to tell weekdays apart")
	}
	if m.follow > 0 {
		parts = append(parts, "a day follows the one before")
	}
	if n := len(m.jumps); n > 0 {
		parts = append(parts, fmt.Sprintf("jumps that came and went (%d) may come again", n))
	}
	parts = append(parts, fmt.Sprintf("played to the month's end %d times with what was left over of known days", runs))
	return strings.Join(parts, "; ")
}

// headline is for somebody who is woken up by it.
func (f Forecast) headline() string {
	if f.AsOf == "" {
		return "No day is known: nothing can be said of the month. " + f.Settle
	}
	spent := drawing.Money(f.Spent)
	if f.Budget != nil {
		spent += " of " + drawing.Money(*f.Budget)
	}
	if f.DaysKnown > 0 {
		spent += " spent by " + f.name(f.AsOf)
	} else {
		spent = "no day of the month is known yet; the last one is of " + f.AsOf
	}
	if f.MonthEnd.Median == nil {
		if f.Status == Red {
			return sentence(spent + ": red, the limit fell on " + f.name(*f.LimitReachedOn) + "; where the month ends is not known. " + f.Settle)
		}
		return sentence(fmt.Sprintf("%s; where the month ends is not known: %s. %s", spent, f.Method, f.Settle))
	}
	text := fmt.Sprintf("%s; month's end %s", spent, drawing.Money(*f.MonthEnd.Median))
	if low, high := drawing.Money(*f.MonthEnd.Low), drawing.Money(*f.MonthEnd.High); low != high {
		text += fmt.Sprintf(" (%s–%s)", low, high)
	}
	switch {
	case f.Budget == nil:
		text += "; there is no budget to hold it against"
	case f.Status == Red && f.Spent >= *f.Budget:
		text += ": red, the limit fell on " + f.name(*f.LimitReachedOn)
	case f.Status == Red:
		text += ": red, the limit falls on " + f.name(*f.LimitReachedOn)
	case f.Status == Amber && f.Limit.High != nil:
		text += ": amber, the limit may fall on " + f.name(*f.Limit.High)
	case f.Status == Amber:
		text += fmt.Sprintf(": amber, more than %s%% of the budget is spent", report.Number(100*f.alert))
	default:
		text += ": green"
	}
	return sentence(text)
}

// name is a day as people say it: the 23rd, with its month if it is another one.
func (f Forecast) name(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil || at.Format("2006-01") != f.Month {
		return date
	}
	n := at.Day()
	end := "th"
	if n/10 != 1 {
		end = map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10]
		if end == "" {
			end = "th"
		}
	}
	return "the " + strconv.Itoa(n) + end
}

// sentence ends with one full stop.
func sentence(s string) string { return strings.TrimRight(s, ". ") + "." }

// percent writes a share with its sign.
func percent(share float64) string {
	if share < 0 {
		return "−" + report.Number(math.Round(-100*share)) + "%"
	}
	return "+" + report.Number(math.Round(100*share)) + "%"
}

func countOf(n int) string {
	if n == 1 {
		return "day is"
	}
	return strconv.Itoa(n) + " days are"
}

// list names a few and counts the rest.
func list(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

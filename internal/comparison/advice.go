package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// named lists the titles of the rows with a verdict.
func (r Report) named(v verdict.Verdict) (names []string) {
	for _, row := range r.Rows {
		if row.Verdict == v {
			title := row.Title
			if strings.ToUpper(title[:1]) == title[:1] {
				title = strings.ToLower(title[:1]) + title[1:]
			}
			names = append(names, title)
		}
	}
	return names
}

// lead is the sentence that somebody reads who reads only one.
func (r Report) lead() string {
	failed, open := r.named(verdict.Fail), r.named(verdict.Inconclusive)
	switch r.Decision {
	case Proceed:
		return fmt.Sprintf("%s keeps all %d promises: %s can be taken out of service.", r.Green.Name, len(r.Rows), r.Blue.Name)
	case Return:
		return fmt.Sprintf("%s breaks %d of %d promises (%s): bring the traffic back to %s.", r.Green.Name, len(failed), len(r.Rows), strings.Join(failed, "; "), r.Blue.Name)
	}
	return fmt.Sprintf("%d of %d promises are not shown yet (%s): keep both sides until they are.", len(open), len(r.Rows), strings.Join(open, "; "))
}

// advice are sentences for who decides. Each is carried by a row or a fact: what
// the figures do not bear is not said.
func (r Report) advice() []string {
	all := []string{map[Decision]string{
		Proceed:   fmt.Sprintf("Take %s out of service, with the record of this decision.", r.Blue.Name),
		Return:    fmt.Sprintf("Bring the traffic back to %s, and keep it until the rows that fail pass.", r.Blue.Name),
		Undecided: fmt.Sprintf("Keep %s running, and settle the open rows before anybody decides.", r.Blue.Name),
	}[r.Decision]}
	for _, v := range []verdict.Verdict{verdict.Fail, verdict.Inconclusive} {
		for _, row := range r.Rows {
			if row.Verdict == v && row.Settle != "" {
				all = append(all, row.Title+": "+row.Settle)
			}
		}
	}
	all = append(all, r.speedAdvice()...)
	return append(all, r.costAdvice()...)
}

// speedAdvice says what users feel, where the interval leaves no doubt.
func (r Report) speedAdvice() (all []string) {
	faster, slower := []string{}, []string{}
	for _, row := range r.Rows {
		percentile, ok := strings.CutPrefix(row.Name, "latency_")
		switch {
		case !ok:
		case row.High != nil && *row.High < 1:
			faster = append(faster, percentile)
		case row.Low != nil && *row.Low > 1 && row.Verdict == verdict.Pass:
			slower = append(slower, percentile)
		}
	}
	if len(faster) > 0 {
		all = append(all, fmt.Sprintf("Users wait less than on %s (%s).", r.Blue.Name, strings.Join(faster, ", ")))
	}
	if len(slower) > 0 {
		all = append(all, fmt.Sprintf("Users wait longer than on %s, within the tolerance (%s).", r.Blue.Name, strings.Join(slower, ", ")))
	}
	i := slices.IndexFunc(r.Facts, func(f Fact) bool { return f.Name == "cold_start_frequency" })
	if i >= 0 && r.Facts[i].Low != nil && *r.Facts[i].Low >= 1 {
		all = append(all, fmt.Sprintf("At least %s%% of requests wait for a cold start: weigh what provisioned concurrency would cost.", fine(*r.Facts[i].Low)))
	}
	return all
}

// costAdvice says what the figures say of money.
func (r Report) costAdvice() (all []string) {
	c := r.Cost
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Name == "savings" })
	if c == nil || i < 0 || r.Rows[i].Verdict == verdict.Inconclusive {
		return nil
	}
	if less := c.Blue.Median - c.Green.Median; less > 0 {
		all = append(all, fmt.Sprintf("%s saves %s a month at the median traffic, %s a year.", r.Green.Name, dollars(less), dollars(12*less)))
	}
	if at := c.BreakEven; at != nil && *at > 0 {
		switch {
		case c.Traffic.Median >= *at:
			all = append(all, fmt.Sprintf("Traffic is beyond the %s requests a month at which both cost the same: %s is the cheaper side.", millions(*at), r.Blue.Name))
		case c.Traffic.High >= *at:
			all = append(all, fmt.Sprintf("If every hour were as busy as the busy ones, %s would be the cheaper side: watch the budget.", r.Blue.Name))
		default:
			all = append(all, fmt.Sprintf("%s stays the cheaper side until traffic is %s times what it is.", r.Green.Name, report.Number(floor1(*at/c.Traffic.Median))))
		}
	}
	if best := c.best(); best != nil && r.Rows[i].Verdict == verdict.Pass {
		all = append(all, fmt.Sprintf("%s would cost %s a month in place of %s if the duration stays what it is: try it in a load test.", best.Name, dollars(best.Monthly), dollars(c.Green.Median)))
	}
	return all
}

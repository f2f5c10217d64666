package review

import (
	"fmt"
	"strconv"
	"strings"
)

// chart is what each day has cost, as a diagram that GitHub draws: an issue shows
// no picture that lies in an artifact. The table above says the sum for whoever
// reads it elsewhere. Source: GitHub docs, "Creating diagrams"; Mermaid, "XY Chart".
func (in Inputs) chart() string {
	if len(in.Days) < 2 {
		return ""
	}
	var days, amounts []string
	most, share := 0.0, in.Budget.Dollars()/float64(in.Month.AddDate(0, 1, -1).Day())
	for _, d := range in.Days {
		v := max(d.Amount.Dollars(), 0)
		most = max(most, v)
		days = append(days, strconv.Itoa(d.Date.Day()))
		amounts = append(amounts, strconv.FormatFloat(v, 'f', 2, 64))
	}
	if most == 0 {
		return ""
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "```mermaid\nxychart-beta\n    title \"Cost a day in %s, USD\"\n    x-axis [%s]\n", month(in.Month), strings.Join(days, ", "))
	fmt.Fprintf(b, "    y-axis 0 --> %s\n    bar [%s]\n", strconv.FormatFloat(1.1*max(most, share), 'f', 2, 64), strings.Join(amounts, ", "))
	if share > 0 {
		line := strings.TrimSuffix(strings.Repeat(strconv.FormatFloat(share, 'f', 2, 64)+", ", len(days)), ", ")
		fmt.Fprintf(b, "    line [%s]\n", line)
	}
	b.WriteString("```\n\n")
	if share > 0 {
		fmt.Fprintf(b, "The line is the budget, spread over the days of the month: &#36;%s.\n\n", strconv.FormatFloat(share, 'f', 2, 64))
	}
	return b.String()
}

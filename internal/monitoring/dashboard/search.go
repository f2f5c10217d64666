package dashboard

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Search is a SEARCH over one metric of all that has exactly these dimensions.
// Term narrows it to values of the first dimension that hold the same words in
// the same order: lego-api-production finds lego-api-production-images, and
// other-lego-api-production too, since it is no prefix. Source: CloudWatch User
// Guide, "CloudWatch search expression syntax".
type Search struct {
	Namespace  string
	Dimensions []string
	Metric     string
	Term       string
	Stat       string
	Period     int
}

// Expression writes the search as metric math. It costs nothing of its own,
// returns up to [MostFound] series, cannot be used in alarms, and does not find
// what has sent nothing for weeks.
func (s Search) Expression() string {
	schema := append([]string{s.Namespace}, s.Dimensions...)
	query := fmt.Sprintf(`{%s} MetricName="%s"`, strings.Join(schema, ","), s.Metric)
	if s.Term != "" {
		query += " " + s.Dimensions[0] + "=" + s.Term
	}
	return fmt.Sprintf("SEARCH('%s', '%s', %d)", query, s.Stat, s.Period)
}

var searchForm = pattern.New(`^\{([^{},]+)((?:,[^{},]+)*)\} MetricName="([^"]+)"(?: [A-Za-z]+=(\S+))?$`)

// ParseSearch reads back the arguments of a SEARCH that [Search.Expression]
// wrote. Other forms there can be are not read.
func ParseSearch(query, stat, period string) (Search, bool) {
	m := searchForm.FindStringSubmatch(query)
	n, err := strconv.Atoi(period)
	if m == nil || err != nil {
		return Search{}, false
	}
	s := Search{Namespace: m[1], Metric: m[3], Term: m[4], Stat: stat, Period: n}
	if m[2] != "" {
		s.Dimensions = strings.Split(m[2][1:], ",")
	}
	return s, true
}

var word = pattern.New(`[A-Z]+[a-z]*|[a-z]+|[0-9]+`)

// Finds says whether the search's term matches a value: by words, as
// CloudWatch cuts them out of names.
func (s Search) Finds(value string) bool {
	has, want := word.FindAllString(value, -1), word.FindAllString(s.Term, -1)
	for at := 0; at+len(want) <= len(has); at++ {
		if strings.Join(has[at:at+len(want)], " ") == strings.Join(want, " ") {
			return true
		}
	}
	return false
}

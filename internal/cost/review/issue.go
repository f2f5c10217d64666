package review

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

const (
	// MostBody is how many bytes an issue's body has at most; GitHub takes 65,536
	// characters.
	MostBody = 60_000
	mostRows = 50
)

var (
	nameRE  = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	loginRE = pattern.New(`^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$`)
	// linkRE is an address that Markdown and HTML take as it is.
	linkRE = pattern.New(`^https://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&*+,;=%-]*$`)
)

// Issue is the review as an issue of GitHub.
type Issue struct {
	Title string `json:"title"`
	// Marker stands in the body, and finds the issue again: a repeat updates it.
	Marker    string   `json:"marker"`
	Body      string   `json:"body"`
	Labels    []string `json:"labels"`
	Assignees []string `json:"assignees"`
}

// Marker is what tells the review of one month from all others.
func Marker(project, stage string, month time.Time) (string, error) {
	for name, value := range map[string]string{"project": project, "stage": stage} {
		if !nameRE.MatchString(value) || strings.Contains(value, "--") {
			return "", &fault.Fault{Kind: fault.Input, Name: name, What: "has no place in the marker of an issue", Got: value,
				Allowed: "letters, digits, dots, single dashes and underscores", Next: "Name it so in cutover.yaml."}
		}
	}
	return fmt.Sprintf("<!-- cutover:cost-review %s %s %s -->", project, stage, month.UTC().Format("2006-01")), nil
}

// Of makes the issue. The text of others is escaped, and only the owners are called
// by their names.
func Of(in Inputs, s Settings) (Issue, error) {
	marker, err := Marker(in.Project, in.Stage, in.Month)
	if err != nil {
		return Issue{}, err
	}
	i := Issue{Marker: marker, Title: fmt.Sprintf("Cost review: %s %s, %s", in.Project, in.Stage, month(in.Month)), Labels: s.Labels}
	var called []string
	for _, owner := range s.Owners {
		if !loginRE.MatchString(owner) {
			return Issue{}, &fault.Fault{Kind: fault.Input, Name: "budget.review.owners", What: "is no login at GitHub", Got: owner, Allowed: "letters, digits and single dashes", Next: "Write it without @."}
		}
		i.Assignees = append(i.Assignees, owner)
		called = append(called, "@"+owner)
	}
	head := marker + "\n" + "Owners: " + strings.Join(called, ", ") + ". " + s.when(in.Month) + "\n\n"
	foot := in.foot()
	// What is too long loses rows, never a half of one.
	for rows := mostRows; ; rows /= 2 {
		i.Body = head + report.Markdown(in.document(rows)) + foot
		if len(i.Body) <= MostBody {
			return i, nil
		}
		if rows == 0 {
			return Issue{}, &fault.Fault{Kind: fault.Input, Name: "the review", What: fmt.Sprintf("is longer than %d bytes without any list", MostBody), Next: "Look at names and links that are too long."}
		}
	}
}

// when says when the meeting is, by the clocks of its place.
func (s Settings) when(month time.Time) string {
	at := s.Meets(month).In(s.TimeZone.Place())
	return fmt.Sprintf("The review is on %s, for %s.", at.Format("Monday, 2 January 2006 at 15:04 MST"), report.Seconds(time.Duration(s.Length)))
}

// mostPictures is how many pictures an issue shows.
const mostPictures = 6

// foot has pictures and links; an address that Markdown would not take as it is is
// left out.
func (in Inputs) foot() string {
	var b strings.Builder
	b.WriteString(in.chart())
	shown := 0
	for _, p := range in.Pictures {
		if linkRE.MatchString(p.URL) && len(p.URL) <= 500 && shown < mostPictures {
			fmt.Fprintf(&b, "![%s](%s)\n\n", report.Escape(clip(p.Alt, 200)), p.URL)
			shown++
		}
	}
	for _, l := range []struct{ label, url string }{{"The whole report", in.Report}, {"Invitation (.ics)", in.Invitation}} {
		if linkRE.MatchString(l.url) && len(l.url) <= 500 {
			fmt.Fprintf(&b, "[%s](%s)\n\n", l.label, l.url)
		}
	}
	return b.String()
}

// Field is a fact with its name, for a message.
type Field struct{ Name, Value string }

// Told is the review as a message.
type Told struct {
	Title, Text string
	Fields      []Field
}

// Message is what a channel hears of the review.
func (in Inputs) Message(s Settings) Told {
	t := Told{Title: fmt.Sprintf("Cost review of %s, %s", in.Project, month(in.Month)), Text: in.Headline()}
	at := s.Meets(in.Month).In(s.TimeZone.Place())
	t.Fields = append(t.Fields, Field{"Meeting", at.Format("2 January 15:04 MST")}, Field{"Owners", strings.Join(s.Owners, ", ")})
	if n := len(in.Open); n > 0 {
		t.Fields = append(t.Fields, Field{"Recommendations open", fmt.Sprint(n)})
	}
	wrong := 0
	for _, x := range in.Tags {
		if report.ToneOf(x.Verdict) != report.Good {
			wrong++
		}
	}
	if wrong > 0 {
		t.Fields = append(t.Fields, Field{"Services whose tags do not hold", fmt.Sprint(wrong)})
	}
	return t
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/cost/explain"
	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/cost/review"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
)

// reviewed is what review prints (schemas/cost-review.schema.json).
type reviewed struct {
	Project string `json:"project"`
	Stage   string `json:"stage"`
	Month   string `json:"month"`
	// Due is whether today is the month's first working day, or it was asked for.
	Due   bool         `json:"due"`
	Issue review.Issue `json:"issue"`
	// URL is the issue's address; empty where no token was given.
	URL  string `json:"url"`
	Made bool   `json:"made"`
	// Refused are owners whom GitHub does not let be assigned.
	Refused []string  `json:"refused"`
	Meets   time.Time `json:"meets"`
	Lead    string    `json:"lead"`
}

// review opens the month's review, or brings it up to date.
func (w *work) review(ctx context.Context) error {
	b := w.file.Budget
	if b == nil || b.Review == nil {
		w.told.lead = "Not configured: cutover.yaml has no budget.review, so nobody looks at the costs together."
		return nil
	}
	month := review.Month(w.now, b.Review.TimeZone)
	r := reviewed{Project: w.file.Project, Stage: *w.in.stage, Month: month.Format("2006-01"), Refused: []string{}, Due: *w.in.force || review.Due(w.now, b.Review.TimeZone), Meets: b.Review.Meets(month)}
	r.Issue.Labels, r.Issue.Assignees = []string{}, []string{}
	if !r.Due {
		r.Lead = "Today is not the first working day of a month: the review waits for that."
		w.told.lead, w.told.result = r.Lead, r
		return nil
	}
	in, err := w.agenda(ctx, month)
	if err != nil {
		return err
	}
	if r.Issue, err = review.Of(in, *b.Review); err != nil {
		return err
	}
	if err := w.open(ctx, &r); err != nil {
		return err
	}
	if err := w.invite(in, *b.Review, r.URL); err != nil {
		return err
	}
	r.Lead = in.Headline()
	w.told.review(r, in.Message(*b.Review))
	return nil
}

// open opens the issue. Without a token it is only written to the file.
func (w *work) open(ctx context.Context, r *reviewed) error {
	if *w.in.token == "" {
		return nil
	}
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return err
	}
	o, err := client.UpsertIssue(ctx, github.Issue{
		Title: r.Issue.Title, Body: r.Issue.Body, Marker: r.Issue.Marker, Label: r.Issue.Labels[0], Labels: r.Issue.Labels[1:], Assignees: r.Issue.Assignees,
	})
	if err != nil {
		return err
	}
	r.URL, r.Made, r.Refused = o.URL, o.Made, append(r.Refused, o.Refused...)
	for _, who := range o.Refused {
		w.note("GitHub does not let " + who + " be assigned: only who may write to the repository can.")
	}
	if o.State == "closed" {
		w.note("The month's review was closed by somebody; it stays as it was: " + o.URL)
	}
	return nil
}

// agenda is what is known for the review.
func (w *work) agenda(ctx context.Context, month time.Time) (review.Inputs, error) {
	monthly, alert := w.budget()
	in := review.Inputs{Project: w.file.Project, Stage: *w.in.stage, Month: month, Budget: monthly, Report: w.runURL(), Invitation: w.runURL()}
	spent, err := w.spent(ctx)
	if err != nil {
		return in, err
	}
	last, before := spent.Month(month.Year(), month.Month()), spent.Month(month.AddDate(0, -1, 0).Year(), month.AddDate(0, -1, 0).Month())
	if len(last.Days) > 0 {
		in.Last = &review.Spent{Amount: last.Total(), Missing: last.Length() - len(last.Days), Estimated: slices.ContainsFunc(last.Days, func(d spend.Day) bool { return d.Estimated })}
		if len(before.Days) == before.Length() {
			sum := before.Total()
			in.Last.Before = &sum
		}
		in.Services = services(last, before)
		for _, d := range last.Days {
			in.Days = append(in.Days, review.Day{Date: d.Date, Amount: d.Total()})
		}
	}
	if now := spent.Month(month.AddDate(0, 1, 0).Year(), month.AddDate(0, 1, 0).Month()); len(now.Days) > 0 {
		in.Forecast = forecastOf(forecast.Of(spent, w.live(), monthly, alert))
	}
	if len(spent.Days) >= 14 {
		in.Explained = explain.Of(spent, w.asOf(spent), nil).Words
	}
	if err := w.advised(&in); err != nil {
		return in, err
	}
	return in, w.taggedSo(&in)
}

func services(last, before spend.Month) (all []review.Service) {
	sums := map[string]*review.Service{}
	for i, m := range []spend.Month{last, before} {
		for _, d := range m.Days {
			for _, l := range d.Lines {
				if l.Service == "" {
					continue
				}
				if sums[l.Service] == nil {
					sums[l.Service] = &review.Service{Name: l.Service}
				}
				if i == 0 {
					sums[l.Service].Amount += l.Amount
				} else {
					sums[l.Service].Before += l.Amount
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, *sums[name])
	}
	slices.SortStableFunc(all, func(a, b review.Service) int { return int(max(min(b.Amount-a.Amount, 1), -1)) })
	return all
}

// forecastOf says it in the review's words; nil where nothing is known.
func forecastOf(f forecast.Forecast) *review.Forecast {
	if f.MonthEnd.Median == nil || f.MonthEnd.Low == nil || f.MonthEnd.High == nil {
		return nil
	}
	money := func(v *float64) unit.Money { return unit.Money(*v*float64(unit.Dollar) + 0.5) }
	r := &review.Forecast{Low: money(f.MonthEnd.Low), Median: money(f.MonthEnd.Median), High: money(f.MonthEnd.High), Confidence: f.Confidence, Status: f.Status}
	if f.LimitReachedOn != nil {
		if at, err := time.Parse(time.DateOnly, *f.LimitReachedOn); err == nil {
			r.LimitOn = &at
		}
	}
	return r
}

// advised adds what recommend has found.
func (w *work) advised(in *review.Inputs) error {
	var a recommend.Advice
	if err := w.earlier("advice", *w.in.advice, &a); err != nil || *w.in.advice == "" {
		return err
	}
	for _, i := range a.Items {
		low, high := strconv.FormatFloat(i.Yearly.LowUSD, 'f', 0, 64), strconv.FormatFloat(i.Yearly.HighUSD, 'f', 0, 64)
		saving := "$" + low + "–" + high
		if low == high {
			saving = "$" + low
		}
		in.Open = append(in.Open, review.Advice{Title: i.Title, Saving: saving, Link: in.Report})
	}
	return nil
}

// taggedSo adds what tags has found.
func (w *work) taggedSo(in *review.Inputs) error {
	var t tagResult
	if err := w.earlier("tags", *w.in.tagsFile, &t); err != nil || *w.in.tagsFile == "" {
		return err
	}
	for _, row := range t.Rows {
		in.Tags = append(in.Tags, review.Tag{Service: row.Name, Verdict: row.Verdict, Why: row.Why})
	}
	return nil
}

// earlier reads the result of an earlier step. A step that came to nothing has
// left no file, and the review is held without it.
func (w *work) earlier(input, path string, to any) error {
	if path == "" {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		w.note("There is no " + path + ": the review is without it.")
		return nil
	}
	text, err := readFile(input, path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil || d.More() {
		return &fault.Fault{Kind: fault.Input, Name: input, What: "is not what cost-report writes", Got: path, Err: err, Next: "Take the file as it was written."}
	}
	return nil
}

func (w *work) runURL() string {
	server, repository, run := w.s.Getenv("GITHUB_SERVER_URL"), w.s.Getenv("GITHUB_REPOSITORY"), w.s.Getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || run == "" {
		return ""
	}
	return strings.TrimSuffix(server, "/") + "/" + repository + "/actions/runs/" + run
}

// invite writes the invitation. Its sequence rises with the hours of the month:
// nothing keeps the one before, and calendars take the newest.
func (w *work) invite(in review.Inputs, s review.Settings, url string) error {
	i := review.Invite(in, s, url, w.now)
	i.Sequence = int(w.now.Sub(in.Month.AddDate(0, 1, 0)) / time.Hour)
	w.told.invite = []byte(i.ICS())
	earlier, err := os.ReadFile(*w.in.invite)
	if errors.Is(err, os.ErrNotExist) || *w.in.invite == "" {
		return nil
	}
	if err != nil || len(earlier) > review.MostInvitation {
		return &fault.Fault{Kind: fault.Input, Name: "invite", What: "is there already, and cannot be read", Got: *w.in.invite, Err: err, Next: "Name another file, or take that one away."}
	}
	text, err := i.Revise(string(earlier))
	w.told.invite = []byte(text)
	return err
}

func (t *told) review(r reviewed, m review.Told) {
	d := report.Document{Title: r.Issue.Title, Lead: r.Lead, Blocks: []report.Block{
		report.Table{Columns: []report.Column{{Title: "Review"}, {Title: ""}}, Rows: [][]report.Cell{
			{{Text: "Issue"}, {Text: shownURL(r), Href: r.URL}}, {{Text: "Meeting"}, {Text: r.Meets.Format("Mon 2006-01-02 15:04 UTC")}}, {{Text: "Owners"}, {Text: strings.Join(r.Issue.Assignees, ", ")}},
		}},
	}}
	t.lead, t.result, t.document = r.Lead, r, &d
	t.set("issue", r.URL)
	t.title = m.Title
	lines := []string{"Result: " + m.Text}
	for _, f := range m.Fields {
		lines = append(lines, f.Name+": "+f.Value)
	}
	t.fields = strings.Join(lines, "\n")
}

func shownURL(r reviewed) string {
	switch {
	case r.URL == "":
		return "written to a file only: there was no token"
	case r.Made:
		return "opened"
	}
	return fmt.Sprintf("brought up to date: %s", r.URL)
}

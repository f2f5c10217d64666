package costexplorer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

// request is what GetCostAndUsage takes; source: Cost Explorer API reference.
type request struct {
	TimePeriod    struct{ Start, End string }
	Granularity   string
	Metrics       []string
	Filter        *expression
	GroupBy       []struct{ Type, Key string }
	NextPageToken string
}

type expression struct {
	And        []expression
	Not        *expression
	Tags       *values
	Dimensions *values
}

type values struct {
	Key          string
	Values       []string
	MatchOptions []string
}

// explorer answers page by page, and takes nothing that the API reference does not.
type explorer struct {
	t        *testing.T
	pages    [][]group
	asked    []request
	status   int
	code     string
	endless  bool
	estimate bool
}

type group struct{ service, usage, amount string }

func (e *explorer) refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "Message": code})
}

// wrong says what the API would refuse in a request.
func (e *explorer) wrong(r *http.Request, in *request) string {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if r.Header.Get("X-Amz-Target") != "AWSInsightsIndexService.GetCostAndUsage" {
		return "target " + r.Header.Get("X-Amz-Target")
	}
	if err := d.Decode(in); err != nil {
		return err.Error()
	}
	start, err1 := time.Parse(time.DateOnly, in.TimePeriod.Start)
	end, err2 := time.Parse(time.DateOnly, in.TimePeriod.End)
	switch {
	case err1 != nil || err2 != nil || !start.Before(end):
		return "period"
	case in.Granularity != "DAILY" || !slices.Equal(in.Metrics, []string{"AmortizedCost"}) || len(in.GroupBy) > 2:
		return "granularity, metrics or groups"
	case in.Filter == nil || len(in.Filter.And) < 2:
		return "And takes two expressions at least"
	}
	for _, x := range in.Filter.And {
		set := 0
		for _, there := range []bool{x.And != nil, x.Not != nil, x.Tags != nil, x.Dimensions != nil} {
			if there {
				set++
			}
		}
		if set != 1 {
			return "an expression has one root"
		}
	}
	return ""
}

func (e *explorer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.code != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(e.status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": e.code, "Message": e.code})
		return
	}
	var in request
	if what := e.wrong(r, &in); what != "" {
		e.t.Error(what)
		e.refuse(w, "ValidationException")
		return
	}
	page := len(e.asked)
	if want := token(page); in.NextPageToken != want && !e.endless {
		e.t.Errorf("the token %q, not %q", in.NextPageToken, want)
	}
	e.asked = append(e.asked, in)
	groups := []any{}
	for _, g := range e.pages[page%len(e.pages)] {
		groups = append(groups, map[string]any{"Keys": []string{g.service, g.usage}, "Metrics": map[string]any{"AmortizedCost": map[string]string{"Amount": g.amount, "Unit": "USD"}}})
	}
	out := map[string]any{"ResultsByTime": []any{map[string]any{"TimePeriod": map[string]string{"Start": in.TimePeriod.Start, "End": in.TimePeriod.End}, "Total": map[string]any{}, "Groups": groups, "Estimated": e.estimate}}}
	if page+1 < len(e.pages) || e.endless {
		out["NextPageToken"] = fmt.Sprintf("page-%d", page+1)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(out)
}

func token(page int) string {
	if page == 0 {
		return ""
	}
	return fmt.Sprintf("page-%d", page)
}

func spent(t *testing.T, e *explorer, from, to time.Time) (cost.Spend, []string, error) {
	t.Helper()
	e.t = t
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_REGION": "eu-west-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_CA_BUNDLE": "", // reading it for each client takes longer than most cases
	} {
		t.Setenv(name, value)
	}
	c, err := costexplorer.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	s, err := c.Spend(t.Context(), from, to, map[string]string{"Project": "LEGO-API", "Environment": "production"}, func(text string) { said = append(said, text) })
	return s, said, err
}

// Every page is read, each call's price is said, amounts are summed exactly over
// the days, and what is no usage is left out.
func TestSpend(t *testing.T) {
	e := &explorer{estimate: true, pages: [][]group{
		{{"AWS Lambda", "Lambda-GB-Second-ARM", "0.1000000004"}, {"AWS Lambda", "Request-ARM", "6.7E-8"}},
		{{"AWS Lambda", "Lambda-GB-Second-ARM", "0.2000000001"}, {"Amazon Elastic Load Balancing", "LCUUsage", "-0.0000006"}},
		{{"Amazon Elastic Load Balancing", "LoadBalancerUsage", "16.425"}},
	}}
	s, said, err := spent(t, e, monday.Add(5*time.Hour), monday.Add(50*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []cost.SpendLine{
		{Service: "AWS Lambda", UsageType: "Lambda-GB-Second-ARM", Amount: 300_000}, {Service: "AWS Lambda", UsageType: "Request-ARM"},
		{Service: "Amazon Elastic Load Balancing", UsageType: "LCUUsage", Amount: -1}, {Service: "Amazon Elastic Load Balancing", UsageType: "LoadBalancerUsage", Amount: 16_425_000},
	}
	if !slices.Equal(s.Lines, want) || s.Calls != 3 || s.Fee != 3*unit.Dollar/100 || !s.Estimated || len(said) != 3 || !strings.Contains(said[2], "call 3: $0.01") {
		t.Errorf("%+v %v", s, said)
	}
	in := e.asked[0]
	if in.TimePeriod.Start != "2026-11-16" || in.TimePeriod.End != "2026-11-18" || len(in.GroupBy) != 2 || in.GroupBy[0].Key != "SERVICE" || in.GroupBy[1].Key != "USAGE_TYPE" || in.GroupBy[0].Type != "DIMENSION" {
		t.Errorf("%+v", in)
	}
	var tags []string
	var without []string
	for _, x := range in.Filter.And {
		if x.Tags != nil {
			tags = append(tags, x.Tags.Key+"="+strings.Join(x.Tags.Values, ","))
		}
		if x.Not != nil && x.Not.Dimensions.Key == "RECORD_TYPE" {
			without = x.Not.Dimensions.Values
		}
	}
	if !slices.Equal(tags, []string{"Environment=production", "Project=LEGO-API"}) || !slices.Equal(without, []string{"Credit", "Refund", "Tax"}) {
		t.Errorf("%v without %v", tags, without)
	}
}

func TestSpendRefuses(t *testing.T) {
	tomorrow := monday.Add(24 * time.Hour)
	usual := [][]group{{{"AWS Lambda", "Request", "1"}}}
	for name, x := range map[string]struct {
		e        *explorer
		from, to time.Time
		kind     fault.Kind
		want     string
	}{
		"no day":            {&explorer{pages: usual}, monday, monday.Add(time.Hour), fault.Input, "no whole day"},
		"two years":         {&explorer{pages: usual}, monday, monday.Add(800 * 24 * time.Hour), fault.Input, "more than a year"},
		"not allowed":       {&explorer{status: 400, code: "AccessDeniedException"}, monday, tomorrow, fault.Input, "ce:GetCostAndUsage"},
		"not there yet":     {&explorer{status: 400, code: "DataUnavailableException"}, monday, tomorrow, fault.Outside, "DataUnavailableException"},
		"no number":         {&explorer{pages: [][]group{{{"AWS Lambda", "Request", "a lot"}}}}, monday, tomorrow, fault.Outside, "no number"},
		"a huge exponent":   {&explorer{pages: [][]group{{{"AWS Lambda", "Request", "1e99999"}}}}, monday, tomorrow, fault.Outside, "no number"},
		"pages without end": {&explorer{pages: usual, endless: true}, monday, tomorrow, fault.Outside, "more than 100 pages"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := spent(t, x.e, x.from, x.to)
			if fault.KindOf(err) != x.kind || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "very-secret") {
				t.Error(err)
			}
			if len(x.e.asked) > 100 {
				t.Errorf("%d calls, a cent each", len(x.e.asked))
			}
		})
	}
	c, err := costexplorer.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Spend(t.Context(), monday, tomorrow, nil, func(string) { t.Error("asked") }); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "tags") {
		t.Error(err)
	}
}

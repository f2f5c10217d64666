package github

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

const reviewMark = "<!-- cutover:cost-review lego production 2026-11 -->"

func review() Issue {
	return Issue{Title: "Cost review 2026-11", Body: "The agenda.\n", Marker: reviewMark, Label: "cost-review", Labels: []string{"finance"}, Assignees: []string{"ada", "gone", "bob"}}
}

// One issue, however often and whatever else is there; who cannot be assigned is
// named.
//
// Shows: 5.7.8
func TestReviewIssue(t *testing.T) {
	c, s := pullHub(t, nil)
	s.Assignable("ada", "bob")
	for range 250 { // so that pages must be turned
		s.AddIssue(loopback.Issue{Title: "other", Body: "text", Author: "github-actions[bot]", Labels: []string{"Cost-Review"}})
	}
	s.AddIssue(loopback.Issue{Title: "a stranger's", Body: reviewMark, Author: "mallory", Labels: []string{"cost-review"}})
	s.AddIssue(loopback.Issue{Title: "a pull request", Body: reviewMark, Author: "github-actions[bot]", Labels: []string{"cost-review"}, Pull: true})
	before := len(s.Issues())
	o, err := c.UpsertIssue(t.Context(), review())
	if err != nil || !o.Made || o.State != "open" || !slices.Equal(o.Refused, []string{"gone"}) || !strings.HasSuffix(o.URL, "/1253") {
		t.Fatalf("%+v %v", o, err)
	}
	mine := s.Issues()[before]
	if mine.Title != review().Title || mine.Body != reviewMark+"\nThe agenda.\n" || !slices.Equal(mine.Labels, []string{"cost-review", "finance"}) || !slices.Equal(mine.Assignees, []string{"ada", "bob"}) {
		t.Errorf("%+v", mine)
	}
	for range 120 { // it is on a later page now
		s.AddIssue(loopback.Issue{Title: "other", Body: "text", Author: "github-actions[bot]", Labels: []string{"cost-review"}})
	}
	before = len(s.Issues())
	if again, err := c.UpsertIssue(t.Context(), review()); err != nil || again.Made || again.Number != o.Number || len(again.Refused) != 0 {
		t.Errorf("%+v %v", again, err)
	}
	next := review()
	next.Body, next.Title = reviewMark+"\nNewer figures.\n", "Cost review of November"
	if _, err := c.UpsertIssue(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	mine = s.Issues()[o.Number-1001]
	if len(s.Issues()) != before || mine.Edits != 1 || mine.Title != next.Title || mine.Body != next.Body {
		t.Errorf("%d issues, %+v", len(s.Issues())-before, mine)
	}
	// What somebody has closed stays closed, and as it was.
	s.CloseIssue(o.Number)
	closed, err := c.UpsertIssue(t.Context(), review())
	if mine = s.Issues()[o.Number-1001]; err != nil || closed.State != "closed" || closed.Number != o.Number || mine.State != "closed" || mine.Edits != 1 || len(s.Issues()) != before {
		t.Errorf("%+v %+v %v", closed, mine, err)
	}
}

// Two runs that both saw no issue leave one open: the later one closes its own.
func TestReviewIssueAtOnce(t *testing.T) {
	var s *loopback.Server
	theirs := 0
	c, s := pullHub(t, func(_ int, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issues") {
			theirs = s.AddIssue(loopback.Issue{Title: "Cost review 2026-11", Body: reviewMark + "\nThe agenda.\n", Author: "github-actions[bot]", Labels: []string{"cost-review"}})
		}
		return false
	})
	o, err := c.UpsertIssue(t.Context(), review())
	all := s.Issues()
	if err != nil || o.Made || o.Number != theirs || len(all) != 2 || all[0].State != "open" || all[1].State != "closed" || all[1].Reason != "not_planned" {
		t.Errorf("%+v %+v %v", o, all, err)
	}
	if again, err := c.UpsertIssue(t.Context(), review()); err != nil || again.Number != theirs || again.State != "open" || len(s.Issues()) != 2 {
		t.Errorf("%+v %v", again, err)
	}
}

// Whichever answer is lost, there is one issue in the end.
func TestReviewIssueLostAnswers(t *testing.T) {
	for at := 1; at <= 9; at++ {
		c, s := pullHub(t, func(n int, _ *http.Request) bool { return n == at })
		s.Assignable("ada", "bob", "gone")
		o, err := c.UpsertIssue(t.Context(), review())
		if all := s.Issues(); err != nil || len(all) != 1 || len(o.Refused) != 0 || all[0].State != "open" || len(all[0].Assignees) != 3 {
			t.Errorf("the answer %d is lost: %+v %+v %v", at, o, all, err)
		}
	}
}

func TestReviewIssueRefuses(t *testing.T) {
	c, s := pullHub(t, nil)
	c.sleep = pause.For // the client itself holds back for as long as GitHub says
	s.Limit(1)
	if _, err := c.UpsertIssue(t.Context(), review()); err != nil {
		t.Error(err)
	}
	for name, x := range map[string]struct {
		change func(*Issue)
		want   string
	}{
		"no mark":        {func(i *Issue) { i.Marker = "cost review" }, "no comment of HTML"},
		"a mark of two":  {func(i *Issue) { i.Marker = "<!-- a --> text <!-- b -->" }, "no comment of HTML"},
		"no label":       {func(i *Issue) { i.Label = "" }, "no label"},
		"too long":       {func(i *Issue) { i.Body = strings.Repeat("x", 70_000) }, "70000 bytes"},
		"eleven of them": {func(i *Issue) { i.Assignees = make([]string, 11) }, "11 assignees"},
	} {
		t.Run(name, func(t *testing.T) {
			i := review()
			x.change(&i)
			if _, err := c.UpsertIssue(t.Context(), i); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), x.want) {
				t.Error(err)
			}
		})
	}
	s.ReadOnly()
	i := review()
	i.Title = "another"
	if _, err := c.UpsertIssue(t.Context(), i); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "issues: write") || strings.Contains(err.Error(), "tok-secret") {
		t.Error(err)
	}
}

package retire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/trial"
)

// What others have taken away or over while blue was at zero stops the way back,
// with the reason and the way out: nobody is told that everything is as it was. Once
// a person has said that it goes on without, it does, and leaves that alone.
// Shows: 5.8.3
func TestTheWayBackFindsLosses(t *testing.T) {
	service := func(p plan.Parts) string { return p.Service }
	green := func(p plan.Parts) string { return p.Green[0] }
	for name, c := range map[string]struct {
		arn    func(plan.Parts) string
		change func(*trial.Stage, string)
		says   string
	}{
		"lost":          {service, (*trial.Stage).Lose, "is gone, and no step has deleted it"},
		"another owner": {service, func(s *trial.Stage, arn string) { s.Claim(arn, "arn:another") }, "belonged to none and now to arn:another"},
		"green":         {green, (*trial.Stage).Lose, "is gone, and no step has removed it"},
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Holding)
			arn := c.arn(s.Plan().Plan.Parts)
			c.change(s, arn)
			tick(t, s, retire.OrderAbort)
			calls := len(s.Calls())
			for range 3 {
				s.Pass(time.Hour)
				tick(t, s, "")
			}
			h := s.State().Hold
			if s.State().Step != retire.Aborting || h == nil || h.Kind != retire.HoldDrift || !strings.Contains(h.Reason, arn+" "+c.says) || !strings.Contains(h.Next, "order `abort` once more") || len(s.Calls()) != calls {
				t.Fatalf("at %s, hold %+v, did %v", s.State().Step, h, verbs(s.Calls()[calls:]))
			}
			tick(t, s, retire.OrderAbort)
			if err := s.To(retire.Aborted); err != nil {
				t.Fatal(err)
			}
			for _, a := range s.Calls()[calls:] {
				if a.ARN == arn && a.Verb != retire.Thaw { // a mark of ours
					t.Errorf("%s of %s, which is another's", a.Verb, a.ARN)
				}
			}
			text := report.Markdown(retire.Status(s.Plan(), s.State(), s.Now()))
			if !strings.Contains(text, "but for what others have taken away or over: ") || !strings.Contains(strings.ReplaceAll(text, "\\", ""), arn) {
				t.Error(text)
			}
			if err := retire.Verify(s.Log()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What comes back by itself lets the way back go on, to the end.
func TestALossThatIsMended(t *testing.T) {
	s := byHand(t)
	before := s.Picture()
	begin(t, s, retire.Holding)
	s.Claim(s.Plan().Plan.Parts.Service, "arn:another")
	tick(t, s, retire.OrderAbort)
	if s.State().Hold == nil {
		t.Fatal("it is not held")
	}
	s.Claim(s.Plan().Plan.Parts.Service)
	if err := s.To(retire.Aborted); err != nil {
		t.Fatal(err)
	}
	if s.Picture() != before || len(s.State().Without) > 0 || len(s.Wrong()) > 0 {
		t.Errorf("it is not as it was: %v", s.Wrong())
	}
}

// An archive that cannot bring back what the plan relies on stops before anything is
// deleted.
// Shows: 5.8.7
func TestArchivesThatCannotBringBack(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retire.Archive)
		says   string
	}{
		"lost":    {func(a *retire.Archive) { a.Lost = []string{"sha256:01"} }, "1 images of "},
		"foreign": {func(a *retire.Archive) { a.Foreign = []string{"sha256:02"} }, "only their owner may pass on"},
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Holding)
			repository := s.Plan().Plan.Parts.Repositories[0]
			a := retire.Archive{IndexSHA256: "x", Verified: s.Now()}
			for _, w := range s.Plan().Plan.Watched {
				if digest, ok := strings.CutPrefix(w.ARN, repository+"@"); ok {
					a.Images = append(a.Images, digest)
				}
			}
			c.change(&a)
			s.Evidence().Archives = map[string]retire.Archive{repository: a}
			s.Pass(3 * day)
			for range 4 {
				tick(t, s, "")
				s.Pass(time.Hour)
			}
			if h := s.State().Hold; h == nil || h.Kind != retire.HoldKit || !strings.Contains(h.Reason, c.says) || h.Next == "" || s.State().Step != retire.Archived {
				t.Errorf("at %s, hold %+v", s.State().Step, h)
			}
		})
	}
}

// A pipeline that deploys to a frozen blue without asking stops the retirement,
// which names what it has brought.
// Shows: 5.8.2
func TestDeployingToAFrozenBlueStops(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*trial.Stage, plan.Plan)
		says   string
	}{
		"a deployment": {func(s *trial.Stage, p plan.Plan) { s.Fact(p.Parts.Service, estate.Deployment, "ecs-svc/9") }, "by the deployment ecs-svc/9, which was ecs-svc/8"},
		"a revision":   {func(s *trial.Stage, p plan.Plan) { s.Register(p, "web:99") }, "the revision web:99 was registered"},
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			s.Fact(s.Plan().Plan.Parts.Service, estate.Deployment, "ecs-svc/8")
			begin(t, s, retire.Holding)
			c.change(s, s.Plan().Plan)
			calls := len(s.Calls())
			for range 4 {
				s.Pass(day)
				tick(t, s, "")
			}
			h := s.State().Hold
			if h == nil || h.Kind != retire.HoldUndone || !strings.Contains(h.Reason, c.says) || !strings.Contains(h.Next, "frozen") || len(s.Calls()) != calls {
				t.Errorf("at %s, hold %+v, did %v", s.State().Step, h, verbs(s.Calls()[calls:]))
			}
		})
	}
	// What was deployed before it was frozen is the plan's, or a drift of it.
	s := byHand(t)
	s.Fact(s.Plan().Plan.Parts.Service, estate.Deployment, "ecs-svc/8")
	begin(t, s, retire.Done)
}

package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Approval binds a person to one plan of one account.
type Approval struct {
	By         string `json:"by"`
	PlanSHA256 string `json:"plan_sha256"`
	Account    string `json:"account"`
	// Name is what the person typed: the stack's name, else the service's.
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
}

// longest is how long an approval may hold.
const longest = 30 * 24 * time.Hour

// Covers says why the approval does not allow this plan at now. That the plan
// has the hash it carries, [Sealed.Whole] says.
func (a Approval) Covers(s Sealed, now time.Time) error {
	no := func(name, got, what, next string) error {
		return &fault.Fault{Kind: fault.Refused, Name: name, Got: got, What: what, Next: next}
	}
	const anew = "Read the plan, then approve it anew."
	switch {
	case strings.TrimSpace(a.By) == "":
		return no("approval", a.By, "names nobody", "Approve as a person.")
	case a.PlanSHA256 != s.PlanSHA256:
		return no("plan_sha256", a.PlanSHA256, fmt.Sprintf("is not the plan's hash %s", s.PlanSHA256), anew)
	case a.Account != s.Plan.Scope.Account:
		return no("account", a.Account, "is not the plan's account "+s.Plan.Scope.Account, "Type the number of the account in which something is to be deleted.")
	case a.Name != s.Plan.Scope.Confirm():
		return no("name", a.Name, "is not what is to be deleted", "Type "+s.Plan.Scope.Confirm()+".")
	case a.At.Before(s.Plan.At) || a.At.After(now):
		return no("approval", stamp(a.At), "was not given between the making of the plan and now", anew)
	case a.Expires.Sub(a.At) > longest:
		return no("expires", stamp(a.Expires), fmt.Sprintf("is more than %d days after the approval", int(longest.Hours()/24)), "Let it expire earlier.")
	case !now.Before(a.Expires):
		return no("approval", stamp(a.Expires), "has expired", anew)
	}
	return nil
}

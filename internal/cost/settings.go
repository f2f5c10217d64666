// Package cost answers what the application costs, what it would have cost,
// and when somebody must be told.
package cost

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost/review"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Budget is the section `budget:` of cutover.yaml. AWS updates budgets a few
// times a day: a budget is an alarm and never a gate.
type Budget struct {
	Monthly unit.Money       `yaml:"monthly" required:"true" above:"$0" example:"$200" doc:"What the application may cost a month."`
	Alerts  []unit.Percent   `yaml:"alerts" default:"[80%, 100%]" above:"0%" minitems:"1" maxitems:"5" doc:"Shares of the budget at which the teams are told, rising; AWS allows five."`
	Teams   []string         `yaml:"teams" default:"[devops, finance]" minitems:"1" maxitems:"10" unique:"true" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"names of teams under teams" doc:"The teams whose mailboxes get the alerts."`
	Review  *review.Settings `yaml:"review" doc:"The monthly look at what the application costs; nobody is invited without it."`
}

// Check wants alerts that rise.
func (b Budget) Check(c *strict.Check) {
	for i := 1; i < len(b.Alerts); i++ {
		if c.Valid("alerts", i) && c.Valid("alerts", i-1) && b.Alerts[i] <= b.Alerts[i-1] {
			c.Report(strict.Problem{Message: fmt.Sprintf("%s does not rise above the %s before it", b.Alerts[i], b.Alerts[i-1]),
				Allowed: "shares that rise"}, "alerts", i)
		}
	}
}

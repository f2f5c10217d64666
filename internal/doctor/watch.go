package doctor

import (
	"context"
	"errors"
	"strings"
)

// Watch says what watches a stage.
type Watch interface {
	// Alarms are the names of those that begin so.
	Alarms(ctx context.Context, begins string) ([]string, error)
	// Listeners are how many hear of a topic, and who has not confirmed; ErrNone
	// where there is no such topic.
	Listeners(ctx context.Context, topic string) (confirmed int, waiting []string, err error)
}

// watchChecks are about what tells people, and what tells money and requests apart.
func watchChecks(p Plan, c Cloud) []Check {
	var all []Check
	for _, s := range p.Stacks {
		alarms := "aws.alarms." + s.Stage
		all = append(all,
			Check{Name: alarms, Title: "alarms of " + s.Stage, Wanted: "alarms whose names begin with " + s.Alarms, Source: "cloudwatch:DescribeAlarms", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return s.alarmed(ctx, c.Watch) }},
			Check{Name: "aws.topic." + s.Stage, Title: "who hears of " + s.Stage, Wanted: "a topic with a confirmed subscription, and none that waits", Source: "sns:ListSubscriptionsByTopic", Needs: []string{alarms}, Look: func(ctx context.Context) Answer { return s.heard(ctx, p, c) }})
	}
	if len(p.Tags) > 0 {
		all = append(all, Check{Name: "aws.tags", Title: "cost tags", Wanted: "active: " + strings.Join(p.Tags, ", "), Source: "ce:ListCostAllocationTags", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return tagged(ctx, p, c.Tags) }})
	}
	if p.Traced {
		wanted := "X-Ray or Transaction Search, in force"
		if p.Index {
			wanted = "Transaction Search, in force"
		}
		all = append(all, Check{Name: "aws.tracing", Title: "traces", Wanted: wanted, Source: "xray:GetTraceSegmentDestination", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return traced(ctx, p, c.Tracing) }})
	}
	return all
}

func (s Stack) alarmed(ctx context.Context, w Watch) Answer {
	names, err := w.Alarms(ctx, s.Alarms)
	switch {
	case err != nil:
		return unasked(err)
	case len(names) == 0:
		return fails("there are none: nobody would hear of anything", command("gh", "workflow", "run", "monitoring.yml", "-f", "command=deploy", "-f", "stage="+s.Stage))
	}
	return pass("%s", count(len(names), "alarm"))
}

func (s Stack) heard(ctx context.Context, p Plan, c Cloud) Answer {
	who, err := c.Account.Caller(ctx)
	if err != nil {
		return unasked(err)
	}
	topic := "arn:aws:sns:" + p.Region + ":" + who.Account + ":" + s.Topic
	confirmed, waiting, err := c.Watch.Listeners(ctx, topic)
	switch {
	case errors.Is(err, ErrNone):
		return fails("there is no topic "+s.Topic, command("gh", "workflow", "run", "monitoring.yml", "-f", "command=deploy", "-f", "stage="+s.Stage))
	case err != nil:
		return unasked(err)
	case len(waiting) > 0:
		var mend []string
		for _, address := range waiting {
			mend = append(mend, command("aws", "sns", "subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", address))
		}
		return fails("not confirmed yet: "+strings.Join(waiting, ", "), mend...).step("The command sends the message anew; who gets it clicks Confirm subscription.")
	case confirmed == 0:
		return fails("nobody hears of it", command("aws", "sns", "subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", "WHO@EXAMPLE.COM")).step("Better name a team with mailboxes in monitoring.teams of cutover.yaml, and deploy the stack.")
	}
	return pass("%s", count(confirmed, "confirmed subscription"))
}

func tagged(ctx context.Context, p Plan, t Tags) Answer {
	active, err := t.Active(ctx, p.Tags)
	switch {
	case errors.Is(err, ErrLinked):
		return unknown("another account pays the bills, and alone may ask").step("Run it with credentials of the account that pays: aws ce list-cost-allocation-tags.")
	case err != nil:
		return unasked(err)
	}
	var unmet, off, mend []string
	for _, key := range p.Tags {
		switch is, known := active[key]; {
		case !known:
			unmet = append(unmet, key)
		case !is:
			off = append(off, key)
			mend = append(mend, "TagKey="+key+",Status=Active")
		}
	}
	if len(off)+len(unmet) == 0 {
		return pass("all are active")
	}
	var said []string
	a := Answer{}
	if len(off) > 0 {
		said = append(said, "not active: "+strings.Join(off, ", "))
		words := []any{"aws", "ce", "update-cost-allocation-tags-status", "--cost-allocation-tags-status"}
		for _, m := range mend {
			words = append(words, m)
		}
		a.Mend = []string{command(words...)}
	}
	if len(unmet) > 0 {
		said = append(said, "billing has not met: "+strings.Join(unmet, ", "))
		a.Step = "Billing meets a tag up to 24 hours after the first resource carries it: deploy, wait, then activate it."
		a.Mend = append(a.Mend, command("aws", "ce", "list-cost-allocation-tags", "--tag-keys", unmet[0]))
	}
	return fails(strings.Join(said, "; "), a.Mend...).step("%s", a.Step)
}

// The kinds of destinations, as X-Ray calls them.
const (
	toXRay = "XRay"
	toLogs = "CloudWatchLogs"
)

func traced(ctx context.Context, p Plan, t Tracing) Answer {
	kind, status, indexed, err := t.Destination(ctx)
	account := []string{
		command("cutover", "monitoring", "template", "--config", p.Config, "--scope", "account", raw(">"), "cutover-account.json"),
		command("aws", "cloudformation", "deploy", "--stack-name", "cutover-account", "--template-file", "cutover-account.json"),
	}
	switch {
	case err != nil:
		return unasked(err)
	case p.Index && kind != toLogs:
		return fails("traces go to "+kind+", and monitoring.tracing.index wants Transaction Search", account...)
	case status != "ACTIVE":
		return fails("traces go to "+kind+", which is "+status+" and not in force yet", "aws xray get-trace-segment-destination").step("It takes some minutes; the command says when it is ACTIVE.")
	case kind == toLogs && indexed == 0:
		return fails("Transaction Search indexes none of the spans: no trace is found", "aws xray update-indexing-rule --name Default --rule 'Probabilistic={DesiredSamplingPercentage=1}'")
	case kind == toLogs:
		return pass("Transaction Search, %g%% indexed", indexed)
	case kind != toXRay:
		return unknown("traces go to " + kind + ", which is not known here")
	}
	return pass("X-Ray")
}

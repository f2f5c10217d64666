package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// expected is a metric that somebody watches. living says that what it belongs
// to always has data: it must not be old.
type expected struct {
	namespace, name string
	dimensions      map[string]string
	living          bool
}

func (e expected) key() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.dimensions)) {
		parts = append(parts, name+"="+e.dimensions[name])
	}
	return strings.TrimSpace(e.namespace + " " + e.name + " " + strings.Join(parts, " "))
}

func of(s monitoring.Series, living bool) expected {
	e := expected{s.Namespace, s.Metric, map[string]string{}, living}
	for _, d := range s.Dimensions {
		e.dimensions[d.Name] = d.Value
	}
	return e
}

// wanted are the metrics of the plan's alarms and those that were given, each
// once.
func (a *audit) wanted() []expected {
	all := map[string]expected{}
	add := func(e expected) {
		e.living = e.living || all[e.key()].living
		all[e.key()] = e
	}
	for _, alarm := range a.Plan.Alarms() {
		for _, s := range alarm.Series {
			add(of(s, alarm.Living()))
		}
	}
	for _, s := range a.More {
		add(of(s, false))
	}
	var list []expected
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[key])
	}
	return list
}

// measured looks whether every metric has data: in the last three hours, which
// CloudWatch tells by a list, or in two weeks where nothing need have happened.
func (a *audit) measured(ctx context.Context) (seen, error) { return a.judge(ctx, a.wanted()) }

func (a *audit) judge(ctx context.Context, list []expected) (seen, error) {
	s := seen{of: len(list)}
	byKey := map[string]expected{}
	for _, e := range list {
		byKey[e.key()] = e
	}
	var mu sync.Mutex
	err := each(ctx, slices.Sorted(maps.Keys(byKey)), func(ctx context.Context, key string) error {
		t, err := a.metric(ctx, byKey[key])
		mu.Lock()
		defer mu.Unlock()
		if err == nil && t.Verdict != verdict.Pass {
			s.things = append(s.things, t)
		}
		return err
	})
	return s, err
}

// has says whether there is a metric with exactly these dimensions.
func (a *audit) has(ctx context.Context, e expected, recent bool) (bool, error) {
	key := fmt.Sprint(e.key(), recent)
	a.mu.Lock()
	found, known := a.listed[key]
	a.mu.Unlock()
	if !known {
		var err error
		if found, err = a.Metrics.Metrics(ctx, e.namespace, e.name, e.dimensions, recent); err != nil {
			return false, err
		}
		a.mu.Lock()
		a.listed[key] = found
		a.mu.Unlock()
	}
	return slices.ContainsFunc(found, func(d map[string]string) bool { return maps.Equal(d, e.dimensions) }), nil
}

// metric judges one metric.
func (a *audit) metric(ctx context.Context, e expected) (Thing, error) {
	t := Thing{e.key(), verdict.Pass, ""}
	if ok, err := a.has(ctx, e, true); err != nil || ok {
		return t, err
	}
	ok, err := a.has(ctx, e, false)
	if err != nil {
		return t, err
	}
	if ok && e.living {
		return Thing{t.Name, verdict.Fail, "It has had no data for three hours, and what it measures always has some."}, nil
	}
	if ok {
		return t, nil
	}
	return a.absent(ctx, e, t)
}

// absent judges a metric without data for two weeks. Some have data only when
// something has happened that need not have.
func (a *audit) absent(ctx context.Context, e expected, t Thing) (Thing, error) {
	t.Verdict, t.Why = verdict.Fail, "It has had no data for two weeks, or never: the name or a dimension is wrong, or nothing happens."
	switch {
	case e.namespace == monitoring.VerdictNamespace || e.name == monitoring.GreenWeightMetric:
		t.Verdict, t.Why = verdict.Inconclusive, "It is told only while traffic is being shifted."
	case e.namespace == monitoring.Namespace(a.Plan.Project, a.stage()):
		t.Verdict, t.Why = verdict.Inconclusive, "Nothing was counted yet: no cold start since the metric filters are there, or they do not fit the logs."
	case e.namespace == "AWS/Lambda" && e.name == "Invocations":
		t.Verdict, t.Why = verdict.Inconclusive, "Nothing was invoked in two weeks."
	case e.namespace == "AWS/Lambda":
		// Once a function was invoked, the others are there too, as zeros.
		invoked, err := a.has(ctx, expected{e.namespace, "Invocations", e.dimensions, false}, false)
		if err != nil {
			return t, err
		}
		if !invoked {
			t.Verdict, t.Why = verdict.Inconclusive, "Nothing was invoked in two weeks."
		}
	case e.namespace == "AWS/S3" && e.dimensions["FilterId"] != "":
		t.Why = configure(e.dimensions["BucketName"])
	}
	return t, nil
}

func configure(bucket string) string {
	return fmt.Sprintf("It has no request metrics. aws s3api put-bucket-metrics-configuration --bucket %s --id EntireBucket --metrics-configuration Id=EntireBucket; each costs money.", bucket)
}

// requests looks for the request metrics of buckets, which exist only with a
// configuration, and carry its name.
func (a *audit) requests(ctx context.Context) (seen, error) {
	buckets := a.Plan.Inventory.Buckets
	s := seen{of: len(buckets)}
	var mu sync.Mutex
	err := each(ctx, buckets, func(ctx context.Context, bucket string) error {
		found, err := a.Metrics.Metrics(ctx, "AWS/S3", "AllRequests", map[string]string{"BucketName": bucket}, false)
		mu.Lock()
		defer mu.Unlock()
		if err == nil && !slices.ContainsFunc(found, func(d map[string]string) bool { return d["FilterId"] != "" }) {
			s.bad(bucket, configure(bucket))
		}
		return err
	})
	return s, err
}

// alarms looks whether each alarm of the plan is there and would tell, and
// whether each that is there watches something.
func (a *audit) alarms(ctx context.Context) (seen, error) {
	found, err := a.Alarms.Find(ctx, mute.Prefix(a.Plan.Project, a.stage()))
	if err != nil {
		return seen{}, err
	}
	found = slices.DeleteFunc(found, func(x drill.Alarm) bool { return !mute.Ours(a.Plan.Project, a.stage(), x.Name) })
	var wanted []string
	for _, x := range a.Plan.Alarms() {
		wanted = append(wanted, a.Plan.AlarmName(x))
	}
	s := seen{of: len(found)}
	for _, name := range append(wanted, a.Plan.AlarmName(monitoring.Alarm{ID: "unwell"})) {
		if !slices.ContainsFunc(found, func(x drill.Alarm) bool { return x.Name == name }) {
			s.bad(name, "There is no such alarm.")
			s.of++
		}
	}
	for _, x := range found {
		switch {
		case !x.Enabled:
			s.bad(x.Name, "Its actions are switched off.")
		case !slices.Contains(x.Actions, a.Topic):
			s.bad(x.Name, "It does not tell the topic.")
		}
		var list []expected
		for _, m := range x.Metrics {
			list = append(list, expected{m.Namespace, m.Name, m.Dimensions, false})
		}
		watched, err := a.judge(ctx, list)
		if err != nil {
			return s, err
		}
		for _, t := range watched.things {
			s.things = append(s.things, Thing{x.Name, t.Verdict, "It watches " + t.Name + ". " + t.Why})
		}
		if len(list) == 0 && !x.Composite {
			s.bad(x.Name, "It watches no metric.")
		}
	}
	return s, nil
}

// heard looks at who is subscribed.
func (a *audit) heard(ctx context.Context) (seen, error) {
	found, err := a.Topics.Subscriptions(ctx, a.Topic)
	if err != nil {
		return seen{}, err
	}
	s := seen{of: len(found)}
	if len(found) == 0 {
		s.bad(a.Topic, "Nobody is subscribed.")
	}
	for _, x := range found {
		if !x.Confirmed {
			s.bad(drill.Masked(x.Endpoint), "It has not confirmed.")
		}
	}
	return s, nil
}

// mailboxes looks for each mailbox that should hear.
func (a *audit) mailboxes(ctx context.Context) (seen, error) {
	s := seen{of: len(a.Plan.Mailboxes)}
	if s.of == 0 {
		return s, nil
	}
	found, err := a.Topics.Subscriptions(ctx, a.Topic)
	if err != nil {
		return s, err
	}
	for _, box := range a.Plan.Mailboxes {
		if !slices.ContainsFunc(found, func(x drill.Subscription) bool { return x.Confirmed && strings.EqualFold(x.Endpoint, box) }) {
			s.bad(drill.Masked(box), "It does not hear of alarms.")
		}
	}
	return s, nil
}

package cloud

import "encoding/json"

// watching are the types whose resources the services that watch show.
func watching() map[string]provisioner {
	all := map[string]provisioner{}
	for kind, put := range map[string]func(c *Cloud, id string, properties map[string]any){
		"AWS::CloudWatch::Alarm": putAlarm, "AWS::CloudWatch::CompositeAlarm": putAlarm,
		"AWS::SNS::Topic": putTopic, "AWS::SNS::TopicPolicy": putTopicPolicy, "AWS::SNS::Subscription": putSubscription, "AWS::KMS::Key": putKey,
	} {
		all[kind] = shown{shelf{kind}, put}
	}
	return all
}

// shown keeps resources on the shelf and shows them; put is told of each as it
// is now, with nil properties when it goes.
type shown struct {
	shelf
	put func(c *Cloud, id string, properties map[string]any)
}

func (s shown) create(c *Cloud, d declared) (made, error) {
	m, err := s.shelf.create(c, d)
	if err == nil {
		s.put(c, m.id, d.properties)
	}
	return m, err
}

func (s shown) update(c *Cloud, id string, d declared) error {
	err := s.shelf.update(c, id, d)
	if err == nil {
		s.put(c, id, d.properties)
	}
	return err
}

func (s shown) remove(c *Cloud, id string) error {
	// What it was is needed to take it away.
	was, _ := s.read(c, id)
	err := s.shelf.remove(c, id)
	if err == nil {
		s.put(c, id, nil)
		if topic, ok := was["TopicArn"].(string); ok {
			dropSubscription(c, topic, text(was, "Endpoint"))
		}
	}
	return err
}

// putAlarm shows an alarm. A new one knows nothing yet; one that is changed
// keeps its state until it is evaluated.
func putAlarm(c *Cloud, id string, p map[string]any) {
	a := Alarm{Name: id, State: stateUnknown, Reason: "Unchecked: Initial alarm creation", Since: c.time()}
	kept := c.alarms[:0:0]
	for _, old := range c.alarms {
		if old.Name == id {
			a.State, a.Reason, a.Since = old.State, old.Reason, old.Since
			continue
		}
		kept = append(kept, old)
	}
	if c.alarms = kept; p == nil {
		return
	}
	a.Description, a.Rule, a.Composite = text(p, "AlarmDescription"), text(p, "AlarmRule"), p["AlarmRule"] != nil
	a.Actions, a.OKActions, a.NoDataActions = texts(p, "AlarmActions"), texts(p, "OKActions"), texts(p, "InsufficientDataActions")
	a.Mute = p["ActionsEnabled"] == false || p["ActionsEnabled"] == "false"
	if p["MetricName"] != nil {
		a.Metrics = append(a.Metrics, metricOf(p))
	}
	queries, _ := p["Metrics"].([]any)
	for _, q := range queries {
		query, _ := q.(map[string]any)
		stat, _ := query["MetricStat"].(map[string]any)
		if metric, ok := stat["Metric"].(map[string]any); ok {
			a.Metrics = append(a.Metrics, metricOf(metric))
		}
	}
	c.alarms = append(c.alarms, a)
}

func metricOf(p map[string]any) Metric {
	m := Metric{Namespace: text(p, "Namespace"), Name: text(p, "MetricName"), Dimensions: map[string]string{}}
	dimensions, _ := p["Dimensions"].([]any)
	for _, d := range dimensions {
		pair, _ := d.(map[string]any)
		m.Dimensions[text(pair, "Name")] = text(pair, "Value")
	}
	return m
}

func putTopic(c *Cloud, id string, p map[string]any) {
	if c.watch.topics == nil {
		c.watch.topics = map[string]*Topic{}
	}
	if p == nil {
		delete(c.watch.topics, id)
		return
	}
	t := c.watch.topics[id]
	if t == nil {
		t = &Topic{Name: text(p, "TopicName")}
		c.watch.topics[id] = t
	}
	t.Key = text(p, "KmsMasterKeyId")
}

func putTopicPolicy(c *Cloud, _ string, p map[string]any) {
	policy, _ := json.Marshal(p["PolicyDocument"]) // it was JSON before
	for _, topic := range texts(p, "Topics") {
		if t := c.watch.topics[topic]; t != nil {
			t.Policy = string(policy)
		}
	}
}

// putSubscription asks a mailbox whether it wants to hear; source: SNS API
// reference, Subscribe: one that was asked already is not asked again.
func putSubscription(c *Cloud, _ string, p map[string]any) {
	t := c.watch.topics[text(p, "TopicArn")]
	if t == nil {
		return
	}
	for _, s := range t.Subscriptions {
		if s.Endpoint == text(p, "Endpoint") {
			return
		}
	}
	protocol := text(p, "Protocol")
	t.Subscriptions = append(t.Subscriptions, Subscription{protocol, text(p, "Endpoint"), protocol == "email" || protocol == "email-json" || protocol == "https"})
}

func dropSubscription(c *Cloud, topic, endpoint string) {
	t := c.watch.topics[topic]
	if t == nil {
		return
	}
	var kept []Subscription
	for _, s := range t.Subscriptions {
		if s.Endpoint != endpoint {
			kept = append(kept, s)
		}
	}
	t.Subscriptions = kept
}

func putKey(c *Cloud, id string, p map[string]any) {
	if c.watch.keys == nil {
		c.watch.keys = map[string]string{}
	}
	if p == nil {
		delete(c.watch.keys, id)
		return
	}
	policy, _ := json.Marshal(p["KeyPolicy"]) // it was JSON before
	c.watch.keys[id] = string(policy)
}

package monitoring

import "github.com/cutover-dev/cutover/internal/monitoring/cfn"

// publishers are the services that may tell the topic something. Behind a key
// of the account's own each needs the key too, or its messages are lost without
// a word.
var publishers = []struct{ sid, service string }{
	{"Alarms", "cloudwatch.amazonaws.com"}, {"Budgets", "budgets.amazonaws.com"}, {"Anomalies", "costalerts.amazonaws.com"},
}

// addTopic puts the topic, its key, who may publish and who is told into the
// template.
func (p Plan) addTopic(t cfn.Template) cfn.Ref {
	// A service acts for this account only: another account's alarm cannot use
	// the topic through it.
	ours := func() map[string]map[string]any {
		return map[string]map[string]any{"StringEquals": {"aws:SourceAccount": cfn.Account}}
	}
	use := []cfn.Statement{{
		Sid: "Owner", Effect: "Allow", Principal: cfn.Principal{AWS: cfn.Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
		Action: []string{"kms:*"}, Resource: "*",
	}}
	var publish []cfn.Statement
	for _, by := range publishers {
		who := cfn.Principal{Service: by.service}
		use = append(use, cfn.Statement{Sid: by.sid, Effect: "Allow", Principal: who, Action: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resource: "*", Condition: ours()})
		publish = append(publish, cfn.Statement{Sid: by.sid, Effect: "Allow", Principal: who, Action: []string{"sns:Publish"}, Resource: cfn.Ref("Alerts"), Condition: ours()})
	}
	key := t.Add("AlertsKey", cfn.Key{
		Description: "Encrypts the alerts of " + p.Project + " in " + p.Inventory.Stage, EnableKeyRotation: true,
		KeyPolicy: cfn.Policy{Version: "2012-10-17", Statement: use}, Tags: p.tags(),
	})
	topic := t.Add("Alerts", cfn.Topic{
		TopicName: TopicName(p.Project, p.Inventory.Stage), DisplayName: p.Project + " " + p.Inventory.Stage, KmsMasterKeyID: key, Tags: p.tags(),
	})
	t.Add("AlertsPolicy", cfn.TopicPolicy{Topics: []any{topic}, PolicyDocument: cfn.Policy{Version: "2012-10-17", Statement: publish}})
	for _, box := range p.Mailboxes {
		t.Add("Mailbox"+mark(box), cfn.Subscription{TopicArn: topic, Protocol: "email", Endpoint: box})
	}
	t.Outputs["AlertsTopic"] = cfn.Output{Description: "Topic of the alerts", Value: topic}
	return topic
}

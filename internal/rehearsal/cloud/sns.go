package cloud

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Topic is one of SNS's.
type Topic struct {
	Name string
	// Key encrypts it: the id of a key of the account, alias/aws/sns for AWS's
	// own, or nothing.
	Key string
	// Policy says who may publish; without one it is that of SNS.
	Policy        string
	Subscriptions []Subscription
	// Messages are what arrived.
	Messages []string
}

// Subscription is who hears of what arrives at a topic.
type Subscription struct {
	Protocol, Endpoint string
	Pending            bool
}

// SetTopic makes a topic and returns its ARN.
func (c *Cloud) SetTopic(t Topic) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.topics == nil {
		c.watch.topics = map[string]*Topic{}
	}
	at := arn("sns", t.Name)
	c.watch.topics[at] = &t
	return at
}

// Topics are the topics there are, by ARN.
func (c *Cloud) Topics() map[string]Topic {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]Topic{}
	for at, t := range c.watch.topics {
		all[at] = *t
	}
	return all
}

// SetKey makes a key of the account with a policy.
func (c *Cloud) SetKey(id, policy string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.keys == nil {
		c.watch.keys = map[string]string{}
	}
	c.watch.keys[id] = policy
}

// Confirm lets the owner of a mailbox confirm what it was asked for.
func (c *Cloud) Confirm(endpoint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.watch.topics {
		for i, s := range t.Subscriptions {
			if s.Endpoint == endpoint {
				t.Subscriptions[i].Pending = false
			}
		}
	}
}

// publish lets a service publish for a resource, and says why it cannot. The
// key comes first; sources: SNS Developer Guide, "Key management", and the words
// in awslabs/landing-zone-accelerator-on-aws issue 31 and
// aws-solutions/automated-security-response-on-aws issue 43.
func (c *Cloud) publish(service, source, topic, message string) string {
	t, ok := c.watch.topics[topic]
	if !ok {
		return "Topic does not exist"
	}
	if t.Key != "" {
		policy, ours := c.watch.keys[strings.TrimPrefix(t.Key, arn("kms", "key/"))]
		// AWS's own key takes no policy, so no service may use it.
		if !ours || !allows(policy, service, "kms:Decrypt", "*", source) || !allows(policy, service, "kms:GenerateDataKey", "*", source) {
			return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
		}
	}
	// Without a policy the account that owns the topic may publish, and
	// CloudWatch does so for it; source: SNS Developer Guide, default policy.
	if t.Policy != "" && !allows(t.Policy, service, "sns:Publish", topic, source) {
		return "Resource: " + source + " is not authorized to perform: SNS:Publish on resource: " + topic + " because no resource-based policy allows the SNS:Publish action"
	}
	t.Messages = append(t.Messages, message)
	return ""
}

// allows says whether a resource's policy lets a service do something for a
// source. A condition that it does not know is not met; source: IAM User Guide,
// policy evaluation.
func allows(policy, service, action, resource, source string) bool {
	var p struct {
		Statement []struct {
			Effect                      string
			Principal, Action, Resource any
			Condition                   map[string]map[string]any
		}
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return false
	}
	allowed := false
	for _, s := range p.Statement {
		who, _ := s.Principal.(map[string]any)
		if !fits(who["Service"], service) && s.Principal != "*" && who["AWS"] != "*" || !fits(s.Action, action) || !fits(s.Resource, resource) {
			continue
		}
		met := true
		for kind, keys := range s.Condition {
			for key, value := range keys {
				actual, known := map[string]string{"aws:SourceAccount": Account, "aws:SourceArn": source}[key]
				met = met && known && slices.Contains([]string{"StringEquals", "ArnLike", "ArnEquals", "StringLike"}, kind) && fits(value, actual)
			}
		}
		switch {
		case met && s.Effect == "Deny":
			return false
		case met && s.Effect == "Allow":
			allowed = true
		}
	}
	return allowed
}

// fits says whether one of the patterns, a text or a list, matches. Case does
// not matter in actions, and nothing here differs by case alone.
func fits(patterns any, value string) bool {
	list, ok := patterns.([]any)
	if !ok {
		list = []any{patterns}
	}
	for _, p := range list {
		s, _ := p.(string)
		head, tail, star := strings.Cut(strings.ToLower(s), "*")
		v := strings.ToLower(value)
		if s != "" && (v == head && !star || star && len(v) >= len(head)+len(tail) && strings.HasPrefix(v, head) && strings.HasSuffix(v, tail)) {
			return true
		}
	}
	return false
}

// sns answers ListSubscriptionsByTopic; source: SNS API reference, query
// protocol of 2010-03-31.
func (c *Cloud) sns(w http.ResponseWriter, r *http.Request) {
	const call = "ListSubscriptionsByTopic"
	if !c.query(w, r, "sns", "2010-03-31", map[string][]string{call: {"TopicArn", "NextToken"}}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	topic := r.Form.Get("TopicArn")
	c.note(r, "sns:"+call, topic)
	t, ok := c.watch.topics[topic]
	if !ok {
		failQuery(w, &denial{http.StatusNotFound, "NotFound", "Topic does not exist"})
		return
	}
	type member struct{ TopicArn, Protocol, SubscriptionArn, Owner, Endpoint string }
	var out struct {
		XMLName xml.Name `xml:"ListSubscriptionsByTopicResponse"`
		Result  struct {
			Subscriptions []member `xml:"Subscriptions>member"`
			NextToken     string   `xml:",omitempty"`
		} `xml:"ListSubscriptionsByTopicResult"`
	}
	from, _ := strconv.Atoi(r.Form.Get("NextToken"))
	for n, s := range t.Subscriptions[min(from, len(t.Subscriptions)):] {
		if n == onePage {
			out.Result.NextToken = strconv.Itoa(from + onePage)
			break
		}
		m := member{topic, s.Protocol, topic + ":" + strconv.Itoa(from+n), Account, s.Endpoint}
		if s.Pending {
			m.SubscriptionArn = "PendingConfirmation"
		}
		out.Result.Subscriptions = append(out.Result.Subscriptions, m)
	}
	answerXML(w, out)
}

// query checks a request of the query protocol: the call, its version and its
// parameters, of which a trailing dot stands for a list. false says that it is
// answered.
func (c *Cloud) query(w http.ResponseWriter, r *http.Request, service, version string, calls map[string][]string) bool {
	err := r.ParseForm()
	call := r.Form.Get("Action")
	takes, known := calls[call]
	wrong := ""
	for name := range r.Form {
		if name != "Action" && name != "Version" && !slices.ContainsFunc(takes, func(t string) bool { return t == name || strings.HasSuffix(t, ".") && strings.HasPrefix(name, t) }) {
			wrong = " with the parameter " + name
		}
	}
	if err != nil || !known || wrong != "" || r.Form.Get("Version") != version || r.Method != http.MethodPost {
		c.strange(service + " " + call + wrong)
		failQuery(w, &denial{http.StatusBadRequest, "InvalidAction", "this cloud does not know " + call + wrong})
		return false
	}
	if f := c.refusal(service + ":" + call); f != nil {
		failQuery(w, f)
		return false
	}
	return true
}

func failQuery(w http.ResponseWriter, f *denial) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(f.status)
	_ = xml.NewEncoder(w).Encode(struct { // the caller may be gone
		XMLName xml.Name `xml:"ErrorResponse"`
		Code    string   `xml:"Error>Code"`
		Message string   `xml:"Error>Message"`
	}{Code: f.code, Message: f.message})
}

func answerXML(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "text/xml")
	_ = xml.NewEncoder(w).Encode(v) // the caller may be gone
}

// DropTopic deletes a topic.
func (c *Cloud) DropTopic(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.watch.topics, arn)
}

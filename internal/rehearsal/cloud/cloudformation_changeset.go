package cloud

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// changeSet is what a stack would become.
type changeSet struct {
	id, name, kind, token, status, reason, execution string
	plan                                             *blueprint
	tags                                             map[string]string
	changes                                          []any
	created                                          time.Time
}

var changeSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// createChangeSet makes one, and for a new stack the stack in review.
func (q call) createChangeSet() {
	name, kind := q.in.Get("ChangeSetName"), q.in.Get("ChangeSetType")
	if kind == "" {
		kind = "UPDATE" // source: API reference, CreateChangeSet
	}
	s := q.stack(q.in.Get("StackName"))
	if !changeSetName.MatchString(name) {
		q.invalid("1 validation error detected: Value '%s' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern", name)
		return
	}
	if s != nil {
		if i := slices.IndexFunc(s.sets, func(o *changeSet) bool { return o.name == name }); i >= 0 {
			if token := q.in.Get("ClientToken"); token != "" && token == s.sets[i].token {
				q.give(map[string]any{"Id": s.sets[i].id, "StackId": s.id})
				return
			}
			q.fail(http.StatusBadRequest, "AlreadyExistsException", "ChangeSet "+name+" already exists")
			return
		}
	}
	switch {
	case kind != "CREATE" && kind != "UPDATE":
		q.invalid("1 validation error detected: Value '%s' at 'changeSetType' failed to satisfy constraint: Member must satisfy enum value set: [UPDATE, CREATE]", kind)
		return
	case kind != "CREATE" && s == nil:
		q.invalid("Stack [%s] does not exist", q.in.Get("StackName"))
		return
	case kind == "CREATE" && s != nil && s.status != "REVIEW_IN_PROGRESS":
		q.invalid("Stack [%s] already exists and cannot be created again with the changeSet [%s].", q.in.Get("StackName"), name)
		return
	case kind != "CREATE" && !takesUpdates(s.status):
		q.invalid("Stack:%s is in %s state and can not be updated.", s.id, s.status)
		return
	}
	plan, ok := q.template()
	if !ok {
		return
	}
	if s == nil {
		q.serial++
		s = &cfnStack{
			id:   arn("cloudformation", fmt.Sprintf("stack/%s/%08d-0000-4000-8000-000000000000", q.in.Get("StackName"), q.serial)),
			name: q.in.Get("StackName"), created: time.Now(), resources: map[string]*stackResource{}, tokens: map[string]bool{},
		}
		q.stacks = append(q.stacks, s)
		s.turn("REVIEW_IN_PROGRESS", "User Initiated")
	}
	set := &changeSet{
		id: arn("cloudformation", fmt.Sprintf("changeSet/%s/%d", name, len(s.events))), name: name, kind: kind, token: q.in.Get("ClientToken"),
		status: "CREATE_PENDING", execution: "UNAVAILABLE", plan: plan, tags: q.tags(), created: time.Now(),
	}
	s.sets = append(s.sets, set)
	q.give(map[string]any{"Id": set.id, "StackId": s.id})
}

// takesUpdates says in which states a stack takes an update; source:
// CloudFormation User Guide, "Stack status codes".
func takesUpdates(status string) bool {
	return slices.Contains(words("CREATE_COMPLETE UPDATE_COMPLETE UPDATE_ROLLBACK_COMPLETE IMPORT_COMPLETE IMPORT_ROLLBACK_COMPLETE"), status)
}

// template reads the template that comes with the request, or from where it
// points: a bucket of this cloud.
func (q call) template() (*blueprint, bool) {
	text, from := []byte(q.in.Get("TemplateBody")), q.in.Get("TemplateURL")
	switch {
	case (len(text) == 0) == (from == ""):
		q.invalid("Either Template URL or Template Body must be specified.")
		return nil, false
	case len(text) > mostInline:
		q.invalid("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", mostInline)
		return nil, false
	case from != "":
		u, err := url.Parse(from)
		if err != nil || u.Scheme != "https" && !strings.HasPrefix(u.Host, "127.0.0.1") {
			q.invalid("TemplateURL must be a supported URL.")
			return nil, false
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if host, _, ok := strings.Cut(u.Host, ".s3."); ok {
			bucket, key = host, strings.TrimPrefix(u.Path, "/")
		}
		o, ok := q.buckets[bucket][key]
		if !ok {
			q.invalid("S3 error: The specified key does not exist.")
			return nil, false
		}
		if text = o.text; len(text) > mostTemplate {
			q.invalid("Template may not exceed %d bytes in size.", mostTemplate)
			return nil, false
		}
	}
	plan, err := readTemplate(text)
	if err != nil {
		q.invalid("%s", err.Error())
		return nil, false
	}
	return plan, true
}

func (q call) tags() map[string]string {
	tags := map[string]string{}
	for i := 1; q.in.Has(fmt.Sprintf("Tags.member.%d.Key", i)); i++ {
		tags[q.in.Get(fmt.Sprintf("Tags.member.%d.Key", i))] = q.in.Get(fmt.Sprintf("Tags.member.%d.Value", i))
	}
	return tags
}

// set finds the change set that a call names; it has refused if there is none.
func (q call) set() (*cfnStack, *changeSet) {
	name := q.in.Get("ChangeSetName")
	s := q.stack(q.in.Get("StackName"))
	if s == nil {
		q.invalid("Stack [%s] does not exist", q.in.Get("StackName"))
		return nil, nil
	}
	for _, o := range s.sets {
		if o.name == name || o.id == name {
			return s, o
		}
	}
	q.fail(http.StatusNotFound, "ChangeSetNotFound", "ChangeSet ["+name+"] does not exist")
	return nil, nil
}

// describeChangeSet shows one; it is ready only after two looks.
func (q call) describeChangeSet() {
	s, set := q.set()
	if set == nil {
		return
	}
	switch set.status {
	case "CREATE_PENDING":
		set.status = "CREATE_IN_PROGRESS"
	case "CREATE_IN_PROGRESS":
		q.compare(s, set)
	}
	out := map[string]any{
		"StackId": s.id, "StackName": s.name, "ChangeSetName": set.name, "ChangeSetId": set.id, "Status": set.status, "StatusReason": set.reason,
		"ExecutionStatus": set.execution, "CreationTime": set.created,
	}
	out["Changes"] = pageOf(q, set.changes, eventsAtOnce, out)
	q.give(out)
}

func (q call) executeChangeSet() {
	s, set := q.set()
	token := q.in.Get("ClientRequestToken")
	switch {
	case set == nil:
	case s.tokens[token] && token != "":
		// The same request again; source: API reference, ClientRequestToken.
		q.give(map[string]any{})
	case set.status != "CREATE_COMPLETE" || set.execution != "AVAILABLE":
		q.fail(http.StatusBadRequest, "InvalidChangeSetStatus", "ChangeSet ["+set.id+"] cannot be executed in its current status of ["+set.status+"]")
	case strings.HasSuffix(s.status, "_IN_PROGRESS") && s.status != "REVIEW_IN_PROGRESS":
		q.invalid("Stack:%s is in %s state and can not be updated.", s.id, s.status)
	default:
		s.token, s.steps = token, nil
		s.tokens[token] = true
		// Nothing said keeps what failed; source: API reference, DisableRollback.
		q.execute(s, set, q.in.Get("DisableRollback") != "false")
		q.give(map[string]any{})
	}
}

func (q call) deleteChangeSet() {
	s := q.stack(q.in.Get("StackName"))
	if s != nil {
		s.sets = slices.DeleteFunc(s.sets, func(o *changeSet) bool {
			return o.name == q.in.Get("ChangeSetName") || o.id == q.in.Get("ChangeSetName")
		})
	}
	q.give(map[string]any{}) // source: API reference: one that is not there is deleted
}

// nothingNew are what CloudFormation says when nothing would change; which one is
// not documented, and both are met (ansible-collections/amazon.aws, pull 507).
var nothingNew = map[string]string{
	"":      "The submitted information didn't contain changes. Submit different information to create a change set.",
	"other": "No updates are to be performed.",
}

// compare finds what would change.
func (c *Cloud) compare(s *cfnStack, set *changeSet) {
	if why := c.failing[""]; why != "" {
		set.status, set.reason = "FAILED", why
		return
	}
	renewed := map[string]bool{}
	// A value that is only known once it is made.
	value := func(id, name string) (string, bool) {
		if v, ok := s.value(id, name); ok && !renewed[id] {
			return v, true
		}
		_, mine := set.plan.Resources[id]
		return "{{changeSet:KNOWN_AFTER_APPLY}}" + id, mine
	}
	for _, wave := range set.plan.waves {
		for _, id := range wave {
			r := s.resources[id]
			d, err := s.declare(set.plan, id, value)
			if err != nil {
				set.status, set.reason = "FAILED", err.Error()
				return
			}
			if r == nil {
				set.changes = append(set.changes, change("Add", id, "", d.kind, "", nil))
				continue
			}
			details, replacement := c.details(r, d)
			if len(details) > 0 {
				renewed[id] = replacement == "True"
				set.changes = append(set.changes, change("Modify", id, r.id, d.kind, replacement, details))
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.resources)) {
		if _, still := set.plan.Resources[id]; !still {
			set.changes = append(set.changes, change("Remove", id, s.resources[id].id, s.resources[id].kind, "", nil))
		}
	}
	if len(set.changes) == 0 && s.plan != nil && maps.Equal(s.tags, set.tags) && fmt.Sprint(s.plan.Outputs) == fmt.Sprint(set.plan.Outputs) {
		set.status, set.reason = "FAILED", nothingNew[c.tongue]
		return
	}
	set.status, set.execution = "CREATE_COMPLETE", "AVAILABLE"
}

// details says which properties change, and whether that makes another resource;
// source: API reference, ResourceChange and ResourceChangeDetail.
func (c *Cloud) details(r *stackResource, d declared) (details []any, replacement string) {
	replacement = "False"
	names := map[string]bool{}
	for n := range d.properties {
		names[n] = true
	}
	for n := range r.properties {
		names[n] = true
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if same(r.properties[n], d.properties[n]) {
			continue
		}
		recreation, evaluation := "Never", "Static"
		fixed := slices.DeleteFunc(slices.Clone(kinds[r.kind].fixed), func(f string) bool { return !strings.HasPrefix(f+".", n+".") })
		if differs(r.properties, d.properties, fixed) {
			recreation = "Always"
		}
		if strings.Contains(fmt.Sprint(d.properties[n]), "KNOWN_AFTER_APPLY") {
			evaluation = "Dynamic"
		}
		switch {
		case recreation == "Always" && evaluation == "Static":
			replacement = "True"
		case recreation == "Always" && replacement == "False":
			replacement = "Conditional"
		}
		details = append(details, map[string]any{
			"ChangeSource": "DirectModification", "Evaluation": evaluation,
			"Target": map[string]any{"Attribute": "Properties", "Name": n, "RequiresRecreation": recreation},
		})
	}
	if r.kind != d.kind {
		replacement = "True"
	}
	return details, replacement
}

func change(action, logical, physical, kind, replacement string, details []any) any {
	return map[string]any{"Type": "Resource", "ResourceChange": map[string]any{
		"Action": action, "LogicalResourceId": logical, "PhysicalResourceId": physical, "ResourceType": kind, "Replacement": replacement, "Details": details,
	}}
}

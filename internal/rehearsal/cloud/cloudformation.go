package cloud

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request of CloudFormation; c.mu is held.
type call struct {
	*Cloud
	w    http.ResponseWriter
	r    *http.Request
	name string
	in   url.Values
}

// formationCalls are the requests that this CloudFormation knows, each with the
// parameters that it takes; source: CloudFormation API reference. It speaks
// AWS's query protocol: a form in, XML out.
var formationCalls = map[string]struct {
	takes  string
	answer func(call)
}{
	"CreateChangeSet":                   {`StackName|ChangeSetName|ChangeSetType|ClientToken|Description|TemplateBody|TemplateURL|RoleARN|Capabilities.*|OnStackFailure|Tags(\.member\.\d+\.(Key|Value))?`, call.createChangeSet},
	"DescribeChangeSet":                 {`StackName|ChangeSetName|NextToken|IncludePropertyValues`, call.describeChangeSet},
	"ExecuteChangeSet":                  {`StackName|ChangeSetName|ClientRequestToken|DisableRollback`, call.executeChangeSet},
	"DeleteChangeSet":                   {`StackName|ChangeSetName`, call.deleteChangeSet},
	"DescribeStacks":                    {`StackName|NextToken`, call.describeStacks},
	"DescribeStackEvents":               {`StackName|NextToken`, call.describeEvents},
	"GetTemplate":                       {`StackName|TemplateStage`, call.getTemplate},
	"DeleteStack":                       {`StackName|ClientRequestToken|RoleARN`, call.deleteStack},
	"UpdateTerminationProtection":       {`StackName|EnableTerminationProtection`, call.protect},
	"ListStacks":                        {`StackStatusFilter.*|NextToken`, call.listStacks},
	"ListExports":                       {`NextToken`, call.listExports},
	"ListImports":                       {`ExportName|NextToken`, call.listImports},
	"ListStackResources":                {`StackName|NextToken`, call.listResources},
	"DetectStackDrift":                  {`StackName`, call.detectDrift},
	"DescribeStackDriftDetectionStatus": {`StackDriftDetectionId`, call.describeDetection},
	"DescribeStackResources":            {`PhysicalResourceId`, call.describeOwner},
	"DescribeStackResourceDrifts":       {`StackName|NextToken|MaxResults|StackResourceDriftStatusFilters.*`, call.describeDrifts},
}

// cloudformation answers AWS CloudFormation.
func (c *Cloud) cloudformation(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	in, bad := url.ParseQuery(string(text))
	c.mu.Lock()
	defer c.mu.Unlock()
	q := call{c, w, r, in.Get("Action"), in}
	known, ok := formationCalls[q.name]
	if err != nil || bad != nil || !ok || in.Get("Version") != "2010-05-15" || r.Method != http.MethodPost {
		if err == nil {
			c.unknown = append(c.unknown, "cloudformation "+q.name)
		}
		q.fail(http.StatusBadRequest, "InvalidAction", "Could not find operation "+q.name+" for version "+in.Get("Version"))
		return
	}
	takes := parametersOf(known.takes)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !takes.MatchString(name) {
			c.unknown = append(c.unknown, "cloudformation "+q.name+": the parameter "+name)
			q.fail(http.StatusBadRequest, "ValidationError", "Unknown parameter "+name)
			return
		}
	}
	c.note(r, "cloudformation:"+q.name, q.resource())
	c.n++
	if c.say != nil {
		if status, code, message := c.say(c.n, q.name); status != 0 {
			q.fail(status, code, message)
			return
		}
	}
	known.answer(q)
}

// resource is what a permission for the call is bound to; source: Service
// Authorization Reference, AWS CloudFormation: all of these act on a stack,
// DescribeStackDriftDetectionStatus on no resource.
func (q call) resource() string {
	name := q.in.Get("StackName")
	switch {
	case q.name == "DescribeStackDriftDetectionStatus" || q.name == "ListStacks" || q.name == "ListExports" || q.name == "ListImports":
		return "*"
	case strings.HasPrefix(name, "arn:"):
		return name
	}
	if s := q.stack(name); s != nil {
		return s.id
	}
	return arn("cloudformation", "stack/"+name+"/*")
}

// fail refuses; source: API reference, "Common errors".
func (q call) fail(status int, code, message string) {
	q.w.Header().Set("Content-Type", "text/xml")
	q.w.WriteHeader(status)
	fmt.Fprintf(q.w, `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code, escaped(message))
}

func (q call) invalid(format string, args ...any) {
	q.fail(http.StatusBadRequest, "ValidationError", fmt.Sprintf(format, args...))
}

// found is the stack that the call names; it has refused if there is none.
func (q call) found(missing string) *cfnStack {
	s := q.stack(q.in.Get("StackName"))
	if s == nil {
		q.invalid(missing, q.in.Get("StackName"))
	}
	return s
}

// give answers with a result.
func (q call) give(result map[string]any) {
	var b strings.Builder
	write(&b, q.name+"Result", result)
	q.w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(q.w, `<%sResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">%s<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%sResponse>`, q.name, b.String(), q.name)
}

// pageOf cuts a list into pages of size; a token is where to go on, and opaque to
// callers.
func pageOf[T any](q call, all []T, size int, out map[string]any) []T {
	from := 0
	_, _ = fmt.Sscanf(q.in.Get("NextToken"), "token-%d", &from) // the first page has none
	from = min(max(from, 0), len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		out["NextToken"] = fmt.Sprintf("token-%d", to)
	}
	return all[from:to]
}

// write writes a value as XML; empty texts and nil are left out.
func write(b *strings.Builder, name string, v any) {
	text := ""
	switch v := v.(type) {
	case nil:
		return
	case map[string]any:
		b.WriteString("<" + name + ">")
		for _, k := range slices.Sorted(maps.Keys(v)) {
			write(b, k, v[k])
		}
		b.WriteString("</" + name + ">")
		return
	case []any:
		b.WriteString("<" + name + ">")
		for _, e := range v {
			write(b, "member", e)
		}
		b.WriteString("</" + name + ">")
		return
	case ec2Items:
		b.WriteString("<" + name + ">")
		for _, e := range v {
			write(b, "item", e)
		}
		b.WriteString("</" + name + ">")
		return
	case time.Time:
		if !v.IsZero() {
			text = v.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	default:
		text = fmt.Sprint(v)
	}
	if text != "" {
		b.WriteString("<" + name + ">" + escaped(text) + "</" + name + ">")
	}
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

func (q call) describeStacks() {
	s := q.found("Stack with id %s does not exist")
	if s == nil {
		return
	}
	s.advance(q.hasty)
	var outputs, tags []any
	for _, k := range slices.Sorted(maps.Keys(s.outputs)) {
		outputs = append(outputs, map[string]any{"OutputKey": k, "OutputValue": s.outputs[k], "Description": s.plan.Outputs[k].Description})
	}
	for _, k := range slices.Sorted(maps.Keys(s.tags)) {
		tags = append(tags, map[string]any{"Key": k, "Value": s.tags[k]})
	}
	q.give(map[string]any{"Stacks": []any{map[string]any{
		"StackId": s.id, "StackName": s.name, "StackStatus": s.status, "StackStatusReason": s.reason, "CreationTime": s.created, "LastUpdatedTime": s.updated,
		"DeletionTime": s.deleted, "EnableTerminationProtection": s.protected, "Outputs": outputs, "Tags": tags,
	}}})
}

// eventsAtOnce is small, so that callers must turn pages.
const eventsAtOnce = 4

// describeEvents tells what happened, the newest first; those of a deleted stack
// by its id only.
func (q call) describeEvents() {
	s := q.found("Stack [%s] does not exist")
	if s == nil {
		return
	}
	if q.in.Get("NextToken") == "" {
		s.advance(q.hasty)
	}
	out := map[string]any{}
	newest := slices.Clone(s.events)
	slices.Reverse(newest)
	var shown []any
	for _, e := range pageOf(q, newest, eventsAtOnce, out) {
		shown = append(shown, map[string]any{
			"EventId": e.id, "StackId": s.id, "StackName": s.name, "LogicalResourceId": e.logical, "PhysicalResourceId": e.physical, "ResourceType": e.kind,
			"ResourceStatus": e.status, "ResourceStatusReason": e.reason, "Timestamp": e.at, "ClientRequestToken": e.token,
		})
	}
	out["StackEvents"] = shown
	q.give(out)
}

// getTemplate gives the template back, byte for byte.
func (q call) getTemplate() {
	s := q.found("Stack with id %s does not exist")
	switch {
	case s == nil:
	case s.plan == nil:
		// A stack of a change set that never ran has none; moto and AWS say so
		// in words of their own, AWS with this text.
		q.invalid("Template is not available for stack %s", s.name)
	default:
		q.give(map[string]any{"TemplateBody": string(s.plan.text), "StagesAvailable": []any{"Original", "Processed"}})
	}
}

func (q call) deleteStack() {
	s := q.stack(q.in.Get("StackName"))
	switch {
	case s == nil || s.status == "DELETE_COMPLETE":
		// Source: API reference: deleting what is not there succeeds.
	case s.protected:
		q.invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", s.name)
		return
	case s.status == "DELETE_IN_PROGRESS":
	case strings.HasSuffix(s.status, "_IN_PROGRESS") && s.status != "REVIEW_IN_PROGRESS":
		q.invalid("Stack [%s] cannot be deleted while in status %s", s.name, s.status)
		return
	default:
		s.steps, s.token = nil, q.in.Get("ClientRequestToken")
		if s.old != nil {
			q.demolishOld(s)
			break
		}
		q.demolish(s)
	}
	q.give(map[string]any{})
}

func (q call) protect() {
	s := q.found("Stack [%s] does not exist")
	if s == nil {
		return
	}
	s.protected = q.in.Get("EnableTerminationProtection") == "true"
	q.give(map[string]any{"StackId": s.id})
}

func (q call) listResources() {
	s := q.found("Stack with id %s does not exist")
	if s == nil {
		return
	}
	out := map[string]any{}
	var shown []any
	for _, id := range pageOf(q, slices.Sorted(maps.Keys(s.resources)), eventsAtOnce, out) {
		r := s.resources[id]
		drift := r.drift
		if drift == "" {
			drift = "NOT_CHECKED"
		}
		shown = append(shown, map[string]any{
			"LogicalResourceId": id, "PhysicalResourceId": r.id, "ResourceType": r.kind, "ResourceStatus": r.status, "LastUpdatedTimestamp": s.updated,
			"DriftInformation": map[string]any{"StackResourceDriftStatus": drift},
		})
	}
	out["StackResourceSummaries"] = shown
	q.give(out)
}

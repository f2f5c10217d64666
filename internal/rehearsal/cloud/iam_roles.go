package cloud

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// IAMRole is a role: whom it trusts and what it may do, as documents. Managed are
// names of policies of the account, AWS of Amazon's own.
type IAMRole struct {
	Name, Trust  string
	Inline       []string
	Managed, AWS []string
	Profile      string // an instance profile that hands it out
	Used         time.Time
}

// IAMRole makes a role, IAMPolicy a policy of the account.
func (o *OldSide) IAMRole(r IAMRole) { put(&o.c.old.roles, r.Name, &r) }

// IAMPolicy makes a policy of the account; its earlier version allows everything.
func (o *OldSide) IAMPolicy(name, document string) { put(&o.c.old.documents, name, document) }

// IAMRoles are the names of the roles that are there.
func (o *OldSide) IAMRoles() []string { return slices.Sorted(maps.Keys(o.c.old.roles)) }

// iam answers GetAccountAuthorizationDetails here, all else elsewhere.
func (c *Cloud) iam(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() == nil && r.Form.Get("Action") == "GetAccountAuthorizationDetails" {
		c.authorizations(w, r)
		return
	}
	c.identities(w, r)
}

// authorizations; source: IAM API reference, GetAccountAuthorizationDetails, query
// protocol of 2010-05-08.
func (c *Cloud) authorizations(w http.ResponseWriter, r *http.Request) {
	if !c.query(w, r, "iam", "2010-05-08", map[string][]string{"GetAccountAuthorizationDetails": {"Filter.member.", "Marker"}}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q := ask{c, w, r, r.Form.Get("Action")}
	c.note(r, "iam:GetAccountAuthorizationDetails", "*") // knows no resources; source: Service Authorization Reference
	asked := q.list("Filter.member.")
	var all []string
	for name := range c.old.roles {
		all = append(all, "role "+name)
	}
	for name := range c.old.documents {
		all = append(all, "policy "+name)
	}
	slices.Sort(all)
	part, next := page(all, r.Form.Get("Marker"))
	roles, policies := []any{}, []any{}
	for _, one := range part {
		switch kind, name, _ := strings.Cut(one, " "); {
		case kind == "role" && has(asked, "Role"):
			roles = append(roles, q.showRole(c.old.roles[name]))
		case kind == "policy" && has(asked, "LocalManagedPolicy"):
			policies = append(policies, map[string]any{"PolicyName": name, "Arn": "arn:aws:iam::" + Account + ":policy/" + name, "DefaultVersionId": "v2", "PolicyVersionList": []any{
				map[string]any{"VersionId": "v1", "IsDefaultVersion": false, "Document": url.PathEscape(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)},
				map[string]any{"VersionId": "v2", "IsDefaultVersion": true, "Document": url.PathEscape(c.old.documents[name])},
			}})
		}
	}
	out := map[string]any{"RoleDetailList": roles, "Policies": policies, "IsTruncated": next != ""}
	if next != "" {
		out["Marker"] = next
	}
	q.give(out)
}

func (q ask) showRole(r *IAMRole) map[string]any {
	at := "arn:aws:iam::" + Account + ":role/" + r.Name
	inline, attached := []any{}, []any{}
	for _, document := range r.Inline {
		inline = append(inline, map[string]any{"PolicyName": "own", "PolicyDocument": url.PathEscape(document)})
	}
	for _, name := range r.Managed {
		attached = append(attached, map[string]any{"PolicyName": name, "PolicyArn": "arn:aws:iam::" + Account + ":policy/" + name})
	}
	for _, name := range r.AWS {
		attached = append(attached, map[string]any{"PolicyName": name, "PolicyArn": "arn:aws:iam::aws:policy/" + name})
	}
	m := map[string]any{"Arn": at, "RoleName": r.Name, "RoleId": "AROA" + strings.ToUpper(r.Name), "Path": "/", "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": url.PathEscape(r.Trust),
		"RolePolicyList": inline, "AttachedManagedPolicies": attached, "Tags": q.listed(at, "Key", "Value")}
	if !r.Used.IsZero() {
		m["RoleLastUsed"] = map[string]any{"LastUsedDate": r.Used, "Region": Region}
	}
	if r.Profile != "" {
		m["InstanceProfileList"] = []any{map[string]any{"InstanceProfileName": r.Profile, "Arn": "arn:aws:iam::" + Account + ":instance-profile/" + r.Profile}}
	}
	return m
}

// Whom the roles of an old side trust: ECS's tasks, or a pipeline on GitHub.
const (
	trustsTasks    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	trustsPipeline = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + Account + `:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}`
)

// legoRoles: one that the tasks assume, one by which a pipeline deploys to ECS and
// nothing else, one that deploys both sides.
func (o *OldSide) legoRoles() {
	used := time.Date(2026, 2, 27, 8, 30, 0, 0, time.UTC)
	ecs := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecs:UpdateService","ecs:DescribeServices"],"Resource":"` + arn("ecs", "service/lego-api/*") + `"},
		{"Effect":"Allow","Action":["ecs:RegisterTaskDefinition","iam:PassRole"],"Resource":"*"}]}`
	o.IAMPolicy("lego-deploys", ecs)
	o.IAMRole(IAMRole{Name: "lego-api-execution", Trust: trustsTasks, AWS: []string{"AmazonECSTaskExecutionRolePolicy"}, Used: used})
	o.IAMRole(IAMRole{Name: "lego-api-ci", Trust: trustsPipeline, Managed: []string{"lego-deploys"}, AWS: []string{"AmazonEC2ContainerRegistryPowerUser"}, Used: used.AddDate(0, -2, 0)})
	o.IAMRole(IAMRole{Name: "production-deploy", Trust: trustsPipeline, Managed: []string{"lego-deploys"}, Inline: []string{`{"Statement":{"Effect":"Allow","Action":"lambda:*","Resource":"*"}}`}, Used: used})
	o.IAMRole(IAMRole{Name: "unused", Trust: trustsTasks})
}

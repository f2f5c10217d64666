package cloud

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// access is who may become which role.
type access struct {
	providers map[string][]string
	trust     map[string]string
	denied    map[string][]string
}

// Provider makes an OIDC provider of the account for these audiences, such as
// token.actions.githubusercontent.com; without one it is taken away.
func (c *Cloud) Provider(issuer string, audiences ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	put(&c.access.providers, issuer, audiences)
	if len(audiences) == 0 {
		delete(c.access.providers, issuer)
	}
}

// Role makes a role with this trust policy; an empty one takes it away.
func (c *Cloud) Role(name, trust string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	put(&c.access.trust, name, trust)
	if trust == "" {
		delete(c.access.trust, name)
	}
}

// Deny has the simulation refuse a role these actions.
func (c *Cloud) Deny(role string, actions ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	put(&c.access.denied, role, actions)
}

// identities answers IAM's query protocol; source: IAM API reference,
// GetOpenIDConnectProvider, GetRole, SimulatePrincipalPolicy. What does not exist
// is NoSuchEntity with status 404.
func (c *Cloud) identities(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	action := r.Form.Get("Action")
	none := func(what string) {
		failQuery(w, &denial{http.StatusNotFound, "NoSuchEntity", what + " cannot be found."})
	}
	global := "arn:aws:iam::" + Account + ":"
	switch action {
	case "GetOpenIDConnectProvider":
		at := r.Form.Get("OpenIDConnectProviderArn")
		c.note(r, "iam:"+action, at)
		audiences, ok := c.access.providers[strings.TrimPrefix(at, global+"oidc-provider/")]
		if !ok {
			none("OpenIDConnect Provider " + at)
			return
		}
		answerXML(w, struct {
			XMLName xml.Name `xml:"GetOpenIDConnectProviderResponse"`
			IDs     []string `xml:"GetOpenIDConnectProviderResult>ClientIDList>member"`
		}{IDs: audiences})
	case "GetRole":
		name := r.Form.Get("RoleName")
		c.note(r, "iam:"+action, global+"role/"+name)
		trust, ok := c.access.trust[name]
		if !ok {
			none("The role with name " + name)
			return
		}
		type role struct{ Arn, RoleName, Path, RoleId, CreateDate, AssumeRolePolicyDocument string } // IAM's names
		answerXML(w, struct {
			XMLName xml.Name `xml:"GetRoleResponse"`
			Role    role     `xml:"GetRoleResult>Role"`
		}{Role: role{global + "role/" + name, name, "/", "AROAEXAMPLE", "2026-01-02T03:04:05Z", url.QueryEscape(trust)}})
	case "SimulatePrincipalPolicy":
		at := r.Form.Get("PolicySourceArn")
		c.note(r, "iam:"+action, at)
		c.simulated(w, r, strings.TrimPrefix(at, global+"role/"))
	default:
		c.unknown = append(c.unknown, "iam "+action)
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (c *Cloud) simulated(w http.ResponseWriter, r *http.Request, role string) {
	type result struct{ EvalActionName, EvalResourceName, EvalDecision string }
	var all []result
	for key, values := range r.Form {
		if !strings.HasPrefix(key, "ActionNames.member.") {
			continue
		}
		decision := "allowed"
		if slices.Contains(c.access.denied[role], values[0]) {
			decision = "implicitDeny"
		}
		all = append(all, result{values[0], r.Form.Get("ResourceArns.member.1"), decision})
	}
	answerXML(w, struct {
		XMLName   xml.Name `xml:"SimulatePrincipalPolicyResponse"`
		Truncated bool     `xml:"SimulatePrincipalPolicyResult>IsTruncated"`
		Results   []result `xml:"SimulatePrincipalPolicyResult>EvaluationResults>member"`
	}{Results: all})
}

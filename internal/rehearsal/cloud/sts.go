package cloud

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Trust lets AssumeRoleWithWebIdentity give sessions: f says what is wrong with
// a role (its ARN) and a token, nil if nothing is. Without it none is given.
func (c *Cloud) Trust(f func(role, token string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trusts = f
}

// federated answers AssumeRoleWithWebIdentity, which is not signed; source: STS
// API reference. false means that the request is another one.
func (c *Cloud) federated(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost || r.ParseForm() != nil || r.Form.Get("Action") != "AssumeRoleWithWebIdentity" {
		return false
	}
	role, name := r.Form.Get("RoleArn"), r.Form.Get("RoleSessionName")
	c.mu.Lock()
	defer c.mu.Unlock()
	refuse := func(status int, code, message string) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
	}
	switch {
	case role == "" || name == "" || r.Form.Get("WebIdentityToken") == "":
		refuse(http.StatusBadRequest, "ValidationError", "a parameter is missing")
		return true
	case c.trusts == nil:
		refuse(http.StatusBadRequest, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")
		return true
	}
	if err := c.trusts(role, r.Form.Get("WebIdentityToken")); err != nil {
		refuse(http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		return true
	}
	key := fmt.Sprintf("ASIA%016d", len(c.roles)+1)
	c.roles[key] = role[strings.LastIndexByte(role, '/')+1:]
	w.Header().Set("Content-Type", "text/xml")
	//nolint:gosec // XML for a program, not a page for a browser
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>session-secret-of-%s</SecretAccessKey><SessionToken>session-token-of-%s</SessionToken><Expiration>%s</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::%s:assumed-role/%s/%s</Arn><AssumedRoleId>AROA:%s</AssumedRoleId></AssumedRoleUser>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, key, key, key, time.Now().Add(time.Hour).UTC().Format(time.RFC3339), Account, c.roles[key], name, name)
	return true
}

// sts answers GetCallerIdentity, which needs no permission.
func (c *Cloud) sts(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.Form.Get("Action") != "GetCallerIdentity" {
		c.strange("sts " + r.Form.Get("Action"))
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	signed := signature.FindStringSubmatch(r.Header.Get("Authorization"))
	who := "user/engineer"
	if role := c.roles[signed[1]]; role != "" {
		who = "assumed-role/" + role + "/session"
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::%s:%s</Arn><UserId>AROA</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, Account, who, Account)
}

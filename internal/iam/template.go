package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Template is one CloudFormation template: the OIDC provider, and each role with
// its policies. The same stages give the same bytes.
type Template struct {
	AWSTemplateFormatVersion string
	Description              string
	Parameters               map[string]Parameter
	Conditions               map[string]any
	Resources                map[string]Resource
	Outputs                  map[string]Output
}

// Parameter is one that whoever deploys the template may set.
type Parameter struct {
	Type                  string
	Description           string
	Default               *string `json:",omitempty"`
	AllowedPattern        string  `json:",omitempty"`
	ConstraintDescription string  `json:",omitempty"`
}

// Resource is one of CloudFormation's resources.
type Resource struct {
	Type       string
	Condition  string `json:",omitempty"`
	Properties map[string]any
}

// Output is what the deployed stack tells.
type Output struct {
	Description string
	Value       any
}

// With these in place of names, CloudFormation fills them in.
const (
	subAccount    = "${AWS::AccountId}"
	subRegion     = "${AWS::Region}"
	subRepository = "${Repository}"
	subArchive    = "${ArchiveBucket}"
	subState      = "${StateBucket}"
)

// parametrized replaces what a template takes as parameters.
func (s Settings) parametrized() Settings {
	s.Account, s.Repository, s.Archive, s.State = subAccount, subRepository, subArchive, subState
	if s.Region == "*" || s.Region == "" {
		s.Region = subRegion
	}
	return s
}

// TemplateOf is the template for stages of one app. Names that are known become
// the parameters' defaults.
func TemplateOf(stages []Stage) (Template, error) {
	t := Template{
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              "cutover: GitHub's OIDC provider, and one role for each kind of job, bound to its environment",
		Parameters:               parameters(stages[0].Settings),
		Conditions:               map[string]any{"MakeProvider": map[string]any{"Fn::Equals": []any{map[string]any{"Ref": "ExistingProvider"}, ""}}},
		Resources: map[string]Resource{"Provider": {
			Type: "AWS::IAM::OIDCProvider", Condition: "MakeProvider",
			Properties: map[string]any{"Url": "https://" + Issuer, "ClientIdList": []any{Audience}},
		}},
		Outputs: map[string]Output{},
	}
	if err := apart(stages); err != nil {
		return t, err
	}
	var roles []Role
	for _, s := range stages {
		s.Settings = s.parametrized()
		t.Resources[camel(s.Stage, "boundary")] = managed(s.Boundary(), "The most that roles made by SST for "+s.Stage+" may ever do", BoundaryOf(s.Settings))
		t.Outputs[camel(s.Stage, "boundary")] = Output{s.boundaryVariable() + ": permissions boundary of the app's own roles", map[string]any{"Ref": camel(s.Stage, "boundary")}}
		roles = append(roles, s.Roles()...)
	}
	for _, r := range roles {
		if err := t.add(r); err != nil {
			return t, err
		}
	}
	return t, distinct(roles)
}

// boundaryVariable is the repository's variable with the boundary's ARN.
func (s Stage) boundaryVariable() string {
	return "APP_BOUNDARY_" + strings.ToUpper(strings.ReplaceAll(s.Stage, "-", "_"))
}

// add puts a role, its policies and its output into the template.
func (t Template) add(r Role) error {
	id := camel(r.Settings.Stage, r.Kind)
	parts, err := r.policies()
	if err != nil {
		return err
	}
	provider := map[string]any{"Fn::If": []any{"MakeProvider", map[string]any{"Ref": "Provider"}, map[string]any{"Ref": "ExistingProvider"}}}
	trust := substituted(TrustOf("", r.Settings.Repository, append([]string{r.Bound}, r.Also...)...)).(map[string]any)
	trust["Statement"].([]any)[0].(map[string]any)["Principal"] = map[string]any{"Federated": provider}
	t.Resources[id] = Resource{Type: "AWS::IAM::Role", Properties: map[string]any{
		"RoleName": r.Name(), "Description": r.Bound + ": " + r.Why,
		// A session of an hour is renewed in process; a longer one would only
		// outlive its job.
		"MaxSessionDuration": 3600, "AssumeRolePolicyDocument": trust,
	}}
	for i, p := range parts {
		policy := id + "Policy" + string(rune('A'+i))
		if same := t.has(p); same != "" {
			policy = same
		} else {
			t.Resources[policy] = managed("", "For "+r.Name(), p)
		}
		to, _ := t.Resources[policy].Properties["Roles"].([]any)
		t.Resources[policy].Properties["Roles"] = append(to, map[string]any{"Ref": id})
	}
	t.Outputs[id] = Output{r.Variable + ": " + r.Bound, map[string]any{"Fn::GetAtt": []any{id, "Arn"}}}
	return nil
}

// has finds a policy that says the same: roles share it.
func (t Template) has(p Policy) string {
	text := compact(substituted(p))
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if r := t.Resources[id]; r.Type == "AWS::IAM::ManagedPolicy" && r.Properties["ManagedPolicyName"] == nil && compact(r.Properties["PolicyDocument"]) == text {
			return id
		}
	}
	return ""
}

func managed(name, description string, p Policy) Resource {
	r := Resource{Type: "AWS::IAM::ManagedPolicy", Properties: map[string]any{"Description": description, "PolicyDocument": substituted(p)}}
	if name != "" {
		r.Properties["ManagedPolicyName"] = name
	}
	return r
}

func parameters(s Settings) map[string]Parameter {
	known := func(v string, unknown ...string) *string {
		for _, u := range unknown {
			if v == u {
				return nil
			}
		}
		return &v
	}
	none := ""
	return map[string]Parameter{
		"Repository": {
			Type: "String", Description: "GitHub repository, owner/name; or owner@id/name@id if its tokens carry ids (gh api repos/OWNER/NAME/actions/oidc/customization/sub)",
			Default: known(s.Repository, "", noRepo), AllowedPattern: "^[A-Za-z0-9][A-Za-z0-9-]*(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", ConstraintDescription: "owner/name without a star",
		},
		"ArchiveBucket": {
			Type: "String", Description: "S3 bucket of the releases", Default: known(s.Archive, "", noBucket),
			AllowedPattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", ConstraintDescription: "the name of a bucket without a star",
		},
		"StateBucket": {
			Type: "String", Description: "SST's state bucket; after the first deployment aws ssm get-parameter --name /sst/bootstrap tells its whole name", Default: known(s.State, ""),
			AllowedPattern: "^[a-z0-9][a-z0-9.-]{3,61}[*]?$", ConstraintDescription: "the name of a bucket, or its beginning with a star",
		},
		"ExistingProvider": {
			Type: "String", Description: "ARN of GitHub's OIDC provider if the account has it; an account has one. Empty makes it", Default: &none,
			AllowedPattern: "^(arn:aws:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com)?$", ConstraintDescription: "empty, or the provider's ARN",
		},
	}
}

// substituted turns v into JSON's own types, and lets CloudFormation fill in
// what stands in ${}.
func substituted(v any) any {
	var plain any
	if err := json.Unmarshal([]byte(compact(v)), &plain); err != nil {
		panic(err) // it was encoded just now
	}
	return walk(plain)
}

func walk(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = walk(v[k])
		}
	case []any:
		for i := range v {
			v[i] = walk(v[i])
		}
	case string:
		if strings.Contains(v, "${") {
			return map[string]any{"Fn::Sub": v}
		}
	}
	return v
}

// MostInline is the longest template that CloudFormation takes without a
// bucket; source: CloudFormation User Guide, quotas.
const MostInline = 51_200

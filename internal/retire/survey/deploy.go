package survey

import (
	"encoding/json"
	"slices"
	"strings"
)

// Deployer is what IAM knows of a role: whom it trusts, and the documents of all
// policies that it has. Unknown says that there is one more which nobody has read.
type Deployer struct {
	Trust    string
	Policies []string
	Unknown  bool
}

// statement is one of an IAM policy; source: IAM User Guide, "Grammar of the IAM
// JSON policy language".
type statement struct {
	Effect      string
	Action      words
	NotAction   words
	Resource    words
	NotResource words
}

// words are one or several: the grammar allows both.
type words []string

// UnmarshalJSON reads either.
func (w *words) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*w = words{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(text, &many)
	*w = many
	return err
}

func statements(document string) ([]statement, error) {
	var p struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return nil, err
	}
	var one statement
	if strings.HasPrefix(strings.TrimSpace(string(p.Statement)), "{") {
		err := json.Unmarshal(p.Statement, &one)
		return []statement{one}, err
	}
	var many []statement
	err := json.Unmarshal(p.Statement, &many)
	return many, err
}

// side are the services beside ECS that a deployment to it needs.
var side = []string{"ecs", "ecr", "logs", "elasticloadbalancing", "application-autoscaling", "servicediscovery", "cloudwatch", "sts"}

// OnlyDeploysTo says whether a role of a pipeline may change this service and may
// do nothing that a deployment to ECS does not need. Whoever is in doubt has not
// found one: what is found is proposed to people, and nothing is done to it.
func (d Deployer) OnlyDeploysTo(service string) bool {
	trust, err := statements(d.Trust)
	web := func(s statement) bool {
		return s.Effect == "Allow" && covers(s.Action, "sts:AssumeRoleWithWebIdentity")
	}
	if err != nil || d.Unknown || !slices.ContainsFunc(trust, web) {
		return false
	}
	deploys := false
	for _, document := range d.Policies {
		all, err := statements(document)
		if err != nil {
			return false
		}
		for _, s := range all {
			if s.Effect != "Allow" {
				continue
			}
			if len(s.NotAction)+len(s.NotResource) > 0 || slices.ContainsFunc(s.Action, beyond) {
				return false
			}
			deploys = deploys || covers(s.Action, "ecs:UpdateService") && covers(s.Resource, service)
		}
	}
	return deploys
}

// beyond says whether an action is none of a deployment to ECS.
func beyond(action string) bool {
	name, _, _ := strings.Cut(strings.ToLower(action), ":")
	return !slices.Contains(side, name) && !strings.EqualFold(action, "iam:PassRole")
}

// covers says whether one of the patterns matches. Actions know no case.
func covers(patterns []string, one string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return glob(strings.ToLower(p), strings.ToLower(one)) })
}

// glob: * is any text, ? one character.
func glob(pattern, text string) bool {
	at, star, mark := 0, -1, 0
	i := 0
	for i < len(text) {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, mark = at, i
			at++
		case at < len(pattern) && (pattern[at] == '?' || pattern[at] == text[i]):
			at++
			i++
		case star >= 0:
			mark++
			at, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}

package doctor

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// texts is one text or several, as IAM's documents have both.
type texts []string

// UnmarshalJSON reads either form.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

type trustStatement struct {
	Effect    string
	Action    texts
	Principal json.RawMessage
	Condition map[string]map[string]texts
}

// judgeTrust says what is wrong with a trust policy: each subject must stand there
// word for word, and nothing that lets anybody else in. begins is how subjects of
// the repository begin, empty if that is not known: then ids behind an @ do not
// matter.
func judgeTrust(document, repository, begins string, bound []string) (wrong []string) {
	statements, err := statementsOf(document)
	if err != nil {
		return []string{"its trust policy cannot be read"}
	}
	like := func(subject string) string { return subject }
	if begins == "" {
		begins, like = "repo:"+repository, withoutIDs
	}
	wanted := map[string]bool{}
	for _, b := range bound {
		wanted[like(begins+":"+b)] = false
	}
	for _, s := range statements {
		if s.Effect != "Allow" || !slices.ContainsFunc(s.Action, func(a string) bool {
			return a == "*" || strings.HasPrefix(a, "sts:AssumeRoleWithWebIdentity") || a == "sts:*"
		}) {
			continue
		}
		if aud := s.Condition["StringEquals"][issuer+":aud"]; !slices.Equal(aud, texts{audience}) {
			wrong = append(wrong, "it takes tokens for "+list(aud)+", and not for "+audience+" alone")
		}
		subjects := s.subjects()
		if len(subjects) == 0 {
			wrong = append(wrong, "it does not look at the subject: any repository on GitHub gets in")
		}
		for _, subject := range subjects {
			if _, is := wanted[like(subject)]; is {
				wanted[like(subject)] = true
				continue
			}
			wrong = append(wrong, fmt.Sprintf("it lets in %s", subject))
		}
	}
	for _, b := range bound {
		if !wanted[like(begins+":"+b)] {
			wrong = append(wrong, "it does not let in "+begins+":"+b)
		}
	}
	return wrong
}

// subjects are those of the claim sub, whichever way it is compared.
func (s trustStatement) subjects() (all []string) {
	for _, operator := range []string{"StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringLike"} {
		all = append(all, s.Condition[operator][issuer+":sub"]...)
	}
	return all
}

func statementsOf(document string) ([]trustStatement, error) {
	var d struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return nil, err
	}
	var many []trustStatement
	if json.Unmarshal(d.Statement, &many) == nil {
		return many, nil
	}
	var one trustStatement
	err := json.Unmarshal(d.Statement, &one)
	return []trustStatement{one}, err
}

var ids = regexp.MustCompile(`@[0-9]+`)

// withoutIDs is a subject without the ids of owner and repository.
func withoutIDs(subject string) string {
	parts := strings.SplitN(subject, ":", 3)
	if len(parts) == 3 {
		parts[1] = ids.ReplaceAllString(parts[1], "")
	}
	return strings.Join(parts, ":")
}

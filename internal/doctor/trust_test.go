package doctor

import (
	"slices"
	"strings"
	"testing"
)

func TestTrust(t *testing.T) {
	policy := func(condition string) string {
		return `{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Condition":{` + condition + `}}]}`
	}
	const aud = `"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"`
	sub := func(operator string, subjects ...string) string {
		return `"StringEquals":{` + aud + `},"` + operator + `":{"token.actions.githubusercontent.com:sub":["` + strings.Join(subjects, `","`) + `"]}`
	}
	const wanted = "repo:o/r:environment:production"
	for name, c := range map[string]struct{ document, begins, wrong string }{
		"as it must be":            {policy(`"StringEquals":{` + aud + `,"token.actions.githubusercontent.com:sub":"` + wanted + `"}`), "", ""},
		"ids do not matter":        {policy(sub("ForAnyValue:StringEquals", "repo:o@1/r@22:environment:production")), "", ""},
		"but where they are known": {policy(sub("ForAnyValue:StringEquals", wanted)), "repo:o@1/r@2", "does not let in repo:o@1/r@2:environment:production"},
		"another environment":      {policy(sub("ForAnyValue:StringEquals", "repo:o/r:environment:staging")), "", "lets in repo:o/r:environment:staging"},
		"another too":              {policy(sub("ForAnyValue:StringEquals", wanted, "repo:evil/r:environment:production")), "", "lets in repo:evil/r"},
		"a star":                   {policy(sub("StringLike", "repo:o/r:*")), "", "lets in repo:o/r:*"},
		"every repository":         {policy(`"StringEquals":{` + aud + `}`), "", "any repository on GitHub"},
		"any audience":             {policy(`"StringEquals":{"token.actions.githubusercontent.com:sub":"` + wanted + `"}`), "", "takes tokens for"},
		"nobody":                   {`{"Statement":[]}`, "", "does not let in"},
		"one statement":            {`{"Statement":{"Effect":"Allow","Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{` + aud + `,"token.actions.githubusercontent.com:sub":["` + wanted + `"]}}}}`, "", ""},
		"no JSON":                  {`{`, "", "cannot be read"},
	} {
		wrong := judgeTrust(c.document, "o/r", c.begins, []string{"environment:production"})
		if c.wrong == "" && len(wrong) > 0 || c.wrong != "" && !slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, c.wrong) }) {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

func FuzzTrust(f *testing.F) {
	f.Add(`{"Statement":[{"Effect":"Allow","Action":"*","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":["repo:o/r:environment:production"]}}}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		if wrong := judgeTrust(document, "o/r", "", []string{"environment:production"}); len(wrong) == 0 && !strings.Contains(document, "sub") && !strings.Contains(document, `\u`) {
			t.Errorf("%s lets in just whom it shall", document)
		}
	})
}

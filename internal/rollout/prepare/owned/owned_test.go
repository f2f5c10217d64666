package owned_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/prepare/owned"
)

const (
	pulled = `{"version":4,"terraform_version":"1.9.0","resources":[{"mode":"managed","type":"aws_route53_record","name":"api","instances":[{"attributes":{"fqdn":"API.lego.example.com","name":"api","type":"A"}}]}]}`
	shown  = `{"format_version":"1.0","terraform_version":"1.9.0","values":{"root_module":{"child_modules":[{"resources":[{"address":"x","type":"aws_route53_record","values":{"name":"api.lego.example.com."}}]}]}}}`
	point  = `{"version":3,"checkpoint":{"stack":"a","latest":{"resources":[{"urn":"u","type":"aws:route53/record:Record","outputs":{"name":"api.lego.example.com","fqdn":"api.lego.example.com"}}]}}}`
	export = `{"version":3,"deployment":{"resources":[{"type":"aws:route53/record:Record","outputs":{"fqdn":"api.lego.example.com"}}]}}`
)

// Shows: 5.5.1
func TestWhoseRecordItIs(t *testing.T) {
	for name, c := range map[string]struct {
		read  func([]byte, string) (bool, error)
		text  string
		want  bool
		wrong string
	}{
		"pulled":                         {owned.Terraform, pulled, true, ""},
		"shown":                          {owned.Terraform, shown, true, ""},
		"another record":                 {owned.Terraform, strings.ReplaceAll(pulled, "API.lego", "www.lego"), false, ""},
		"the same name of another kind":  {owned.Terraform, strings.ReplaceAll(pulled, "aws_route53_record", "aws_lb"), false, ""},
		"an empty state":                 {owned.Terraform, `{"version":4,"terraform_version":"1.9.0","resources":[]}`, false, ""},
		"no state of Terraform":          {owned.Terraform, `{"resources":[]}`, false, "terraform_version"},
		"SST's, given as Terraform's":    {owned.Terraform, point, false, "terraform_version"},
		"cut off":                        {owned.Terraform, pulled[:len(pulled)-3], false, "not a state of Terraform"},
		"checkpoint":                     {owned.SST, point, true, ""},
		"export":                         {owned.SST, export, true, ""},
		"another record of SST's":        {owned.SST, strings.ReplaceAll(point, "api.lego", "www.lego"), false, ""},
		"Terraform's, given as SST's":    {owned.SST, pulled, false, "checkpoint"},
		"a list":                         {owned.SST, `[]`, false, "not a state of SST"},
		"a resource with the name alone": {owned.SST, strings.ReplaceAll(export, "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"), false, ""},
	} {
		got, err := c.read([]byte(c.text), "api.lego.example.com")
		if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzOwned(f *testing.F) {
	for _, text := range []string{pulled, shown, point, export, `{"checkpoint":` + strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200) + `}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = owned.Terraform(text, "api.lego.example.com")
		_, _ = owned.SST(text, "api.lego.example.com")
	})
}

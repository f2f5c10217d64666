package lambda_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

// Shows: 5.7.7
func TestEstate(t *testing.T) {
	c := cloudtest.Serve(t, cloud.New("state"))
	c.Function("api", cloud.Lambda{Runtime: "nodejs20.x", Architectures: []string{"arm64"}, MemoryMB: 512, VPC: "vpc-1"})
	c.Function("worker", cloud.Lambda{Runtime: "provided.al2023", MemoryMB: 1024, VPC: "vpc-1", LogGroup: "/app/worker"})
	for i, alias := range []string{"live", "next", "old"} {
		c.Provision("api", alias, i+1)
	}
	f, err := lambda.Open(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	e := f.Estate(t.Context(), []string{"api", "worker", "gone"})
	if len(e.Functions) != 2 || len(e.Unread) != 1 || e.Unread[0].What != "functions" || !strings.HasPrefix(e.Unread[0].Why, "gone: ") || !slices.Equal(e.VPCs, []string{"vpc-1"}) {
		t.Fatalf("%+v", e)
	}
	if a := e.Functions[0]; a.Architecture != "arm" || a.Memory != 512 || a.Provisioned != 6 || a.ProvisionedUse != -1 || a.Binary != nil {
		t.Errorf("%+v", a)
	}
	if w := e.Functions[1]; w.Architecture != "x86" || w.Memory != 1024 || w.Provisioned != 0 || w.Binary == nil || !*w.Binary {
		t.Errorf("%+v", w)
	}
	if e.Groups["api"] != "/aws/lambda/api" || e.Groups["worker"] != "/app/worker" {
		t.Error(e.Groups)
	}
	c.Refuse(func(call, _ string) (int, string, string) {
		if call == "ListProvisionedConcurrencyConfigs" {
			return http.StatusForbidden, "AccessDeniedException", "no"
		}
		return 0, "", ""
	})
	// What is kept warm is not known, so neither is the function.
	if e = f.Estate(t.Context(), []string{"api"}); len(e.Functions) != 0 || len(e.Unread) != 1 || !strings.Contains(e.Unread[0].Why, "lambda:ListProvisionedConcurrencyConfigs") {
		t.Errorf("%+v", e)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Error(unknown)
	}
}

package ec2_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ec2"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

func world(t *testing.T) *cloud.Cloud {
	t.Helper()
	return cloudtest.Serve(t, cloud.New("state"))
}

// Shows: 5.7.7
func TestGateways(t *testing.T) {
	c := world(t)
	c.Network([]cloud.NAT{{ID: "nat-1", VPC: "vpc-1", State: "available"}, {ID: "nat-2", VPC: "vpc-2", State: "available"}, {ID: "nat-3", VPC: "vpc-1", State: "deleted"}, {ID: "nat-4", VPC: "vpc-9", State: "available"}},
		[]cloud.Endpoint{
			{VPC: "vpc-1", Service: "com.amazonaws.us-east-1.s3", State: "available"}, {VPC: "vpc-1", Service: "com.amazonaws.us-east-1.dynamodb", State: "available"},
			{VPC: "vpc-2", Service: "com.amazonaws.us-east-1.s3", State: "available", Type: "Interface"}, {VPC: "vpc-2", Service: "com.amazonaws.us-east-1.s3", State: "deleting"},
		})
	n, err := ec2.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var busy atomic.Int32
	c.RefuseWatch(func(string) (int, string) {
		if busy.Add(1) <= 2 {
			return http.StatusServiceUnavailable, "RequestLimitExceeded"
		}
		return 0, ""
	})
	got, err := n.Gateways(t.Context(), []string{"vpc-1", "vpc-2"})
	if err != nil || len(got) != 2 || got[0].ID != "nat-1" || !slices.Equal(got[0].Endpoints, []string{"dynamodb", "s3"}) || got[1].ID != "nat-2" || len(got[1].Endpoints) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	before := len(c.Calls())
	if got, err := n.Gateways(t.Context(), nil); err != nil || len(got) != 0 || len(c.Calls()) != before {
		t.Error(got, err)
	}
	c.RefuseWatch(func(call string) (int, string) { return http.StatusForbidden, "AccessDenied" })
	if _, err := n.Gateways(t.Context(), []string{"vpc-1"}); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "ec2:DescribeVpcEndpoints") || strings.Contains(err.Error(), "very-secret") {
		t.Error(err)
	}
}

// EC2's own words for a refusal, and answers that are none.
func TestGatewaysRefused(t *testing.T) {
	for name, x := range map[string]struct {
		status int
		text   string
		kind   fault.Kind
		want   string
	}{
		"not allowed":   {403, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error></Errors></Response>`, fault.Input, "Allow the role ec2:"},
		"no such key":   {401, `<Response><Errors><Error><Code>AuthFailure</Code><Message>Not able to validate.</Message></Error></Errors></Response>`, fault.Input, "OIDC"},
		"another page":  {200, `<html><body>Welcome</body></html>`, fault.Outside, "not understood"},
		"nothing":       {200, ``, fault.Outside, "not understood"},
		"no error":      {404, `gone`, fault.Outside, "HTTP404"},
		"without end":   {200, `<DescribeVpcEndpointsResponse><vpcEndpointSet/><nextToken>x</nextToken></DescribeVpcEndpointsResponse>`, fault.Outside, "more pages"},
		"another's VPC": {200, `<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-7</vpcId></item></natGatewaySet></DescribeNatGatewaysResponse>`, fault.Outside, "vpc-7"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(x.status)
				if name == "another's VPC" && r.FormValue("Action") == "DescribeVpcEndpoints" {
					_, _ = w.Write([]byte(`<DescribeVpcEndpointsResponse/>`))
					return
				}
				_, _ = w.Write([]byte(x.text))
			}))
			defer server.Close()
			world(t)
			t.Setenv("AWS_ENDPOINT_URL", server.URL)
			n, err := ec2.Open(t.Context(), "eu-west-1")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := n.Gateways(t.Context(), []string{"vpc-1"}); fault.KindOf(err) != x.kind || !strings.Contains(err.Error(), x.want) {
				t.Error(err)
			}
		})
	}
}

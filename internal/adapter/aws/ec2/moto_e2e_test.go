//go:build e2e

package ec2_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ec2"
	"github.com/cutover-dev/cutover/internal/mototest"
)

const makeNetwork = `
import boto3, os
c = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
made = []
for block in "10.1.0.0/16", "10.2.0.0/16":
    vpc = c.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    subnet = c.create_subnet(VpcId=vpc, CidrBlock=block.replace("/16", "/24"))["Subnet"]["SubnetId"]
    nat = c.create_nat_gateway(SubnetId=subnet, AllocationId=c.allocate_address(Domain="vpc")["AllocationId"])["NatGateway"]["NatGatewayId"]
    made += [vpc, nat]
c.create_vpc_endpoint(VpcId=made[0], ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
print(" ".join(made))
`

// What is signed and asked by hand is understood by an EC2 that was not written
// here, and its answer is read: the gateway of just this VPC, with its endpoint.
func TestE2EMotoGateways(t *testing.T) {
	made := strings.Fields(mototest.Start(t).Python(makeNetwork))
	n, err := ec2.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := n.Gateways(t.Context(), made[:1])
	if err != nil || len(got) != 1 || got[0].ID != made[1] || !slices.Equal(got[0].Endpoints, []string{"s3"}) {
		t.Errorf("%+v %v, made %v", got, err, made)
	}
	if got, err = n.Gateways(t.Context(), made[2:3]); err != nil || len(got) != 1 || len(got[0].Endpoints) != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

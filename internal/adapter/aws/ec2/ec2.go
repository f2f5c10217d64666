// Package ec2 asks Amazon EC2, or what AWS_ENDPOINT_URL names, for the NAT gateways
// of VPCs and the endpoints that take traffic off them. It speaks EC2's query
// protocol itself, signed and repeated by the AWS SDK: the SDK's client knows
// hundreds of calls, which would make every program larger by a half, for two.
package ec2

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Network is that of one region.
type Network struct{ config aws.Config }

const (
	// within bounds one question with all its pages and retries.
	within    = time.Minute
	mostPages = 50
)

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. region is empty for that of the environment.
func Open(ctx context.Context, region string) (*Network, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		return nil, &fault.Fault{Kind: fault.Input, Name: "region", What: "is not known", Next: "Set AWS_REGION, or name the region."}
	}
	return &Network{c}, nil
}

// Gateways are the NAT gateways of these VPCs that are there, with the gateway
// endpoints of their VPC. What goes through them is not known here. Source: EC2
// API reference, DescribeNatGateways, DescribeVpcEndpoints.
func (n *Network) Gateways(ctx context.Context, vpcs []string) ([]recommend.Gateway, error) {
	found := []recommend.Gateway{}
	if len(vpcs) == 0 {
		return found, nil // without a filter it would be those of everybody
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	endpoints, err := n.endpoints(ctx, vpcs)
	if err != nil {
		return nil, err
	}
	err = n.pages(ctx, "DescribeNatGateways", filters("vpc-id", vpcs, "state", []string{"available"}), func(text []byte) (string, error) {
		var out struct {
			XMLName  xml.Name `xml:"DescribeNatGatewaysResponse"`
			Gateways []struct {
				ID    string `xml:"natGatewayId"`
				VPC   string `xml:"vpcId"`
				State string `xml:"state"`
			} `xml:"natGatewaySet>item"`
			Next string `xml:"nextToken"`
		}
		if err := xml.Unmarshal(text, &out); err != nil {
			return "", err
		}
		for _, g := range out.Gateways {
			if g.ID == "" || !slices.Contains(vpcs, g.VPC) {
				return "", fmt.Errorf("a gateway %q of the VPC %q, which was not asked for", g.ID, g.VPC)
			}
			if g.State == "available" {
				found = append(found, recommend.Gateway{ID: g.ID, Endpoints: slices.Clone(endpoints[g.VPC])})
			}
		}
		return out.Next, nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// endpoints are the services, s3 and dynamodb, that VPCs reach by themselves.
func (n *Network) endpoints(ctx context.Context, vpcs []string) (map[string][]string, error) {
	found := map[string][]string{}
	err := n.pages(ctx, "DescribeVpcEndpoints", filters("vpc-id", vpcs, "vpc-endpoint-type", []string{"Gateway"}), func(text []byte) (string, error) {
		var out struct {
			XMLName   xml.Name `xml:"DescribeVpcEndpointsResponse"`
			Endpoints []struct {
				VPC     string `xml:"vpcId"`
				Service string `xml:"serviceName"`
				State   string `xml:"state"`
				Type    string `xml:"vpcEndpointType"`
			} `xml:"vpcEndpointSet>item"`
			Next string `xml:"nextToken"`
		}
		if err := xml.Unmarshal(text, &out); err != nil {
			return "", err
		}
		for _, e := range out.Endpoints {
			// com.amazonaws.<region>.s3
			name := e.Service[strings.LastIndexByte(e.Service, '.')+1:]
			if strings.EqualFold(e.State, "available") && e.Type == "Gateway" && !slices.Contains(found[e.VPC], name) {
				found[e.VPC] = append(found[e.VPC], name)
			}
		}
		return out.Next, nil
	})
	for _, names := range found {
		slices.Sort(names)
	}
	return found, err
}

// filters writes pairs of a name and its values as EC2 takes them.
func filters(pairs ...any) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		at := fmt.Sprintf("Filter.%d.", i/2+1)
		v.Set(at+"Name", pairs[i].(string))
		for j, value := range pairs[i+1].([]string) {
			v.Set(fmt.Sprintf("%sValue.%d", at, j+1), value)
		}
	}
	return v
}

// pages makes a call again with the token of each answer.
func (n *Network) pages(ctx context.Context, action string, form url.Values, read func(text []byte) (next string, err error)) error {
	form.Set("Action", action)
	form.Set("Version", "2016-11-15")
	for range mostPages {
		text, err := n.call(ctx, form)
		if err != nil {
			return refusal.Of("EC2", "the VPCs of the functions cannot be looked at", "Allow the role ec2:"+action+" on *.", err)
		}
		next, err := read(text)
		if err != nil {
			return &fault.Fault{Kind: fault.Outside, Name: "EC2", What: action + " has answered what is not understood", Err: err}
		}
		if next == "" {
			return nil
		}
		if next == form.Get("NextToken") {
			break
		}
		form.Set("NextToken", next)
	}
	return &fault.Fault{Kind: fault.Outside, Name: "EC2", What: action + " has more pages than there can be"}
}

package cloud

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// NAT is a NAT gateway; Endpoint is one of a VPC, of the type Gateway unless Type
// says otherwise.
type (
	NAT      struct{ ID, VPC, State string }
	Endpoint struct{ VPC, Service, State, Type string }
)

// Network makes these the NAT gateways and endpoints of the account.
func (c *Cloud) Network(nats []NAT, endpoints []Endpoint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.estate.nats, c.watch.estate.endpoints = nats, endpoints
}

// ec2 answers DescribeNatGateways and DescribeVpcEndpoints, one entry a page;
// source: EC2 API reference, query protocol of 2016-11-15. Several values of a
// filter are alternatives, several filters must all hold.
func (c *Cloud) ec2(w http.ResponseWriter, r *http.Request) {
	// EC2 writes errors in a way of its own; source: EC2 API reference, error codes.
	if f := c.refusal("ec2:" + r.FormValue("Action")); f != nil {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(f.status)
		fmt.Fprintf(w, "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>", f.code, f.message)
		return
	}
	takes := []string{"Filter.", "NextToken"}
	if !c.query(w, r, "ec2", "2016-11-15", map[string][]string{"DescribeNatGateways": takes, "DescribeVpcEndpoints": takes, "DescribeSecurityGroups": takes, "DescribeNetworkInterfaces": takes, "DeleteSecurityGroup": {"GroupId"}}) {
		return
	}
	filters := ec2Filters(r)
	fits := func(name, has string) bool { return filters[name] == nil || slices.Contains(filters[name], has) }
	c.mu.Lock()
	defer c.mu.Unlock()
	if id := r.Form.Get("GroupId"); id != "" {
		c.note(r, "ec2:DeleteSecurityGroup", arn("ec2", "security-group/"+id))
	} else {
		c.note(r, "ec2:"+r.Form.Get("Action"), "*")
	}
	if action := r.Form.Get("Action"); action != "DescribeNatGateways" && action != "DescribeVpcEndpoints" {
		c.groups2(w, r, fits, func(name string) bool { return filters[name] != nil })
		return
	}
	from := len(r.Form.Get("NextToken")) // a token is as long as what stands before its page
	more := func(n int) string {
		if from+1 < n {
			return strings.Repeat("x", from+1)
		}
		return ""
	}
	if r.Form.Get("Action") == "DescribeNatGateways" {
		type item struct {
			ID    string `xml:"natGatewayId"`
			VPC   string `xml:"vpcId"`
			State string `xml:"state"`
		}
		var all []item
		for _, n := range c.watch.estate.nats {
			if fits("vpc-id", n.VPC) && fits("state", n.State) {
				all = append(all, item(n))
			}
		}
		answerXML(w, struct {
			XMLName xml.Name `xml:"DescribeNatGatewaysResponse"`
			Items   []item   `xml:"natGatewaySet>item"`
			Next    string   `xml:"nextToken,omitempty"`
		}{Items: all[min(from, len(all)):min(from+1, len(all))], Next: more(len(all))})
		return
	}
	c.showEndpoints(w, fits, from, more)
}

// ec2Filters are the values of each filter, by its name.
func ec2Filters(r *http.Request) map[string][]string {
	filters := map[string][]string{}
	for i := 1; r.Form.Get("Filter."+strconv.Itoa(i)+".Name") != ""; i++ {
		at := "Filter." + strconv.Itoa(i) + "."
		for j := 1; r.Form.Get(at+"Value."+strconv.Itoa(j)) != ""; j++ {
			filters[r.Form.Get(at+"Name")] = append(filters[r.Form.Get(at+"Name")], r.Form.Get(at+"Value."+strconv.Itoa(j)))
		}
	}
	return filters
}

func (c *Cloud) showEndpoints(w http.ResponseWriter, fits func(name, has string) bool, from int, more func(n int) string) {
	type item struct {
		VPC     string `xml:"vpcId"`
		Service string `xml:"serviceName"`
		State   string `xml:"state"`
		Type    string `xml:"vpcEndpointType"`
	}
	var all []item
	for _, e := range c.watch.estate.endpoints {
		if e.Type == "" {
			e.Type = "Gateway"
		}
		if fits("vpc-id", e.VPC) && fits("vpc-endpoint-type", e.Type) {
			all = append(all, item(e))
		}
	}
	answerXML(w, struct {
		XMLName xml.Name `xml:"DescribeVpcEndpointsResponse"`
		Items   []item   `xml:"vpcEndpointSet>item"`
		Next    string   `xml:"nextToken,omitempty"`
	}{Items: all[min(from, len(all)):min(from+1, len(all))], Next: more(len(all))})
}

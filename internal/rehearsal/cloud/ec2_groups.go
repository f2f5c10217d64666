package cloud

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// SecurityGroup lets in others, by their IDs; Card is a network interface.
type (
	SecurityGroup struct {
		Name   string
		LetsIn []string
	}
	Card struct {
		ID, Description string
		Groups          []string
	}
)

// SecurityGroup makes a security group, by its ID.
func (o *OldSide) SecurityGroup(id string, g SecurityGroup) { put(&o.c.old.security, id, &g) }

// SecurityGroups are the IDs of those that are there.
func (o *OldSide) SecurityGroups() []string { return slices.Sorted(maps.Keys(o.c.old.security)) }

// Card makes a network interface besides those of tasks and load balancers.
func (o *OldSide) Card(card Card) { o.c.old.cards = append(o.c.old.cards, card) }

// allCards are those of tasks and load balancers, and the others.
func (c *Cloud) allCards() []Card {
	all := slices.Clone(c.old.cards)
	for _, at := range slices.Sorted(maps.Keys(c.old.balancers)) {
		all = append(all, Card{"eni-elb" + fmt.Sprint(len(at)), "ELB " + strings.TrimPrefix(at, "loadbalancer/"), c.old.balancers[at].Groups})
	}
	for _, at := range slices.Sorted(maps.Keys(c.fleet.ecs)) {
		s := c.fleet.ecs[at]
		for i := range s.Running {
			if s.Status != "INACTIVE" {
				all = append(all, Card{taskCard(at, i), "arn:aws:ecs:" + Region + ":" + Account + ":attachment/" + at, s.Groups})
			}
		}
	}
	return all
}

func taskCard(service string, i int) string {
	return fmt.Sprintf("eni-%s-%d", strings.ReplaceAll(service, "/", "-"), i)
}

// groups2 answers what asks for security groups and network interfaces, one a
// page, and deletes groups; source: EC2 API reference.
func (c *Cloud) groups2(w http.ResponseWriter, r *http.Request, fits func(name, has string) bool, filtered func(name string) bool) {
	action := r.Form.Get("Action")
	var all []any
	switch action {
	case "DescribeSecurityGroups":
		for _, id := range slices.Sorted(maps.Keys(c.old.security)) {
			g := c.old.security[id]
			hit := !filtered("ip-permission.group-id") || slices.ContainsFunc(g.LetsIn, func(in string) bool { return fits("ip-permission.group-id", in) })
			if hit && fits("group-id", id) && !filtered("egress.ip-permission.group-id") {
				all = append(all, map[string]any{"groupId": id, "groupName": g.Name, "groupDescription": g.Name, "vpcId": "vpc-1", "ipPermissions": permissions(g.LetsIn), "tagSet": items(c.listed(arn("ec2", "security-group/"+id), "key", "value"))})
			}
		}
		c.ec2Page(w, r, "securityGroupInfo", all)
	case "DescribeNetworkInterfaces":
		for _, card := range c.allCards() {
			if slices.ContainsFunc(card.Groups, func(g string) bool { return fits("group-id", g) }) {
				groups := []any{}
				for _, g := range card.Groups {
					groups = append(groups, map[string]any{"groupId": g})
				}
				all = append(all, map[string]any{"networkInterfaceId": card.ID, "description": card.Description, "status": "in-use", "groupSet": items(groups)})
			}
		}
		c.ec2Page(w, r, "networkInterfaceSet", all)
	default:
		c.deleteSecurityGroup(w, r.Form.Get("GroupId"))
	}
}

// items are a list as EC2 writes it.
func items(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return ec2Items(list)
}

type ec2Items []any

func permissions(groups []string) any {
	list := []any{}
	for _, g := range groups {
		list = append(list, map[string]any{"ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "groups": items([]any{map[string]any{"groupId": g}})})
	}
	return items(list)
}

// ec2Page writes one entry a page.
func (c *Cloud) ec2Page(w http.ResponseWriter, r *http.Request, field string, all []any) {
	from := len(r.Form.Get("NextToken")) // a token is as long as what stands before its page
	out := map[string]any{field: items(all[min(from, len(all)):min(from+1, len(all))])}
	if from+1 < len(all) {
		out["nextToken"] = strings.Repeat("x", from+1)
	}
	var b strings.Builder
	write(&b, r.Form.Get("Action")+"Response", out)
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprint(w, b.String()) // the caller may be gone
}

// deleteSecurityGroup; source: EC2 API reference, DeleteSecurityGroup and error
// codes: not while an interface carries it or another group's rule names it.
func (c *Cloud) deleteSecurityGroup(w http.ResponseWriter, id string) {
	refuse := func(code, message string) {
		var b strings.Builder
		write(&b, "Response", map[string]any{"Errors": map[string]any{"Error": map[string]any{"Code": code, "Message": message}}})
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, b.String()) // the caller may be gone
	}
	if c.old.security[id] == nil {
		refuse("InvalidGroup.NotFound", "The security group '"+id+"' does not exist")
		return
	}
	used := slices.ContainsFunc(c.allCards(), func(card Card) bool { return has(card.Groups, id) })
	for other, g := range c.old.security {
		used = used || other != id && has(g.LetsIn, id)
	}
	if used {
		refuse("DependencyViolation", "resource "+id+" has a dependent object")
		return
	}
	delete(c.old.security, id)
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprint(w, "<DeleteSecurityGroupResponse><return>true</return></DeleteSecurityGroupResponse>") // the caller may be gone
}

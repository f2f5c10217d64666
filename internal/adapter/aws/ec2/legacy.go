package ec2

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells security groups and whoever uses them, and deletes those that are
// to go. It is a survey.Source and a hands.Thing.
type Legacy struct{ net *Network }

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
)

// looking bounds one look at everything.
const looking = 5 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	n, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{n}, nil
}

type pair struct {
	Group string `xml:"groupId" json:"group,omitempty"`
}

type permission struct {
	Protocol string   `xml:"ipProtocol" json:"protocol"`
	From     string   `xml:"fromPort" json:"from,omitempty"`
	To       string   `xml:"toPort" json:"to,omitempty"`
	Groups   []pair   `xml:"groups>item" json:"groups,omitempty"`
	Ranges   []string `xml:"ipRanges>item>cidrIp" json:"ranges,omitempty"`
	Ranges6  []string `xml:"ipv6Ranges>item>cidrIpv6" json:"ranges6,omitempty"`
	Lists    []string `xml:"prefixListIds>item>prefixListId" json:"lists,omitempty"`
}

type tag struct {
	Key   string `xml:"key" json:"key"`
	Value string `xml:"value" json:"value"`
}

type group struct {
	ID          string       `xml:"groupId" json:"id"`
	Name        string       `xml:"groupName" json:"name"`
	Description string       `xml:"groupDescription" json:"description"`
	VPC         string       `xml:"vpcId" json:"vpc"`
	In          []permission `xml:"ipPermissions>item" json:"in"`
	Out         []permission `xml:"ipPermissionsEgress>item" json:"out"`
	Tags        []tag        `xml:"tagSet>item" json:"tags"`
}

type card struct {
	ID          string `xml:"networkInterfaceId"`
	Description string `xml:"description"`
	Kind        string `xml:"interfaceType"`
	Status      string `xml:"status"`
	Groups      []pair `xml:"groupSet>item"`
}

// Tell implements survey.Source: the security groups that the old side uses, the
// groups whose rules name them, and the network interfaces that carry them.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	ids := wanted(f)
	if len(ids) == 0 {
		return p, nil // without a filter it would be those of everybody
	}
	seen := map[string]bool{}
	// Sources: EC2 API reference, DescribeSecurityGroups, filters.
	for _, filter := range []string{"group-id", "ip-permission.group-id", "egress.ip-permission.group-id"} {
		groups, err := l.groups(ctx, filters(filter, ids))
		if err != nil {
			return p, err
		}
		for _, g := range groups {
			if seen[g.ID] {
				continue
			}
			seen[g.ID] = true
			if err := tellGroup(&p, f.Asked, g); err != nil {
				return p, err
			}
		}
	}
	cards, err := l.cards(ctx, ids)
	if err != nil {
		return p, err
	}
	for _, c := range cards {
		tellCard(&p, f, c)
	}
	return p, nil
}

// wanted are the security groups of the things that are known.
func wanted(f survey.Focus) []string {
	var ids []string
	add := func(at string) {
		if _, id, ok := strings.Cut(at, ":security-group/"); ok && strings.HasPrefix(id, "sg-") {
			ids = append(ids, id)
		}
	}
	for _, l := range f.Known.World.Links {
		from, _ := f.Known.Item(l.From)
		if from.Kind == estate.Service || from.Kind == estate.LoadBalancer {
			add(l.To)
		}
	}
	for _, i := range f.Known.World.Items {
		add(i.ARN)
	}
	for _, at := range f.Seek {
		add(at)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groups are those that a filter finds; more than 200 values are refused by EC2 and
// so told as unread; source: EC2 API reference, Filter.
func (l *Legacy) groups(ctx context.Context, form url.Values) ([]group, error) {
	var all []group
	err := l.pages(ctx, "DescribeSecurityGroups", form, func(text []byte) (string, error) {
		var out struct {
			XMLName xml.Name `xml:"DescribeSecurityGroupsResponse"`
			Groups  []group  `xml:"securityGroupInfo>item"`
			Next    string   `xml:"nextToken"`
		}
		err := xml.Unmarshal(text, &out)
		all = append(all, out.Groups...)
		return out.Next, err
	})
	return all, err
}

func (l *Legacy) cards(ctx context.Context, ids []string) ([]card, error) {
	var all []card
	err := l.pages(ctx, "DescribeNetworkInterfaces", filters("group-id", ids), func(text []byte) (string, error) {
		var out struct {
			XMLName xml.Name `xml:"DescribeNetworkInterfacesResponse"`
			Cards   []card   `xml:"networkInterfaceSet>item"`
			Next    string   `xml:"nextToken"`
		}
		err := xml.Unmarshal(text, &out)
		all = append(all, out.Cards...)
		return out.Next, err
	})
	return all, err
}

// pages makes a call again with the token of each answer.
func (l *Legacy) pages(ctx context.Context, action string, form url.Values, read func([]byte) (string, error)) error {
	form.Set("Action", action)
	form.Set("Version", "2016-11-15")
	for range mostPages {
		text, err := l.net.call(ctx, form)
		if err != nil {
			return refusal.Of("EC2", action+" was refused", "Allow the role ec2:"+action+" on *.", err)
		}
		next, err := read(text)
		if err != nil {
			return &fault.Fault{Kind: fault.Outside, Name: "EC2", What: action + " has answered what is not understood", Err: err}
		}
		if next == "" {
			return nil
		}
		form.Set("NextToken", next)
	}
	return &fault.Fault{Kind: fault.Outside, Name: "EC2", What: action + " has more pages than there can be"}
}

func groupThing(at string, g group) (survey.Thing, error) {
	tags := map[string]string{}
	for _, t := range g.Tags {
		tags[t.Key] = t.Value
	}
	return survey.Told(estate.Item{ARN: at, Kind: estate.SecurityGroup, Name: g.Name, Tags: tags, Facts: map[string]string{"vpc": g.VPC, "description": g.Description}}, g)
}

func tellGroup(p *survey.Part, a survey.Asked, g group) error {
	at := a.ARN("ec2", "security-group/"+g.ID)
	thing, err := groupThing(at, g)
	if err != nil {
		return err
	}
	p.Items = append(p.Items, thing.Item)
	for how, rules := range map[string][]permission{"lets in": g.In, "lets out to": g.Out} {
		for _, r := range rules {
			for _, other := range r.Groups {
				p.Link(at, a.ARN("ec2", "security-group/"+other.Group), how, true)
			}
		}
	}
	return nil
}

// tellCard: a load balancer's interface says so in its description, those of tasks
// are told by ECS. Of the others nobody knows whose they are, so that their groups
// stay. Source: Elastic Load Balancing User Guide, "ELB app/…" of interfaces.
func tellCard(p *survey.Part, f survey.Focus, c card) {
	at := f.ARN("ec2", "network-interface/"+c.ID)
	p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Interface, Name: c.Description, State: c.Status, Print: survey.Print(c.ID)})
	if name, ok := strings.CutPrefix(c.Description, "ELB "); ok {
		p.Link(at, f.ARN("elasticloadbalancing", "loadbalancer/"+name), estate.BelongsTo, false)
	}
	for _, g := range c.Groups {
		p.Link(at, f.ARN("ec2", "security-group/"+g.Group), "uses", true)
	}
}

// gone says whether an error is EC2's word for a group that is not there.
func gone(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "InvalidGroup.NotFound" || api.ErrorCode() == "InvalidGroupId.NotFound")
}

func idOf(at string) (string, error) {
	_, id, ok := strings.Cut(at, ":security-group/")
	if !ok || !strings.HasPrefix(id, "sg-") {
		return "", &fault.Fault{Kind: fault.Refused, Name: at, What: "is no security group, and nothing else of EC2 is read or deleted so"}
	}
	return id, nil
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	id, err := idOf(at)
	if err != nil {
		return survey.Thing{}, err
	}
	// By a filter: a group that is not there is an empty list, and no error.
	groups, err := l.groups(ctx, filters("group-id", []string{id}))
	if err != nil {
		return survey.Thing{}, err
	}
	if len(groups) == 0 {
		return survey.Thing{}, hands.ErrGone
	}
	if len(groups) != 1 || groups[0].ID != id {
		return survey.Thing{}, &fault.Fault{Kind: fault.Outside, Name: at, What: fmt.Sprintf("was asked for, and %d others came", len(groups))}
	}
	return groupThing(at, groups[0])
}

// Delete implements hands.Thing. EC2 refuses while a rule or an interface names the
// group; source: EC2 API reference, DeleteSecurityGroup, DependencyViolation.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	id, err := idOf(at)
	if err != nil {
		return err
	}
	_, err = l.net.call(ctx, url.Values{"Action": {"DeleteSecurityGroup"}, "Version": {"2016-11-15"}, "GroupId": {id}})
	if err == nil || gone(err) {
		return nil
	}
	return refusal.Of("EC2", "the security group "+id+" cannot be deleted", "Allow the role ec2:DeleteSecurityGroup on it.", err)
}

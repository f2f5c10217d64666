// Package estate is what is there of the old side and around it, as a graph: things
// with their exact ARN, and who refers to whom. It says nothing of what shall
// happen to them.
package estate

import (
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Kind says what a thing is.
type Kind string

// The kinds that are known. A thing of another kind is told with AWS's own name of
// its type, and nothing is ever done to it.
const (
	Service       Kind = "ecs.service"
	Cluster       Kind = "ecs.cluster"
	Task          Kind = "ecs.task"
	Definition    Kind = "ecs.task-definition"
	Capacity      Kind = "ecs.capacity-provider"
	Scaling       Kind = "scaling.target" // Application Auto Scaling's target of the service
	LoadBalancer  Kind = "elb.load-balancer"
	Listener      Kind = "elb.listener"
	Rule          Kind = "elb.rule"
	TargetGroup   Kind = "elb.target-group"
	Stack         Kind = "cloudformation.stack"
	Export        Kind = "cloudformation.export"
	Record        Kind = "route53.record" // ARN: record:<zone id>/<name>/<type>/<set identifier>
	Zone          Kind = "route53.zone"
	HealthCheck   Kind = "route53.health-check"
	LogGroup      Kind = "logs.group"
	SecurityGroup Kind = "ec2.security-group"
	Interface     Kind = "ec2.network-interface"
	VPC           Kind = "ec2.vpc"
	Subnet        Kind = "ec2.subnet"
	Repository    Kind = "ecr.repository"
	Image         Kind = "ecr.image" // ARN: <repository's ARN>@sha256:<hex>
	Function      Kind = "lambda.function"
	Database      Kind = "rds.instance"
	Bucket        Kind = "s3.bucket"
	Alarm         Kind = "cloudwatch.alarm"
	Schedule      Kind = "events.rule"
	Discovery     Kind = "servicediscovery.service"
	Firewall      Kind = "wafv2.web-acl"
	Association   Kind = "wafv2.association" // ARN: <web ACL's ARN>@<ARN of what it guards>
	Timer         Kind = "scheduler.schedule"
	Target        Kind = "elb.target" // registered by hand; ARN: <target group's ARN>/target/<id>:<port>
	Role          Kind = "iam.role"
)

// Item is one thing.
type Item struct {
	ARN  string `json:"arn"`
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Stacks are the ARNs of the CloudFormation stacks that claim it: none, or one;
	// more than one is a contradiction that somebody must solve.
	Stacks []string `json:"stacks,omitempty"`
	// Tags it carries.
	Tags map[string]string `json:"tags,omitempty"`
	// Protected is whether AWS refuses to delete it until a protection is lifted
	// (termination protection, deletion protection).
	Protected bool `json:"protected,omitempty"`
	// Print is the SHA-256 of its configuration without what changes by itself,
	// such as counts and times. It tells whether somebody has changed it.
	Print string `json:"print"`
	// State is AWS's own word, such as ACTIVE, DRAINING or INACTIVE; a thing that is
	// gone is not told at all.
	State string `json:"state,omitempty"`
	// Facts are what people and restore commands need, such as desired, min and max.
	Facts map[string]string `json:"facts,omitempty"`
	// Made is when, zero if AWS does not say.
	Made time.Time `json:"made,omitzero"`
	// Monthly is what it costs a month by list price while it stands; nil if that
	// is not known.
	Monthly *unit.Money `json:"monthly,omitempty"`
}

// Link says that From refers to To.
type Link struct {
	From string `json:"from"`
	To   string `json:"to"`
	// How is the way in a word or three, such as "forwards to" or "runs in".
	How string `json:"how"`
	// Holds is whether To cannot be deleted, or must not be, while From is there.
	Holds bool `json:"holds"`
}

// World is everything that was looked at, at one time.
type World struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	At      time.Time `json:"at"`
	// Items rise by ARN, Links by From, To and How. A link may name an ARN that is
	// no item: something that was met and not looked at.
	Items []Item `json:"items"`
	Links []Link `json:"links"`
	// Prices says which table the prices are of, with its date; empty if none was
	// looked at.
	Prices string `json:"prices,omitempty"`
	// Unread is what could not be looked at: nobody knows what is there.
	Unread []Unread `json:"unread,omitempty"`
}

// Unread is something that could not be looked at, and why.
type Unread struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

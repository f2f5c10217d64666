// Package discover finds what a deployed stage consists of: by the tags that SST
// and cutover give their resources, and by asking each service for what the
// names of its metrics and the limits of its alarms need.
package discover

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring"
)

// Resource is something with tags.
type Resource struct {
	ARN  string
	Tags map[string]string
}

// Function is what Lambda says of a function.
type Function struct {
	MemoryMB, TimeoutSeconds                int
	Architecture, LogGroup, Format, Tracing string
	// Copy says that it is Lambda@Edge's copy of another function.
	Copy bool
}

// Database is what RDS says of an instance.
type Database struct {
	Engine, Cluster string
	StorageGB       int
}

// ErrGone says that something is tagged and is not there: the tags of what was
// deleted are told for a while.
var ErrGone = errors.New("it is gone")

// Tags finds resources that carry all of these tags.
type Tags interface {
	Resources(ctx context.Context, tags map[string]string) ([]Resource, error)
}

// Functions asks Lambda.
type Functions interface {
	Configuration(ctx context.Context, name string) (Function, error)
}

// Gateways asks API Gateway for the name of a REST API.
type Gateways interface {
	RESTName(ctx context.Context, id string) (string, error)
}

// Databases asks RDS. Proxies are names by ARN.
type Databases interface {
	Instance(ctx context.Context, id string) (Database, error)
	Proxies(ctx context.Context) (map[string]string, error)
}

// Metrics asks CloudWatch which dimensions a metric has.
type Metrics interface {
	Metrics(ctx context.Context, namespace, metric string, filter map[string]string, recent bool) ([]map[string]string, error)
}

// Ports are the ways to the outside. Told hears how far it is, and may be nil.
type Ports struct {
	Tags      Tags
	Functions Functions
	Gateways  Gateways
	Databases Databases
	Metrics   Metrics
	Told      func(done, of int)
}

// Request says what is looked for. App is SST's name of the application, Project
// that of cutover.yaml.
type Request struct{ App, Project, Stage, Region string }

// Notes are what one should know of an inventory that was found.
type Notes struct {
	// Found is how many tagged resources there were.
	Found int `json:"found"`
	// LeftOut are functions that are not the application's own, each with why.
	LeftOut []string `json:"left_out"`
	// Unsaid is what the inventory cannot hold, and what was not looked at.
	Unsaid []string `json:"unsaid"`
}

// OnlyFunctions lets nothing of what the tags find through but functions, so that
// nothing is asked of the rest. seen is told of the others, where it is not nil,
// by their service and what follows in the ARN.
func OnlyFunctions(tags Tags, seen func(service, resource string)) Tags {
	return onlyFunctions{tags, seen}
}

type onlyFunctions struct {
	Tags
	seen func(service, resource string)
}

func (o onlyFunctions) Resources(ctx context.Context, tags map[string]string) ([]Resource, error) {
	all, err := o.Tags.Resources(ctx, tags)
	return slices.DeleteFunc(all, func(r Resource) bool {
		parts := strings.SplitN(r.ARN, ":", 6) // arn:aws:<service>:<region>:<account>:<resource>
		if len(parts) == 6 && parts[2] == "lambda" && strings.HasPrefix(parts[5], "function:") {
			return false
		}
		if len(parts) == 6 && o.seen != nil {
			o.seen(parts[2], parts[5])
		}
		return true
	}), err
}

// parsed is a resource by the parts of its ARN.
type parsed struct {
	Resource
	service, account, kind, name string
}

// parse takes an ARN apart: the resource is kind:name, kind/name, or a name
// alone. Source: AWS General Reference, ARNs.
func parse(r Resource) (parsed, bool) {
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[5] == "" {
		return parsed{}, false
	}
	p := parsed{Resource: r, service: parts[2], account: parts[4], name: parts[5]}
	if i := strings.IndexAny(p.name, ":/"); i >= 0 {
		p.kind, p.name = p.name[:i], p.name[i+1:]
	}
	return p, p.name != ""
}

// helpers are functions that the CDK and SST add for themselves, by the
// beginning of their logical ids; sources: the sources of aws-cdk-lib
// (custom-resources, s3-deployment, aws-logs) and of sst 2.
var helpers = []string{"CustomResource", "CustomCDKBucketDeployment", "CustomS3AutoDeleteObjects", "CustomVpcRestrictDefaultSG", "LogRetention", "AWS679f53fac002430cb0da5b7982bd2287", "BucketNotificationsHandler", "AWSCDKCfnUtilsProvider"}

// helper says why a function is not one of the application's own, or "".
func helper(name string, tags map[string]string, f Function) string {
	logical := tags["aws:cloudformation:logical-id"]
	for _, h := range helpers {
		if strings.HasPrefix(logical, h) || strings.Contains(name, "-"+h) {
			return "a helper of the deployment"
		}
	}
	if f.Copy {
		return "a copy at the edge; its metrics are in the regions of its visitors"
	}
	return ""
}

// only keeps resources of a service and kind, by name.
func only(all []parsed, service, kind string) []parsed {
	var some []parsed
	for _, p := range all {
		if p.service == service && p.kind == kind {
			some = append(some, p)
		}
	}
	slices.SortFunc(some, func(a, b parsed) int { return strings.Compare(a.name, b.name) })
	return some
}

// The words of an inventory for formats of logs, APIs and caches.
const (
	formatText, formatJSON = "text", "json"
	typeHTTP, typeREST     = "http", "rest"
	kindNode, kindManaged  = "node", "serverless"
)

// apis are the APIs with their stages. An API whose stages carry no tags is
// watched as a whole.
func apis(all []parsed, kind string) map[string][]string {
	found := map[string][]string{}
	for _, p := range all {
		// API Gateway's ARNs begin with /restapis/ or /apis/, and have no account.
		path := strings.Split(strings.TrimPrefix(p.name, "/"), "/")
		if p.service != "apigateway" || p.kind != "" || len(path) < 2 || path[0] != kind {
			continue
		}
		id := path[1]
		if found[id] == nil {
			found[id] = []string{}
		}
		if len(path) == 4 && path[2] == "stages" {
			found[id] = append(found[id], path[3])
		}
	}
	for id := range found {
		slices.Sort(found[id])
	}
	return found
}

func staged(kind, name string, stages []string) []monitoring.API {
	if len(stages) == 0 {
		return []monitoring.API{{Type: kind, Name: name}}
	}
	var all []monitoring.API
	for _, s := range stages {
		all = append(all, monitoring.API{Type: kind, Name: name, Stage: s})
	}
	return all
}

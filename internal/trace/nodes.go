package trace

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// The nodes that trace-check knows by itself.
const (
	NodeGateway    = "API Gateway"
	NodeLambda     = "Lambda"
	NodeRDS        = "RDS"
	NodeRedis      = "Redis"
	NodeOpenSearch = "OpenSearch"
	NodeS3         = "S3"
	NodeCognito    = "Cognito"
)

// The types of nodes that decide something here; source: AWS X-Ray Developer
// Guide, "segment documents", field origin, and the service graph's types.
const (
	typeStage    = "AWS::ApiGateway::Stage"
	typeLambda   = "AWS::Lambda"
	typeFunction = "AWS::Lambda::Function"
	typeClient   = "client"
	typeRemote   = "remote"
	typeSQL      = "Database::SQL"
)

// usual are the nodes of a serverless API, however their calls are traced: by
// OpenTelemetry with peer.service, by its database instrumentations, which name
// the host, or by X-Ray's own SDK, which names database@host.
var usual = []Node{
	{NodeGateway, []Pattern{{Type: "AWS::ApiGateway*"}}},
	{NodeLambda, []Pattern{{Type: typeLambda}, {Type: typeFunction}}},
	{NodeRDS, []Pattern{{Name: "RDS"}, {Name: "*.rds.amazonaws.com"}, {Name: "*.rds.amazonaws.com:*"}, {Name: "*.rds.amazonaws.com.cn"}, {Type: typeSQL}, {Type: "AWS::RDS*"}}},
	{NodeRedis, []Pattern{{Name: "Redis"}, {Name: "ElastiCache"}, {Name: "*.cache.amazonaws.com"}, {Name: "*.cache.amazonaws.com:*"}, {Type: "AWS::ElastiCache*"}, {Type: "Database::Redis"}}},
	{NodeOpenSearch, []Pattern{{Name: "OpenSearch"}, {Name: "*.es.amazonaws.com"}, {Name: "*.aos.*.on.aws"}, {Name: "*.aoss.amazonaws.com"}, {Type: "AWS::OpenSearch*"}, {Type: "AWS::Elasticsearch*"}}},
	{NodeS3, []Pattern{{Type: "AWS::S3*"}, {Name: "S3"}, {Name: "*.s3.amazonaws.com"}, {Name: "*.s3.*.amazonaws.com"}}},
	{NodeCognito, []Pattern{{Name: "Cognito"}, {Name: "*.amazoncognito.com"}, {Name: "cognito-idp.*.amazonaws.com"}, {Type: "AWS::Cognito*"}}},
}

// nodes are the usual ones and those of the section; one that the section names
// again stands in place of the usual one.
func (s Settings) nodes() []Node {
	all := slices.Clone(usual)
	for _, n := range s.Nodes {
		if at := slices.IndexFunc(all, func(u Node) bool { return u.Name == n.Name }); at >= 0 {
			all[at] = n
			continue
		}
		all = append(all, n)
	}
	return all
}

// Fits says whether a node of X-Ray's map is this one.
func (n Node) Fits(s Service) bool {
	return slices.ContainsFunc(n.Match, func(p Pattern) bool {
		return p != Pattern{} && fits(p.Name, s.Name) && fits(p.Type, s.Type)
	})
}

// fits says whether a text is as a pattern says. An empty pattern fits all.
func fits(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	parts := strings.Split(strings.ToLower(pattern), "*")
	text = strings.ToLower(text)
	if len(parts) == 1 {
		return text == parts[0]
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return len(text) >= len(last) && strings.HasSuffix(text, last)
}

// holder is what stands for a value in a path or a body.
var holder = pattern.New(`\{([a-z][A-Za-z0-9_]{0,31})\}`)

const (
	holderRun   = "run"
	holderIndex = "index"
)

// placeholders are the names that a text wants filled.
func placeholders(text string) (names []string) {
	for _, m := range holder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

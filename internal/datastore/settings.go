// Package datastore names the stores that blue and green share: what the
// dashboards watch, what a rollout must not saturate and what a teardown of
// the old side must never touch.
package datastore

import (
	"reflect"
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// Settings is the section `datastores:` of cutover.yaml. The names may hold
// {stage}, which [Settings.For] replaces. A part that is nil is not there.
type Settings struct {
	RDS        *RDS        `yaml:"rds" doc:"The relational database."`
	Redis      *Redis      `yaml:"redis" doc:"The cache."`
	OpenSearch *OpenSearch `yaml:"opensearch" doc:"The search domain."`
	Buckets    []string    `yaml:"buckets" unique:"true" pattern:"^([a-z0-9]|\\{stage\\})([a-z0-9.-]|\\{stage\\}){1,61}([a-z0-9]|\\{stage\\})$" allowed:"names of S3 buckets, with {stage} where the stage's name stands" example:"[\"lego-api-{stage}-images\"]" doc:"The S3 buckets of the application."`
}

// RDS names a database instance and, if there is one, its proxy.
type RDS struct {
	Instance string `yaml:"instance" required:"true" pattern:"^[A-Za-z]([A-Za-z0-9-]|\\{stage\\}){0,62}$" allowed:"letters, digits, - and {stage}, starting with a letter" example:"\"lego-api-{stage}\"" doc:"Identifier of the RDS instance."`
	Proxy    string `yaml:"proxy" pattern:"^[A-Za-z]([A-Za-z0-9-]|\\{stage\\}){0,59}$" allowed:"letters, digits, - and {stage}, starting with a letter" example:"\"lego-api-{stage}-proxy\"" doc:"Name of the RDS Proxy; without it the share of connections in use is not known."`
}

// Redis names an ElastiCache cluster. The two kinds have different metrics.
type Redis struct {
	Kind string `yaml:"kind" default:"node" enum:"node,serverless" doc:"node: a cluster of nodes; serverless: ElastiCache Serverless."`
	ID   string `yaml:"id" required:"true" pattern:"^[A-Za-z]([A-Za-z0-9-]|\\{stage\\}){0,49}$" allowed:"letters, digits, - and {stage}, starting with a letter" example:"\"lego-api-{stage}-001\"" doc:"Cluster identifier of the node, or name of the serverless cache."`
}

// OpenSearch names a domain. Its metrics carry the account as a dimension.
type OpenSearch struct {
	Domain  string `yaml:"domain" required:"true" pattern:"^([a-z]|\\{stage\\})([a-z0-9-]|\\{stage\\}){1,27}$" allowed:"lower-case letters, digits, - and {stage}, 3 to 28 characters" example:"\"lego-{stage}\"" doc:"Name of the OpenSearch domain."`
	Account string `yaml:"account" required:"true" pattern:"^[0-9]{12}$" allowed:"an AWS account number: 12 digits, in quotes" example:"\"123456789012\"" doc:"Number of the AWS account that owns the domain."`
}

// placeholder stands for the name of the stage.
const placeholder = "{stage}"

// For returns a copy of the settings for one stage, with its name in place of
// {stage}.
func (s Settings) For(stage string) Settings {
	name := func(text string) string { return strings.ReplaceAll(text, placeholder, stage) }
	if s.RDS != nil {
		s.RDS = &RDS{Instance: name(s.RDS.Instance), Proxy: name(s.RDS.Proxy)}
	}
	if s.Redis != nil {
		s.Redis = &Redis{Kind: s.Redis.Kind, ID: name(s.Redis.ID)}
	}
	if s.OpenSearch != nil {
		s.OpenSearch = &OpenSearch{Domain: name(s.OpenSearch.Domain), Account: s.OpenSearch.Account}
	}
	var buckets []string
	for _, bucket := range s.Buckets {
		buckets = append(buckets, name(bucket))
	}
	s.Buckets = buckets
	return s
}

// Check refuses a section that names nothing and bucket names that S3 does
// not allow although their characters are right.
func (s Settings) Check(c *strict.Check) {
	if reflect.DeepEqual(s, Settings{}) && c.Valid() {
		c.Report(strict.Problem{Message: "names no datastore", Suggestion: "name one or remove the section"})
	}
	for i, bucket := range s.Buckets {
		if strings.Contains(bucket, "..") || addressRE.MatchString(bucket) {
			c.Report(strict.Problem{Message: "S3 allows neither two dots in a row nor the form of an IP address"}, "buckets", i)
		}
	}
}

var addressRE = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)

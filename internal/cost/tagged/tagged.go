// Package tagged holds that every resource of the app carries the tags by which its
// costs are told apart, and plans how billing comes to know them.
package tagged

import "time"

// Resource is something of the app that can carry tags.
type Resource struct {
	ARN string `json:"arn"`
	// Service is lambda, rds, s3, es, elasticache, apigateway, logs, or another
	// service's name as ARNs have it.
	Service string `json:"service"`
	// Tags are those that it carries; nil if that could not be read.
	Tags map[string]string `json:"tags"`
	// Known says who told of it: the state of SST, cutover.yaml, or a tag.
	Known string `json:"known"`
	// Made is when it was made, zero if that is not known.
	Made time.Time `json:"made,omitzero"`
}

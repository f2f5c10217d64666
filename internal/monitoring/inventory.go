package monitoring

import (
	"slices"
	"strings"
)

// InventoryVersion is the version of inventory.json that this build reads.
const InventoryVersion = 1

// Inventory is what is known of a deployed stage. What is absent is not known,
// or not there.
type Inventory struct {
	Version    int         `json:"version" jsonschema:"enum=1"`
	Stage      string      `json:"stage"`
	Region     string      `json:"region"`
	Functions  []Function  `json:"functions,omitempty"`
	APIs       []API       `json:"apis,omitempty"`
	RDS        *RDS        `json:"rds,omitempty"`
	Redis      *Redis      `json:"redis,omitempty"`
	OpenSearch *OpenSearch `json:"opensearch,omitempty"`
	Buckets    []string    `json:"buckets,omitempty"`
}

// Function is one Lambda function.
type Function struct {
	Name           string `json:"name"`
	MemoryMB       int    `json:"memory_mb,omitempty"`
	TimeoutSeconds int    `json:"timeout_seconds,omitempty"`
	Architecture   string `json:"architecture,omitempty" jsonschema:"enum=arm64,enum=x86_64"`
	// LogGroup is /aws/lambda/<name> unless set.
	LogGroup string `json:"log_group,omitempty"`
	// LogFormat is unknown when it is empty.
	LogFormat string `json:"log_format,omitempty" jsonschema:"enum=text,enum=json"`
}

// The formats of a function's logs.
const (
	logText = "text"
	logJSON = "json"
)

func (f Function) logs() string {
	if f.LogGroup != "" {
		return f.LogGroup
	}
	return "/aws/lambda/" + f.Name
}

// API is an API Gateway as its metrics name it: by ID if it is an HTTP API, by
// name if it is a REST API.
type API struct {
	Type  string `json:"type" jsonschema:"enum=http,enum=rest"`
	Name  string `json:"name"`
	Stage string `json:"stage,omitempty"`
}

// The kinds of APIs.
const (
	apiHTTP = "http"
	apiREST = "rest"
)

// RDS is a database instance and its proxy. StorageGB is the storage allocated
// to it; Aurora has none.
type RDS struct {
	Instance  string `json:"instance"`
	Proxy     string `json:"proxy,omitempty"`
	StorageGB int    `json:"storage_gb,omitempty"`
}

// Redis is a cache: the clusters of its nodes, or one serverless cache, whose
// metrics carry a dimension that is found with ListMetrics.
type Redis struct {
	Kind      string   `json:"kind" jsonschema:"enum=node,enum=serverless"`
	IDs       []string `json:"ids"`
	Dimension string   `json:"dimension,omitempty"`
}

// The kinds of caches.
const (
	redisNode       = "node"
	redisServerless = "serverless"
)

// OpenSearch is a search domain; its metrics carry the account.
type OpenSearch struct {
	Domain  string `json:"domain"`
	Account string `json:"account"`
}

// Configured is what cutover.yaml says of a stage, in plain values. {stage} in
// the names of stores stands for the stage's name.
type Configured struct {
	Stage, Region string
	API           *API
	RDS           *RDS
	Redis         *Redis
	OpenSearch    *OpenSearch
	Buckets       []string
}

// FromConfig is the inventory that cutover.yaml alone can tell. It knows no
// functions.
func FromConfig(c Configured) Inventory {
	name := func(text string) string { return strings.ReplaceAll(text, "{stage}", c.Stage) }
	all := func(texts []string) (named []string) {
		for _, text := range texts {
			named = append(named, name(text))
		}
		return named
	}
	i := Inventory{Version: InventoryVersion, Stage: c.Stage, Region: c.Region, Buckets: all(c.Buckets)}
	if c.API != nil {
		api := *c.API
		if api.Type == apiREST && api.Stage == "$default" {
			api.Stage = "" // what cutover.yaml assumes is there for HTTP APIs only
		}
		i.APIs = []API{api}
	}
	if c.RDS != nil {
		i.RDS = &RDS{Instance: name(c.RDS.Instance), Proxy: name(c.RDS.Proxy), StorageGB: c.RDS.StorageGB}
	}
	if c.Redis != nil {
		i.Redis = &Redis{Kind: c.Redis.Kind, IDs: all(c.Redis.IDs), Dimension: c.Redis.Dimension}
	}
	if c.OpenSearch != nil {
		i.OpenSearch = &OpenSearch{Domain: name(c.OpenSearch.Domain), Account: c.OpenSearch.Account}
	}
	return i
}

// Complete fills what i does not know with what other does, so that a store
// that cutover.yaml names is never left unwatched because a search missed it.
func (i Inventory) Complete(other Inventory) Inventory {
	if len(i.Functions) == 0 {
		i.Functions = other.Functions
	}
	if len(i.APIs) == 0 {
		i.APIs = other.APIs
	}
	if i.RDS == nil {
		i.RDS = other.RDS
	} else if i.RDS.Proxy == "" && other.RDS != nil && other.RDS.Instance == i.RDS.Instance {
		rds := *i.RDS
		rds.Proxy, i.RDS = other.RDS.Proxy, &rds
	}
	if i.Redis == nil {
		i.Redis = other.Redis
	}
	if i.OpenSearch == nil {
		i.OpenSearch = other.OpenSearch
	}
	for _, bucket := range other.Buckets {
		if !slices.Contains(i.Buckets, bucket) {
			i.Buckets = append(slices.Clone(i.Buckets), bucket)
		}
	}
	return i
}

// Package catalogue is what AWS measures: the metrics of the services that a
// serverless application and its load balancer use, with unit, kind, range and
// dimensions. Each file of data names the page that it was read from.
package catalogue

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// Kind says what a metric's points are, and with that which statistics tell
// something.
type Kind string

// The kinds.
const (
	// Latency is one sample for each event: percentiles tell what users see.
	Latency Kind = "latency"
	// Time is a time that the service has averaged already.
	Time Kind = "time"
	// Age is how old or how far behind something is.
	Age Kind = "age"
	// Count counts events of a period; their sum is the figure.
	Count Kind = "count"
	// Size is one sample for each event, in bytes.
	Size Kind = "size"
	// Gauge is a level.
	Gauge Kind = "gauge"
	// Percent is from 0 to 100, or above where something can be overused.
	Percent Kind = "percent"
	// Share is 0 or 1 for each event: the average is a share, the sum a count.
	Share Kind = "share"
	// State is 0 or 1.
	State Kind = "state"
)

// Metric is one metric of a service.
type Metric struct {
	Unit string `yaml:"unit"`
	Kind Kind   `yaml:"kind"`
	// Sparse says that a period in which nothing happened has no point at all.
	Sparse bool `yaml:"sparse"`
	// One says that each sample is 1, so that only sum and count tell anything.
	One bool `yaml:"one"`
	// Use says that a percentage tells how much of something is used.
	Use bool `yaml:"use"`
	// Request says that the metric exists only with a metrics configuration.
	Request bool `yaml:"request"`
	// With is a dimension that the metric always has, where others of the service
	// do not.
	With string `yaml:"with"`
	// Least and Most are the range of a value; without Most there is no end.
	Least float64  `yaml:"min"`
	Most  *float64 `yaml:"max"`
	// A threshold below Low or above High is in another unit than the metric.
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
	// Period is how often there is a point, in seconds; 0 as the namespace.
	Period int `yaml:"period"`
	// Percentiles is false where the page leaves them out of the valid statistics.
	Percentiles *bool `yaml:"percentiles"`
}

// NoPercentiles says that the service documents none.
func (m Metric) NoPercentiles() bool { return m.Percentiles != nil && !*m.Percentiles }

// Top is the end of the range, if there is one.
func (m Metric) Top() (float64, bool) {
	switch {
	case m.Most != nil:
		return *m.Most, true
	case m.Kind == Share || m.Kind == State || m.One:
		return 1, true
	}
	return 0, false
}

// Namespace is what one service measures.
type Namespace struct {
	Name   string `yaml:"namespace"`
	Source string `yaml:"source"`
	// Complete says that what is not in the list does not exist. AWS adds metrics
	// to most services: there only what looks like a slip is judged.
	Complete bool `yaml:"complete"`
	// Exact says that every set of dimensions that there is stands here.
	Exact      bool              `yaml:"exact"`
	Period     int               `yaml:"period"`
	Dimensions [][]string        `yaml:"dimensions"`
	Metrics    map[string]Metric `yaml:"metrics"`
}

// Every is how often a metric has a point, in seconds.
func (n Namespace) Every(m Metric) int {
	if m.Period > 0 {
		return m.Period
	}
	return n.Period
}

// MetricNames are the names in order.
func (n Namespace) MetricNames() []string { return slices.Sorted(maps.Keys(n.Metrics)) }

// DimensionNames are the names of all dimensions in order.
func (n Namespace) DimensionNames() []string {
	var all []string
	for _, set := range n.Dimensions {
		all = append(all, set...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Takes says whether the service has metrics with just these dimensions.
func (n Namespace) Takes(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return slices.ContainsFunc(n.Dimensions, func(set []string) bool { return slices.Equal(set, sorted) })
}

//go:embed data/*.yaml
var files embed.FS

var all = sync.OnceValue(func() map[string]Namespace {
	found := map[string]Namespace{}
	entries, err := files.ReadDir("data")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		n, err := read("data/" + e.Name())
		if err != nil {
			panic(err) // tests read every file
		}
		found[n.Name] = n
	}
	return found
})

func read(path string) (Namespace, error) {
	text, err := files.ReadFile(path)
	if err != nil {
		return Namespace{}, err
	}
	var n Namespace
	if err := yaml.Load(text, &n, yaml.WithKnownFields()); err != nil {
		return n, fmt.Errorf("%s: %w", path, err)
	}
	for _, set := range n.Dimensions {
		slices.Sort(set)
	}
	return n, nil
}

// Of is what is known of a namespace.
func Of(name string) (Namespace, bool) {
	n, ok := all()[name]
	return n, ok
}

// Meant is the namespace whose name differs from this one in its capitals only:
// CloudWatch minds them.
func Meant(name string) (string, bool) {
	for known := range all() {
		if known != name && strings.EqualFold(known, name) {
			return known, true
		}
	}
	return "", false
}

// Names are the namespaces in order.
func Names() []string { return slices.Sorted(maps.Keys(all())) }

package cloud

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits of PutMetricData; source: API reference, PutMetricData and MetricDatum.
const (
	mostMetrics = 1000
	mostValues  = 150
)

// units are those that a value may have; source: API reference, MetricDatum.
// "" is none given.
var units = []string{"", "None", "Count", "Percent", "Seconds", "Milliseconds", "Microseconds", "Bytes"}

// putMetricData; source: as above.
func (c *Cloud) putMetricData(r *http.Request, in map[string]any) (map[string]any, *denial) {
	c.note(r, "cloudwatch:PutMetricData", "*")
	namespace := text(in, "Namespace")
	switch {
	case namespace == "" || len(namespace) > 255 || strings.HasPrefix(namespace, ":"):
		return nil, &denial{http.StatusBadRequest, "InvalidParameterValue", "the namespace " + namespace}
	case strings.HasPrefix(namespace, "AWS/"):
		return nil, &denial{http.StatusBadRequest, "InvalidParameterValue", "the namespace " + namespace + " is AWS's own"}
	}
	list, _ := in["MetricData"].([]any)
	if len(list) == 0 || len(list) > mostMetrics {
		return nil, dataInvalid("%d metrics, 1 to %d are allowed", len(list), mostMetrics)
	}
	var put []func()
	for _, item := range list {
		datum, _ := item.(map[string]any)
		keep, f := c.datum(namespace, datum)
		if f != nil {
			return nil, f
		}
		put = append(put, keep)
	}
	// All or none: a request with one wrong value keeps nothing.
	for _, keep := range put {
		keep()
	}
	return map[string]any{}, nil
}

// datum reads one metric's values and returns what keeps them.
func (c *Cloud) datum(namespace string, datum map[string]any) (keep func(), f *denial) {
	for parameter := range datum {
		if !slices.Contains([]string{"MetricName", "Dimensions", "Value", "Values", "Counts", "Timestamp", "Unit", "StorageResolution"}, parameter) {
			c.unknown = append(c.unknown, "monitoring: PutMetricData with "+parameter)
			return nil, dataInvalid("this cloud does not know %s", parameter)
		}
	}
	name := text(datum, "MetricName")
	dimensions, f := dimensionsOf(datum)
	if f != nil {
		return nil, f
	}
	at, now := c.time(), c.time()
	if t, ok := datum["Timestamp"].(time.Time); ok {
		at = t
	}
	raw, ok := published(datum)
	resolution, set := datum["StorageResolution"].(int64)
	switch {
	case name == "" || len(name) > 255:
		return nil, dataInvalid("the metric's name %q", name)
	case at.Before(now.Add(-14*24*time.Hour)) || at.After(now.Add(2*time.Hour)):
		return nil, dataInvalid("%s: a time more than two weeks ago, or more than two hours ahead: %s", name, at)
	case !ok:
		return nil, dataInvalid("%s: the value, or the values with their counts", name)
	case set && resolution != 1 && resolution != 60:
		return nil, dataInvalid("%s: the resolution %d", name, resolution)
	case !slices.Contains(units, text(datum, "Unit")):
		return nil, dataInvalid("%s: the unit %s", name, text(datum, "Unit"))
	}
	return func() {
		for _, v := range raw {
			c.observe(namespace, name, dimensions, at, v)
		}
	}, nil
}

// published are the raw values of a datum: Value, or Values as often as Counts
// says. Each lies between -2^360 and 2^360.
func published(datum map[string]any) (raw []float64, ok bool) {
	sound := func(v float64) bool { return math.Abs(v) <= math.Pow(2, 360) } // not so for NaN
	one, single := number(datum["Value"])
	many, several := datum["Values"].([]any)
	if single == several {
		return nil, false
	}
	if single {
		return []float64{one}, sound(one)
	}
	counts, counted := datum["Counts"].([]any)
	if len(many) == 0 || len(many) > mostValues || counted && len(counts) != len(many) {
		return nil, false
	}
	for i := range many {
		v, ok := number(many[i])
		times := 1.0
		if counted {
			var known bool
			times, known = number(counts[i])
			ok = ok && known
		}
		if !ok || !sound(v) || times < 0 {
			return nil, false
		}
		for range int(times) {
			raw = append(raw, v)
		}
	}
	return raw, true
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return 0, false
}

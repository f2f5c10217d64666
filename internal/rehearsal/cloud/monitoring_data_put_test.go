package cloud_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// What is published is what is told, at the time it arrives or at its own.
func TestPutMetricData(t *testing.T) {
	c, client := measuring(t)
	dims := []types.Dimension{{Name: aws.String("Stage"), Value: aws.String("s")}}
	put(t, client, "own", types.MetricDatum{MetricName: aws.String("M"), Value: aws.Float64(-1), Dimensions: dims, StorageResolution: aws.Int32(60), Unit: types.StandardUnitNone},
		types.MetricDatum{MetricName: aws.String("M"), Values: []float64{1, 2.5}, Counts: []float64{2, 1}, Dimensions: dims, Timestamp: aws.Time(dataNow.Add(-time.Hour))})
	want := []cloud.Point{{At: dataNow.Add(-time.Hour), Value: 1}, {At: dataNow.Add(-time.Hour), Value: 1}, {At: dataNow.Add(-time.Hour), Value: 2.5}, {At: dataNow, Value: -1}}
	got := c.Published("own", "M", map[string]string{"Stage": "s"})
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
	if other := c.Published("own", "M", nil); len(other) != 0 {
		t.Errorf("a metric is its dimensions: %v", other)
	}
}

func put(t *testing.T, client *cloudwatch.Client, namespace string, data ...types.MetricDatum) {
	t.Helper()
	if _, err := client.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: data}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBePut(t *testing.T) {
	type input = cloudwatch.PutMetricDataInput
	for name, change := range map[string]func(in *input, d *types.MetricDatum){
		"AWS's namespace":    func(in *input, _ *types.MetricDatum) { in.Namespace = aws.String("AWS/Lambda") },
		"no namespace":       func(in *input, _ *types.MetricDatum) { in.Namespace = aws.String("") },
		"no name":            func(_ *input, d *types.MetricDatum) { d.MetricName = aws.String("") },
		"no value":           func(_ *input, d *types.MetricDatum) { d.Value = nil },
		"no number":          func(_ *input, d *types.MetricDatum) { d.Value = aws.Float64(math.NaN()) },
		"a value and values": func(_ *input, d *types.MetricDatum) { d.Values = []float64{1} },
		"counts of others":   func(_ *input, d *types.MetricDatum) { d.Value, d.Values, d.Counts = nil, []float64{1}, []float64{1, 2} },
		"too many values":    func(_ *input, d *types.MetricDatum) { d.Value, d.Values = nil, make([]float64, 151) },
		"an old time":        func(_ *input, d *types.MetricDatum) { d.Timestamp = aws.Time(dataNow.AddDate(0, 0, -15)) },
		"a time to come":     func(_ *input, d *types.MetricDatum) { d.Timestamp = aws.Time(dataNow.Add(3 * time.Hour)) },
		"ten seconds":        func(_ *input, d *types.MetricDatum) { d.StorageResolution = aws.Int32(10) },
		"a strange unit":     func(_ *input, d *types.MetricDatum) { d.Unit = "Parsecs" },
		"a nameless property": func(_ *input, d *types.MetricDatum) {
			d.Dimensions = []types.Dimension{{Name: aws.String(""), Value: aws.String("v")}}
		},
		"nothing": func(in *input, _ *types.MetricDatum) { in.MetricData = []types.MetricDatum{} },
	} {
		t.Run(name, func(t *testing.T) {
			c, client := measuring(t)
			good := types.MetricDatum{MetricName: aws.String("M"), Value: aws.Float64(1)}
			in := &input{Namespace: aws.String("own"), MetricData: []types.MetricDatum{good, good}}
			change(in, &in.MetricData[len(in.MetricData)-1])
			if _, err := client.PutMetricData(t.Context(), in); err == nil {
				t.Error("it was taken")
			}
			// The first one is right, and is not kept either.
			if got := c.Published("own", "M", nil); len(got) != 0 {
				t.Errorf("kept: %v", got)
			}
			if unknown := c.Unknown(); len(unknown) > 0 {
				t.Errorf("it counts as a call that nobody knows: %v", unknown)
			}
		})
	}
}

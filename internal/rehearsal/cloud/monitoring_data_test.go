package cloud_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

var dataNow = time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC)

// ask is a request for one statistic of the metric own/M, of ten minutes.
func ask(stat string, period int32) *cloudwatch.GetMetricDataInput {
	return &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(dataNow.Add(-10 * time.Minute)), EndTime: aws.Time(dataNow), ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("q"), MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("own"), MetricName: aws.String("M")}, Stat: &stat, Period: &period,
		}}},
	}
}

func measuring(t *testing.T) (*cloud.Cloud, *cloudwatch.Client) {
	t.Helper()
	c, config := watched(t)
	c.Time(func() time.Time { return dataNow })
	return c, cloudwatch.NewFromConfig(config)
}

func told(t *testing.T, client *cloudwatch.Client, in *cloudwatch.GetMetricDataInput) []float64 {
	t.Helper()
	out, err := client.GetMetricData(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out.MetricDataResults[0].Values
}

func TestStatistics(t *testing.T) {
	c, client := measuring(t)
	at := dataNow.Add(-5 * time.Minute)
	c.Observe("own", "M", nil, at, 100, 500, 500.5, 2000)
	for stat, want := range map[string]float64{
		"Sum": 3100.5, "SampleCount": 4, "Average": 775.125, "Minimum": 100, "Maximum": 2000,
		"p50": 500, "p75": 500.5, "p99.9": 2000, "p0": 100, "p100": 2000,
		// The upper boundary is inside, the lower one outside.
		"TC(:500)": 2, "TC(500:)": 2, "TC(100:500.5)": 2, "TC(5000:)": 0, "PR(:500)": 50, "PR(500:)": 50,
	} {
		if got := told(t, client, ask(stat, 60)); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, not %v", stat, got, want)
		}
		if got, ok := c.Statistic("own", "M", nil, stat, at.Truncate(time.Minute), time.Minute); !ok || got != want {
			t.Errorf("%s of the cloud itself: %v %v", stat, got, ok)
		}
	}
	if _, ok := c.Statistic("own", "M", nil, "Sum", at.Add(time.Minute).Truncate(time.Minute), time.Minute); ok {
		t.Error("a minute without a sample has a sum")
	}
	c.Observe("own", "M", nil, at, -1)
	if got := told(t, client, ask("TC(:500)", 60)); len(got) != 0 {
		t.Errorf("a negative value is counted: %v", got)
	}
	if got := told(t, client, ask("Sum", 60)); len(got) != 1 || got[0] != 3099.5 {
		t.Errorf("the sum with a negative value: %v", got)
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	for name, change := range map[string]func(in *cloudwatch.GetMetricDataInput, m *types.MetricStat){
		"a statistic that is none": func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Stat = aws.String("Median") },
		"no boundary":              func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Stat = aws.String("TC(:)") },
		"turned boundaries":        func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Stat = aws.String("TC(500:100)") },
		"a count in words":         func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Stat = aws.String("TC(500)") },
		"half a minute":            func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Period = aws.Int32(90) },
		"no period at all":         func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Period = aws.Int32(0) },
		"an empty dimension": func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) {
			m.Metric.Dimensions = []types.Dimension{{Name: aws.String("A"), Value: aws.String("")}}
		},
		"a dimension twice": func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) {
			d := types.Dimension{Name: aws.String("A"), Value: aws.String("b")}
			m.Metric.Dimensions = []types.Dimension{d, d}
		},
		"no name": func(_ *cloudwatch.GetMetricDataInput, m *types.MetricStat) { m.Metric.MetricName = aws.String("") },
		"a capital ID": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) {
			in.MetricDataQueries[0].Id = aws.String("Q")
		},
		"an ID twice": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) {
			in.MetricDataQueries = append(in.MetricDataQueries, in.MetricDataQueries[0])
		},
		"too much": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) {
			in.MetricDataQueries = make([]types.MetricDataQuery, 501)
		},
		"a turned span": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) {
			in.StartTime, in.EndTime = in.EndTime, in.StartTime
		},
		"no point a page": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) { in.MaxDatapoints = aws.Int32(0) },
		"a strange order": func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) { in.ScanBy = "Any" },
		"a strange page":  func(in *cloudwatch.GetMetricDataInput, _ *types.MetricStat) { in.NextToken = aws.String("0-1") },
	} {
		t.Run(name, func(t *testing.T) {
			c, client := measuring(t)
			in := ask("Sum", 60)
			change(in, in.MetricDataQueries[0].MetricStat)
			for i := range in.MetricDataQueries {
				if in.MetricDataQueries[i].Id == nil {
					in.MetricDataQueries[i].Id = aws.String("q")
				}
			}
			if out, err := client.GetMetricData(t.Context(), in); err == nil {
				t.Errorf("answered: %+v", out.MetricDataResults)
			}
			if unknown := c.Unknown(); len(unknown) > 0 {
				t.Errorf("it counts as a call that nobody knows: %v", unknown)
			}
		})
	}
}

// What this cloud does not imitate, and metrics that nobody publishes, are
// remembered: they are mistakes of whoever asks.
func TestUnknownData(t *testing.T) {
	c, client := measuring(t)
	in := ask("Sum", 60)
	in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String("e"), Expression: aws.String("q*2")})
	if _, err := client.GetMetricData(t.Context(), in); err == nil || len(c.Unknown()) != 1 {
		t.Error(err, c.Unknown())
	}
	in = ask("Sum", 60)
	m := in.MetricDataQueries[0].MetricStat.Metric
	m.Namespace, m.MetricName = aws.String("AWS/ApplicationELB"), aws.String("HTTPCode_ELB_5XX_Count")
	m.Dimensions = []types.Dimension{{Name: aws.String("TargetGroup"), Value: aws.String("t")}}
	if got := told(t, client, in); len(got) != 0 || len(c.Unknown()) != 2 || !strings.Contains(c.Unknown()[1], "nobody publishes") {
		t.Error(got, c.Unknown())
	}
}

// Each point is told once, whatever the pages are, and a metric is PartialData
// as long as more of it follows.
func TestDataPages(t *testing.T) {
	for _, order := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
		c, client := measuring(t)
		in := ask("Sum", 60)
		in.ScanBy = order
		var want []float64
		for n := range 10 {
			c.Observe("own", "M", nil, dataNow.Add(time.Duration(n-10)*time.Minute), float64(n))
			want = append(want, float64(n))
		}
		if c.PagePoints(3); order == types.ScanByTimestampDescending {
			for i, j := 0, 9; i < j; i, j = i+1, j-1 {
				want[i], want[j] = want[j], want[i]
			}
		}
		var got []float64
		for pages := 1; ; pages++ {
			out, err := client.GetMetricData(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			r := out.MetricDataResults[0]
			got = append(got, r.Values...)
			if more := out.NextToken != nil; more != (r.StatusCode == types.StatusCodePartialData) {
				t.Errorf("page %d: %s, and more follows: %v", pages, r.StatusCode, more)
			}
			if in.NextToken = out.NextToken; out.NextToken == nil {
				if pages != 4 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", order, got)
		}
	}
}

// Points grow old: the shorter the period, the sooner they are gone, and then all
// that was asked is empty.
func TestDataIsKept(t *testing.T) {
	const day = 24 * time.Hour
	for _, x := range []struct {
		since  time.Duration
		period int32
		want   int
	}{
		{15*day - time.Minute, 60, 1}, {15*day + time.Minute, 60, 0}, {15*day + time.Minute, 300, 1},
		{63*day - time.Hour, 300, 1}, {63*day + time.Hour, 300, 0}, {63*day + time.Hour, 3600, 1}, {456 * day, 3600, 0},
	} {
		c, client := measuring(t)
		c.Observe("own", "M", nil, dataNow.Add(-time.Hour), 1)
		in := ask("Sum", x.period)
		in.StartTime = aws.Time(dataNow.Add(-x.since))
		if got := told(t, client, in); len(got) != x.want {
			t.Errorf("%+v: %v", x, got)
		}
	}
}

// A minute that is not complete tells too little.
func TestDataIsLate(t *testing.T) {
	c, client := measuring(t)
	c.Late(2 * time.Minute)
	for n := range 4 {
		c.Observe("own", "M", nil, dataNow.Add(time.Duration(n-3)*time.Minute), 1, 1, 1, 1)
	}
	if got := told(t, client, ask("Sum", 60)); !reflect.DeepEqual(got, []float64{4, 2, 2}) {
		t.Error(got)
	}
	if got := told(t, client, ask("Sum", 3600)); !reflect.DeepEqual(got, []float64{8}) {
		t.Error(got)
	}
	c.Blur(func(_ string, value float64) float64 { return math.NaN() })
	if got := told(t, client, ask("Sum", 60)); len(got) != 0 {
		t.Error(got)
	}
}

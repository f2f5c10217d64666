package logs

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	// scanPrice is that of a GB which a query reads; source: CloudWatch pricing
	// page, us-east-1, Logs Insights.
	scanPrice = unit.Dollar / 200
	gigabyte  = 1_000_000_000
	// answers is how long one query may take; the first pause between two looks
	// grows up to the longest.
	answers               = 3 * time.Minute
	firstPause, longPause = 250 * time.Millisecond, 5 * time.Second
	// mostSizes is more memory sizes than a function has had in a window.
	mostSizes = 200
)

// reports sums a function's REPORT lines up by the memory that it had. Lambda
// writes them as text, in which Logs Insights finds @memorySize and
// @maxMemoryUsed in millionths of an MB, or as JSON, in MB; sources: CloudWatch
// Logs user guide, supported logs and discovered fields; Lambda developer guide,
// Telemetry API, platform.report.
const reports = `filter @type = "REPORT" or type = "platform.report"
| fields coalesce(record.metrics.memorySizeMB, @memorySize / 1000000) as size, coalesce(record.metrics.maxMemoryUsedMB, @maxMemoryUsed / 1000000) as used, coalesce(record.metrics.durationMs, @duration) as took, coalesce(record.metrics.billedDurationMs, @billedDuration) as billed
| stats count(*) as runs, sum(billed) as billed_ms, pct(took, 50) as p50, pct(took, 95) as p95, pct(took, 99) as p99, max(used) as most by size
| sort size asc
| limit 200`

// ScanPrice is at most what reading groups costs: a query is billed by what it
// reads, which is no more than what lies there and what came in the window.
func ScanPrice(groups map[string]recommend.LogGroup) (sum unit.Money) {
	for _, g := range groups {
		sum += scanned(float64(max(g.Stored, g.Arrived)))
	}
	return sum
}

func scanned(bytes float64) unit.Money {
	return unit.Money(math.Ceil(bytes / gigabyte * float64(scanPrice)))
}

// Reports reads what functions' runs were like from one time up to another, by
// function, out of each one's log group, for at most that much money; said is told
// of each query's price before it is made. What could not be read, or would have
// cost too much, is named in the last answer; a function that did not run has no
// runs.
func (g *Groups) Reports(ctx context.Context, groups map[string]recommend.LogGroup, from, to time.Time, most unit.Money, said func(string)) (map[string][]recommend.Runs, unit.Money, []recommend.Unread) {
	runs, unread := map[string][]recommend.Runs{}, []recommend.Unread{}
	var fee unit.Money
	shared := map[string]int{}
	for _, x := range groups {
		shared[x.Name]++
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		group := groups[name]
		skip := func(why string) {
			unread = append(unread, recommend.Unread{What: "runs", Why: name + ": " + why})
		}
		price := scanned(float64(max(group.Stored, group.Arrived)))
		switch {
		case shared[group.Name] > 1:
			skip("its log group " + group.Name + " is that of other functions too, and its reports name none of them")
			continue
		case fee+price > most:
			skip(fmt.Sprintf("reading %s of %s may cost %s, and %s of %s are spent", group.Stored, group.Name, price, fee, most))
			continue
		}
		said(fmt.Sprintf("Logs Insights, %s: at most %s", group.Name, price))
		found, bytes, err := g.report(ctx, group.Name, from, to)
		fee += scanned(bytes)
		if err != nil {
			skip(err.Error())
			continue
		}
		runs[name] = found
	}
	return runs, fee, unread
}

// report makes one query and waits for its answer. One that is given up is
// stopped, since it costs as long as it reads.
func (g *Groups) report(ctx context.Context, group string, from, to time.Time) ([]recommend.Runs, float64, error) {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	begun, err := g.client.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		LogGroupName: &group, QueryString: aws.String(reports), StartTime: aws.Int64(from.Unix()),
		EndTime: aws.Int64(to.Unix() - 1), // the end is inclusive
	})
	if err != nil {
		return nil, 0, refusal.Of(group, "its reports cannot be read", "Allow the role logs:StartQuery on the stage's log groups.", err)
	}
	bytes := 0.0
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		out, err := g.client.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: begun.QueryId})
		if err != nil {
			g.stop(ctx, begun.QueryId)
			return nil, bytes, refusal.Of(group, "the query's answer cannot be read", "Allow the role logs:GetQueryResults on *.", err)
		}
		if out.Statistics != nil {
			bytes = out.Statistics.BytesScanned
		}
		switch out.Status {
		case types.QueryStatusComplete:
			found, err := sizes(group, out.Results)
			return found, bytes, err
		case types.QueryStatusRunning, types.QueryStatusScheduled:
		default:
			return nil, bytes, &fault.Fault{Kind: fault.Outside, Name: group, What: "the query has come to nothing", Got: string(out.Status), Next: "Run it again, or name a shorter window."}
		}
		select {
		case <-ctx.Done():
			g.stop(ctx, begun.QueryId)
			return nil, bytes, &fault.Fault{Kind: fault.Outside, Name: group, What: "the query has taken longer than " + answers.String(), Next: "Name a shorter window."}
		case <-time.After(pause):
		}
	}
}

// stop ends a query, also when its caller's time is up.
func (g *Groups) stop(ctx context.Context, id *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// It ends by itself otherwise, after an hour.
	_, _ = g.client.StopQuery(ctx, &cloudwatchlogs.StopQueryInput{QueryId: id})
}

// sizes reads a row for each memory size. Other fields than were asked for are no
// answer, rather than no runs.
func sizes(group string, rows [][]types.ResultField) ([]recommend.Runs, error) {
	wrong := func(what, got string) error {
		return &fault.Fault{Kind: fault.Outside, Name: group, What: "Logs Insights has answered " + what, Got: got}
	}
	if len(rows) >= mostSizes {
		return nil, wrong("with more memory sizes than a function can have had", strconv.Itoa(len(rows)))
	}
	all := []recommend.Runs{}
	for _, row := range rows {
		v := map[string]float64{}
		for _, f := range row {
			n, err := strconv.ParseFloat(aws.ToString(f.Value), 64)
			if err == nil && n >= 0 && !math.IsInf(n, 0) {
				v[aws.ToString(f.Field)] = n
			}
		}
		for _, field := range []string{"size", "runs", "billed_ms", "p50", "p95", "p99", "most"} {
			if _, ok := v[field]; !ok {
				return nil, wrong("a row without a number for "+field, fmt.Sprint(len(row), " fields"))
			}
		}
		if v["size"] < 1 || v["size"] > 1<<20 || v["runs"] < 1 || v["runs"] > 1<<53 || v["billed_ms"] > 1<<53 {
			return nil, wrong("a row that cannot be", fmt.Sprintf("%v MB, %v runs", v["size"], v["runs"]))
		}
		all = append(all, recommend.Runs{
			Memory: int(math.Round(v["size"])), Count: int64(v["runs"]), Billed: int64(math.Round(v["billed_ms"])),
			P50: v["p50"], P95: v["p95"], P99: v["p99"], Used: v["most"],
		})
	}
	return all, nil
}

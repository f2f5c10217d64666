package cloudwatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// mostAlarms bounds a page of alarms in bytes.
const mostAlarms = 16 << 20

// byQuery asks for a page of alarms by CloudWatch's older protocol, which servers
// other than AWS's may know alone: the SDK speaks the newer one, to a path that
// those answer with 404. Source: CloudWatch API reference, DescribeAlarms, query
// requests of version 2010-08-01.
func (l *Legacy) byQuery(ctx context.Context, next *string) (*cloudwatch.DescribeAlarmsOutput, error) {
	form := url.Values{"Action": {"DescribeAlarms"}, "Version": {"2010-08-01"}, "AlarmTypes.member.1": {"MetricAlarm"}, "AlarmTypes.member.2": {"CompositeAlarm"}}
	if next != nil {
		form.Set("NextToken", *next)
	}
	body := form.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(*l.client.Options().BaseEndpoint, "/")+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	credentials, err := l.client.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "monitoring", l.client.Options().Region, time.Now()); err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read to its end
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAlarms))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s to the older protocol too: %w", answer.Status, err)
	}
	return parseAlarms(text)
}

func parseAlarms(text []byte) (*cloudwatch.DescribeAlarmsOutput, error) {
	type dimension struct{ Name, Value string }
	var page struct {
		XMLName xml.Name `xml:"DescribeAlarmsResponse"`
		Result  struct {
			Alarms []struct {
				AlarmArn, AlarmName string      // CloudWatch's name
				Dimensions          []dimension `xml:"Dimensions>member"`
				Metrics             []struct {
					Dimensions []dimension `xml:"MetricStat>Metric>Dimensions>member"`
				} `xml:"Metrics>member"`
			} `xml:"MetricAlarms>member"`
			Composites []struct {
				AlarmArn, AlarmName, AlarmRule string // CloudWatch's name
			} `xml:"CompositeAlarms>member"`
			NextToken string
		} `xml:"DescribeAlarmsResult"`
	}
	if err := xml.Unmarshal(text, &page); err != nil {
		return nil, err
	}
	plain := func(all []dimension) (list []types.Dimension) {
		for _, d := range all {
			list = append(list, types.Dimension{Name: aws.String(d.Name), Value: aws.String(d.Value)})
		}
		return list
	}
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, a := range page.Result.Alarms {
		one := types.MetricAlarm{AlarmArn: aws.String(a.AlarmArn), AlarmName: aws.String(a.AlarmName), Dimensions: plain(a.Dimensions)}
		for _, m := range a.Metrics {
			one.Metrics = append(one.Metrics, types.MetricDataQuery{MetricStat: &types.MetricStat{Metric: &types.Metric{Dimensions: plain(m.Dimensions)}}})
		}
		out.MetricAlarms = append(out.MetricAlarms, one)
	}
	for _, c := range page.Result.Composites {
		out.CompositeAlarms = append(out.CompositeAlarms, types.CompositeAlarm{AlarmArn: aws.String(c.AlarmArn), AlarmName: aws.String(c.AlarmName), AlarmRule: aws.String(c.AlarmRule)})
	}
	if page.Result.NextToken != "" {
		out.NextToken = &page.Result.NextToken
	}
	return out, nil
}

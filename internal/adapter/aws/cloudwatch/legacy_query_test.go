package cloudwatch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	blue "github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

const balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/lego/50dc6c495c0c9188"

// older is a server that knows CloudWatch's older protocol alone. It is strict: a
// form that AWS would refuse is refused.
func older(t *testing.T, answer func(form url.Values) (int, string)) *[]url.Values {
	t.Helper()
	var forms []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(out, r)
			return
		}
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.PostForm.Get("Version") != "2010-08-01" || r.PostForm.Get("Action") != "DescribeAlarms" ||
			!strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/monitoring/aws4_request") {
			t.Errorf("%s %v %v", r.Method, r.PostForm, r.Header)
		}
		forms = append(forms, r.PostForm)
		code, text := answer(r.PostForm)
		out.WriteHeader(code)
		_, _ = out.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	for key, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(key, value)
	}
	return &forms
}

func page(next string, alarms ...string) string {
	return `<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><MetricAlarms>` + strings.Join(alarms, "") +
		`</MetricAlarms><CompositeAlarms/><NextToken>` + next + `</NextToken></DescribeAlarmsResult></DescribeAlarmsResponse>`
}

// alarm is one whose own dimensions, or those of an expression's metric, are these.
func alarm(name, dimension, value string, expression bool) string {
	d := fmt.Sprintf(`<Dimensions><member><Name>%s</Name><Value>%s</Value></member></Dimensions>`, dimension, value)
	if expression {
		d = `<Metrics><member><Id>m1</Id><MetricStat><Metric><MetricName>RequestCount</MetricName>` + d + `</Metric><Period>60</Period><Stat>Sum</Stat></MetricStat></member></Metrics>`
	}
	return fmt.Sprintf(`<member><AlarmName>%s</AlarmName><AlarmArn>arn:aws:cloudwatch:us-east-1:123456789012:alarm:%s</AlarmArn>%s</member>`, name, name, d)
}

func looked(t *testing.T) (survey.Part, error) {
	t.Helper()
	l, err := cloudwatch.OpenLegacy(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	known := blue.World{Items: []blue.Item{{ARN: balancerARN, Kind: blue.LoadBalancer, Name: "lego"}}}
	return l.Tell(t.Context(), survey.Focus{Asked: survey.Asked{Account: "123456789012", Region: "us-east-1"}, Known: known.Graph()})
}

// Where a server knows the older protocol alone it is asked by that, page by page,
// and what it tells is what the newer one would.
// Shows: 5.8.9
func TestAlarmsByTheOlderProtocol(t *testing.T) {
	forms := older(t, func(form url.Values) (int, string) {
		switch form.Get("NextToken") {
		case "":
			return http.StatusOK, page("second &amp; last", alarm("plain", "LoadBalancer", "app/lego/50dc6c495c0c9188", false), alarm("other", "LoadBalancer", "app/other/1", false))
		case "second & last":
			return http.StatusOK, page("", alarm("computed", "LoadBalancer", "app/lego/50dc6c495c0c9188", true))
		}
		return http.StatusBadRequest, ""
	})
	p, err := looked(t)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range p.Items {
		names = append(names, i.Name)
		if want := (blue.Link{From: i.ARN, To: balancerARN, How: "watches"}); !slices.Contains(p.Links, want) {
			t.Errorf("%+v is not told: %+v", want, p.Links)
		}
	}
	if !slices.Equal(names, []string{"plain", "computed"}) || len(*forms) != 2 {
		t.Errorf("%v of %v", names, *forms)
	}
}

// What the older protocol refuses, or answers with something else, is an error: the
// alarms are not known, which is not that there are none.
func TestTheOlderProtocolRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		code int
		text string
	}{
		"refused":        {http.StatusForbidden, "<ErrorResponse/>"},
		"no XML":         {http.StatusOK, "ready"},
		"another answer": {http.StatusOK, "<ListMetricsResponse/>"},
		"broken off":     {http.StatusOK, page("")[:80]},
		"nothing":        {http.StatusOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			older(t, func(url.Values) (int, string) { return c.code, c.text })
			if p, err := looked(t); err == nil {
				t.Errorf("it tells %+v", p)
			}
		})
	}
}

package trace

import (
	"math"
	"math/big"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// The tails against exact arithmetic.
func TestTailsAreExact(t *testing.T) {
	for _, p := range []float64{0.01, 0.05, 0.5, 0.99} {
		for _, n := range []int{1, 20, 150} {
			for k := 0; k <= n; k += 1 + n/7 {
				want := new(big.Float).SetPrec(200)
				for i := 0; i <= k; i++ {
					term := new(big.Float).SetPrec(200).SetInt(new(big.Int).Binomial(int64(n), int64(i)))
					for range i {
						term.Mul(term, big.NewFloat(p))
					}
					for range n - i {
						term.Mul(term, big.NewFloat(1-p))
					}
					want.Add(want, term)
				}
				exact, _ := want.Float64()
				if got := lower(k, n, p); math.Abs(got-exact) > 1e-9 {
					t.Errorf("at most %d of %d at %g: %g, want %g", k, n, p, got, exact)
				}
				if got := upper(k+1, n, p); math.Abs(got-(1-exact)) > 1e-9 {
					t.Errorf("more than %d of %d at %g: %g, want %g", k, n, p, got, 1-exact)
				}
			}
		}
	}
	if lower(3, 5, 1) != 0 || lower(5, 5, 1) != 1 || upper(1, 5, 0) != 0 || upper(0, 5, 0) != 1 {
		t.Error("at the ends, 0 and 1, the chances are not sure")
	}
}

// A share that is as planned is called wrong no more often than the tolerance
// says; one that is far off is found.
func TestFairSharesPass(t *testing.T) {
	const rounds, tolerance = 100_000, unit.Percent(100_000) // 10%, so that there is something to count
	r := rand.New(rand.NewPCG(3, 4))
	draw := func(n int, p float64) (k int) {
		for range n {
			k += count(r.Float64() < p)
		}
		return k
	}
	for _, planned := range []unit.Percent{50_000, 500_000, 900_000} {
		for _, n := range []int{20, 60} {
			wrong := 0
			for range rounds / n {
				wrong += count(share("x", "x", draw(n, planned.Fraction()), n, 0, planned, tolerance).State == StateFail)
			}
			most := tolerance.Fraction() / tests
			if got, slack := float64(wrong)/float64(rounds/n), 4*math.Sqrt(most/float64(rounds/n)); got > most+slack {
				t.Errorf("%s of %d: %.4f called wrong, more than %.4f", planned, n, got, most)
			}
		}
	}
	for range 1000 {
		// All are planned; a fair sample is all of them.
		if share("x", "x", 40, 40, 0, unit.Full, 1000).State != StatePass || share("x", "x", 39, 40, 0, unit.Full, 1000).State != StateFail {
			t.Fatal("of 100% one missing is one missing")
		}
	}
	if got := share("x", "x", draw(200, 0.05), 200, 0, 500_000, 1000).State; got != StateFail {
		t.Errorf("5%% kept where 50%% are planned: %s", got)
	}
	// A reservoir keeps some on top, which nobody may call wrong.
	if a, b := share("x", "x", 12, 40, 0, 50_000, 1000).State, share("x", "x", 12, 40, 9, 50_000, 1000).State; a != StateFail || b != StatePass {
		t.Errorf("12 of 40 at 5%%: %s without a reservoir, %s with one of 9", a, b)
	}
	if got := share("x", "x", 3, 4, 0, 0, 1000).State; got != StateFail {
		t.Errorf("some kept where none is planned: %s", got)
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		node, name, kind string
		want             bool
	}{
		{NodeRDS, "RDS", "remote", true}, {NodeRDS, "lego.abc.us-east-1.rds.amazonaws.com", "remote", true}, {NodeRDS, "mocs@lego.abc.us-east-1.rds.amazonaws.com", "Database::SQL", true},
		{NodeRDS, "anything", "Database::SQL", true}, {NodeRDS, "rds.amazonaws.com.evil.example", "remote", false}, {NodeRDS, "Redis", "remote", false},
		{NodeRedis, "redis", "remote", true}, {NodeRedis, "lego.abc.0001.use1.cache.amazonaws.com:6379", "remote", true}, {NodeRedis, "RDS", "remote", false},
		{NodeOpenSearch, "search-lego-abc.us-east-1.es.amazonaws.com", "remote", true}, {NodeOpenSearch, "es.amazonaws.com", "remote", false},
		{NodeS3, "S3", "AWS::S3", true}, {NodeS3, "lego-images", "AWS::S3::Bucket", true}, {NodeS3, "lego-images.s3.us-east-1.amazonaws.com", "remote", true}, {NodeS3, "SQS", "AWS::SQS", false},
		{NodeCognito, "lego.auth.us-east-1.amazoncognito.com", "remote", true}, {NodeCognito, "Cognito", "remote", true},
		{NodeGateway, "api/staging", "AWS::ApiGateway::Stage", true}, {NodeGateway, "API Gateway", "remote", false},
		{NodeLambda, "fn", "AWS::Lambda", true}, {NodeLambda, "fn", "AWS::LambdaEdge", false},
	} {
		n := Expectation{Known: usual}.node(c.node)
		if got := n.Fits(Service{c.name, c.kind}); got != c.want {
			t.Errorf("%s fits %s (%s): %t", c.node, c.name, c.kind, got)
		}
	}
	for pattern, texts := range map[string][2]string{"a*b*c": {"aXbYc", "acb"}, "*a": {"bba", "ab"}, "a*": {"a", "ba"}, "*": {"", "\x00no"}, "a*a": {"aa", "a"}, "a**b": {"ab", "b"}} {
		if !fits(pattern, texts[0]) || pattern != "*" && fits(pattern, texts[1]) {
			t.Errorf("%q", pattern)
		}
	}
}

func TestStatementsWithValues(t *testing.T) {
	for statement, want := range map[string]bool{
		"SELECT id FROM mocs WHERE id = $1":                                   false,
		"SELECT id FROM mocs WHERE id = ? LIMIT ?":                            false,
		"INSERT INTO mocs (id, title) VALUES ($1, $2) ON CONFLICT DO NOTHING": false,
		"SELECT 1":                                         false,
		"SELECT id FROM mocs LIMIT 20":                     false,
		"SELECT t1.id FROM mocs_2024 t1":                   false,
		"CREATE TABLE a (b varchar(20), c numeric(10, 2))": false,
		"SELECT $1::timestamp(3), md5($2)":                 false,
		"SELECT id FROM mocs WHERE owner = 'jane'":         true,
		"SELECT id FROM mocs WHERE n = 5":                  true,
		"SELECT id FROM mocs WHERE n IN (1, 2)":            true,
		"SELECT id FROM mocs WHERE n > -3.5":               true,
		"INSERT INTO a VALUES (7)":                         true,
		"SELECT id FROM a WHERE b = $1 AND c = 'it''s'":    true,
	} {
		if got := valued(statement); got != want {
			t.Errorf("%q: %t", statement, got)
		}
	}
}

func TestConsole(t *testing.T) {
	at := time.Date(2026, 11, 23, 16, 46, 40, 0, time.UTC)
	p := Plan{Project: `LEGO "&#%+`, Stage: "staging", Region: "us-east-1", Run: "run-1234-1"}
	places := Console(p, Observation{From: at, Ended: at.Add(time.Minute)})
	if len(places) != 4 {
		t.Fatalf("%+v", places)
	}
	for i, want := range []string{"annotation.project = \"LEGO \\\"&#%+\" AND annotation.stage = \"staging\"", `annotation.run = "run-1234-1"`} {
		u, err := url.Parse(places[i].URL)
		if err != nil || u.Host != "console.aws.amazon.com" || u.Query().Get("region") != "us-east-1" {
			t.Fatalf("%s: %v", places[i].URL, err)
		}
		_, raw, _ := strings.Cut(places[i].URL, "#")
		page, query, _ := strings.Cut(raw, "?")
		values, err := url.ParseQuery(query)
		if err != nil || values.Get("filter") != want || values.Get("timeRange") != "2026-11-23T16:46:40~2026-11-23T16:48:40" || page != []string{"/service-map", "/traces"}[i] {
			t.Errorf("%s: %v %v", places[i].URL, values, err)
		}
	}
	if spans := places[3].URL; !strings.Contains(spans, "source~(~'aws*2fspans)") || !strings.Contains(spans, "attributes.run*20*3d*20*22run-1234-1*22") || strings.ContainsAny(spans, " \"\n") {
		t.Error(spans)
	}
	for region, host := range map[string]string{"cn-north-1": "console.amazonaws.cn", "us-gov-west-1": "console.amazonaws-us-gov.com"} {
		if !strings.HasPrefix(console(region), "https://"+host) {
			t.Errorf("%s: %s", region, console(region))
		}
	}
	x := Console(p, Observation{From: at, Ended: at, Destination: &Destination{Kind: KindXRay}})
	if slices.ContainsFunc(x, func(p Place) bool { return strings.Contains(p.Title, "Spans") }) {
		t.Error("spans are linked where there are none")
	}
}

package ecs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

var blue = capacity.Identity{Cluster: "lego-api", Service: "web"}

// open makes a cloud with a service of two tasks between 1 and 4.
func open(t *testing.T) (*cloud.Cloud, *ecs.Service) {
	t.Helper()
	c := cloud.New("state")
	c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "web", Desired: 2, Running: 2})
	c.SetScaling("lego-api", "web", &cloud.Scalable{Min: 1, Max: 4, In: true})
	t.Cleanup(func() {
		if unknown := c.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return c, dial(t, c)
}

// dial opens a service behind a handler.
func dial(t *testing.T, h http.Handler) *ecs.Service {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
	} {
		t.Setenv(name, value)
	}
	s, err := ecs.Open(t.Context(), "", blue)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLook(t *testing.T) {
	c, s := open(t)
	both := capacity.Scaling{Min: 1, Max: 4, InSuspended: true}
	for name, x := range map[string]struct {
		service *cloud.ECSService
		scaling *cloud.Scalable
		want    capacity.Standing
	}{
		"as it should be":       {&cloud.ECSService{Desired: 2, Running: 2}, &cloud.Scalable{Min: 1, Max: 4, In: true}, capacity.Standing{Status: "ACTIVE", Desired: 2, Running: 2, Scaling: &both}},
		"the rest is suspended": {&cloud.ECSService{Desired: 2, Running: 2}, &cloud.Scalable{Max: 1, Out: true, Clock: true}, capacity.Standing{Status: "ACTIVE", Desired: 2, Running: 2, Scaling: &capacity.Scaling{Max: 1, OutSuspended: true, ByClockOff: true}}},
		"nothing scales it":     {&cloud.ECSService{Desired: 3, Running: 1, Pending: 2}, nil, capacity.Standing{Status: "ACTIVE", Desired: 3, Running: 1, Pending: 2}},
		"a deployment":          {&cloud.ECSService{Desired: 2, Running: 2, Deploying: true}, nil, capacity.Standing{Status: "ACTIVE", Desired: 2, Running: 2, Deploying: true}},
		"a failed deployment":   {&cloud.ECSService{Desired: 2, Running: 2, Failed: "tasks failed to start."}, nil, capacity.Standing{Status: "ACTIVE", Desired: 2, Running: 2, Failed: "tasks failed to start."}},
		"draining":              {&cloud.ECSService{Status: "DRAINING", Running: 1}, &cloud.Scalable{Max: 4}, capacity.Standing{Status: "DRAINING", Running: 1}},
		"deleted":               {&cloud.ECSService{Status: "INACTIVE"}, nil, capacity.Standing{Status: "INACTIVE"}},
		"forgotten":             {nil, nil, capacity.Standing{Status: "MISSING"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "another", Desired: 7, Running: 7})
			c.SetScaling("lego-api", "another", &cloud.Scalable{Min: 7, Max: 7})
			c.ForgetECS("lego-api", "web")
			if x.service != nil {
				own := *x.service
				own.Cluster, own.Name = "lego-api", "web"
				c.SetECS(own)
			}
			c.SetScaling("lego-api", "web", x.scaling)
			got, err := s.Look(t.Context())
			same := got.Scaling == x.want.Scaling || got.Scaling != nil && x.want.Scaling != nil && *got.Scaling == *x.want.Scaling
			got.Scaling, x.want.Scaling = nil, nil
			if err != nil || got != x.want || !same {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestRaiseNeverLowers(t *testing.T) {
	c, s := open(t)
	for _, n := range []int{3, 3, 2, 0, 4, 1} {
		if err := s.Raise(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.ECS("lego-api", "web").Wished; !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("wished for %v", got)
	}
	for status, service := range map[string]cloud.ECSService{
		"(got \"DRAINING\")": {Cluster: "lego-api", Name: "web", Status: "DRAINING", Running: 1},
		"(got \"MISSING\")":  {Cluster: "lego-api", Name: "other"},
	} {
		c.ForgetECS("lego-api", "web")
		c.SetECS(service)
		if err := s.Raise(t.Context(), 5); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), status) {
			t.Errorf("%s: %v", status, err)
		}
	}
	c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "web", Daemon: true})
	if err := s.Raise(t.Context(), 5); err == nil || !strings.Contains(err.Error(), "daemon scheduling strategy") {
		t.Error(err)
	}
	for _, n := range []int{-1, 1 << 40} {
		if err := s.Raise(t.Context(), n); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "so many tasks") {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestBound(t *testing.T) {
	c, s := open(t)
	registered := func() (n int) {
		for _, call := range c.Calls() {
			if call.Action == "application-autoscaling:RegisterScalableTarget" {
				n++
			}
		}
		return n
	}
	for range 2 {
		if err := s.Bound(t.Context(), 3, 6); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Scaling("lego-api", "web"); *got != (cloud.Scalable{Min: 3, Max: 6, In: true}) || registered() != 1 || c.ECS("lego-api", "web").Desired != 3 {
		t.Errorf("%+v after %d calls: what was suspended stays so, twice is once, and the tasks come along", got, registered())
	}
	if err := s.Bound(t.Context(), 6, 3); fault.KindOf(err) != fault.Refused || registered() != 1 {
		t.Errorf("turned round: %v", err)
	}
	for _, x := range [][2]int{{-1, 2}, {1, 1 << 40}} {
		if err := s.Bound(t.Context(), x[0], x[1]); fault.KindOf(err) != fault.Refused {
			t.Errorf("%v: %v", x, err)
		}
	}
	c.SetScaling("lego-api", "web", nil)
	if err := s.Bound(t.Context(), 3, 6); fault.KindOf(err) != fault.Refused || c.Scaling("lego-api", "web") != nil {
		t.Errorf("it made what scales: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	c, s := open(t)
	calls := map[string]func() error{
		"ecs:DescribeServices":                            func() error { _, err := s.Look(t.Context()); return err },
		"application-autoscaling:DescribeScalableTargets": func() error { _, err := s.Look(t.Context()); return err },
		"ecs:UpdateService":                               func() error { return s.Raise(t.Context(), 9) },
		"application-autoscaling:RegisterScalableTarget":  func() error { return s.Bound(t.Context(), 9, 9) },
	}
	for call, run := range calls {
		for code, want := range map[string]struct {
			of   string
			kind fault.Kind
			says string
		}{
			"AccessDeniedException":       {"", fault.Input, "Allow the role " + call},
			"ExpiredTokenException":       {"", fault.Input, "its role by OIDC"},
			"UnrecognizedClientException": {"", fault.Input, "its role by OIDC"},
			"ClusterNotFoundException":    {"ecs:", fault.Input, "legacy.cluster: does not exist"},
			"ConcurrentUpdateException":   {"application-", fault.Outside, "Somebody else is changing its scaling"},
			"ServiceNotActiveException":   {"ecs:", fault.Refused, "make it anew"},
		} {
			if !strings.HasPrefix(call, want.of) {
				continue // the other service's word
			}
			c.RefuseWatch(func(asked string) (int, string) {
				if asked == call {
					return http.StatusBadRequest, code
				}
				return 0, ""
			})
			if err := run(); fault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.says) || !strings.Contains(err.Error(), code) {
				t.Errorf("%s %s: %v", call, code, err)
			}
		}
	}
	if got := c.ECS("lego-api", "web").Wished; len(got) != 1 {
		t.Errorf("something was changed: %v", got)
	}
}

// A throttled call is tried again, and in the end said with what to do.
func TestThrottling(t *testing.T) {
	c, s := open(t)
	var asked atomic.Int32
	c.RefuseWatch(func(string) (int, string) {
		if asked.Add(1) <= 2 {
			return 400, "ThrottlingException"
		}
		return 0, ""
	})
	if _, err := s.Look(t.Context()); err != nil || asked.Load() != 4 {
		t.Errorf("%v after %d calls", err, asked.Load())
	}
	c.RefuseWatch(func(string) (int, string) { return 400, "ThrottlingException" })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := s.Look(ctx); fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "the next tick tries again") {
		t.Error(err)
	}
}

func TestWithoutAName(t *testing.T) {
	if _, err := ecs.Open(t.Context(), "us-east-1", capacity.Identity{Cluster: "lego-api"}); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "section legacy") {
		t.Error(err)
	}
}

// A server that says nothing is given up.
func TestSilence(t *testing.T) {
	s := dial(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server would not see that the caller has gone
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := s.Look(ctx); err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// shelf keeps in memory what S3 keeps otherwise.
type shelf map[string][]byte

var errNone = errors.New("nothing is kept")

func (s shelf) Keep(_ context.Context, name string, text []byte) error {
	if there, ok := s[name]; ok && string(there) != string(text) {
		return errors.New("something else is kept")
	}
	s[name] = text
	return nil
}

func (s shelf) Kept(_ context.Context, name string) ([]byte, error) {
	if s[name] == nil {
		return nil, errNone
	}
	return s[name], nil
}

// cut stands between a program and AWS and dies at one request: the request or
// its answer is lost, and every request after it.
type cut struct {
	http.Handler
	mu       sync.Mutex
	at, seen int
	after    bool
}

// over ends the cutting, and says how many requests there were.
func (c *cut) over() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = 1 << 30
	return c.seen
}

func (c *cut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.seen++
	last, cut := c.seen == c.at && c.after, c.seen >= c.at
	c.mu.Unlock()
	if last {
		c.Handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
	c.Handler.ServeHTTP(w, r)
}

// Killed at each request, before and after it, and begun again: blue has what it
// must have, has never had less, and what stood before is known.
func TestKilledAnywhere(t *testing.T) {
	for _, scales := range []bool{true, false} {
		for at := 1; at <= 9; at++ {
			for _, after := range []bool{true, false} {
				c := cloud.New("state")
				c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "web", Desired: 2, Running: 2})
				if scales {
					c.SetScaling("lego-api", "web", &cloud.Scalable{Min: 1, Max: 4})
				}
				kept := shelf{}
				between := &cut{Handler: c, at: at, after: after}
				s := dial(t, between)
				ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
				_, err := capacity.PinDown(ctx, capacity.Ports{Service: s, Shelf: kept, None: errNone}, blue, 6, time.Unix(0, 0))
				cancel()
				if between.over() < at && err != nil {
					t.Fatalf("at %d: %v", at, err)
				}
				r, err := capacity.PinDown(t.Context(), capacity.Ports{Service: s, Shelf: kept, None: errNone}, blue, 6, time.Unix(60, 0))
				wished := c.ECS("lego-api", "web").Wished
				if err != nil || r.Findings.Level() != capacity.OK || r.Before.Desired != 2 || !slices.Equal(wished, []int{2, 6}) {
					t.Fatalf("at %d, %v, %v: %+v, %v, wished for %v", at, after, scales, r, err, wished)
				}
				if got := c.Scaling("lego-api", "web"); scales && *got != (cloud.Scalable{Min: 6, Max: 6}) || !scales && got != nil {
					t.Fatalf("at %d: %+v", at, got)
				}
			}
		}
	}
}

// What each call needs is said once here, for the roles.
func TestCallsThatAreMade(t *testing.T) {
	c, s := open(t)
	if _, err := capacity.PinDown(t.Context(), capacity.Ports{Service: s, Shelf: shelf{}, None: errNone}, blue, 5, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	c.SetScaling("lego-api", "web", nil)
	if err := s.Raise(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, call := range c.Calls() {
		made[fmt.Sprint(call.Action, " ", call.Resource)] = true
	}
	const web = "arn:aws:ecs:us-east-1:123456789012:service/lego-api/web"
	want := []string{
		"application-autoscaling:DescribeScalableTargets *",
		"application-autoscaling:RegisterScalableTarget arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec5aaaa0000",
		"ecs:DescribeServices " + web, "ecs:UpdateService " + web,
	}
	if got := slices.Sorted(maps.Keys(made)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

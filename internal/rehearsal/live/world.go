package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

const (
	zone     = "Z0123456789ABCDEFGHIJ"
	record   = "api.lego.example.com"
	blueHost = "lego-api-1234567890.us-east-1.elb.amazonaws.com"
	greenAPI = "d-a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
	bucket   = "releases"
	// ttl is that of an alias of a load balancer; source: Route 53 Developer
	// Guide, "Choosing between alias and non-alias records".
	ttl = time.Minute
	// minutes for which errors must last before DNS leaves green by itself.
	failoverMinutes = 3
)

// Phase is a step of the cutover: green's share in percent, and for how many
// minutes it is held at least.
type Phase struct{ Percent, Minutes int }

// Options are what a world is made of.
type Options struct {
	// Shift is the binary of actions/traffic-shift, Folder where it runs.
	Shift, Folder string
	// Blue and Green are the apps behind the two fronts.
	Blue, Green http.Handler
	// Speed is how many times as fast AWS's clock runs; Rate how many requests the
	// users send in a second of this machine, and Path what they ask for.
	Speed  float64
	Rate   int
	Path   string
	Phases []Phase
	// Say hears how far it is.
	Say func(line string)
}

// World is a stage before its cutover, on this machine.
type World struct {
	Clock Clock
	Cloud *cloud.Cloud
	// Fault breaks green.
	Fault *Fault
	Users *Users

	o       Options
	sides   [2]string
	api     string
	changes Changes
	servers []*http.Server
	end     context.CancelFunc
	running sync.WaitGroup
}

// noon is when each world begins, by AWS's clock.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// New makes a world. The caller must close it.
func New(ctx context.Context, o Options) (*World, error) {
	w := &World{Clock: NewClock(noon, o.Speed), Cloud: cloud.New("state"), Fault: &Fault{}, o: o}
	ctx, w.end = context.WithCancel(ctx)
	meter := &Meter{Observe: w.Cloud.Observe, Now: w.Clock.Now}
	if err := w.listen(meter); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if err := os.WriteFile(filepath.Join(o.Folder, "cutover.yaml"), []byte(w.config()), 0o600); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.stage()
	meter.History(noon)
	resolvers := &Resolvers{
		Answers: func() map[string]float64 { return w.Cloud.Resolve(record, "A") }, Now: w.Clock.Now,
		TTL: ttl, Stubborn: 0.02, Longer: 5,
	}
	resolvers.Populate(400, 1)
	w.Users = &Users{resolvers: resolvers, clock: w.Clock, sides: w.sides, at: func(target string) string {
		if isGreen(target) {
			return w.sides[Green]
		}
		return w.sides[Blue]
	}}
	w.running.Go(func() { meter.Run(ctx, max(w.Clock.Here(time.Second), 5*time.Millisecond)) })
	w.running.Go(func() { w.changes.watch(ctx, w) })
	return w, nil
}

// listen starts the servers: both sides, and AWS.
func (w *World) listen(meter *Meter) error {
	handlers := []http.Handler{
		front{Blue, w.o.Blue, &Fault{}, meter.Saw}, front{Green, w.o.Green, w.Fault, meter.Saw}, w.Cloud,
	}
	var addresses []string
	for _, h := range handlers {
		server, address, err := serve(h)
		if err != nil {
			return fmt.Errorf("listening on loopback: %w", err)
		}
		w.servers, addresses = append(w.servers, server), append(addresses, address)
	}
	w.sides, w.api = [2]string{addresses[0], addresses[1]}, addresses[2]
	return nil
}

// Close ends everything of this world.
func (w *World) Close() error {
	w.end()
	if w.Users != nil {
		w.Users.End()
	}
	w.running.Wait()
	var problems []error
	for _, s := range w.servers {
		problems = append(problems, s.Close())
	}
	return errors.Join(problems...)
}

func isGreen(target string) bool { return strings.Contains(target, "execute-api") }

// config is the app's cutover.yaml with these phases.
func (w *World) config() string {
	var phases strings.Builder
	for _, p := range w.o.Phases {
		fmt.Fprintf(&phases, "    - {weight: %d%%, hold: %d m}\n", p.Percent, p.Minutes)
	}
	// The two direct names differ, as they do at AWS.
	green := strings.Replace(w.sides[Green], "127.0.0.1", "localhost", 1)
	return fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages:
  production: {url: https://%[1]s, approval: required}
traffic:
  record: %[1]s
  hosted_zone: %[2]s
  health_path: %[8]s
  failover: {errors: 10%%, minutes: %[9]d}
  blue:
    target: %[3]s
    alias_zone: Z35SXDOTRQ7X7K
    direct: %[4]s
    load_balancer: app/lego-api/50dc6c495c0c9188
    target_group: targetgroup/lego-api/73e2d6bc24d8a067
  green:
    target: %[5]s
    alias_zone: Z1UJRXOUMOOFQ8
    direct: %[6]s
    api: {type: http, name: a1b2c3d4e5}
  phases:
%[7]s  preflight:
    largest_upload: 4 MB
    accept: {migrations: the schema has not changed, connections/unseen-database: there is no database here}
legacy: {cluster: lego-api, service: lego-api}
`, record, zone, blueHost, w.sides[Blue], greenAPI, green, phases.String(), HealthPath, failoverMinutes)
}

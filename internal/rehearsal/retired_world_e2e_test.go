//go:build e2e

package rehearsal_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// over is a stage whose rollout is over, for so long that the soak is too. Its cloud
// has a clock of its own: it stands still while a run goes, and [over.pass] moves it
// between two, as nights do. The action goes by S3's clock, so that nothing in the
// run knows better: the soak's seven days and the hold's 48 hours are whole ones.
type over struct {
	*retiring
	full, at time.Time
	// asked is how often green was.
	asked atomic.Int64
}

// soaked is how long green has had everything.
const soaked = 7*24*time.Hour + time.Hour

func newOver(t *testing.T) *over {
	t.Helper()
	c := cloud.New(rehearsal.ArchiveBucket)
	now := time.Now().UTC().Truncate(time.Minute)
	o := &over{retiring: &retiring{t: t, cloud: c, guide: "# How it runs\n\n<!-- cutover:ecs -->\nTwo tasks on ECS.\n<!-- end -->\n\nLambda.\n"}, full: now.Add(-soaked), at: now.Add(-soaked)}
	c.Time(func() time.Time { return o.at })
	c.Lego(false)
	c.SetECS(cloud.ECSService{Cluster: "other", Name: "web", Desired: 1, Running: 1, Definition: "web-other:1"})
	o.green()
	o.images()
	o.decided()
	o.pass(soaked)
	return o
}

// green answers at api.example.com: whoever asks for that name, by HTTPS, is led to a
// server of this test, whose certificate is the only one that is trusted there.
func (o *over) green() {
	o.t.Helper()
	green := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		_, _ = io.WriteString(w, `{"status":"ok"}`)
	}))
	o.t.Cleanup(green.Close)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "api.example.com:443" {
			http.Error(w, "no way leads to "+r.Host, http.StatusBadGateway)
			return
		}
		there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", green.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = there.Close() }()
		w.WriteHeader(http.StatusOK)
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = here.Close() }()
		go func() { _, _ = io.Copy(there, buffered) }() // either side may hang up
		_, _ = io.Copy(here, there)
	}))
	o.t.Cleanup(way.Close)
	trusted := filepath.Join(o.t.TempDir(), "trusted.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: green.Certificate().Raw}), 0o600); err != nil {
		o.t.Fatal(err)
	}
	o.environ = []string{"HTTPS_PROXY=" + way.URL, "SSL_CERT_FILE=" + trusted, "NO_PROXY=localhost"}
}

// images are two in a registry of the account's.
func (o *over) images() {
	o.t.Helper()
	registry := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	o.t.Cleanup(registry.Close)
	var listed []cloud.ECRImage
	for _, tag := range []string{"v1", "v2"} {
		image, err := random.Image(64, 2)
		if err != nil {
			o.t.Fatal(err)
		}
		at, err := name.NewTag(strings.TrimPrefix(registry.URL, "http://") + "/lego-api:" + tag)
		if err != nil {
			o.t.Fatal(err)
		}
		if err := remote.Write(at, image); err != nil {
			o.t.Fatal(err)
		}
		digest, err := image.Digest()
		if err != nil {
			o.t.Fatal(err)
		}
		kind, err := image.MediaType()
		if err != nil {
			o.t.Fatal(err)
		}
		listed = append(listed, cloud.ECRImage{Digest: digest.String(), Tags: []string{tag}, MediaType: string(kind)})
	}
	o.cloud.SetECR("lego-api", listed...)
	o.cloud.SetRegistry(registry.URL, "the-registry-secret", time.Now().Add(12*time.Hour))
}

// decided keeps the decision that cutover-report keeps, on a report of no rows.
func (o *over) decided() {
	o.t.Helper()
	form := map[string]any{"version": 1, "project": "LEGO-API", "stage": "production", "decision": "proceed", "approver": "ada-lovelace", "at": o.full}
	for field, text := range map[string]string{"report": `{"rows":[]}`, "record": "# Decision\n"} {
		sum := sha256.Sum256([]byte(text))
		key := "decision/production/" + hex.EncodeToString(sum[:])
		o.cloud.Put("cutover/"+key, text)
		form[field], form[map[string]string{"report": "hash", "record": "record_hash"}[field]] = key, hex.EncodeToString(sum[:])
	}
	text, err := json.Marshal(form)
	if err != nil {
		o.t.Fatal(err)
	}
	o.cloud.Put("cutover/decision/production.json", string(text))
}

// watched writes the rollout as its watch leaves it: soaking, proved, seen until now.
func (o *over) watched() {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), "cutover.yaml")
	if err := os.WriteFile(path, []byte(o.config()), 0o600); err != nil {
		o.t.Fatal(err)
	}
	file, err := config.Load(path)
	if err != nil {
		o.t.Fatal(err)
	}
	p := rollout.NewPolicy(*file.Traffic, file.SLOs)
	ledger := judge.Open(p.Rules, 1, 60, o.full.Add(-time.Hour), nil)
	for _, track := range ledger.Tracks {
		track.Total, track.EffectiveTotal = 1_000_000, 1_000_000
	}
	ledger.Through = o.at.Add(-3 * time.Minute)
	s := rollout.New(p)
	s.Step, s.Phase, s.Weight, s.Attempt = rollout.Soaking, 2, unit.Full, 1
	s.Clock, s.Risen, s.Settled, s.Ledger = o.at, o.full.Add(-time.Minute), o.full, &ledger
	text, err := json.Marshal(s)
	if err != nil {
		o.t.Fatal(err)
	}
	o.cloud.Put("cutover/rollout/production/state.json", string(text))
}

// pass lets AWS's time pass: users ask green, a scanner asks blue's load balancer
// while a record leads there, and ECS ends what drains.
func (o *over) pass(d time.Duration) {
	o.t.Helper()
	blue := slices.ContainsFunc(o.cloud.Records(cloud.LegoZone), func(s cloud.RecordSet) bool {
		return s.AliasTarget != nil && strings.Contains(s.AliasTarget.DNSName, cloud.LegoDNS)
	})
	for range int(d / time.Minute) {
		for metric, value := range map[string]float64{"Count": 120, "5xx": 0, "4xx": 0, "Latency": 90} {
			o.cloud.Observe("AWS/ApiGateway", metric, trafficAPI, o.at, value)
		}
		if blue {
			o.cloud.Observe("AWS/ApplicationELB", "RequestCount", map[string]string{"LoadBalancer": cloud.LegoBalancer}, o.at, 3)
		}
		o.at = o.at.Add(time.Minute)
	}
	o.cloud.Old(func(old *cloud.OldSide) { old.Drained() })
	o.watched()
}

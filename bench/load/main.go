// Command load sends the same load with cutover and with Artillery to the same
// server, whose own log is the truth: the rate that was held, what each generator
// needed, and how far its percentiles are from the server's. Then cutover alone
// sends 500 requests a second for a minute to the example app.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/rehearsal/live"
)

const (
	rate    = 500
	seconds = 20
	rounds  = 3
)

func main() {
	only := flag.Bool("app", false, "only the example app, without the peer")
	flag.Parse()
	if err := run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(onlyApp bool) error {
	folder, err := os.MkdirTemp("", "bench-load")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	cutover := filepath.Join(folder, "cutover")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", cutover, "./cmd/cutover").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if onlyApp {
		return example(cutover, folder)
	}
	artillery, err := installed()
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d processors, %s, Artillery %s, %d requests a second for %d s, %d rounds in turns, medians\n\n",
		time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), version(), rate, seconds, rounds)
	var ours, theirs []measured
	for range rounds {
		one, err := byCutover(cutover, folder)
		if err != nil {
			return err
		}
		other, err := byArtillery(artillery, folder)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, one), append(theirs, other)
	}
	fmt.Println("| generator | requests | rate held | processor seconds per 1,000 requests | peak memory | error of p50 | of p95 | of p99 |\n| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	row("cutover load", ours)
	row("Artillery", theirs)
	return example(cutover, folder)
}

// measured is one run of one generator.
type measured struct{ requests, held, cpu, memory, p50, p95, p99 float64 }

func row(name string, all []measured) {
	median := func(of func(measured) float64) float64 {
		var values []float64
		for _, m := range all {
			values = append(values, of(m))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	fmt.Printf("| %s | %.0f | %.2f/s | %.2f | %.0f MB | %+.2f%% | %+.2f%% | %+.2f%% |\n", name, median(func(m measured) float64 { return m.requests }),
		median(func(m measured) float64 { return m.held }), median(func(m measured) float64 { return m.cpu }), median(func(m measured) float64 { return m.memory }),
		median(func(m measured) float64 { return m.p50 }), median(func(m measured) float64 { return m.p95 }), median(func(m measured) float64 { return m.p99 }))
}

// server answers after 20 to 220 ms, in an order that repeats, and logs how long
// it took and when it was asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	took  []float64
	first time.Time
	last  time.Time
	n     atomic.Int64
}

func serve() *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		began := time.Now()
		time.Sleep(20*time.Millisecond + time.Duration(s.n.Add(1)*7919%2000)*100*time.Microsecond)
		took := time.Since(began).Seconds() * 1000
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.took = append(s.took, took); s.first.IsZero() || began.Before(s.first) {
			s.first = began
		}
		if began.After(s.last) {
			s.last = began
		}
	}))
	return s
}

// measure runs a generator against the server, and its percentiles against the
// server's log.
func measure(s *server, cmd *exec.Cmd, percentiles func() (p50, p95, p99 float64, err error)) (m measured, err error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return m, err
	}
	memory := peak(cmd)
	err = cmd.Wait()
	if m.memory = memory(); err != nil {
		return m, fmt.Errorf("%s: %w\n%s", cmd.Path, err, out.Bytes()[max(0, out.Len()-2000):])
	}
	p50, p95, p99, err := percentiles()
	if err != nil {
		return m, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.took)
	n := len(s.took)
	at := func(share float64) float64 { return s.took[max(int(share*float64(n)+0.999999), 1)-1] }
	m = measured{memory: m.memory, requests: float64(n), held: float64(n-1) / s.last.Sub(s.first).Seconds(), p50: (p50/at(0.5) - 1) * 100, p95: (p95/at(0.95) - 1) * 100, p99: (p99/at(0.99) - 1) * 100}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.cpu = float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9 / float64(n) * 1000
	}
	return m, nil
}

func byCutover(binary, folder string) (measured, error) {
	s := serve()
	defer s.Close()
	out := filepath.Join(folder, "ours.json")
	cmd := exec.Command(binary, "load", "--target", s.URL, "--rate", strconv.Itoa(rate), "--duration", strconv.Itoa(seconds)+"s", "--out", out)
	return measure(s, cmd, func() (float64, float64, float64, error) {
		r, err := read(out)
		return r.Latency.P50, r.Latency.P95, r.Latency.P99, err
	})
}

func read(path string) (load.Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return load.Result{}, err
	}
	return load.ParseResult(text)
}

// example holds the example app to 500 requests a second for a minute.
func example(binary, folder string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	app, wait, err := live.App(ctx, "examples/lego-api")
	if err != nil {
		return err
	}
	defer func() { cancel(); wait() }()
	s := httptest.NewServer(app)
	defer s.Close()
	out := filepath.Join(folder, "app.json")
	cmd := exec.Command(binary, "load", "--target", s.URL, "--path", "/mocs", "--rate", strconv.Itoa(rate), "--duration", "1m", "--out", out)
	said, failed := cmd.CombinedOutput()
	r, err := read(out)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	text, err := json.Marshal(r.Latency)
	fmt.Printf("\nThe example app, GET /mocs, %d requests a second for a minute: %d requests, %.2f a second held, valid %v %v, %d errors, latency in ms %s, the generator %.2f processor seconds per 1,000 requests, %.0f MB\n",
		rate, r.Requests, r.AchievedRate, r.Valid, r.Invalid, r.Errors, text, r.Generator.CPUSeconds/float64(max(r.Requests, 1))*1000, r.Generator.MemoryMB)
	if err == nil {
		err = failed
	}
	return err
}

package image_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

var layout = must(image.ParseLayout("cutover", "lego-api"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// many is a repository of n tags that share layers, with an image for two platforms,
// its attestation, a signature by tag, one by referrer, and an image without a tag.
func many(n int) *imagetest.Repository {
	r := imagetest.New()
	base := []image.Descriptor{r.AddBlob(imagetest.Layer, imagetest.Random("base", 50_000)), r.AddBlob(imagetest.Layer, imagetest.Random("node", 20_000))}
	for i := range n {
		name := fmt.Sprintf("v%d", i)
		own := r.AddBlob(imagetest.Layer, imagetest.Random(name, 5_000))
		tags := []string{name}
		if i == n-1 {
			tags = append(tags, "latest")
		}
		r.Image(name, append(slices.Clone(base), own), tags...)
	}
	arm, amd := r.Image("arm", base), r.Image("amd", base)
	statement := r.AddBlob("application/vnd.in-toto+json", []byte(`{"predicateType":"https://slsa.dev/provenance/v1"}`))
	attestation := r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "config": r.AddBlob(imagetest.Config, []byte(`{"architecture":"unknown"}`)), "layers": []image.Descriptor{statement}})
	both := r.Manifest(map[string]any{"mediaType": imagetest.Index, "manifests": []image.Descriptor{arm, amd, attestation}}, "multi")
	signature := r.AddBlob("application/vnd.dev.cosign.simplesigning.v1+json", []byte(`{"critical":{}}`))
	empty := r.AddBlob("application/vnd.oci.empty.v1+json", []byte(`{}`))
	r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "config": empty, "layers": []image.Descriptor{signature}}, "sha256-"+both.Digest.Hex()+".sig")
	r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "artifactType": "application/spdx+json", "config": empty, "layers": []image.Descriptor{signature}, "subject": both})
	return r
}

func patient(context.Context, time.Duration) error { return nil }

func archive(t *testing.T, r *imagetest.Repository, s *imagetest.Shelf) image.Result {
	t.Helper()
	result, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Wait: patient})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sound holds an archive against what the repository has: verified by reading every
// byte, and independently of the code that wrote it.
func sound(t *testing.T, r *imagetest.Repository, s *imagetest.Shelf) image.Report {
	t.Helper()
	report, err := image.Verify(t.Context(), s, layout, image.Check{Deep: true})
	if err != nil || !report.Sound() {
		t.Fatalf("%v, %+v", err, report.Damaged)
	}
	for _, d := range r.Holds() {
		if got := imagetest.Of(s.Text(layout.Blob(d))); got != d {
			t.Errorf("%s lies there as %s", d, got)
		}
	}
	tags := map[string]image.Digest{}
	var index struct{ Manifests []image.Descriptor }
	if err := json.Unmarshal(s.Text(layout.Index()), &index); err != nil {
		t.Fatal(err)
	}
	for _, m := range index.Manifests {
		if tag, ok := m.Annotations["org.opencontainers.image.ref.name"]; ok {
			tags[tag] = m.Digest
		}
	}
	if !maps.Equal(tags, r.Tags()) {
		t.Errorf("the tags are %v, not %v", tags, r.Tags())
	}
	return report
}

// Shows: 5.8.7
func TestArchive(t *testing.T) {
	for _, all := range []bool{true, false} {
		r, s := many(20), imagetest.NewShelf()
		r.All = all
		result := archive(t, r, s)
		report := sound(t, r, s)
		gets, bytes := r.Gets()
		for d, n := range gets {
			if n != 1 {
				t.Errorf("%s was fetched %d times", d, n)
			}
		}
		if len(gets) != result.Fetched || bytes != result.FetchedBytes || result.Blobs != len(gets) || result.Skipped != 0 {
			t.Errorf("%d GETs of %d bytes: %+v", len(gets), bytes, result)
		}
		if result.Tags != 23 || result.Manifests != 26 || report.Unneeded != 0 || !result.Changed {
			t.Errorf("%+v", result)
		}
		if report.IndexSHA256 != result.IndexSHA256 || !slices.Equal(report.Images, result.Images) || report.Bytes != result.Bytes || report.Blobs != result.Blobs || report.Tags != result.Tags || report.Manifests != result.Manifests {
			t.Errorf("the report is %+v, the result %+v", report, result)
		}
		r.Forget()
		writes := s.Writes()
		again := archive(t, r, s)
		if gets, _ := r.Gets(); len(gets) != 0 || again.Fetched != 0 || again.Skipped != result.Blobs || again.Changed || again.IndexSHA256 != result.IndexSHA256 || s.Writes() != writes {
			t.Errorf("a second run: %+v, %d writes", again, s.Writes()-writes)
		}
	}
}

// Killed before and after every single write, and at each request before: there is
// no index, or one that is whole; and the next run fetches nothing that is there.
func TestKilledAnywhereTheIndexNeverLies(t *testing.T) {
	killed := &fault.Fault{Kind: fault.Refused, What: "killed"}
	ends := 0
	for _, when := range []string{"before", "after"} {
		for n := 1; ; n++ {
			r, s := many(4), imagetest.NewShelf()
			left := n
			hook := func(what, _ string) error {
				if what != "put" && when == "after" {
					return nil
				}
				if left--; left <= 0 {
					return killed
				}
				return nil
			}
			if when == "before" {
				s.Before = hook
			} else {
				s.After = hook
			}
			_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, AtOnce: 1})
			s.Before, s.After = nil, nil
			if err == nil {
				break
			}
			ends++
			report, verr := image.Verify(t.Context(), s, layout, image.Check{Deep: true})
			if !errors.Is(verr, image.ErrAbsent) && (verr != nil || !report.Sound()) {
				t.Fatalf("killed %s %d: %v, %+v", when, n, verr, report.Damaged)
			}
			there := map[image.Digest]bool{}
			for _, key := range s.Keys() {
				there[image.Digest("sha256:"+key[strings.LastIndexByte(key, '/')+1:])] = true
			}
			r.Forget()
			archive(t, r, s)
			gets, _ := r.Gets()
			for d := range gets {
				if there[d] {
					t.Errorf("killed %s %d: %s was there and was fetched again", when, n, d)
				}
			}
			sound(t, r, s)
		}
	}
	t.Logf("killed %d times", ends)
	if ends < 40 {
		t.Errorf("killed %d times only: this test would hold nothing", ends)
	}
}

// An answer that gets lost is no failure: what is written is written.
func TestLostAnswers(t *testing.T) {
	r, s := many(3), imagetest.NewShelf()
	lost := map[string]bool{}
	s.After = func(_, key string) error {
		if !lost[key] {
			lost[key] = true
			return errors.New("connection reset")
		}
		return nil
	}
	if _, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Wait: patient, AtOnce: 1}); err != nil {
		t.Fatal(err)
	}
	s.After = nil
	sound(t, r, s)
}

func TestNothingIsTriedForEver(t *testing.T) {
	r, s := many(1), imagetest.NewShelf()
	n := 0
	s.Before = func(what, key string) error {
		if what == "put" && strings.Contains(key, "blobs") {
			n++
			return errors.New("503 Slow Down")
		}
		return nil
	}
	var waits []time.Duration
	_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, AtOnce: 1, Wait: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}})
	if fault.KindOf(err) != fault.Outside || n != 4 || !slices.Equal(waits, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}) {
		t.Errorf("%v after %d writes, %v", err, n, waits)
	}
	stopped := &fault.Fault{Kind: fault.Outside, What: "time is up"}
	_, err = image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, AtOnce: 1, Wait: func(context.Context, time.Duration) error { return stopped }})
	if !errors.Is(err, stopped) {
		t.Error(err)
	}
}

func TestAnEmptyRepository(t *testing.T) {
	r, s := imagetest.New(), imagetest.NewShelf()
	result := archive(t, r, s)
	if result.Manifests != 0 || len(result.IndexSHA256) != 64 {
		t.Errorf("%+v", result)
	}
	sound(t, r, s)
}

func TestProgress(t *testing.T) {
	r, s := many(5), imagetest.NewShelf()
	var last image.Progress
	result, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Told: func(p image.Progress) {
		if p.Blobs < last.Blobs || p.Bytes > p.TotalBytes && p.TotalBytes > 0 {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}})
	if err != nil || last.Blobs != result.Blobs || last.Total != result.Blobs || last.Bytes != result.FetchedBytes || last.Bytes != last.TotalBytes {
		t.Errorf("%v, %+v, %+v", err, last, result)
	}
}

package s3_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Shows: 5.7.7
func TestBuckets(t *testing.T) {
	c := cloudtest.Serve(t, cloud.New("state"))
	for _, name := range []string{"bare", "kept", "off", "many"} {
		c.Bucket(name)
	}
	const moves = "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>"
	rule := func(status, text string) string {
		return "<Rule><ID>r</ID><Filter><Prefix></Prefix></Filter><Status>" + status + "</Status>" + text + "</Rule>"
	}
	c.Keep("kept", cloud.KeptBucket{Versioning: "Suspended", Rules: rule("Enabled", moves) + rule("Enabled", "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>")})
	c.Keep("off", cloud.KeptBucket{Versioning: "Enabled", Rules: rule("Disabled", moves), Uploads: map[string][]int64{"a": {5 << 20, 7}, "b": {}}})
	uploads := map[string][]int64{}
	for i := range 101 {
		uploads[fmt.Sprint(i)] = []int64{1}
	}
	c.Keep("many", cloud.KeptBucket{Uploads: uploads})
	e, err := s3.OpenEstate(t.Context(), s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, unread := e.Buckets(t.Context(), []string{"bare", "kept", "off", "many", "gone"})
	if len(found) != 4 || len(unread) != 1 || unread[0].What != "buckets" || !strings.HasPrefix(unread[0].Why, "gone: ") {
		t.Fatalf("%+v %v", found, unread)
	}
	for i, want := range []struct {
		versioned, moves, old, aborts bool
		unfinished                    unit.Bytes
	}{{unfinished: 0}, {true, true, true, true, 0}, {versioned: true, unfinished: 5<<20 + 7}, {unfinished: -1}} {
		b := found[i]
		if b.Versioned != want.versioned || b.Transitions != want.moves || b.ExpiresOld != want.old || b.AbortsUploads != want.aborts || b.Unfinished != want.unfinished {
			t.Errorf("%+v", b)
		}
	}
	c.Fail(func(string, string) int { return http.StatusForbidden })
	if found, unread = e.Buckets(t.Context(), []string{"bare"}); len(found) != 0 || len(unread) != 1 || !strings.Contains(unread[0].Why, "s3:GetBucketVersioning") {
		t.Errorf("%+v %v", found, unread)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Error(unknown)
	}
}

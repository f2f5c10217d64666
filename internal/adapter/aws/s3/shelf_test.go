package s3_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// The images' rule expires current objects, earlier versions and unfinished uploads,
// and leaves every other rule as it is.
// Shows: 5.8.7
func TestShelfExpire(t *testing.T) {
	const others = `<Rule><ID>logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>7</Days></Expiration></Rule>
<Rule><ID>all</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>
<Rule><ID>cutover-images-cutover</ID><Status>Enabled</Status><Filter><Prefix>old</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule>`
	var written string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			body, _ := io.ReadAll(r.Body)
			written = string(body)
			return
		}
		_, _ = io.WriteString(w, `<LifecycleConfiguration>`+others+`</LifecycleConfiguration>`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
	s, err := s3.OpenShelf(t.Context(), "archive", s3.Hurried(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	expiring, err := s.Expire(t.Context(), image.Lifecycle("cutover", 90*24*time.Hour))
	if err != nil || !slices.Equal(expiring, []string{"all"}) {
		t.Errorf("%v, %v", err, expiring)
	}
	for _, want := range []string{
		"<ID>cutover-images-cutover</ID>", "<Prefix>cutover/images/</Prefix>", "<Expiration><Days>90</Days></Expiration>", "<NoncurrentDays>90</NoncurrentDays>",
		"<DaysAfterInitiation>2</DaysAfterInitiation>", "<ID>logs</ID>", "<ID>all</ID>",
	} {
		if strings.Count(written, want) != 1 {
			t.Errorf("what was written lacks %s:\n%s", want, written)
		}
	}
	if strings.Contains(written, "<Prefix>old</Prefix>") {
		t.Errorf("the older rule is left:\n%s", written)
	}
}

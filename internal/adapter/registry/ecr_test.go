package registry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// As at AWS: ECR lists, also what has no tag, gives the token and says where the
// registry is, which takes nobody without the token.
// Shows: 5.8.7
func TestThroughECR(t *testing.T) {
	memory, full := many(t)
	s := serve(t)
	if _, err := image.Restore(t.Context(), full, layout, s.open(t, "lego-api"), image.Back{}); err != nil {
		t.Fatal(err)
	}
	s.hooked(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/referrers/") || strings.Contains(r.URL.Path, "/tags/") {
			t.Errorf("%s is asked for, although ECR has listed everything", r.URL.Path)
		}
		if user, password, _ := r.BasicAuth(); user == "AWS" && password == "very-secret" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="ECR"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	c := cloud.New("state")
	tags := map[image.Digest][]string{}
	for tag, d := range memory.Tags() {
		tags[d] = append(tags[d], tag)
	}
	var images []cloud.ECRImage
	for _, d := range memory.Holds() {
		if memory.ManifestText(d) != nil {
			images = append(images, cloud.ECRImage{Digest: string(d), Tags: tags[d]})
		}
	}
	c.SetECR("lego-api", images...)
	c.PageECR(7)
	c.SetRegistry(strings.TrimPrefix(s.URL, "http://"), "very-secret", time.Now().Add(12*time.Hour))
	aws := httptest.NewServer(c)
	t.Cleanup(aws.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": aws.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"} {
		t.Setenv(name, value)
	}
	account := must(ecr.Open(t.Context(), ""))
	content := must(registry.Open(must(account.Address(t.Context())), "lego-api", account.Credentials, registry.Hurried()))
	shelf := imagetest.NewShelf()
	result, err := image.Archive(t.Context(), image.Source{Catalog: account.Repository("lego-api"), Content: content, Complete: true}, shelf, image.Options{Layout: layout})
	if err != nil || len(result.Images) != len(images) || string(shelf.Text(layout.Index())) != string(full.Text(layout.Index())) {
		t.Errorf("%v, %+v", err, result)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Errorf("calls that nobody knows: %v", unknown)
	}
}

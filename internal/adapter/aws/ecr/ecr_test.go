package ecr_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

func open(t *testing.T, h http.Handler) *ecr.Registry {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
	} {
		t.Setenv(name, value)
	}
	r, err := ecr.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func digest(n int) string { return fmt.Sprintf("sha256:%064x", n) }

// All images, over pages, also those without a tag and those in ECR's own archive,
// which are told as such.
func TestImages(t *testing.T) {
	c := cloud.New("state")
	var images []cloud.ECRImage
	for i := range 25 {
		images = append(images, cloud.ECRImage{Digest: digest(i), Tags: []string{fmt.Sprintf("v%d", i), fmt.Sprintf("also-%d", i)}})
	}
	images[7].Tags, images[8].Status, images[9].Status = nil, "ARCHIVED", "ACTIVATING"
	c.SetECR("lego-api", images...)
	c.SetECR("empty")
	c.PageECR(10)
	r := open(t, c)
	got, err := r.Repository("lego-api").Images(t.Context())
	if err != nil || len(got) != 25 {
		t.Fatalf("%v, %d images", err, len(got))
	}
	for i, l := range got {
		if string(l.Digest) != digest(i) || !slices.Equal(l.Tags, images[i].Tags) {
			t.Errorf("%+v", l)
		}
		if asleep := i == 8 || i == 9; (l.Asleep != "") != asleep {
			t.Errorf("%d is said to be %q", i, l.Asleep)
		}
	}
	if got, err := r.Repository("empty").Images(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("an empty repository: %v, %d", err, len(got))
	}
	if _, err := r.Repository("none").Images(t.Context()); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cutover.yaml") {
		t.Errorf("none: %v", err)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Errorf("calls that nobody knows: %v", unknown)
	}
}

func TestARefusalSaysWhatToAllow(t *testing.T) {
	c := cloud.New("state")
	c.SetECR("lego-api")
	c.RefuseWatch(func(string) (int, string) { return http.StatusBadRequest, "AccessDeniedException" })
	r := open(t, c)
	if _, err := r.Repository("lego-api").Images(t.Context()); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "ecr:DescribeImages") {
		t.Error(err)
	}
	if _, _, err := r.Credentials(t.Context()); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "ecr:GetAuthorizationToken") {
		t.Error(err)
	}
}

// A token is asked for once, and again an hour before it ends; no error shows it.
func TestCredentials(t *testing.T) {
	c := cloud.New("state")
	c.SetRegistry("123456789012.dkr.ecr.us-east-1.amazonaws.com", "very-secret", time.Now().Add(12*time.Hour))
	r := open(t, c)
	for range 3 {
		user, password, err := r.Credentials(t.Context())
		if err != nil || user != "AWS" || password != "very-secret" {
			t.Fatalf("%v, %s", err, user)
		}
	}
	address, err := r.Address(t.Context())
	if err != nil || address != "123456789012.dkr.ecr.us-east-1.amazonaws.com" || len(c.Calls()) != 1 {
		t.Errorf("%v, %s after %d calls", err, address, len(c.Calls()))
	}
	c.SetRegistry("a", "newer", time.Now().Add(50*time.Minute))
	ecr.Later(r, 11*time.Hour+time.Minute)
	for n := 2; n < 4; n++ { // 50 minutes are less than the hour, so that each call asks
		if _, password, err := r.Credentials(t.Context()); err != nil || password != "newer" || len(c.Calls()) != n {
			t.Errorf("%v, %s, %d calls", err, password, len(c.Calls()))
		}
	}
	for name, answer := range map[string]string{
		"none": `{"authorizationData":[]}`, "no base64": `{"authorizationData":[{"authorizationToken":"very-secret!"}]}`, "no colon": `{"authorizationData":[{"authorizationToken":"dmVyeS1zZWNyZXQ="}]}`,
	} {
		r := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
		if _, _, err := r.Credentials(t.Context()); fault.KindOf(err) != fault.Outside || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := r.Address(t.Context()); err == nil {
			t.Errorf("%s has an address", name)
		}
	}
}

// What ECR may answer besides is refused or put together.
func TestStrangeLists(t *testing.T) {
	answer := ""
	r := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	answer = `{"imageDetails":[{"imageDigest":"sha512:00"}]}`
	if _, err := r.Repository("a").Images(t.Context()); fault.KindOf(err) != fault.Refused {
		t.Error(err)
	}
	answer = fmt.Sprintf(`{"imageDetails":[{"imageDigest":%q,"imageTags":["a"]},{"imageDigest":%q,"imageTags":["a","b"]}]}`, digest(1), digest(1))
	got, err := r.Repository("a").Images(t.Context())
	if want := (image.Listed{Digest: image.Digest(digest(1)), Tags: []string{"a", "b"}}); err != nil || len(got) != 1 || !slices.Equal(got[0].Tags, want.Tags) {
		t.Errorf("%v, %+v", err, got)
	}
}

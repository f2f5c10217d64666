package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

const (
	role    = "arn:aws:iam::123456789012:role/cutover-lego-api-production-deploy"
	subject = "repo:example/lego-api:environment:production"
	payment = "the-token-that-pays-for-tokens"
)

// issuer stands in for GitHub's provider; source: GitHub, "OpenID Connect
// reference".
type issuer struct {
	*httptest.Server
	mu     sync.Mutex
	life   time.Duration
	asked  int
	tokens []string
	status int    // instead of a token
	body   string // instead of a token
}

func newIssuer(t *testing.T, life time.Duration) *issuer {
	t.Helper()
	i := &issuer{life: life}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		switch {
		case i.status != 0:
			w.WriteHeader(i.status)
			fmt.Fprint(w, payment) // what it says must not be repeated
		case i.body != "":
			fmt.Fprint(w, i.body)
		case r.Header.Get("Authorization") != "bearer "+payment || r.URL.Query().Get("api-version") != "2.0" || r.URL.Query().Get("audience") == "":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			token := sign(r.URL.Query().Get("audience"), i.life, i.asked)
			i.tokens = append(i.tokens, token)
			_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": token})
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func sign(audience string, life time.Duration, n int) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now()
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"sub": subject, "aud": audience, "iat": now.Unix(), "exp": now.Add(life).Unix(), "jti": fmt.Sprint(n),
	}) + ".signature"
}

// read tells what a token says.
func read(token string) (claims struct {
	Sub, Aud string
	Exp      int64
}) {
	text, _ := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
	_ = json.Unmarshal(text, &claims)
	return claims
}

func (i *issuer) set(change func(*issuer)) { i.mu.Lock(); defer i.mu.Unlock(); change(i) }

func (i *issuer) count() (asked int, tokens []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked, slices.Clone(i.tokens)
}

func (i *issuer) options(t *testing.T) oidc.Options {
	return oidc.Options{
		RoleARN: role, SessionName: oidc.SessionName("cutover", "100", "2"), Region: "us-east-1",
		RequestURL: i.URL + "/token?api-version=2.0", RequestToken: payment, Folder: t.TempDir(),
	}.Hasty()
}

// trusting is a cloud whose role trusts the job; sessions last as long as said.
func trusting(t *testing.T, session time.Duration) *cloud.Cloud {
	t.Helper()
	c := cloud.New("state")
	c.Put("k", "v")
	c.Trust(func(arn, token string) error {
		got := read(token)
		if arn != role || got.Sub != subject || got.Aud != "sts.amazonaws.com" || time.Now().Unix() > got.Exp {
			return errors.New("does not fit")
		}
		return nil
	})
	expiry := regexp.MustCompile(`<Expiration>[^<]*`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := httptest.NewRecorder()
		c.ServeHTTP(kept, r)
		for name, values := range kept.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(kept.Code)
		_, _ = w.Write(expiry.ReplaceAll(kept.Body.Bytes(), []byte("<Expiration>"+time.Now().Add(session).UTC().Format(time.RFC3339Nano))))
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		// What Enter has to take away, and to put there.
		"AWS_ACCESS_KEY_ID": "AKIALONGLIVED", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_SESSION_TOKEN": "x", "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "",
		"AWS_ENDPOINT_URL_STS": "", "AWS_ROLE_ARN": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_ROLE_SESSION_NAME": "",
	} {
		t.Setenv(name, value)
	}
	return c
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// The point of it all: one client of the real SDK, made once by the default
// chain, outlives its first session and its first token.
func TestAClientOutlivesTokenAndSession(t *testing.T) {
	c, gh := trusting(t, time.Second), newIssuer(t, 3*time.Second)
	var masked []string
	o := gh.options(t)
	o.Mask = func(token string) { gh.set(func(*issuer) { masked = append(masked, token) }) }
	id, err := oidc.Keep(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	if who, err := id.Check(t.Context()); err != nil || !strings.HasSuffix(who, "/cutover-100-2") {
		t.Fatalf("%q, %v", who, err)
	}
	if err := id.Enter(); err != nil {
		t.Fatal(err)
	}
	aws, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(aws, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key := "state", "k"
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(250 * time.Millisecond) {
		out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatalf("after %s: %v", time.Since(began), err)
		}
		_ = out.Body.Close()
	}
	asked, tokens := gh.count()
	if asked < 3 || !slices.Equal(masked, tokens) {
		t.Errorf("GitHub was asked %d times, %d tokens were masked", asked, len(masked))
	}
	for _, call := range c.Calls() {
		if call.Role != "cutover-lego-api-production-deploy" {
			t.Errorf("%+v was not called as the role", call)
		}
	}
}

func TestTheFileIsOursAloneAndGoes(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
	gh := newIssuer(t, time.Hour)
	o := gh.options(t)
	id, err := oidc.Keep(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{id.File(): 0o600, filepath.Dir(id.File()): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	_, tokens := gh.count()
	if text, err := os.ReadFile(id.File()); err != nil || string(text) != tokens[0] {
		t.Errorf("%q, %v", text, err)
	}
	if s := fmt.Sprintf("%v %s", id, id); strings.Contains(s, tokens[0]) {
		t.Errorf("the token shows: %s", s)
	}
	want := []string{"AWS_ROLE_ARN=" + role, "AWS_ROLE_SESSION_NAME=cutover-100-2", "AWS_WEB_IDENTITY_TOKEN_FILE=" + id.File(), "AWS_ENDPOINT_URL_STS=http://127.0.0.1:2"}
	if got := id.Environment(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for range 2 {
		if err := id.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(o.Folder); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// GitHub may be gone for half of a token's life, and once it is back all is well.
func TestARenewalThatFailsIsTriedAgain(t *testing.T) {
	gh := newIssuer(t, time.Second)
	var notes []string
	o := gh.options(t)
	o.Note = func(format string, args ...any) {
		gh.set(func(*issuer) { notes = append(notes, fmt.Sprintf(format, args...)) })
	}
	id, err := oidc.Keep(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	before, _ := os.ReadFile(id.File())
	gh.set(func(i *issuer) { i.status = http.StatusServiceUnavailable })
	began, _ := gh.count()
	until(t, "two rounds of tries", func() bool { asked, _ := gh.count(); return asked >= began+8 })
	if now, err := os.ReadFile(id.File()); err != nil || string(now) != string(before) {
		t.Errorf("the last token did not stay: %v", err)
	}
	gh.set(func(i *issuer) { i.status = 0 })
	until(t, "another token", func() bool { now, _ := os.ReadFile(id.File()); return string(now) != string(before) })
	gh.set(func(*issuer) {
		if len(notes) != 1 || !strings.Contains(notes[0], "503") || strings.Contains(notes[0], payment) {
			t.Errorf("%q", notes)
		}
	})
}

func TestFirstRequestsFailInWords(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*issuer, *oidc.Options)
		kind   fault.Kind
		says   string
		asked  int
	}{
		"no permission":   {func(_ *issuer, o *oidc.Options) { o.RequestURL = "" }, fault.Input, "permissions: id-token: write. Runs of forks never have it", 0},
		"no token to pay": {func(_ *issuer, o *oidc.Options) { o.RequestToken = "" }, fault.Input, "permissions: id-token: write", 0},
		"no role":         {func(_ *issuer, o *oidc.Options) { o.RoleARN = "arn:aws:iam::1:user/me" }, fault.Input, "cutover iam --template", 0},
		"no address":      {func(_ *issuer, o *oidc.Options) { o.RequestURL = "::" }, fault.Input, "is no address", 0},
		"denied":          {func(_ *issuer, o *oidc.Options) { o.RequestToken = "another" }, fault.Input, "401", 1},
		"down":            {func(i *issuer, _ *oidc.Options) { i.status = 500 }, fault.Outside, "500", 4},
		"limited":         {func(i *issuer, _ *oidc.Options) { i.status = 429 }, fault.Outside, "429", 4},
		"gone":            {func(i *issuer, _ *oidc.Options) { i.Close() }, fault.Outside, "refused", 0},
		"no token":        {func(i *issuer, _ *oidc.Options) { i.body = `{}` }, fault.Outside, "without a token", 1},
		"no JSON":         {func(i *issuer, _ *oidc.Options) { i.body = payment }, fault.Outside, "without a token", 1},
		"no JWT":          {func(i *issuer, _ *oidc.Options) { i.body = `{"value":"` + payment + `"}` }, fault.Outside, "is no token", 1},
		"no claims":       {func(i *issuer, _ *oidc.Options) { i.body = `{"value":"a.e30.c"}` }, fault.Outside, "is no token", 1},
	} {
		t.Run(name, func(t *testing.T) {
			gh := newIssuer(t, time.Minute)
			o := gh.options(t)
			c.change(gh, &o)
			_, err := oidc.Keep(t.Context(), o)
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), payment) {
				t.Errorf("a secret shows: %v", err)
			}
			if asked, _ := gh.count(); asked != c.asked {
				t.Errorf("it was asked %d times", asked)
			}
			if left, _ := os.ReadDir(o.Folder); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

func TestCheckTellsWhatDoesNotFit(t *testing.T) {
	check := func(t *testing.T, change func(*cloud.Cloud, *oidc.Options)) error {
		c, gh := trusting(t, time.Hour), newIssuer(t, time.Minute)
		o := gh.options(t)
		change(c, &o)
		id, err := oidc.Keep(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer id.Close()
		_, err = id.Check(t.Context())
		_, tokens := gh.count()
		if err == nil || strings.Contains(err.Error(), tokens[0]) {
			t.Fatalf("%v", err)
		}
		return err
	}
	for name, c := range map[string]struct {
		change func(*cloud.Cloud, *oidc.Options)
		kind   fault.Kind
		says   []string
	}{
		"another environment": {func(c *cloud.Cloud, _ *oidc.Options) { c.Trust(func(string, string) error { return errors.New("no") }) }, fault.Input, []string{"AccessDenied", `sub "` + subject + `"`, `aud "sts.amazonaws.com"`, "cutover iam --trust"}},
		"another audience":    {func(_ *cloud.Cloud, o *oidc.Options) { o.Audience = "somebody" }, fault.Input, []string{"AccessDenied", `aud "somebody"`}},
		"no provider":         {func(c *cloud.Cloud, _ *oidc.Options) { c.Trust(nil) }, fault.Input, []string{"InvalidIdentityToken", "cutover iam --template"}},
		"no STS":              {func(_ *cloud.Cloud, o *oidc.Options) { o.Endpoint = "http://127.0.0.1:1" }, fault.Outside, []string{"STS did not answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(t, c.change)
			for _, part := range append(c.says, role) {
				if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in %v", part, err)
				}
			}
		})
	}
}

func TestSessionNamesAreOnesThatSTSTakes(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"cutover", "100", "2"}, "cutover-100-2"}, {[]string{"cutover", "", ""}, "cutover"}, {[]string{"a b/c", "ä"}, "a-b-c--"},
		{nil, "cutover"}, {[]string{strings.Repeat("x", 100)}, strings.Repeat("x", 64)},
	} {
		got := oidc.SessionName(c.parts...)
		if got != c.want || !regexp.MustCompile(`^[\w+=,.@-]{2,64}$`).MatchString(got) {
			t.Errorf("%q gives %q, not %q", c.parts, got, c.want)
		}
	}
}

// A process that is killed can remove nothing. What it leaves is for this user
// alone, and the next one is not disturbed by it.
func TestAKillLeavesAFileThatNobodyElseReads(t *testing.T) {
	if folder := os.Getenv("OIDC_KILL_FOLDER"); folder != "" {
		_, err := oidc.Keep(t.Context(), oidc.Options{RoleARN: role, RequestURL: os.Getenv("OIDC_KILL_URL"), RequestToken: payment, Folder: folder})
		fmt.Println("kept", err)
		time.Sleep(time.Minute)
		return
	}
	gh := newIssuer(t, 2*time.Second)
	o := gh.options(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestAKillLeavesAFileThatNobodyElseReads$")
	cmd.Env = append(os.Environ(), "OIDC_KILL_FOLDER="+o.Folder, "OIDC_KILL_URL="+o.RequestURL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var files []string
	until(t, "the child's file", func() bool { files, _ = filepath.Glob(o.Folder + "/cutover-oidc-*/token"); return len(files) == 1 })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if info, err := os.Stat(files[0]); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	id, err := oidc.Keep(t.Context(), o)
	if err != nil || id.File() == files[0] {
		t.Fatal(err)
	}
	if err := id.Close(); err != nil {
		t.Error(err)
	}
	text, _ := os.ReadFile(files[0])
	until(t, "the end of the token that was left", func() bool { return time.Now().Unix() > read(string(text)).Exp })
}

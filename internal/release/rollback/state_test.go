package rollback

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const sumA = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// resources are those of a state: a function of SST's, one with an image, one
// that is not made yet, one that waits for its deletion, the key.
var resources = fmt.Sprintf(`[
	{"urn":"urn:pulumi:p::a::pulumi:pulumi:Stack::a-p","type":"pulumi:pulumi:Stack","outputs":{"url":"x"}},
	{"urn":"urn:pulumi:p::a::random:index/randomBytes:RandomBytes::LambdaEncryptionKey","type":"random:index/randomBytes:RandomBytes","created":"2026-10-01T08:00:00Z","outputs":{"base64":"(secret, not archived)"}},
	{"urn":"urn:pulumi:p::a::random:index/randomBytes:RandomBytes::Other","type":"random:index/randomBytes:RandomBytes","created":"2020-10-01T08:00:00Z","outputs":{}},
	{"urn":"urn:pulumi:p::a::sst:aws:Function$aws:lambda/function:Function::ApiFunction","type":"aws:lambda/function:Function","created":"2026-10-01T08:00:00Z",
	 "outputs":{"name":"a-p-ApiFunction-x","s3Key":"assets/Api-code-%[1]s.zip","handler":"bundle.handler","runtime":"nodejs22.x","packageType":"Zip","architectures":["arm64"],"publish":true}},
	{"urn":"urn:pulumi:p::a::sst:aws:Function$aws:lambda/function:Function::OldFunction","type":"aws:lambda/function:Function","delete":true,"outputs":{"name":"old","s3Key":"assets/Old-code-%[1]s.zip"}},
	{"urn":"urn:pulumi:p::a::sst:aws:Function$aws:lambda/function:Function::NewFunction","type":"aws:lambda/function:Function","outputs":{}},
	{"urn":"urn:pulumi:p::a::sst:aws:Function$aws:lambda/function:Function::ImageFunction","type":"aws:lambda/function:Function","outputs":{"name":"image","packageType":"Image"}}
]`, sumA)

func TestParseState(t *testing.T) {
	for name, text := range map[string]string{
		"sst state export": `{"stack":"organization/a/p","latest":{"resources":` + resources + `}}`,
		"the state bucket": `{"version":3,"checkpoint":{"stack":"x","latest":{"resources":` + resources + `}}}`,
		"pulumi's export":  `{"version":3,"deployment":{"resources":` + resources + `}}`,
	} {
		s, err := ParseState([]byte(text))
		if err != nil || len(s.Functions) != 2 || !s.Key.Equal(time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)) {
			t.Fatalf("%s: %+v, %v", name, s, err)
		}
		if f := s.Functions[0]; f.Component != "Api" || f.Name != "a-p-ApiFunction-x" || f.SHA256 != sumA || f.Handler != "bundle.handler" || f.Runtime != "nodejs22.x" || !f.Publishes || f.Architectures[0] != "arm64" {
			t.Errorf("%s: %+v", name, f)
		}
		if f := s.Functions[1]; f.Name != "image" || f.SHA256 != "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"version":3}`, `{"latest":{"resources":[{"type":"aws:lambda/function:Function","urn":"a::F","outputs":[]}]}}`, "null"} {
		if s, err := ParseState([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
	if s, err := ParseState([]byte(`{"version":3,"checkpoint":{"stack":"x","latest":null}}`)); err != nil || len(s.Functions) != 0 {
		t.Errorf("an empty stage: %+v, %v", s, err)
	}
}

// FuzzParseState: states are written by others.
func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"stack":"organization/a/p","latest":{"resources":` + resources + `}}`))
	f.Add([]byte(`{"latest":{"resources":[{"urn":":","type":"aws:lambda/function:Function","outputs":{"name":"x","s3Key":"-code-.zip"}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseState(text)
		if err != nil {
			return
		}
		for _, w := range s.Functions {
			if w.Name == "" || w.SHA256 != "" && len(w.SHA256) != 64 {
				t.Errorf("%+v", w)
			}
		}
	})
}

func TestDiffers(t *testing.T) {
	w := Want{Handler: "h", Runtime: "r"}
	f := Function{Handler: "h", Runtime: "r", Package: "Zip", Architectures: []string{"x86_64"}}
	if d := w.differs(f); d != "" {
		t.Error(d) // Lambda's defaults
	}
	w.Publishes = true
	if d := w.differs(f); d != "its callers use published versions" {
		t.Error(d)
	}
	w.Publishes = false
	for word, change := range map[string]func(*Function){
		"handler":      func(f *Function) { f.Handler = "x" },
		"runtime":      func(f *Function) { f.Runtime = "x" },
		"package":      func(f *Function) { f.Package = "Image" },
		"architecture": func(f *Function) { f.Architectures = []string{"arm64"} },
	} {
		g := f
		change(&g)
		if d := w.differs(g); !strings.Contains(d, "its "+word+" was") {
			t.Errorf("%s: %q", word, d)
		}
	}
}

func TestRunOf(t *testing.T) {
	for id, want := range map[string]string{"100-1": "100", "100-12": "100", "": "", "local": "", "seed-100-1": "", "100": "100", "-1": ""} {
		if got := runOf(id); got != want {
			t.Errorf("runOf(%q) is %q", id, got)
		}
	}
}

package loaded_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/loaded"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Attack: ssrf-load
func TestOnlyWhatIsNamedIsLoaded(t *testing.T) {
	file, err := config.Load("../../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]struct {
		stage string
		kind  fault.Kind
	}{
		"http://127.0.0.1:8080":                          {},
		"http://localhost:1/api":                         {},
		"http://[::1]:80":                                {},
		"https://staging.api.lego.example.com":           {stage: "staging"},
		"https://staging.api.lego.example.com:443/x":     {stage: "staging"},
		"https://api.lego.example.com":                   {stage: "production"},
		"https://blue.api.lego.example.com":              {stage: "production"},
		"https://green.api.lego.example.com/v1":          {stage: "production"},
		"https://api.lego.example.com.evil.com":          {kind: fault.Refused},
		"https://example.com":                            {kind: fault.Refused},
		"https://api.lego.example.com:8443":              {kind: fault.Refused},
		"http://staging.api.lego.example.com":            {kind: fault.Input},
		"https://me:secret@staging.api.lego.example.com": {kind: fault.Input},
		"http://127.0.0.1.evil.com":                      {kind: fault.Input},
		"http://me:secret@127.0.0.1:80":                  {kind: fault.Input},
		"nonsense":                                       {kind: fault.Input},
	} {
		stage, err := loaded.Target(file, target)
		if stage != want.stage || fault.KindOf(err) != want.kind {
			t.Errorf("%s: stage %q, %v; want %+v", target, stage, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a secret shows: %v", err)
		}
	}
	if _, err := loaded.Target(nil, "https://api.lego.example.com"); fault.KindOf(err) != fault.Refused {
		t.Errorf("without cutover.yaml: %v", err)
	}
}

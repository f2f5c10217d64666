package retire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/retire"
)

const base = "cluster: lego-api\nservice: lego-api\n"

func TestSettings(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"defaults are sound", base, ""},
		{"hold 0", base + "hold: 0 s", "hold: \"0 s\" must be at least 1 h"},
		{"no soak", base + "soak: 1 h", "soak: \"1 h\" must be at least 24 h"},
		{"parts of a day", base + "image_retention: 36 h", `write "48 h"`},
		{"whole days in hours", base + "image_retention: 48 h", ""},
		{"no service", "cluster: lego-api", `the key "service" is missing`},
		{"an ARN for a name", base + "load_balancer: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/50dc6c495c0c9188", "the end of the load balancer's ARN"},
		{"a network load balancer", base + "load_balancer: net/x/50dc6c495c0c9188", "is not allowed"},
		{"a repository twice", base + "repositories: [a, a]", "stands twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s retire.Settings
			err := strict.Decode("s", []byte(test.yaml), &s)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	var s retire.Settings
	if err := strict.Decode("s", []byte(base), &s); err != nil {
		t.Fatal(err)
	}
	if s.Hold.Std() != 48*time.Hour || s.Soak.Std() != 7*24*time.Hour || s.ImageRetention.Std() != 90*24*time.Hour {
		t.Errorf("hold %s, soak %s, images %s", s.Hold, s.Soak, s.ImageRetention)
	}
}

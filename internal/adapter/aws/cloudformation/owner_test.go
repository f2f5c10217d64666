package cloudformation_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
)

func TestWhoseAResourceIs(t *testing.T) {
	c := start(t)
	stacks := c.ports.Stacks.(*cloudformation.Stacks)
	if got, err := stacks.Owner(t.Context(), "api.lego.example.com"); got != "" || err != nil {
		t.Errorf("nobody's: %q, %v", got, err)
	}
	// A template may write the name with the dot at its end.
	for _, physical := range []string{"api.lego.example.com", "api.lego.example.com."} {
		c.Own(physical, "dns")
		if got, err := stacks.Owner(t.Context(), "api.lego.example.com"); got != "dns" || err != nil {
			t.Errorf("%s: %q, %v", physical, got, err)
		}
		c.Own(physical, "")
	}
	c.RefuseFormation(func(int, string) (int, string, string) { return 403, "AccessDenied", "not allowed" })
	if got, err := stacks.Owner(t.Context(), "api.lego.example.com"); err == nil {
		t.Errorf("what may not be asked is nobody's: %q", got)
	}
}

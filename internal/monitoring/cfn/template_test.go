package cfn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

func TestReferencesAreCloudFormationsFunctions(t *testing.T) {
	text, err := json.Marshal([]any{cfn.Ref("A"), cfn.Sub("x-${AWS::Region}"), cfn.Account})
	if want := `[{"Ref":"A"},{"Fn::Sub":"x-${AWS::Region}"},{"Ref":"AWS::AccountId"}]`; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}

// A template is laid out for people as long as it fits, and is small before it
// does not.
func TestTextGrowsNarrowBeforeItGrowsTooLong(t *testing.T) {
	of := func(n int) string {
		v := cfn.New("d")
		for i := range n {
			v.Add("S"+strings.Repeat("x", i), cfn.Subscription{Protocol: "email", Endpoint: "a>b@example.com"})
		}
		return string(v.Text())
	}
	for n, want := range map[int]string{1: "\n      \"Type\": ", 195: "\n   \"Type\": ", 230: `{"Type":`} {
		text := of(n)
		if !strings.Contains(text, want) || !json.Valid([]byte(text)) || !strings.Contains(text, "a>b") {
			t.Errorf("%d resources: %d bytes begin %.200q", n, len(text), text)
		}
	}
}

func TestTwoResourcesOfOneNameAreOurMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the second took the place of the first")
		}
	}()
	v := cfn.New("d")
	v.Add("A", cfn.Key{})
	v.Add("A", cfn.Key{})
}

package rollout_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/rulestest"
)

// What the rules replace stands in the source; rules_test.go switches them off.
func TestRulesStandInTheSource(t *testing.T) { rulestest.Stand(t, "../..", 25) }

//go:build rules

package rollout_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/rulestest"
)

// Every safety rule has a test that turns red when the rule is switched off:
//
//	go test -tags rules -count=1 -parallel 2 -run '^TestRulesTurnRed$' ./internal/rollout
func TestRulesTurnRed(t *testing.T) { rulestest.TurnRed(t, "../..", 25) }

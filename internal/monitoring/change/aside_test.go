package change_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

const budgeted = `{"Resources":{"Budget":{"Type":"AWS::Budgets::Budget","Properties":{"Budget":{"BudgetName":"NAME","BudgetLimit":{"Amount":200,"Unit":"USD"}},"NotificationsWithSubscribers":[{"Notification":{"Threshold":SHARE}}]}},"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"TOPIC>"}}}}`

func budget(name, share, topic string) []byte {
	return []byte(strings.NewReplacer("NAME", name, "SHARE", share, "TOPIC", topic).Replace(budgeted))
}

func TestWhatMustGoFirst(t *testing.T) {
	old := budget("b", "80.5", "t")
	for name, c := range map[string]struct {
		old, updated []byte
		want         []string
	}{
		"who is told":             {old, budget("b", "90", "t"), []string{"Budget"}},
		"another name makes room": {old, budget("c", "90", "t"), nil},
		"something else":          {old, budget("b", "80.5", "u"), nil},
		"a new stack":             {nil, old, nil},
		"the budget goes":         {old, []byte(`{"Resources":{}}`), nil},
	} {
		first, ids, err := change.Without(c.old, c.updated)
		if err != nil || !slices.Equal(ids, c.want) {
			t.Errorf("%s: %q, %v", name, ids, err)
		}
		if len(c.want) > 0 && (strings.Contains(string(first), "Budget") || !strings.Contains(string(first), `"TopicName":"t>"`)) {
			t.Errorf("%s: %s", name, first)
		}
	}
	if _, _, err := change.Without([]byte("{"), old); err == nil {
		t.Error("a template that is none was read")
	}
}

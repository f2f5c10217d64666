package message

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/nearest"
)

// Kind says what an announcement is about.
type Kind string

// The kinds.
const (
	Started   Kind = "deployment-started"
	Succeeded Kind = "deployment-succeeded"
	Failed    Kind = "deployment-failed"
	Awaiting  Kind = "awaiting-approval"
	Rolled    Kind = "rolled-back"
	Phase     Kind = "phase-progress"
	Alarm     Kind = "alarm"
	Report    Kind = "report"
)

// manner is how a kind looks and whom it disturbs.
type manner struct {
	// sign never stands without word: not everybody sees or hears an emoji.
	sign, word string
	// reply puts an entry into the thread besides the update of the message:
	// an update alone notifies nobody and leaves no history.
	reply bool
	// loud shows that entry in the channel too, because somebody has to act.
	loud bool
	// apart kinds are no state of a deployment: they never change its message.
	apart bool
}

var manners = map[Kind]manner{
	Started:   {sign: "🚀", word: "Deployment started"},
	Succeeded: {sign: "✅", word: "Deployment succeeded", reply: true},
	Failed:    {sign: "❌", word: "Deployment failed", reply: true, loud: true},
	Awaiting:  {sign: "✋", word: "Awaiting approval", reply: true, loud: true},
	Rolled:    {sign: "↩️", word: "Rolled back", reply: true, loud: true},
	Phase:     {sign: "🚦", word: "Traffic phase"},
	Alarm:     {sign: "🚨", word: "Alarm", reply: true, loud: true, apart: true},
	Report:    {sign: "📊", word: "Report", reply: true, apart: true},
}

// Kinds lists every kind in the order of a deployment.
func Kinds() []string {
	return []string{
		string(Started), string(Awaiting), string(Phase), string(Succeeded),
		string(Failed), string(Rolled), string(Alarm), string(Report),
	}
}

// ParseKind reads a kind's name.
func ParseKind(name string) (Kind, error) {
	if _, ok := manners[Kind(name)]; ok {
		return Kind(name), nil
	}
	if near := nearest.To(name, Kinds()); near != "" {
		return "", fmt.Errorf("is no known kind, did you mean %q", near)
	}
	return "", errors.New("is no known kind")
}

// Heading is the kind in words, with the stage if there is one.
func (k Kind) Heading(stage string) string {
	if stage = line(stage); stage != "" {
		return manners[k].word + ": " + stage
	}
	return manners[k].word
}

// KindList is the allowed values of a kind, for errors and tables.
func KindList() string { return strings.Join(Kinds(), ", ") }

// StandsAlone says that the kind is no state of a deployment, so that without
// a key of its own it is always a new message.
func (k Kind) StandsAlone() bool { return manners[k].apart }

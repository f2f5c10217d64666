package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// Thing is one thing, and the configuration that its print is of: what a
// restore kit keeps.
type Thing struct {
	Item   estate.Item
	Config json.RawMessage
}

// Print is the SHA-256 of a configuration. AWS gives many lists, such as tags
// and security groups, in whatever order: lists count as sets.
func Print(config any) string {
	text, err := json.Marshal(config)
	if err != nil {
		return "" // the configurations are plain values; no print never matches one
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return ""
	}
	text, _ = json.Marshal(settled(v)) // it was JSON before
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// settled orders lists, and leaves out what is empty: AWS gives some empty lists
// now and leaves them out then.
func settled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if v[name] = settled(x); empty(v[name]) {
				delete(v, name)
			}
		}
		return v
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			text, _ := json.Marshal(settled(v[i])) // it was JSON before
			texts[i] = string(text)
		}
		slices.Sort(texts)
		out := make([]any, len(v))
		for i, text := range texts {
			out[i] = json.RawMessage(text)
		}
		return out
	}
	return v
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// Told makes a thing of an item and its configuration.
func Told(i estate.Item, config any) (Thing, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return Thing{}, err
	}
	i.Print = Print(config)
	return Thing{Item: i, Config: text}, nil
}

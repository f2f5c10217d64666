package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// sigKey marks a value that Pulumi has encrypted; source: pulumi,
// sdk/go/common/resource/properties.go, SigKey.
const sigKey = "4dabf18193072939515e22adb298388d"

// hiddenValue is shown in place of a secret.
const hiddenValue = "[secret]"

// ParseState reads the outputs of the app and the number of its resources out
// of a state document: Pulumi's checkpoint of version 3. Encrypted values are
// shown as "[secret]", names that begin with "_" are SST's own (completed.go).
func ParseState(text []byte) (outputs map[string]any, resources int, err error) {
	var doc struct {
		Version    int
		Checkpoint *struct {
			Latest *struct {
				Resources []struct {
					Type    string
					Outputs map[string]any
				}
			}
		}
	}
	if err := one(text, &doc); err != nil {
		return nil, 0, err
	}
	switch {
	case doc.Version != 3:
		return nil, 0, fmt.Errorf("it is of version %d, not 3", doc.Version)
	case doc.Checkpoint == nil:
		return nil, 0, errors.New("it holds no checkpoint")
	}
	outputs = map[string]any{}
	if doc.Checkpoint.Latest == nil {
		return outputs, 0, nil
	}
	for _, r := range doc.Checkpoint.Latest.Resources {
		if !bookkeeping[r.Type] {
			resources++
		}
		if r.Type != "pulumi:pulumi:Stack" {
			continue
		}
		for k, v := range r.Outputs {
			if !strings.HasPrefix(k, "_") {
				outputs[k] = withoutSecrets(v)
			}
		}
	}
	return outputs, resources, nil
}

func withoutSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v[sigKey]; ok {
			return hiddenValue
		}
		for k, inner := range v {
			v[k] = withoutSecrets(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = withoutSecrets(inner)
		}
	}
	return v
}

// ParseOutputs reads .sst/outputs.json: the values by their names.
func ParseOutputs(text []byte) (map[string]any, error) {
	var m map[string]any
	if err := one(text, &m); err != nil {
		return nil, err
	}
	return m, nil
}

// URLOf returns the output url if it is an address of the web.
func URLOf(outputs map[string]any) string {
	s, _ := outputs["url"].(string)
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// FunctionsOf returns the output functions as a JSON list, "[]" if there is no
// such output.
func FunctionsOf(outputs map[string]any) string {
	list, ok := outputs["functions"].([]any)
	if !ok {
		return "[]"
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(text)
}

// WithoutSecrets takes out of open, which holds everything in the clear, what
// the state holds encrypted; hidden are the values that nobody may see.
func WithoutSecrets(open, sealed map[string]any) (shown map[string]any, hidden []string) {
	shown = map[string]any{}
	for k, v := range open {
		s, known := sealed[k]
		if !known {
			// What the state does not know cannot be told from a secret.
			hidden = append(hidden, texts(v)...)
			continue
		}
		var found []string
		shown[k], found = pick(v, s)
		hidden = append(hidden, found...)
	}
	return shown, hidden
}

// pick follows both sides down to where the state hides something.
func pick(open, sealed any) (shown any, hidden []string) {
	if sealed == hiddenValue {
		return hiddenValue, texts(open)
	}
	switch o := open.(type) {
	case map[string]any:
		if s, ok := sealed.(map[string]any); ok {
			return WithoutSecrets(o, s)
		}
	case []any:
		s, ok := sealed.([]any)
		if !ok || len(s) != len(o) {
			break
		}
		list := make([]any, len(o))
		for i := range o {
			var found []string
			list[i], found = pick(o[i], s[i])
			hidden = append(hidden, found...)
		}
		return list, hidden
	default:
		return open, nil
	}
	// The two differ in their shape: nothing of it is shown.
	return hiddenValue, texts(open)
}

// texts are all texts and numbers within a value, to be masked.
func texts(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, inner := range v {
			all = append(all, texts(inner)...)
		}
		return all
	case []any:
		var all []string
		for _, inner := range v {
			all = append(all, texts(inner)...)
		}
		return all
	case string:
		return []string{v}
	}
	return nil
}

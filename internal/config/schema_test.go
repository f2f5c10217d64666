package config

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// compiled compiles the schema as an editor would, from its text.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("cutover.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("cutover.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON reads YAML into what a validator takes, by way of JSON. Like editors it
// goes by the core schema of YAML 1.2, in which a date is a text.
func asJSON(t *testing.T, data []byte) (any, error) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		return nil, err
	}
	var dates func(n *yaml.Node)
	dates = func(n *yaml.Node) {
		if n.ShortTag() == "!!timestamp" {
			n.Tag = "!!str"
		}
		for _, child := range n.Content {
			dates(child)
		}
	}
	dates(&document)
	var value any
	if err := document.Decode(&value); err != nil {
		return nil, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

func TestSchemaIsUpToDate(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, schemaPath, text)
}

func TestSchemaAcceptsValidFiles(t *testing.T) {
	schema := compiled(t)
	shown, err := filepath.Glob("testdata/valid/*.show.yaml")
	if err != nil || len(shown) == 0 {
		t.Fatalf("no shown files: %v", err)
	}
	for _, path := range append(append(corpus(t, "valid"), shown...), examplePath) {
		value, err := asJSON(t, read(t, path))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: the schema refuses a valid file: %v", path, err)
		}
	}
}

// mark is how an invalid file says what a schema can know of its fault: by
// default it must refuse; "accepts" is a fault beyond a schema, "unreadable"
// one that an editor meets before any schema.
var mark = regexp.MustCompile(`^# schema: (accepts|unreadable)\n`)

func TestSchemaAndInvalidFiles(t *testing.T) {
	schema := compiled(t)
	seen := map[string]int{}
	for _, path := range corpus(t, "invalid") {
		data := read(t, path)
		want := "refuses"
		if m := mark.FindSubmatch(data); m != nil {
			want = string(m[1])
		}
		value, err := asJSON(t, data)
		got := "refuses"
		switch {
		case err != nil || value == nil && want == "unreadable":
			got = "unreadable"
		case schema.Validate(value) == nil:
			got = "accepts"
		}
		seen[got]++
		if got != want {
			t.Errorf("%s: the schema %s, want %s", path, got, want)
		}
	}
	for _, outcome := range []string{"refuses", "accepts", "unreadable"} {
		if seen[outcome] == 0 {
			t.Errorf("no invalid file that the schema %s", outcome)
		}
	}
}

// TestSchemaDescribesEverything walks the schema: whatever people can write
// is explained, closed and has a type.
func TestSchemaDescribesEverything(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	properties, defaults := 0, 0
	var walk func(path string, node map[string]any)
	walk = func(path string, node map[string]any) {
		if node["type"] == nil {
			t.Errorf("%s has no type", path)
		}
		if _, closed := node["additionalProperties"]; node["type"] == "object" && !closed {
			t.Errorf("%s takes any key", path)
		}
		if _, found := node["default"]; found {
			defaults++
		}
		for _, inner := range []string{"items", "additionalProperties"} {
			if child, ok := node[inner].(map[string]any); ok {
				walk(path+"."+inner, child)
			}
		}
		children, _ := node["properties"].(map[string]any)
		for name, child := range children {
			properties++
			at := path + "." + name
			if text, _ := child.(map[string]any)["description"].(string); !strings.HasSuffix(text, ".") {
				t.Errorf("%s: the description %q is no sentence", at, text)
			}
			walk(at, child.(map[string]any))
		}
	}
	walk("", schema)
	if properties < 80 || defaults < 30 {
		t.Errorf("the walk met %d properties and %d defaults; too few to be all", properties, defaults)
	}
}

func TestDeclarationIsSound(t *testing.T) {
	if err := strict.Verify(&File{}); err != nil {
		t.Error(err)
	}
}

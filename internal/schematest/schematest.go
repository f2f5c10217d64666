// Package schematest holds the JSON results of programs against their schemas
// in schemas/. A schema is generated from the result's type, so that it cannot
// lag behind; the result of the real binary is then checked by a validator that
// knows nothing of Go. Only tests import this package.
package schematest

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a schema that documents can be held against.
type Schema struct{ compiled *validator.Schema }

// compiledSchemas are known by their text: many cases hold one program's results.
var compiledSchemas sync.Map

// Of returns the schema of value's type and fails the test when the file at
// path differs from it; with update it writes the file. Fields that may be
// null carry the tag jsonschema:"nullable".
func Of(t *testing.T, path, title, description string, value any, update bool) Schema {
	t.Helper()
	reflector := jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true}
	s := reflector.Reflect(value)
	s.ID, s.Title, s.Description = "", title, description
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, text) {
		t.Fatalf("%s is out of date; run make generate", path)
	}
	if known, ok := compiledSchemas.Load(string(kept)); ok {
		return Schema{known.(*validator.Schema)}
	}
	document, err := validator.UnmarshalJSON(bytes.NewReader(kept))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	compiledSchemas.Store(string(kept), compiled)
	return Schema{compiled}
}

// Check says why output is not one JSON document that the schema accepts.
func (s Schema) Check(output string) error {
	document, err := validator.UnmarshalJSON(bytes.NewReader([]byte(output)))
	if err != nil {
		return err
	}
	return s.compiled.Validate(document)
}

package template_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
)

const head = `
Parameters:
  Limit: {Type: Number, Default: 80}
  Given: {Type: String}
  Empty: {Type: String, Default: ""}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
Mappings:
  Sizes: {prod: {memory: 512, list: [a, b]}}
Conditions:
  Always: !Equals [a, a]
  Never: !Not [!Condition Always]
  Asked: !Equals [!Ref Given, x]
  Ring: !Not [!Condition Ring]
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
  R:
    Type: Test
    Properties:
      V: `

func TestFunctionsAreResolvedAsFarAsTheyCanBe(t *testing.T) {
	for name, c := range map[string]struct {
		of, text string
		kind     template.Kind
		refs     string
	}{
		"plain":                       {"5", "5", template.Scalar, ""},
		"a parameter's default":       {"!Ref Limit", "80", template.Scalar, ""},
		"a parameter that is given":   {"!Ref Given", "${Given}", template.Open, ""},
		"an empty default":            {"!Ref Empty", "${Empty}", template.Open, ""},
		"a parameter of SSM's":        {"!Ref Stored", "${Stored}", template.Open, ""},
		"a pseudo parameter":          {"!Ref AWS::Region", "${AWS::Region}", template.Open, ""},
		"no value":                    {"!Ref AWS::NoValue", "", template.Absent, ""},
		"a resource":                  {"!Ref Topic", "${Topic}", template.Open, "Topic"},
		"an attribute":                {"!GetAtt Topic.TopicName", "${Topic.TopicName}", template.Open, "Topic"},
		"an attribute, long":          {"{'Fn::GetAtt': [Topic, TopicName]}", "${Topic.TopicName}", template.Open, "Topic"},
		"sub, known":                  {"!Sub 'a-${Limit}'", "a-80", template.Scalar, ""},
		"sub, open":                   {"!Sub 'a-${AWS::StackName}-${Limit}'", "a-${AWS::StackName}-80", template.Open, ""},
		"sub, a resource":             {"!Sub 'x:${Topic.TopicName}'", "x:${Topic.TopicName}", template.Open, "Topic"},
		"sub, own variables":          {"!Sub ['${A}-${B}', {A: 1, B: !Ref Limit}]", "1-80", template.Scalar, ""},
		"sub, literal":                {"!Sub '${!Limit}'", "${Limit}", template.Scalar, ""},
		"join":                        {"!Join ['-', [a, !Ref Limit]]", "a-80", template.Scalar, ""},
		"join, open":                  {"!Join ['-', [a, !Ref Topic]]", "a-${Topic}", template.Open, "Topic"},
		"if, decided":                 {"!If [Always, 1, 2]", "1", template.Scalar, ""},
		"if, decided by another":      {"!If [Never, 1, 2]", "2", template.Scalar, ""},
		"if, open":                    {"!If [Asked, !Ref Topic, 2]", "", template.Open, "Topic"},
		"if, open, both the same":     {"!If [Asked, 2, 2]", "2", template.Scalar, ""},
		"if, a ring of conditions":    {"!If [Ring, 1, 2]", "", template.Open, ""},
		"select":                      {"!Select [1, [a, b]]", "b", template.Scalar, ""},
		"select, too far":             {"!Select [5, [a, b]]", "", template.Open, ""},
		"split and select":            {"!Select [1, !Split ['/', x/y/z]]", "y", template.Scalar, ""},
		"a map":                       {"!FindInMap [Sizes, prod, memory]", "512", template.Scalar, ""},
		"a map by parameter":          {"!FindInMap [Sizes, !Ref Given, memory]", "", template.Open, ""},
		"an import":                   {"!ImportValue x", "", template.Open, ""},
		"a function with a reference": {"!Base64 {Ref: Topic}", "", template.Open, "Topic"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := template.Parse("t.yaml", []byte(head+c.of+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			v := f.Of("Test")[0].Properties.Get("V")
			if v.Kind != c.kind || v.Text != c.text || strings.Join(v.Refs(), " ") != c.refs {
				t.Errorf("%+v, refs %v", v, v.Refs())
			}
		})
	}
}

// A parameter that decides whether something exists need not have its default
// there; what a constant condition leaves out is left out.
func TestConditionsOpenTheirParameters(t *testing.T) {
	f, err := template.Parse("t", []byte(`
Parameters: {Limit: {Type: Number, Default: 0}, Other: {Type: Number, Default: 7}}
Conditions:
  On: !And [!Condition Some, !Equals [a, a]]
  Some: !Not [!Equals [!Ref Limit, 0]]
  Off: !Equals [a, b]
Resources:
  A: {Type: T, Condition: On, Properties: {V: !Ref Limit, W: !Ref Other}}
  B: {Type: T, Properties: {V: !Ref Limit, W: !If [On, !Ref Limit, 0]}}
  C: {Type: T, Condition: Off}
`))
	if err != nil || len(f.Resources) != 2 {
		t.Fatal(err, f.Resources)
	}
	a, b := f.Resources[0].Properties, f.Resources[1].Properties
	if !a.Get("V").Open() || a.Get("W").Shown() != "7" || b.Get("V").Shown() != "0" || !b.Get("W").Open() {
		t.Errorf("%+v %+v %+v %+v", a.Get("V"), a.Get("W"), b.Get("V"), b.Get("W"))
	}
}

// The same template in both languages, with the lines of each.
func TestJSONAndYAMLKeepTheirLines(t *testing.T) {
	for name, text := range map[string]string{
		"yaml": "Resources:\n  A:\n    Type: T\n    Properties:\n      N: '9007199254740993'\n      L:\n        - x\n",
		"json": "{\"Resources\":\n\t{\n\t\"A\": {\"Type\": \"T\", \"Properties\":\n{\n\"N\": 9007199254740993, \"L\":[\n\n\"x\"]}}}}",
		"flow": "{Resources:\n  {\n  A: {Type: T, Properties:\n{\nN: 9007199254740993, L: [\n\n x]}}}}",
	} {
		f, err := template.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		r := f.Resources[0]
		n, l := r.Properties.Get("N"), r.Properties.Get("L")
		if name == "yaml" && r.Line != 2 || name != "yaml" && r.Line != 3 || n.Line != 5 || n.Text != "9007199254740993" || l.Items[0].Line != 7 {
			t.Errorf("%s: resource on %d, number %s on %d, item on %d", name, r.Line, n.Text, n.Line, l.Items[0].Line)
		}
	}
}

// bomb grows tenfold with each level.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	return b.String() + "Resources: {}\n"
}

func TestUnreadableFilesAreRefusedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":              {" \n", "is empty"},
		"not text":           {"\xff\xfe", "not UTF-8"},
		"too long":           {strings.Repeat(" ", template.MostBytes+1), "at most"},
		"broken YAML":        {"Resources:\n  A: [\n", "t:"},
		"broken JSON":        {"{\"Resources\":\n {\"A\": }}", "t:2:8: is no JSON"},
		"JSON that ends":     {"{\"Resources\": {", "breaks off"},
		"JSON and more":      {"{\"Resources\": {}}\n{}", "t:2:1: "},
		"two documents":      {"Resources: {}\n---\nResources: {}\n", "second document"},
		"a key twice":        {"Resources: {}\nResources: {}\n", "t:2:1: has the key \"Resources\" twice, first on line 1"},
		"a key twice, JSON":  {"{\"Resources\": {},\n\"Resources\": {}}", "t:2:"},
		"a list":             {"- a\n", "has no Resources"},
		"no resources":       {"Outputs: {}\n", "has no Resources"},
		"a resource of none": {"Resources:\n  A: {}\n", "t:2:3: has a resource without Type: A"},
		"aliases that grow":  {bomb(12), "grows to too much"},
		"an alias of itself": {"a: &a [*a]\nResources: {}\n", ""},
		"too deep":           {"Resources: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "levels"},
		"too deep, JSON":     {"{\"Resources\": " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "levels"},
		"a key that is none": {"? [a]\n: b\nResources: {}\n", "t:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := template.Parse("t", []byte(c.text))
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != fault.Input || f.File != "t" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What asks for one value often, which asks for the next often, ends: without a
// bound these would take years, and the test run would say so.
func TestResolvingIsBounded(t *testing.T) {
	sub := "''" // nothing grows, so only the steps count
	for range 20 {
		sub = "{'Fn::Sub': ['${A}${A}${A}', {A: " + sub + "}]}"
	}
	conditions := "C99: !Equals [!Ref P, x]"
	for i := range 99 {
		conditions += fmt.Sprintf("\n  C%d: !And [!Condition C%d, !Condition C%d, !Condition C%d]", i, i+1, i+1, i+1)
	}
	for name, text := range map[string]string{
		"substitutions": "Resources: {R: {Type: T, Properties: {V: " + sub + "}}}",
		"conditions":    "Conditions:\n  " + conditions + "\nResources: {R: {Type: T, Condition: C0}}",
		"a mapping":     "Mappings: {A: {b: {c: !FindInMap [A, b, c]}}}\nResources: {R: {Type: T, Properties: {V: !FindInMap [A, b, c]}}}",
		"resources":     "Resources:\n" + many(2_001),
	} {
		if _, err := template.Parse("t", []byte(text)); (err != nil) != (name == "resources") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  R%d: {Type: T}\n", i)
	}
	return b.String()
}

// Text that is filled in often stays within bounds.
func TestSubstitutionIsBounded(t *testing.T) {
	text := "Parameters: {P: {Type: String, Default: " + strings.Repeat("x", 10_000) + "}}\nResources:\n  R:\n    Type: Test\n    Properties:\n      V: !Sub '" +
		strings.Repeat("${P}", 100_000) + "'\n"
	f, err := template.Parse("t", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if v := f.Resources[0].Properties.Get("V"); v.Kind != template.Open || len(v.Text) > 32<<20 {
		t.Errorf("%v, %d bytes", v.Kind, len(v.Text))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "!Sub 'a-${Limit}'"))
	f.Add([]byte(`{"Resources": {"A": {"Type": "T", "Properties": {"Fn::If": ["c", {"Ref": "A"}, 1]}}}}`))
	f.Add([]byte(bomb(3)))
	f.Add([]byte("a: &a {x: *a}\n<<: *a\nResources: {A: {Type: !Ref x, Condition: [1]}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		// A test that hangs tells nothing of what it hangs on.
		watch := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("takes long: %q", text)) })
		defer watch.Stop()
		v, err := template.Parse("f", text)
		if err != nil {
			var known *fault.Fault
			if !errors.As(err, &known) {
				t.Errorf("%v is no fault", err)
			}
			return
		}
		for _, r := range v.Resources {
			_ = r.Refers("x")
			r.Properties.Get("a", "b").Number()
		}
	})
}

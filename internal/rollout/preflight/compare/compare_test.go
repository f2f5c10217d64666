package compare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
)

func answer(body string) compare.Answer {
	return compare.Answer{Status: 200, Headers: map[string][]string{"content-type": {"application/json"}}, Body: []byte(body)}
}

func ignoring(t testing.TB, lines ...string) compare.Ignore {
	t.Helper()
	i, err := compare.ParseIgnore(lines)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func places(found []compare.Difference) string {
	var all []string
	for _, d := range found {
		all = append(all, d.At)
	}
	return strings.Join(all, " ")
}

func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		blue, green string
		ignore      []string
		want        string
	}{
		"equal":                      {`{"a":1,"b":[true,null,"x"]}`, ` {"b": [true, null, "x"], "a": 1} `, nil, ""},
		"numbers written otherwise":  {`[1,10,0.5,0,-0,1e400]`, `[1.0,1e1,5E-1,0.000,0,10e399]`, nil, ""},
		"numbers":                    {`[1,12345678901234567890]`, `[2,12345678901234567891]`, nil, "$[0] $[1]"},
		"an immense exponent":        {`1e999999999999`, `1e999999999998`, nil, "$"},
		"an exponent that wraps":     {`1e18446744073709551616`, `1`, nil, "$"},
		"a list's pattern":           {`{"a":{"b":1}}`, `{"a":{"b":2}}`, []string{"$.a[*]"}, "$.a.b"},
		"signs":                      {`-1`, `1`, nil, "$"},
		"escapes":                    {`"\u00e4\/"`, `"ä/"`, nil, ""},
		"a text":                     {`{"a":"x"}`, `{"a":"y"}`, nil, "$.a"},
		"a kind":                     {`{"a":"1","b":null,"c":[],"d":{},"e":true}`, `{"a":1,"b":0,"c":{},"d":null,"e":false}`, nil, "$.a $.b $.c $.d $.e"},
		"missing on one side":        {`{"a":1,"c":null}`, `{"b":1}`, nil, "$.a $.b $.c"},
		"a shorter list":             {`[1,2,3]`, `[1]`, nil, "$[1] $[2]"},
		"odd names":                  {`{"a b":1,"":2}`, `{"a b":2,"":1}`, nil, "$[''] $['a b']"},
		"ignored":                    {`{"t":1,"u":1}`, `{"t":2,"u":2}`, []string{"$.t"}, "$.u"},
		"ignored in a list":          {`{"l":[{"t":1,"u":1}]}`, `{"l":[{"t":2,"u":2}]}`, []string{"$.l[*].t"}, "$.l[0].u"},
		"ignored at one index":       {`{"l":[1,2]}`, `{"l":[3,4]}`, []string{"$.l[1]"}, "$.l[0]"},
		"ignored at any depth":       {`{"t":1,"a":{"b":[{"t":1,"u":1}]}}`, `{"t":2,"a":{"b":[{"t":2,"u":2}]}}`, []string{"$..t"}, "$.a.b[0].u"},
		"ignored with what is in it": {`{"a":{"b":{"c":1}},"d":1}`, `{"a":{"b":{"c":2}},"d":2}`, []string{"$.a"}, "$.d"},
		"ignored under any member":   {`{"a":{"t":1},"b":{"t":1},"c":1}`, `{"a":{"t":2},"b":{"t":2},"c":2}`, []string{"$.*.t"}, "$.c"},
		"a name in quotes":           {`{"a.b":1}`, `{"a.b":2}`, []string{"$['a.b']"}, ""},
		"no JSON":                    {`<html>`, `<html >`, nil, "body"},
		"JSON on one side":           {`{}`, ``, nil, "body"},
		"more behind it":             {`{}{}`, `{}`, nil, "body"},
		"a name twice":               {`{"a":1,"a":2}`, `{"a":2}`, nil, "body"},
		"no UTF-8":                   {"\"\xff\"", "\"\xfe\"", nil, "body"},
		"half a letter":              {`"\ufffd"`, "\"\uFFFD\"", nil, "body"},
		"too deep":                   {strings.Repeat("[", 300) + strings.Repeat("]", 300), strings.Repeat("[", 300) + " " + strings.Repeat("]", 300), nil, "body"},
		"bytes alike":                {"\xff\xfe", "\xff\xfe", nil, ""},
	} {
		found, more := compare.Diff(answer(c.blue), answer(c.green), ignoring(t, c.ignore...))
		if got := places(found); got != c.want || more != 0 {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	with := func(edit func(*compare.Answer)) compare.Answer {
		a := answer("{}")
		a.Headers = map[string][]string{"content-type": {"application/json; charset=utf-8"}, "vary": {"Origin, Accept"}, "set-cookie": {"sid=abc; Path=/", "b=1"}, "date": {"now"}}
		edit(&a)
		return a
	}
	plain := with(func(*compare.Answer) {})
	for name, c := range map[string]struct {
		green  compare.Answer
		ignore []string
		want   string
	}{
		"alike": {with(func(a *compare.Answer) { a.Headers["date"] = []string{"later"} }), nil, ""},
		"written otherwise": {with(func(a *compare.Answer) {
			a.Headers["content-type"] = []string{"application/json;charset=UTF-8"}
			a.Headers["vary"] = []string{"accept", "origin"}
		}), nil, ""},
		"a cookie's value":    {with(func(a *compare.Answer) { a.Headers["set-cookie"] = []string{"b=2", "sid=other"} }), nil, ""},
		"a cookie is missing": {with(func(a *compare.Answer) { a.Headers["set-cookie"] = []string{"b=2"} }), nil, "header set-cookie"},
		"a status":            {with(func(a *compare.Answer) { a.Status = 404 }), nil, "status"},
		"a header":            {with(func(a *compare.Answer) { a.Headers["cache-control"] = []string{"no-store"} }), nil, "header cache-control"},
		"a header ignored":    {with(func(a *compare.Answer) { a.Headers["cache-control"] = []string{"no-store"} }), []string{"header Cache-Control"}, ""},
		"no answer":           {compare.Answer{Failed: "did not answer"}, nil, "answer"},
		"cut":                 {with(func(a *compare.Answer) { a.Cut = true }), nil, "body"},
		"everything at once": {with(func(a *compare.Answer) {
			a.Status, a.Body, a.Headers["location"] = 302, []byte(`[]`), []string{"/a?token=geheim"}
		}), nil, "status header location $"},
		"another content type": {with(func(a *compare.Answer) { a.Headers["content-type"] = []string{"text/html"} }), nil, "header content-type"},
	} {
		found, _ := compare.Diff(plain, c.green, ignoring(t, c.ignore...))
		if got := places(found); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if strings.Contains(fmt.Sprint(found), "geheim") || strings.Contains(fmt.Sprint(found), "abc") {
			t.Errorf("%s tells a secret: %v", name, found)
		}
	}
}

func TestParseIgnoreRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"": "$", "a.b": "$", "$": "names no member", "$[*]": "names no member", "$.*": "names no member", "$[0].*": "names no member", "$.": "after a dot", "$..": "after two dots", "$..*": "after two dots",
		"$.a[": "expected", "$.a[x]": "neither", "$.a[-1]": "neither", "$['a]": "without a name", "$['']": "without a name", "$a": "expected", "$" + strings.Repeat(".a", 41): "more than 40", "header date": "not compared anyway",
	} {
		if _, err := compare.ParseIgnore([]string{"$.fine", line}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		} else if e := (*compare.LineError)(nil); !errors.As(err, &e) || e.Index != 1 {
			t.Errorf("%q: %#v", line, err)
		}
	}
}

// document makes any JSON document.
func document(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n == 2:
		return json.Number(fmt.Sprintf("%d.%de%d", r.IntN(100), r.IntN(100), r.IntN(7)-3))
	case n < 5 || depth == 0:
		return strings.Repeat("ä", r.IntN(3)) + "x"
	case n == 5:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, document(r, depth-1))
		}
		return list
	}
	o := map[string]any{}
	for range r.IntN(4) {
		o[string(rune('a'+r.IntN(5)))] = document(r, depth-1)
	}
	return o
}

// A document does not differ from itself however it is written; where two do,
// both sides see it at the same places; and naming a difference's place takes
// away that difference and nothing beside it.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	differing := 0
	for range 20000 {
		one, two := document(r, 4), document(r, 4)
		a, _ := json.Marshal(one)
		b, _ := json.Marshal(two)
		loose, _ := json.MarshalIndent(one, " ", "\t")
		if found, more := compare.Diff(answer(string(a)), answer(string(loose)), compare.Ignore{}); len(found)+more > 0 {
			t.Fatalf("%s differs from itself: %v", a, found)
		}
		there, moreThere := compare.Diff(answer(string(a)), answer(string(b)), compare.Ignore{})
		back, moreBack := compare.Diff(answer(string(b)), answer(string(a)), compare.Ignore{})
		if places(there) != places(back) || moreThere != moreBack {
			t.Fatalf("%s, %s: %v, but back %v", a, b, there, back)
		}
		var x, y any
		_ = json.Unmarshal(a, &x)
		_ = json.Unmarshal(b, &y)
		if (len(there) == 0) != reflect.DeepEqual(x, y) {
			t.Fatalf("%s, %s: %v", a, b, there)
		}
		for i, d := range there {
			ignore, err := compare.ParseIgnore([]string{d.At})
			if err != nil {
				continue // $ alone, or an index: they name no member
			}
			differing++
			rest, _ := compare.Diff(answer(string(a)), answer(string(b)), ignore)
			if want := slices.Delete(slices.Clone(there), i, i+1); places(rest) != places(want) {
				t.Fatalf("%s, %s without %s: %v, want %v", a, b, d.At, rest, want)
			}
		}
	}
	if differing < 1000 {
		t.Errorf("only %d places were tried", differing)
	}
}

func TestMany(t *testing.T) {
	var a, b []int
	for i := range 250 {
		a, b = append(a, i), append(b, i+1)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if found, more := compare.Diff(answer(string(x)), answer(string(y)), compare.Ignore{}); len(found) != 200 || more != 50 {
		t.Errorf("%d and %d", len(found), more)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(`{"a":[1,"x",null]}`, `{"a":[1.0,"y",{}]}`, "$.a[*]")
	f.Add("\xff", `{"a":1,"a":2}`, "$..a")
	f.Fuzz(func(t *testing.T, a, b, pattern string) {
		ignore, err := compare.ParseIgnore([]string{pattern})
		if err != nil {
			ignore = compare.Ignore{}
		}
		if found, _ := compare.Diff(answer(a), answer(a), ignore); len(found) > 0 {
			t.Errorf("%q differs from itself: %v", a, found)
		}
		there, _ := compare.Diff(answer(a), answer(b), ignore)
		back, _ := compare.Diff(answer(b), answer(a), ignore)
		if places(there) != places(back) {
			t.Errorf("%v, back %v", there, back)
		}
		// Whoever reads them otherwise agrees that two answers without a difference
		// say the same.
		var x, y any
		if len(there) == 0 && len(ignore.Places) == 0 && json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && !reflect.DeepEqual(x, y) {
			t.Errorf("%q and %q are not alike", a, b)
		}
	})
}

package adopt

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	source "github.com/cutover-dev/cutover"
	"github.com/cutover-dev/cutover/internal/fault"
)

func TestReadSST(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		more []string
		want SST
	}{
		"v3": {`export default $config({ app(input) { return { name: "a-b", providers: { aws: { region: 'eu-west-1' } } } }, async run() { new sst.aws.ApiGatewayV2("X", { domain: "A.b.dev" }) } })`, nil,
			SST{Generation: 3, Name: "a-b", Region: "eu-west-1", Domain: "a.b.dev", API: "http"}},
		"v2": {`export default { config(_i) { return { name: "n", region: "us-east-2" } }, stacks(app) { app.stack(API) } } satisfies SSTConfig`, []string{`new Api(stack, "api", { customDomain: "x.dev" })`},
			SST{Generation: 2, Name: "n", Region: "us-east-2", Domain: "x.dev", API: "http"}},
		"v2 with REST":              {`export default { config() { return { name: "n" } }, stacks() {} }`, []string{`new ApiGatewayV1Api(stack, "api")`}, SST{Generation: 2, Name: "n", API: "rest"}},
		"arrow functions":           {"export default $config({ app: (input) => ({ name: `q`, home: 'aws' }), run: async () => { new sst.aws.ApiGatewayV1('Api') } })", nil, SST{Generation: 3, Name: "q", API: "rest"}},
		"nothing of a comment":      {"export default $config({ app() { return {\n // name: \"no\"\n /* region: \"us-west-1\" */ name: \"yes\", // region: 'eu-west-2'\n } }, async run() {} })", nil, SST{Generation: 3, Name: "yes"}},
		"a string with slashes":     {`export default $config({ app() { return { url: "https://a.dev/x", name: "n" } }, async run() {} })`, nil, SST{Generation: 3, Name: "n"}},
		"a name that is computed":   {"export default $config({ app() { return { name: `a-${x}` } }, async run() { new X({ name: \"other\" }) } })", nil, SST{Generation: 3}},
		"a name of a resource only": {`export default $config({ app(i) { return appOf(i) }, async run() { new B({ name: "other", region: "us-west-1" }) } })`, nil, SST{Generation: 3}},
		"a domain by stage":         {"export default $config({ app() { return {} }, async run() {\n const domain =\n $app.stage === \"production\" ? \"api.x.shop\" : undefined; } })", nil, SST{Generation: 3, Domain: "api.x.shop"}},
		"a domain that is computed": {"export default $config({ async run() { new X({ domain: `${stage}.x.dev` }) } })", nil, SST{Generation: 3}},
		"a service on ECS":          {`export default $config({ async run() { new sst.aws.Service("S", {}) } })`, nil, SST{Generation: 3, ECS: true}},
		"health, dist and boundary": {`$config({ async run() { api.route("GET /health", { bundle: "dist/functions/a" }); process.env.APP_BOUNDARY } })`, nil, SST{Generation: 3, Health: true, Dist: true, Boundary: true}},
		"nothing":                   {"", nil, SST{Generation: 2}},
		"cut off":                   {`export default $config({ app() { return { name: "a`, nil, SST{Generation: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ReadSST(c.text, c.more...); got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestManagerIsToldByPackageAndLockfile(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		folder  string
		manager Manager
		install string
	}{
		"npm":               {map[string]string{"package-lock.json": "{}"}, ".", Manager{Name: "npm", Lock: "package-lock.json"}, "npm ci --prefer-offline --no-audit --no-fund"},
		"pnpm above":        {map[string]string{"pnpm-lock.yaml": "", "package.json": `{"packageManager": "pnpm@10.1.0"}`}, "a/b", Manager{Name: "pnpm", Named: true, Lock: "pnpm-lock.yaml"}, "corepack pnpm install --frozen-lockfile --prefer-offline"},
		"the nearest":       {map[string]string{"yarn.lock": "", "a/package-lock.json": ""}, "a", Manager{Name: "npm", Lock: "a/package-lock.json"}, "npm ci --prefer-offline --no-audit --no-fund"},
		"yarn classic":      {map[string]string{"yarn.lock": "# yarn lockfile v1\n"}, ".", Manager{Name: "yarn", Lock: "yarn.lock"}, "corepack yarn install --frozen-lockfile --prefer-offline"},
		"yarn berry, PnP":   {map[string]string{"yarn.lock": "#\n\n__metadata:\n"}, ".", Manager{Name: "yarn", Berry: true, Lock: "yarn.lock", Linked: true}, "corepack yarn install --immutable"},
		"yarn berry, named": {map[string]string{"yarn.lock": "", "package.json": `{"packageManager": "yarn@4.1.0"}`, ".yarnrc.yml": "nodeLinker: node-modules"}, ".", Manager{Name: "yarn", Berry: true, Named: true, Lock: "yarn.lock"}, "corepack yarn install --immutable"},
		"two lockfiles":     {map[string]string{"yarn.lock": "", "pnpm-lock.yaml": "", "package.json": `{"packageManager": "yarn@1.22.22"}`}, ".", Manager{Name: "yarn", Named: true, Lock: "yarn.lock"}, "corepack yarn install --frozen-lockfile --prefer-offline"},
		"nothing":           {nil, ".", Manager{Name: "npm"}, "npm ci --prefer-offline --no-audit --no-fund"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{c.folder + "/sst.config.ts": {Data: []byte("$config({})")}}
			if c.folder == "." {
				fsys = fstest.MapFS{"sst.config.ts": {Data: []byte("$config({})")}}
			}
			for path, text := range c.files {
				fsys[path] = &fstest.MapFile{Data: []byte(text)}
			}
			app, err := Look(fsys, c.folder)
			if err != nil || app.Manager != c.manager || app.Manager.Install() != c.install {
				t.Errorf("%+v, %q, %v", app.Manager, app.Manager.Install(), err)
			}
		})
	}
}

func TestStampShowsWhetherAnybodyTouchedAFile(t *testing.T) {
	text := stamp("v1.2.3", []Part{Gate, Load}, "a: 1\nb: 2\n")
	if !untouched(text) || !stamped(text) || !slices.Equal(partsOf(text), []Part{Gate, Load}) {
		t.Fatalf("%q", text)
	}
	if !untouched(strings.ReplaceAll(text, "\n", "\r\n")) {
		t.Error("a checkout on Windows is nobody's change")
	}
	for name, changed := range map[string]string{
		"a line":      strings.Replace(text, "b: 2", "b: 3", 1),
		"one more":    text + "c: 3\n",
		"the digest":  strings.Replace(text, "sha256:", "sha256:0", 1),
		"no end":      strings.TrimSuffix(text, "\n"),
		"a line more": "\n" + text,
	} {
		if untouched(changed) {
			t.Errorf("%s: not seen", name)
		}
	}
}

// What an edit does not find any more is an error, and no workflow half changed.
func TestEditsFindWhatTheyChange(t *testing.T) {
	text, err := fs.ReadFile(source.Files, ".github/workflows/sst-deploy.yml")
	if err != nil {
		t.Fatal(err)
	}
	s := settled(t)
	for name, c := range map[string]struct{ old, text string }{
		"a job of another name":  {"  watch-staging:\n", "  watched:\n"},
		"a step of another name": {"- name: Keep the bundle\n", "- name: Store it\n"},
		"another command":        {"run: corepack pnpm lint\n", "run: pnpm lint\n"},
		"a job used elsewhere":   {"needs.trace-staging.result) }}\n    runs-on", "needs.trace-staging.outputs.lead) }}\n    runs-on"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), c.old, c.text, 1)
			if changed == string(text) {
				t.Fatal("the change changed nothing")
			}
			e := edited("sst-deploy.yml", changed)
			s.deployment(e)
			if e.err == nil {
				t.Error("not seen")
			}
		})
	}
	e := edited("sst-deploy.yml", string(text))
	if s.deployment(e); e.err != nil {
		t.Fatal(e.err)
	}
	for _, gone := range []string{"watch-staging", "monitoring-stack", "trace-staging", "Keep the bundle", "API_DOMAIN"} {
		if strings.Contains(e.text(), gone) {
			t.Errorf("%s is left", gone)
		}
	}
}

// settled is an app that needs the most changes.
func settled(t *testing.T) Settled {
	t.Helper()
	app := App{Folder: "a/b", SST: SST{Generation: 3}, Manager: Manager{Name: "npm", Lock: "package-lock.json"}, Scripts: Scripts{Lint: "lint", Test: "test"}}
	s, err := Settle(app, nil, Asked{Parts: []Part{Gate, Deploy}, Pin: strings.Repeat("a", 40)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each shape of an app, with each choice of parts, gets workflows without an
// error, and the same ones each time.
func TestEveryShapeGetsWorkflows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	yes := func() bool { return random.IntN(2) == 0 }
	name := func(n string) string {
		if yes() {
			return n
		}
		return ""
	}
	for range 50 {
		app := App{
			Folder: []string{".", "a", "a/b"}[random.IntN(3)], SST: SST{Generation: 3, Dist: yes(), Health: yes()},
			Manager: Manager{Name: []string{"npm", "pnpm", "yarn"}[random.IntN(3)], Berry: yes(), Linked: yes(), Lock: name("package-lock.json")},
			Scripts: Scripts{Lint: name("lint"), Types: name("tsc"), Test: name("test"), Integration: name("test:integration"), Build: name("build")},
			Node:    Node{name(".nvmrc")},
		}
		app.Scripts.Coverage = app.Scripts.Test != "" && yes()
		var parts []Part
		for _, p := range Parts {
			if yes() {
				parts = append(parts, p)
			}
		}
		if len(parts) == 0 {
			continue
		}
		s, err := Settle(app, &Known{Tracing: yes()}, Asked{Parts: parts, Pin: strings.Repeat("a", 40)})
		if err != nil {
			t.Fatal(err)
		}
		files, err := Workflows(source.Files, s)
		if err != nil {
			t.Fatalf("%+v %v: %v", app, parts, err)
		}
		again, _ := Workflows(source.Files, s)
		if !slices.Equal(files, again) {
			t.Error("another time they are others")
		}
		for _, f := range files {
			for _, ours := range []string{"./actions/", "examples/lego-api", "set-up-", "env.APP }}/cutover.yaml", "corepack pnpm lint"} {
				if strings.Contains(f.Text, ours) {
					t.Errorf("%+v %v: %s still holds %s", app, parts, f.Path, ours)
				}
			}
		}
	}
}

// For an app that is built like the example, users get the very lines that are
// rehearsed here: only names of files, of our actions and of steps are theirs.
func TestUsersGetWhatIsRehearsed(t *testing.T) {
	app := App{
		Folder: "examples/lego-api", SST: SST{Generation: 3, Dist: true, Health: true}, Node: Node{"examples/lego-api/.node-version"},
		Manager: Manager{Name: "pnpm", Named: true, Lock: "examples/lego-api/pnpm-lock.yaml"},
		Scripts: Scripts{Lint: "lint", Types: "typecheck", Test: "test", Coverage: true, Integration: "test:integration", Build: "build"},
	}
	s, err := Settle(app, &Known{Tracing: true}, Asked{Parts: Parts, Pin: strings.Repeat("a", 40)})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Workflows(source.Files, s)
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`^[-+](` + strings.Join([]string{
		`(- )?uses: \./(\.github/)?actions/`, `uses: cutover-dev/cutover/actions/`, `config: `, `run: corepack pnpm `, `- name: (ESLint|Lint|Vitest|Tests)`,
		`run: echo "::warning`, `check: /health 200`, `API_(DOMAIN|CERT_ARN): `, `env:$`, `APP: examples`, `$`,
	}, "|") + `)`)
	compared := 0
	for _, f := range files {
		ours, err := fs.ReadFile(source.Files, f.Path)
		if err != nil {
			continue // checks.yml and the shared steps have no namesake
		}
		compared++
		for line := range strings.Lines(Diff(f.Path, string(ours), f.Text)) {
			line = strings.TrimRight(line, "\n")
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "@@") || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") {
				continue
			}
			if rest := line[:1] + strings.TrimLeft(line[1:], " "); !known.MatchString(rest) {
				t.Errorf("%s: %s", f.Path, line)
			}
		}
	}
	if compared < 10 {
		t.Errorf("only %d workflows were compared", compared)
	}
}

// A difference, carried out by hand, gives the new text.
func TestDiffLeadsFromOneTextToTheOther(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	some := func() string {
		var b strings.Builder
		for range random.IntN(40) {
			b.WriteString([]string{"a", "b", "c", "d", ""}[random.IntN(5)] + "\n")
		}
		return b.String()
	}
	for range 500 {
		old, text := some(), some()
		if got := patched(t, old, Diff("f", old, text)); got != text {
			t.Fatalf("from %q to %q by\n%s\ncame %q", old, text, Diff("f", old, text), got)
		}
	}
	if d := Diff("f", "a\n", "a\n"); strings.Contains(d, "@@") {
		t.Errorf("nothing changed: %s", d)
	}
}

// patched carries a difference out, and holds its line numbers.
func patched(t *testing.T, old, diff string) string {
	t.Helper()
	lines, at := split(old), 0
	var out []string
	for _, l := range split(diff)[2:] {
		switch l[0] {
		case '@':
			var from int
			start, rest, _ := strings.Cut(strings.TrimPrefix(l, "@@ -"), ",")
			for _, digit := range start {
				from = from*10 + int(digit-'0')
			}
			if !strings.HasPrefix(rest, "0 ") {
				from--
			}
			out = append(out, lines[at:from]...)
			at = from
		case ' ', '-':
			if at >= len(lines) || lines[at] != l[1:] {
				t.Fatalf("line %d is not %q", at, l[1:])
			}
			if l[0] == ' ' {
				out = append(out, l[1:])
			}
			at++
		case '+':
			out = append(out, l[1:])
		}
	}
	out = append(out, lines[at:]...)
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}

// Environments of the workflows are those that the steps make.
func TestStepsMakeEveryEnvironmentThatWorkflowsName(t *testing.T) {
	s, err := Settle(App{Folder: ".", SST: SST{Generation: 3}, Manager: Manager{Name: "npm"}}, nil, Asked{Parts: Parts, Pin: strings.Repeat("a", 40)})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Workflows(source.Files, s)
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, step := range s.Steps() {
		for _, c := range step.Commands {
			if rest, ok := strings.CutPrefix(c, "for e in "); ok {
				names, _, _ := strings.Cut(rest, ";")
				made = append(made, strings.Fields(names)...)
			}
		}
	}
	wanted := map[string]bool{}
	for _, f := range files {
		for line := range strings.Lines(f.Text) {
			name, found := strings.CutPrefix(line, "    environment: ")
			if !found {
				name, found = strings.CutPrefix(line, "      name: ")
				if !found || !strings.Contains(f.Text, "    environment:\n"+line) {
					continue
				}
			}
			name = strings.TrimSpace(name)
			if _, ending, computed := strings.Cut(name, "}}"); computed {
				wanted["staging"+ending], wanted["production"+ending] = true, true
				continue
			}
			wanted[name] = true
		}
	}
	if len(wanted) < 10 {
		t.Fatalf("only %d environments were found", len(wanted))
	}
	for name := range wanted {
		if !slices.Contains(made, name) {
			t.Errorf("nobody is told to make %s", name)
		}
	}
}

func TestGoIsTheOneOfTheModule(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil || !strings.Contains(string(text), "\ngo "+goVersion+".") {
		t.Errorf("go.mod names another Go than %s: %v", goVersion, err)
	}
}

func FuzzReadSST(f *testing.F) {
	f.Add("export default $config({ app() { return { name: 'a', domain: `x.dev` } }, // b\n run() {} })", "/* new Api( */")
	f.Add("\"\\", "`")
	f.Fuzz(func(t *testing.T, config, more string) {
		s := ReadSST(config, more)
		if s.Domain != "" && !hostRE.MatchString(s.Domain) || s.Generation != 2 && s.Generation != 3 {
			t.Errorf("%+v", s)
		}
		settled, err := Settle(App{Folder: ".", SST: s, Manager: Manager{Name: "npm"}}, nil, Asked{Pin: strings.Repeat("a", 40)})
		if err != nil {
			t.Fatal(err)
		}
		if !projectRE.MatchString(settled.Asked.Project) || !regionRE.MatchString(settled.Asked.Region) {
			t.Errorf("%q %q", settled.Asked.Project, settled.Asked.Region)
		}
	})
}

func FuzzParsePackage(f *testing.F) {
	f.Add([]byte(`{"name": "a", "packageManager": "pnpm@10.0.0", "scripts": {"lint": "x", "test": 1}, "engines": []}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePackage("package.json", data)
		var bad *fault.Fault
		if err != nil {
			if !errors.As(err, &bad) || bad.Kind != fault.Input {
				t.Fatal(err)
			}
			return
		}
		s := scriptsOf(p)
		for _, name := range []string{s.Lint, s.Types, s.Test, s.Integration, s.Build} {
			if strings.ContainsAny(name, " ;$\n") {
				t.Errorf("%q", name)
			}
		}
		_ = managerOf(fstest.MapFS{}, ".", p)
	})
}

package load

import (
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `load:` of cutover.yaml: what is sent to a stage to see
// what it bears.
type Settings struct {
	Stage     string             `yaml:"stage" default:"staging" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"the name of a stage under stages" doc:"The stage that profiles are for, unless they name one."`
	Requests  []Step             `yaml:"requests" maxitems:"100" example:"[{path: /health}, {path: /mocs, weight: 5}]" doc:"The requests that are sent, by weight, unless a profile has its own."`
	Scenarios []Flow             `yaml:"scenarios" unique:"name" maxitems:"50" example:"[{name: browse, requests: [{path: /mocs, capture: {id: \"$.items[0].id\"}}, {path: \"/mocs/{{ id }}\"}]}]" doc:"What virtual users do, beside the requests: several requests, one after the other."`
	Data      map[string]Values  `yaml:"data" maxitems:"20" keypattern:"^[a-z][A-Za-z0-9_]{0,31}$" keyallowed:"a name" example:"{word: {values: [castle, ship]}}" doc:"Values for templates, one row for a user."`
	Profiles  map[string]Profile `yaml:"profiles" required:"true" minitems:"1" maxitems:"30" keypattern:"^[a-z][a-z0-9-]{0,39}$" keyallowed:"lower-case letters, digits and -, starting with a letter" example:"{sustained: {phases: [{rate: 100, for: 30 m}]}}" doc:"How much is sent and for how long, by name."`
}

// Profile is how much is sent.
type Profile struct {
	Stage     string    `yaml:"stage" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"the name of a stage under stages" example:"staging" doc:"The stage it is for."`
	Phases    []Stretch `yaml:"phases" required:"true" minitems:"1" maxitems:"50" example:"[{rate: 100, for: 30 m}]" doc:"Rates, one after the other."`
	Requests  []Step    `yaml:"requests" maxitems:"100" example:"[{path: /health}]" doc:"Requests of this profile alone, instead of those of the section."`
	Scenarios []Flow    `yaml:"scenarios" unique:"name" maxitems:"50" example:"[{name: look, requests: [{path: /health}]}]" doc:"Scenarios of this profile alone, instead of those of the section."`
	Limits    Bounds    `yaml:"limits" doc:"What the run never exceeds, when it stops by itself, and when it does not count."`
	Goals     Goals     `yaml:"goals" doc:"What the stage is held to under this load."`
	Seed      int       `yaml:"seed" default:"1" min:"0" doc:"Decides each choice and each random value: the same seed sends the same requests."`
}

// Stretch is a phase: one rate, a ramp, or steps.
type Stretch struct {
	Name  string        `yaml:"name" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$" allowed:"up to 40 letters, digits, spaces and . _ -" example:"spike" doc:"How the phase is called."`
	For   unit.Duration `yaml:"for" required:"true" min:"1 s" max:"5 h" example:"30 m" doc:"How long it lasts; all steps together."`
	Rate  *int          `yaml:"rate" min:"0" max:"20000" example:"100" doc:"Requests a second."`
	From  *int          `yaml:"from" min:"0" max:"20000" example:"10" doc:"Requests a second at the beginning of a ramp or of steps."`
	To    *int          `yaml:"to" min:"0" max:"20000" example:"200" doc:"Requests a second at its end."`
	Steps *int          `yaml:"steps" min:"2" max:"50" example:"5" doc:"From one rate to the other in so many equal steps, instead of evenly."`
}

// Flow is a scenario.
type Flow struct {
	Name     string `yaml:"name" required:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$" allowed:"up to 40 letters, digits, spaces and . _ -" example:"browse" doc:"How it is called."`
	Weight   int    `yaml:"weight" default:"1" min:"1" max:"1000" doc:"How often users do this, against the other weights."`
	Requests []Step `yaml:"requests" required:"true" minitems:"1" maxitems:"50" example:"[{path: /health}]" doc:"Its requests, each after the answer to the one before. The profile's rate counts all of them."`
}

// Step is a request.
type Step struct {
	Name     string            `yaml:"name" pattern:"^[A-Za-z0-9/{][A-Za-z0-9 ._/{}-]{0,79}$" allowed:"up to 80 letters, digits, spaces and . _ / { } -" example:"list MOCs" doc:"The route it is told under; method and path unless set."`
	Method   string            `yaml:"method" default:"GET" enum:"GET,HEAD,POST,PUT,PATCH,DELETE" doc:"Method of the request."`
	Path     string            `yaml:"path" required:"true" pattern:"^/[A-Za-z0-9._~!$&'()*+,;=:@%/?{} -]*$" allowed:"a path with its query, beginning with /" example:"\"/mocs/{{ id }}\"" doc:"Path below the stage's address. {{ name }} is a value of data or captured before; {{ $uuid }}, {{ $number }}, {{ $randomNumber(1, 100) }} and {{ $randomString(8) }} are made up, and the same for the same seed."`
	Weight   int               `yaml:"weight" default:"1" min:"1" max:"1000" doc:"How often it is sent, against the other weights; has no meaning within a scenario."`
	Headers  map[string]string `yaml:"headers" maxitems:"20" keypattern:"^[A-Za-z0-9-]{1,64}$" keyallowed:"the name of a header" example:"{Accept-Language: en}" doc:"Headers of the request; values may hold templates."`
	Body     string            `yaml:"body" example:"'{\"title\": \"{{ word }}\"}'" doc:"The JSON that is sent; may hold templates in its strings."`
	Wait     unit.Duration     `yaml:"wait" default:"0 s" max:"10 m" doc:"How long the user waits before it."`
	Expect   int               `yaml:"expect" default:"200" min:"200" max:"599" doc:"The status that it must be answered with."`
	Under    *unit.Duration    `yaml:"under" min:"1 ms" max:"10 m" example:"1 s" doc:"How long the answer may take."`
	Contains string            `yaml:"contains" example:"items" doc:"What the body of the answer must contain."`
	Exists   []string          `yaml:"exists" maxitems:"10" pattern:"^\\$(\\.[A-Za-z_][A-Za-z0-9_-]*|\\[[0-9]{1,4}\\])+$" allowed:"a path such as $.id or $.items[0].id" example:"[$.id]" doc:"What the JSON of the answer must have."`
	Equals   map[string]string `yaml:"equals" maxitems:"10" keypattern:"^\\$(\\.[A-Za-z_][A-Za-z0-9_-]*|\\[[0-9]{1,4}\\])+$" keyallowed:"a path such as $.id or $.items[0].id" example:"{$.status: ok}" doc:"Values that the JSON of the answer must have."`
	Capture  map[string]string `yaml:"capture" maxitems:"10" keypattern:"^[a-z][A-Za-z0-9_]{0,31}$" keyallowed:"a name" pattern:"^\\$(\\.[A-Za-z_][A-Za-z0-9_-]*|\\[[0-9]{1,4}\\])+$" allowed:"a path such as $.id or $.items[0].id" example:"{id: $.id}" doc:"What later requests of the scenario need of the answer: a name, and where it stands in the JSON."`
}

// Values are rows of a file, or a list.
type Values struct {
	File   string   `yaml:"file" pattern:"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\\.(csv|jsonl)$" allowed:"a .csv with a first line of names, or a .jsonl, below this file" example:"load/users.csv" doc:"A file with a row for a user; its columns are the names for templates."`
	Values []string `yaml:"values" minitems:"1" maxitems:"1000" example:"[castle, ship]" doc:"Values for the name itself, instead of a file."`
	Order  string   `yaml:"order" default:"turn" enum:"turn,random" doc:"turn: users take one row after the other, and again from the first; random: by the seed."`
}

// Bounds are the limits of a profile.
type Bounds struct {
	Rate     int           `yaml:"rate" default:"500" min:"1" max:"20000" doc:"Most requests a second."`
	Requests int           `yaml:"requests" default:"1000000" min:"1" max:"50000000" doc:"Most requests of a run."`
	Duration unit.Duration `yaml:"duration" default:"1 h" min:"1 s" max:"5 h" doc:"Longest time of a run."`
	Errors   unit.Percent  `yaml:"errors" default:"25%" above:"0%" max:"100%" doc:"Share of errors at which the stage counts as melted; the run stops."`
	P99      unit.Duration `yaml:"p99" default:"10 s" min:"1 ms" max:"5 m" doc:"p99 of the latency at which the stage counts as melted; the run stops."`
	Window   unit.Duration `yaml:"window" default:"15 s" min:"2 s" max:"5 m" doc:"Over what both are looked at."`
	Least    int           `yaml:"least" default:"100" min:"1" max:"1000000" doc:"With how few requests a run does not count."`
	Late     unit.Duration `yaml:"late" default:"100 ms" min:"1 ms" max:"10 s" doc:"By how much the generator may be late (p99) for a run to count."`
	CPU      unit.Percent  `yaml:"cpu" default:"85%" min:"10%" max:"100%" doc:"Share of its processors that the generator may need for a run to count."`
}

// Goals are what the stage is held to.
type Goals struct {
	P50    *unit.Duration `yaml:"p50" min:"1 ms" max:"5 m" example:"500 ms" doc:"Highest p50; not held unless set."`
	P95    *unit.Duration `yaml:"p95" min:"1 ms" max:"5 m" example:"500 ms" doc:"Highest p95; not held unless set."`
	P99    *unit.Duration `yaml:"p99" min:"1 ms" max:"5 m" example:"500 ms" doc:"Highest p99; not held unless set."`
	Errors unit.Percent   `yaml:"errors" default:"1%" max:"100%" doc:"Highest share of errors."`
	Settle unit.Duration  `yaml:"settle" default:"1 m" min:"1 s" max:"30 m" doc:"How long p99 may need after a rise of the rate to be as before."`
}

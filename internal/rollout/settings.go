// Package rollout shifts the traffic of one stage from blue (ECS) to green
// (Lambda), phase by phase, on evidence.
package rollout

import (
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `traffic:` of cutover.yaml.
type Settings struct {
	Stage          string             `yaml:"stage" default:"production" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"the name of a stage under stages" doc:"The stage whose traffic moves."`
	Record         unit.Host          `yaml:"record" required:"true" example:"api.example.com" doc:"The DNS name that clients use; the host of the stage's url."`
	HostedZone     string             `yaml:"hosted_zone" required:"true" pattern:"^Z[A-Z0-9]{5,31}$" allowed:"a Route 53 zone ID such as Z0123456789ABCDEFGHIJ" example:"Z0123456789ABCDEFGHIJ" doc:"ID of the Route 53 hosted zone that holds the record."`
	TTL            unit.Duration      `yaml:"ttl" default:"60 s" min:"1 s" max:"5 m" doc:"How long resolvers may keep an answer. An alias record has the target's own, 60 s for a load balancer."`
	HealthPath     string             `yaml:"health_path" default:"/health" pattern:"^/[A-Za-z0-9._~/-]*$" allowed:"a path that starts with /" doc:"Path of the health check, on both sides; best one that touches the datastores."`
	Blue           Blue               `yaml:"blue" required:"true" doc:"The old side: ECS behind an Application Load Balancer."`
	Green          Green              `yaml:"green" required:"true" doc:"The new side: Lambda behind an API Gateway."`
	Phases         []Phase            `yaml:"phases" default:"[{weight: 10%, hold: 2 h}, {weight: 50%, hold: 4 h}, {weight: 100%, hold: 24 h}]" minitems:"1" maxitems:"20" doc:"The steps; each starts only when the one before it was promoted."`
	Alpha          unit.Percent       `yaml:"alpha" default:"1%" min:"0.01%" max:"10%" doc:"Greatest chance that a healthy rollout is rolled back, over the whole cutover."`
	Beta           unit.Percent       `yaml:"beta" default:"5%" min:"0.01%" max:"20%" doc:"Greatest chance that an objective counts as proved although it is not kept."`
	Agreement      int                `yaml:"agreement" default:"3" min:"1" max:"5" doc:"How many of the last five minutes must be past a limit before it counts as broken; more resists bursts, and finds later."`
	Failover       Failover           `yaml:"failover" doc:"When DNS takes green's traffic to blue by itself, without a runner or a control plane."`
	When           Policies           `yaml:"when" doc:"What to do on each kind of finding. Nothing here can promote."`
	Preflight      preflight.Settings `yaml:"preflight" doc:"What is looked at before any traffic moves, and what of it is accepted."`
	DecisionTime   unit.Duration      `yaml:"decision_time" default:"10 m" min:"1 m" max:"24 h" doc:"While held with a limit broken: roll back if nobody has decided for this long."`
	RollbackBudget unit.Duration      `yaml:"rollback_budget" default:"5 m" min:"2 m" max:"1 h" doc:"Time a rollback may take until blue has the traffic; rehearsals are measured against it."`
}

// Blue is where the old side answers and is measured.
type Blue struct {
	Target       unit.Host `yaml:"target" required:"true" example:"lego-api-1234567890.us-east-1.elb.amazonaws.com" doc:"DNS name that the record points to."`
	AliasZone    string    `yaml:"alias_zone" pattern:"^Z[A-Z0-9]{5,31}$" allowed:"a Route 53 zone ID such as Z35SXDOTRQ7X7K" example:"Z35SXDOTRQ7X7K" doc:"Zone ID of the target, which makes the record an alias; without it the record is a CNAME."`
	Direct       unit.URL  `yaml:"direct" required:"true" example:"https://blue.api.example.com" doc:"URL that always reaches this side, whatever the weights."`
	LoadBalancer string    `yaml:"load_balancer" required:"true" pattern:"^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$" allowed:"the end of the load balancer's ARN: app/<name>/<16 hex digits>" example:"app/lego-api/50dc6c495c0c9188" doc:"The load balancer, as its CloudWatch dimension names it."`
	TargetGroup  string    `yaml:"target_group" required:"true" pattern:"^targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$" allowed:"the end of the target group's ARN: targetgroup/<name>/<16 hex digits>" example:"targetgroup/lego-api/73e2d6bc24d8a067" doc:"The target group, as its CloudWatch dimension names it."`
}

// Green is where the new side answers and is measured.
type Green struct {
	Target    unit.Host `yaml:"target" required:"true" example:"d-a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" doc:"DNS name that the record points to: the regional name of the API's custom domain."`
	AliasZone string    `yaml:"alias_zone" pattern:"^Z[A-Z0-9]{5,31}$" allowed:"a Route 53 zone ID such as Z1UJRXOUMOOFQ8" example:"Z1UJRXOUMOOFQ8" doc:"Zone ID of the target, which makes the record an alias; without it the record is a CNAME."`
	Direct    unit.URL  `yaml:"direct" required:"true" example:"https://green.api.example.com" doc:"URL that always reaches this side, whatever the weights."`
	API       *API      `yaml:"api" doc:"The API Gateway; found in the deployed app's inventory unless set."`
}

// API names an API Gateway as its metrics do.
type API struct {
	Type  string `yaml:"type" required:"true" enum:"http,rest" example:"http" doc:"http: measured by its ID; rest: measured by its name, and the only one with X-Ray."`
	Name  string `yaml:"name" required:"true" example:"a1b2c3d4e5" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$" allowed:"the ID of an HTTP API or the name of a REST API" doc:"ID of the HTTP API, or name of the REST API."`
	Stage string `yaml:"stage" default:"$default" pattern:"^(\\$default|[A-Za-z0-9_-]{1,128})$" allowed:"$default or the name of a stage of the API" doc:"The API's stage."`
}

// Phase is one step of the shift.
type Phase struct {
	Weight   unit.Percent  `yaml:"weight" required:"true" above:"0%" example:"10%" doc:"Share of the traffic that green gets."`
	Hold     unit.Duration `yaml:"hold" required:"true" min:"1 m" max:"30 days" example:"2 h" doc:"Least time at this weight before the next phase may start."`
	Approval string        `yaml:"approval" default:"none" enum:"none,required" doc:"required: a person starts this phase; none: it starts once the one before is promoted."`
}

// Failover is what green's health check makes of its errors. Route 53 reads the
// points of CloudWatch itself, whoever else is dead.
type Failover struct {
	Errors  unit.Percent `yaml:"errors" default:"10%" min:"1%" max:"50%" doc:"Share of green's requests answered with 5xx above which users go to blue. Route 53's own checks count among the requests."`
	Minutes int          `yaml:"minutes" default:"3" min:"1" max:"5" doc:"For how many minutes on end."`
}

// Policies says what happens on each kind of finding: roll back, or hold,
// which freezes the weights and goes on watching.
type Policies struct {
	Fail         string `yaml:"fail" default:"rollback" enum:"rollback,hold" doc:"Green has broken an objective."`
	Worse        string `yaml:"worse" default:"hold" enum:"rollback,hold,report" doc:"Green is worse than blue but within the objectives."`
	SharedFault  string `yaml:"shared_fault" default:"hold" enum:"rollback,hold" doc:"Both sides have broken an objective at the same time."`
	Inconclusive string `yaml:"inconclusive" default:"hold" enum:"rollback,hold" doc:"The phase is over and the evidence is too thin to promote."`
	MissingData  string `yaml:"missing_data" default:"hold" enum:"rollback,hold" doc:"A required signal is missing or too old."`
}

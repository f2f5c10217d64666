// Package retire takes the old ECS side out of service: slowly, reversibly as
// long as possible, and never more than was named.
package retire

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `legacy:` of cutover.yaml: the ECS resources that
// shall go once green has carried everything for long enough.
type Settings struct {
	Cluster        string        `yaml:"cluster" required:"true" pattern:"^[A-Za-z0-9_-]{1,255}$" allowed:"letters, digits, - and _" example:"lego-api" doc:"Name of the ECS cluster."`
	Service        string        `yaml:"service" required:"true" pattern:"^[A-Za-z0-9_-]{1,255}$" allowed:"letters, digits, - and _" example:"lego-api" doc:"Name of the ECS service."`
	Stack          string        `yaml:"stack" pattern:"^[A-Za-z][A-Za-z0-9-]{0,127}$" allowed:"letters, digits and -, starting with a letter" example:"lego-api-ecs" doc:"CloudFormation stack that owns the resources; without it they are deleted one by one."`
	LoadBalancer   string        `yaml:"load_balancer" pattern:"^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$" allowed:"the end of the load balancer's ARN: app/<name>/<16 hex digits>" example:"app/lego-api/50dc6c495c0c9188" doc:"The load balancer that only blue uses."`
	TargetGroups   []string      `yaml:"target_groups" unique:"true" maxitems:"20" pattern:"^targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$" allowed:"the ends of the ARNs: targetgroup/<name>/<16 hex digits>" example:"[targetgroup/lego-api/73e2d6bc24d8a067]" doc:"The target groups that only blue uses."`
	Repositories   []string      `yaml:"repositories" unique:"true" maxitems:"50" pattern:"^[a-z0-9]+([._/-][a-z0-9]+)*$" allowed:"names of ECR repositories" example:"[lego-api]" doc:"The ECR repositories whose images are archived in S3."`
	Soak           unit.Duration `yaml:"soak" default:"7 days" min:"24 h" max:"90 days" doc:"How long green must have carried all traffic without trouble before anything goes."`
	Hold           unit.Duration `yaml:"hold" default:"48 h" min:"1 h" max:"30 days" doc:"How long the service stays at zero tasks, ready to return, before it is deleted."`
	ImageRetention unit.Duration `yaml:"image_retention" default:"90 days" min:"1 day" max:"3650 days" doc:"How long the archived images are kept; whole days."`
	Logs           string        `yaml:"logs" default:"keep" enum:"keep,delete" doc:"What becomes of the log groups that no stack owns: kept, or deleted with the rest."`
	Keep           []string      `yaml:"keep" default:"[cutover:keep]" minitems:"1" maxitems:"20" unique:"true" pattern:"^[A-Za-z0-9_.:/=+@-]{1,128}$" allowed:"keys of tags" example:"[cutover:keep]" doc:"Tags that protect: a thing with one of them is never deleted, and the plan refuses."`
}

// Check wants whole days for the archive: S3 counts nothing smaller.
func (s Settings) Check(c *strict.Check) {
	const day = 24 * 60 * 60 * 1e9
	if c.Valid("image_retention") && s.ImageRetention%day != 0 {
		up := (s.ImageRetention/day + 1) * day
		c.Report(strict.Problem{Message: fmt.Sprintf("%s is not a whole number of days, and S3 counts days", s.ImageRetention),
			Allowed: "whole days", Suggestion: fmt.Sprintf("write %q", up)}, "image_retention")
	}
}

package plan

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// KitFile is where a thing's description lies in the restore kit.
func KitFile(kind estate.Kind, name string) string {
	return string(kind) + "/" + unsafe.ReplaceAllString(name, "_") + ".json"
}

var unsafe = pattern.New(`[^A-Za-z0-9._-]`)

// quote makes a word of anything, for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// restore is the command that makes a thing anew out of the kit (source: AWS CLI
// reference). A thing that is made anew has another ARN where AWS gives numbers.
func restore(item estate.Item, p *pick, s Scope) string {
	file := quote("file://kit/" + KitFile(item.Kind, item.Name))
	at := " --region " + s.Region
	switch {
	case p.way == ByStack:
		return "comes back with the stack " + s.Stack
	case p.way == WithOwn && item.Kind != estate.Rule:
		return "comes back by itself with what it belongs to"
	}
	switch item.Kind {
	case estate.Stack:
		return "aws cloudformation create-stack --cli-input-json " + file + " --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND" + at
	case estate.Service:
		return "aws ecs create-service --cli-input-json " + file + at
	case estate.Cluster:
		return "aws ecs create-cluster --cli-input-json " + file + at
	case estate.Definition:
		return "aws ecs register-task-definition --cli-input-json " + file + at
	case estate.Scaling:
		return "aws application-autoscaling register-scalable-target --cli-input-json " + file + at
	case estate.LoadBalancer:
		return "aws elbv2 create-load-balancer --cli-input-json " + file + at
	case estate.TargetGroup:
		return "aws elbv2 create-target-group --cli-input-json " + file + at
	case estate.Listener:
		return "aws elbv2 create-listener --cli-input-json " + file + at
	case estate.Rule:
		return "aws elbv2 create-rule --cli-input-json " + file + at
	case estate.LogGroup:
		return "aws logs create-log-group --cli-input-json " + file + at + " # its lines are gone"
	case estate.SecurityGroup:
		return "aws ec2 create-security-group --cli-input-json " + file + at
	case estate.HealthCheck:
		return "aws route53 create-health-check --cli-input-json " + file
	case estate.Association:
		return "aws wafv2 associate-web-acl --cli-input-json " + file + at
	case estate.Capacity:
		return "aws ecs create-capacity-provider --cli-input-json " + file + at
	}
	return "its description is in the restore kit: " + KitFile(item.Kind, item.Name)
}

// remove is the command by which a person deletes what was forgotten.
func remove(item estate.Item, s Scope) string {
	name, at := quote(item.Name), " --region "+s.Region
	switch item.Kind {
	case estate.Schedule:
		return "aws events disable-rule --name " + name + at
	case estate.Timer:
		return "aws scheduler delete-schedule --name " + name + " --group-name " + quote(item.Facts["group"]) + at
	case estate.Firewall:
		id := quote(item.ARN[strings.LastIndexByte(item.ARN, '/')+1:])
		return "aws wafv2 delete-web-acl --scope REGIONAL --name " + name + " --id " + id + at +
			" --lock-token \"$(aws wafv2 get-web-acl --scope REGIONAL --name " + name + " --id " + id + at + " --query LockToken --output text)\""
	case estate.Discovery:
		return "aws servicediscovery delete-service --id " + quote(item.ARN[strings.LastIndexByte(item.ARN, '/')+1:]) + at
	case estate.Alarm:
		return "aws cloudwatch delete-alarms --alarm-names " + name + at
	case estate.LogGroup:
		return "aws logs delete-log-group --log-group-name " + name + at
	case estate.Role:
		return "aws iam delete-role --role-name " + name
	}
	return ""
}

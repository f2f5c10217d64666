package iam

import (
	"maps"
	"slices"
	"strings"
)

// This file: what sst itself calls with the action's role. It deploys whatever
// the app consists of, so nobody can say from here what is least: these are the
// calls for an API on Lambda with buckets (examples/lego-api), each bound to the
// stage's names where AWS can bind it. An app with more names its services.

// sstReads is what sst reads before it changes anything, and all of a diff.
func sstReads(s Settings) []Need {
	return called([]Need{
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Stage, "app|.json", "lock|.json", "secret|.json"), Why: "sst reads state, lock and secrets"},
		{Actions: []string{"s3:GetObject"}, Resources: []string{bucket(s.State) + "/secret/" + s.App + "/_fallback.json"}, Why: "sst reads the secrets that all stages share"},
		{Actions: []string{"ssm:GetParameter"}, Resources: []string{s.arn("ssm", "parameter/sst/passphrase/"+s.App+"/"+s.Stage)}, Why: "sst decrypts state and secrets"},
		list(s.State, "sst tells a missing document from a denied one", "app/"+s.App+"/*", "lock/"+s.App+"/*", "secret/"+s.App+"/*"),
		{Actions: []string{"apigateway:GET"}, Resources: []string{s.gateway("/account")}, Why: "sst asks whether API Gateway may write logs"},
	})
}

// gateway is an ARN of API Gateway's management, in which no account stands;
// source: Service Authorization Reference, API Gateway Management.
func (s Settings) gateway(path string) string {
	return "arn:aws:apigateway:" + s.Region + "::" + path
}

// Boundary is the name of the policy that caps what roles made by sst may do.
func (s Settings) Boundary() string { return name("cutover-"+s.App+"-"+s.Stage+"-boundary", 128) }

func (s Settings) boundary() string { return s.global("iam", "policy/"+s.Boundary()) }

func sst(s Settings) []Need {
	return slices.Concat(sstReads(s), called(slices.Concat(
		sstState(s), sstRoles(s), sstCode(s), sstData(s), services(s, func(v service) func(Settings) []Need { return v.deploy }),
	)))
}

// called marks needs as sst's own.
func called(needs []Need) []Need {
	for i := range needs {
		needs[i].By = "sst"
	}
	return needs
}

func sstState(s Settings) []Need {
	return []Need{
		{Actions: []string{"s3:PutObject"}, Resources: s.state(s.Stage, "app|.json", "lock|.json", "update|/*", "snapshot|/*", "eventlog|/*", "summary|/*"), Why: "sst writes state, lock, and what it did"},
		{Actions: []string{"s3:DeleteObject"}, Resources: s.state(s.Stage, "lock|.json"), Why: "sst releases its lock"},
		{Actions: []string{"ssm:PutParameter"}, Resources: []string{s.arn("ssm", "parameter/sst/passphrase/"+s.App+"/"+s.Stage)}, Why: "sst makes a new stage's key"},
		{
			Actions:   []string{"s3:CreateBucket", "s3:PutBucketNotification", "s3:PutBucketVersioning"},
			Resources: []string{bucket(DefaultState), bucket("sst-asset-*")}, Why: "sst makes its buckets, once in a region", Option: "bootstrap",
		},
		{Actions: []string{"ssm:PutParameter"}, Resources: []string{s.arn("ssm", "parameter/sst/bootstrap")}, Why: "sst remembers its buckets", Option: "bootstrap"},
		{Actions: []string{"ecr:CreateRepository", "ecr:DescribeRepositories"}, Resources: []string{s.arn("ecr", "repository/sst-asset")}, Why: "sst makes its repository of images", Option: "bootstrap"},
	}
}

// sstRoles lets sst make the app's roles, each with the boundary: a role that
// could make any role could do anything. Keys of conditions: Service
// Authorization Reference, IAM.
func sstRoles(s Settings) []Need {
	roles := []string{s.global("iam", "role/"+s.own())}
	return []Need{
		{
			Actions:   []string{"iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"},
			Resources: roles, When: only("StringEquals", "iam:PermissionsBoundary", s.boundary()), Why: "sst makes the app's roles, which the boundary caps",
		},
		{
			Actions: []string{
				"iam:DeleteRole", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
				"iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
			}, Resources: roles, Why: "sst keeps and removes the app's roles",
		},
		{Actions: []string{"iam:PassRole"}, Resources: roles, When: only("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"), Why: "sst gives them to functions and to nothing else"},
	}
}

func sstCode(s Settings) []Need {
	assets := bucket("sst-asset-*")
	return []Need{
		{
			Actions: []string{
				"lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
				"lambda:GetFunctionConfiguration", "lambda:GetPolicy", "lambda:ListTags", "lambda:ListVersionsByFunction", "lambda:PublishVersion", "lambda:PutFunctionConcurrency",
				"lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
			}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "sst deploys the functions",
		},
		{
			Actions:   []string{"s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"},
			Resources: []string{assets + "/*"}, Why: "sst hands zips to Lambda by its asset bucket",
		},
		{Actions: []string{"s3:ListBucket"}, Resources: []string{assets}, Why: "sst tells a missing zip from a denied one"},
		{
			Actions: []string{"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"},
			Resources: []string{
				s.arn("logs", "log-group:/aws/lambda/"+s.own()), s.arn("logs", "log-group:/aws/vendedlogs/apis/"+s.own()),
			}, Why: "sst makes the functions' and the API's log groups",
		},
		{Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}, Why: "sst looks whether a log group is there"},
	}
}

func sstData(s Settings) []Need {
	// An API's id is AWS's choice, so that its ARN cannot be known before.
	const api = "sst deploys the REST API and its domain"
	within := []string{s.gateway("/domainnames/*"), s.gateway("/restapis/*")}
	return []Need{
		{Actions: []string{"apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST"}, Resources: within, Why: api},
		{Actions: []string{"apigateway:GET", "apigateway:POST"}, Resources: []string{s.gateway("/domainnames"), s.gateway("/restapis")}, Why: api},
		{Actions: []string{"apigateway:PUT"}, Resources: []string{s.gateway("/restapis/*"), s.gateway("/tags/*")}, Why: api},
		{Actions: []string{"apigateway:DELETE", "apigateway:GET"}, Resources: []string{s.gateway("/tags/*")}, Why: api},
		{
			Actions: []string{
				"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
				"s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment",
				"s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
				"s3:PutBucketCORS", "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
				"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
			}, Resources: []string{bucket(strings.ToLower(s.own()))}, Why: "sst makes the app's buckets; their objects are the app's",
		},
	}
}

// service is what an app may use besides: what sst needs to deploy it, and what
// the app's own roles may then do with it.
type service struct{ deploy, run func(Settings) []Need }

// ServiceNames are the services that can be added.
func ServiceNames() []string { return slices.Sorted(maps.Keys(known)) }

// services are the needs of the chosen ones.
func services(s Settings, of func(service) func(Settings) []Need) []Need {
	var all []Need
	for _, n := range s.Services {
		if v, ok := known[n]; ok {
			all = append(all, of(v)(s)...)
		}
	}
	return all
}

// BoundaryOf is the policy that caps every role which sst makes: the most that
// the app's own code can ever do.
func BoundaryOf(s Settings) Policy {
	own := bucket(strings.ToLower(s.own()))
	return PolicyOf(append([]Need{
		{Actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{s.arn("logs", "log-group:/aws/lambda/"+s.own())}},
		{Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{own + "/*"}},
		{Actions: []string{"s3:ListBucket"}, Resources: []string{own}},
		{Actions: []string{"lambda:InvokeFunction"}, Resources: []string{s.arn("lambda", "function:"+s.own())}},
		{Actions: []string{"ssm:GetParameter", "ssm:GetParameters"}, Resources: []string{s.arn("ssm", "parameter/"+s.App+"/"+s.Stage+"/*")}},
		// X-Ray has no resources to scope by.
		{Actions: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resources: []string{"*"}},
	}, services(s, func(v service) func(Settings) []Need { return v.run })...))
}

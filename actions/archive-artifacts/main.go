// Command archive-artifacts is the action that keeps what was built and
// deployed, and proves and brings back what was kept.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

func main() { os.Exit(runner.Main(program())) }

// The commands.
const (
	cmdArchive   = "archive"
	cmdVerify    = "verify"
	cmdList      = "list"
	cmdFetch     = "fetch"
	cmdPrune     = "prune"
	cmdLifecycle = "lifecycle"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command                 *string
	bucket                  *string
	prefix                  *archive.Layout
	stage, release          *string
	project, config         *string
	root                    *string
	files                   *[]string
	standard                *bool
	state, diff, monitoring *string
	require                 *[]archive.Role
	commit                  *string
	into                    *string
	limit, keep             *int
	retention, undelete     *unit.Duration
	apply, legalHold        *bool
	role, region, endpoint  *string
	timeout                 *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command:    in.Choice("command", "What to do: archive a release, verify one by reading it again, list releases, fetch one into a folder, prune what no kept release needs, or print the bucket's lifecycle rule.", []string{cmdArchive, cmdVerify, cmdList, cmdFetch, cmdPrune, cmdLifecycle}),
		bucket:     in.String("bucket", "", "S3 bucket that holds the archive.", runner.Required()),
		prefix:     runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of all keys; archives with different prefixes know nothing of each other.", archive.ParseLayout),
		stage:      runner.Parsed(in, "stage", "", archive.StageSyntax, "SST stage that the release belongs to. archive needs it; after a build, before there is a stage, call it build. verify and fetch find a release in any stage.", archive.ParseStage),
		release:    runner.Parsed(in, "release", "", archive.NameSyntax, "Name of the release. verify and fetch need it; archive makes one of time, commit, run and attempt unless it is given.", archive.ParseName),
		project:    in.String("project", "", "Name of the project; overrides project of cutover.yaml. Without either it is the repository's name."),
		config:     in.String("config", "", "cutover.yaml to take project and region from; without it ./cutover.yaml is read if there is one."),
		root:       in.String("root", ".", "Folder of the SST app. Everything that is archived lies below it."),
		files:      in.Strings("file", "A further file or pattern to archive, with its role if it has one: "+archive.RuleSyntax+". One that matches nothing is an error unless it is optional."),
		standard:   in.Bool("standard", true, "Archive what SST and package managers leave: .sst/artifacts/*/code.zip, .sst/outputs.json, sst.config.ts, templates of SST v2, lockfiles."),
		state:      in.String("state", "", "Exported state (sst state export) below root. Its secrets are taken out before it leaves the machine."),
		diff:       in.String("diff", "", "Output of sst diff --json below root. Its secrets are taken out."),
		monitoring: in.String("monitoring", "", "Template of the monitoring stack below root."),
		require:    runner.Parsed(in, "require", "function,lockfile", "roles with commas between them, or none; roles: "+archive.RoleList(), "Roles of which the release must hold a file.", archive.ParseRequire),
		commit:     runner.Parsed(in, "commit", "", "a full SHA of 40 or 64 hex digits", "Commit that was built; inside Actions github.sha unless set.", archive.ParseCommit),
		into:       in.String("into", "", "Folder that fetch brings the release to. It is made if it is not there."),
		limit:      runner.Parsed(in, "limit", "20", "1 to 1000", "How many releases list shows.", parseCount),
		keep:       runner.Parsed(in, "keep", "10", "1 to 1000", "How many releases of each stage prune keeps however old they are.", parseCount),
		retention:  runner.Parsed(in, "retention", "90 days", unit.DurationSyntax.Allowed+", at least 1 day", "How long prune keeps every release.", parseRetention),
		undelete:   runner.Parsed(in, "undelete", "30 days", unit.DurationSyntax.Allowed+", at least 1 day", "How long the lifecycle rule keeps what was deleted from a versioned bucket.", parseRetention),
		apply:      in.Bool("apply", false, "Let prune delete and lifecycle write. Without it both only show what they would do."),
		legalHold:  in.Bool("legal-hold", false, "Put a legal hold on everything that the release consists of. Needs a bucket with object lock."),
		role:       in.String("role", "", oidc.RoleUsage),
		region:     in.String("region", "", "AWS region of the bucket; overrides AWS_REGION and region of cutover.yaml."),
		endpoint:   runner.Parsed(in, "endpoint-url", "", "http:// or https:// with a host", "Address of an S3-compatible server; overrides AWS_ENDPOINT_URL.", parseEndpoint),
		timeout:    in.Duration("timeout", 30*time.Minute, "How long it may take in all, repetitions included."),
	}
	return &runner.Program{
		Name:    "archive-artifacts",
		Summary: "Keeps everything that it takes to know a release and to bring it back, write-once in S3, and proves it.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "release", Usage: "Name of the release, for verify, fetch and rollback"},
			{Name: "manifest", Usage: "Address of its manifest: s3://bucket/key"},
			{Name: "files", Usage: "How many files it has"},
			{Name: "bytes", Usage: "Their size in bytes"},
			{Name: "stored-bytes", Usage: "How many bytes had to be stored, since nothing like them was there"},
			{Name: "verdict", Usage: "pass or fail"},
		},
		Run: values.run,
	}
}

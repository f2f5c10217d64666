// Package oidc lets a job be a role at AWS without a key that anybody stores:
// GitHub signs who the job is, AWS's STS gives a session for it, and both are
// asked again before they end, for as long as the process lives.
//
// The token lies in a file, since that is what every AWS SDK understands, also
// those within sst and Pulumi: each reads the file anew whenever its session
// ends. What has to be kept fresh is therefore the file alone.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Audience is what AWS's own tools ask tokens for.
const Audience = "sts.amazonaws.com"

// Options say who to be.
type Options struct {
	// RoleARN is the role, SessionName what CloudTrail calls the session; see
	// [SessionName].
	RoleARN, SessionName string
	// Region and Endpoint are of STS; empty ones are those of the environment,
	// AWS_ENDPOINT_URL included.
	Region, Endpoint string
	// RequestURL and RequestToken are the job's ACTIONS_ID_TOKEN_REQUEST_URL and
	// ACTIONS_ID_TOKEN_REQUEST_TOKEN.
	RequestURL, RequestToken string
	// Audience of the token, [Audience] unless set.
	Audience string
	// Folder is where the token's own folder is made: RUNNER_TEMP, which GitHub
	// wipes after the job. Empty is the system's.
	Folder string
	// Mask hears each token before anything else does; Note what is worth telling.
	Mask func(string)
	Note func(string, ...any)

	// first is before the second try of a request; tests have little patience.
	first time.Duration
}

// Identity is a token that is kept fresh in a file.
type Identity struct {
	o      Options
	folder string

	mu     sync.Mutex
	claims claims
	token  string

	stop context.CancelFunc
	done chan struct{}
}

var roleARN = pattern.New(`^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,576}$`)

// Keep asks GitHub for a token, writes it to a file that only this user can
// read, and renews it until Close. A cancelled ctx ends the first request only:
// whoever is cancelled still has to end in order, and needs AWS for it.
//
// Close removes the file. A process that is killed leaves one in Folder: it has
// expired within minutes, and GitHub wipes the folder with the job.
func Keep(ctx context.Context, o Options) (*Identity, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	i := &Identity{o: o, done: make(chan struct{})}
	if err := i.renew(ctx); err != nil {
		return nil, err
	}
	var err error
	if i.folder, err = os.MkdirTemp(o.Folder, "cutover-oidc-"); err != nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: "RUNNER_TEMP", What: "takes no folder for the job's token", Err: err}
	}
	if err := i.write(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(i.folder))
	}
	var keep context.Context
	keep, i.stop = context.WithCancel(context.WithoutCancel(ctx))
	go i.keep(keep)
	return i, nil
}

func (o *Options) complete() error {
	if o.Audience == "" {
		o.Audience = Audience
	}
	if o.Mask == nil {
		o.Mask = func(string) {}
	}
	if o.Note == nil {
		o.Note = func(string, ...any) {}
	}
	if o.first == 0 {
		o.first = time.Second
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"} {
		if o.Endpoint == "" {
			o.Endpoint = os.Getenv(name)
		}
	}
	if o.SessionName == "" {
		o.SessionName = SessionName("cutover")
	}
	if !roleARN.MatchString(o.RoleARN) {
		return &fault.Fault{Kind: fault.Input, Name: "role", What: "is no role", Got: o.RoleARN, Allowed: "an ARN such as arn:aws:iam::123456789012:role/cutover-lego-api-production-deploy", Next: "Take it from the outputs of the stack that cutover iam --template made."}
	}
	if o.RequestURL == "" || o.RequestToken == "" {
		return &fault.Fault{
			Kind: fault.Input, Name: "ACTIONS_ID_TOKEN_REQUEST_URL", What: "is not there, so that this job cannot prove who it is",
			Next: "Give the job permissions: id-token: write. Runs of forks never have it, and outside of Actions there is none: leave the role out there.",
		}
	}
	return nil
}

// strange is what a session's name may not hold; source: STS API reference,
// RoleSessionName.
var strange = pattern.New(`[^A-Za-z0-9_+=,.@-]+`)

// SessionName makes a session's name of a run: cutover-<run>-<attempt>.
// CloudTrail shows it beside each call.
func SessionName(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	name := strange.ReplaceAllString(strings.Join(parts, "-"), "-")
	if len(name) < 2 {
		name = "cutover"
	}
	return name[:min(len(name), 64)]
}

// File is where the token lies.
func (i *Identity) File() string { return filepath.Join(i.folder, "token") }

// Environment are the variables by which every AWS SDK becomes the role. In its
// chain of credentials the SDK for Go asks AWS's own STS whatever
// AWS_ENDPOINT_URL says, unless that of STS is named too; source: its
// config/config.go, where the endpoint is settled after the credentials.
func (i *Identity) Environment() []string {
	env := []string{"AWS_ROLE_ARN=" + i.o.RoleARN, "AWS_ROLE_SESSION_NAME=" + i.o.SessionName, "AWS_WEB_IDENTITY_TOKEN_FILE=" + i.File()}
	if i.o.Endpoint != "" {
		env = append(env, "AWS_ENDPOINT_URL_STS="+i.o.Endpoint)
	}
	return env
}

// Replaced are the variables that would have it be somebody else, and must go:
// SDKs look at keys before tokens, and some at profiles.
func Replaced() []string {
	return []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"}
}

// Enter makes this process, and every child that it starts from now on, the
// role. It must come before the first client of AWS is made.
func (i *Identity) Enter() error {
	var problems []error
	for _, name := range Replaced() {
		problems = append(problems, os.Unsetenv(name))
	}
	for _, entry := range i.Environment() {
		name, value, _ := strings.Cut(entry, "=")
		problems = append(problems, os.Setenv(name, value))
	}
	return errors.Join(problems...)
}

// Close ends the renewal and removes the file. It may be called twice.
func (i *Identity) Close() error {
	i.stop()
	<-i.done
	return os.RemoveAll(i.folder)
}

// renew gets a new token; what was there stays if that fails.
func (i *Identity) renew(ctx context.Context) error {
	token, err := i.o.ask(ctx)
	if err != nil {
		return err
	}
	i.o.Mask(token)
	c, err := parse(token)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.token, i.claims = token, c
	return nil
}

// write puts the token into its place at once: a reader sees the old or the new.
func (i *Identity) write() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	next := i.File() + ".next"
	err := os.WriteFile(next, []byte(i.token), 0o600)
	if err == nil {
		err = os.Rename(next, i.File())
	}
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "RUNNER_TEMP", What: "takes no file for the job's token", Err: err}
	}
	return nil
}

// keep renews the token when half of its life is over, so that there is as much
// time again for a GitHub that does not answer.
func (i *Identity) keep(ctx context.Context) {
	defer close(i.done)
	failed := 0
	for {
		wait := i.half()
		if failed > 0 {
			wait = min(i.o.first<<min(failed-1, 6), 30*time.Second)
		}
		// Never at the same time as others: many jobs begin together.
		if pause.For(ctx, wait/2+pause.Spread(wait/2)) != nil {
			return
		}
		err := i.renew(ctx)
		if err == nil {
			err = i.write()
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failed = 0
		default:
			if failed++; failed == 1 {
				i.o.Note("The job's token could not be renewed and is asked for again: %v", err)
			}
		}
	}
}

// half is half of the token's life, at least a pause.
func (i *Identity) half() time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	return max(i.claims.Life/2, i.o.first)
}

// Subject tells what GitHub says of the job, for errors and summaries. Neither
// is secret.
func (i *Identity) Subject() (sub, aud string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.claims.Subject, i.claims.Audience
}

func (i *Identity) String() string { return fmt.Sprintf("%s as %s", i.o.RoleARN, i.o.SessionName) }

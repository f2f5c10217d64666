package rollback

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Want is a function with the code that a release had in it.
type Want struct {
	// Component is its name in sst.config.ts, Name the one that Lambda knows.
	Component, Name string
	// SHA256 is that of its zip in hex, Size its bytes, Path its place in the release.
	SHA256 string
	Size   int64
	Path   string
	// What the code was built for.
	Handler, Runtime, Package string
	Architectures             []string
	// Publishes says that each deployment publishes a version, which callers use;
	// code that is put into the function does not reach those.
	Publishes bool
}

// State is as much of a state of SST's as a rollback needs.
type State struct {
	Functions []Want
	// Key is when the stage's key was made by which zips hold their secrets
	// encrypted; zero if it has none. A stage that was removed and made anew has
	// another, and cannot run the zips from before.
	Key time.Time
}

// What stands in a state; source: SST 4.17.1, platform/src/components/aws/
// function.ts: the zip's key is assets/<name>-code-<SHA-256 of the zip>.zip, the
// resource is called <name>Function, and one RandomBytes LambdaEncryptionKey is
// made for the stage.
const (
	functionType = "aws:lambda/function:Function"
	keyType      = "random:index/randomBytes:RandomBytes"
	keyName      = "LambdaEncryptionKey"
)

var zipKey = regexp.MustCompile(`-code-([0-9a-f]{64})\.zip$`)

type resource struct {
	URN     string    `json:"urn"`
	Type    string    `json:"type"`
	Created time.Time `json:"created"`
	// Delete marks what waits for its deletion after a replacement.
	Delete  bool            `json:"delete"`
	Outputs json.RawMessage `json:"outputs"`
}

// ParseState reads a state: what sst state export prints ({"stack", "latest"}),
// the state bucket's document ({"version": 3, "checkpoint": {"latest"}}), or an
// export of Pulumi's ({"version": 3, "deployment"}).
func ParseState(text []byte) (State, error) {
	type latest struct {
		Resources []resource `json:"resources"`
	}
	var doc struct {
		Latest     *latest `json:"latest"`
		Deployment *latest `json:"deployment"`
		Checkpoint *struct {
			Latest *latest `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return State{}, fmt.Errorf("is no state of SST's: %w", err)
	}
	var s State
	at := doc.Latest
	switch {
	case at != nil:
	case doc.Deployment != nil:
		at = doc.Deployment
	case doc.Checkpoint != nil:
		if at = doc.Checkpoint.Latest; at == nil {
			return s, nil // a stage in which nothing stands
		}
	default:
		return s, errors.New("is no state of SST's: it has neither latest nor checkpoint nor deployment")
	}
	for _, r := range at.Resources {
		if err := s.take(r); err != nil {
			return State{}, err
		}
	}
	slices.SortFunc(s.Functions, func(a, b Want) int { return strings.Compare(a.Name, b.Name) })
	return s, nil
}

func (s *State) take(r resource) error {
	name := r.URN[strings.LastIndexByte(r.URN, ':')+1:]
	switch {
	case r.Delete:
		return nil
	case r.Type == keyType && name == keyName:
		s.Key = r.Created
		return nil
	case r.Type != functionType || len(r.Outputs) == 0:
		return nil
	}
	var o struct {
		Name          string   `json:"name"`
		S3Key         string   `json:"s3Key"`
		Handler       string   `json:"handler"`
		Runtime       string   `json:"runtime"`
		Package       string   `json:"packageType"`
		Architectures []string `json:"architectures"`
		Publish       bool     `json:"publish"`
	}
	if err := json.Unmarshal(r.Outputs, &o); err != nil {
		return fmt.Errorf("is no state of SST's: the outputs of %s: %w", name, err)
	}
	if o.Name == "" {
		return nil // not made yet
	}
	w := Want{Component: strings.TrimSuffix(name, "Function"), Name: o.Name, Handler: o.Handler, Runtime: o.Runtime, Package: o.Package, Architectures: o.Architectures, Publishes: o.Publish}
	if m := zipKey.FindStringSubmatch(o.S3Key); m != nil {
		w.SHA256 = m[1]
	}
	s.Functions = append(s.Functions, w)
	return nil
}

// differs says in what a live function is not what the code was built for, ""
// if in nothing: then the code alone may be put back.
func (w Want) differs(f Function) string {
	if w.Package == "" {
		w.Package = "Zip"
	}
	if len(w.Architectures) == 0 {
		w.Architectures = []string{"x86_64"} // Lambda's default
	}
	switch {
	case w.Publishes:
		return "its callers use published versions"
	case w.Package != f.Package:
		return fmt.Sprintf("its package was %s and is %s", w.Package, f.Package)
	case w.Handler != f.Handler:
		return fmt.Sprintf("its handler was %s and is %s", w.Handler, f.Handler)
	case w.Runtime != f.Runtime:
		return fmt.Sprintf("its runtime was %s and is %s", w.Runtime, f.Runtime)
	case !slices.Equal(w.Architectures, f.Architectures):
		return fmt.Sprintf("its architecture was %s and is %s", strings.Join(w.Architectures, ", "), strings.Join(f.Architectures, ", "))
	}
	return ""
}

package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// Rollout is what a stage's rollout keeps in a bucket: its state, its log, and
// what people were told. Every write is conditional, so that of two programs
// that write at once one is refused. It implements rollout.Store, rollout.Log,
// rollout.History and rollout.Salvage.
type Rollout struct {
	bucket, folder string
	client         *s3.Client
}

var (
	_ rollout.Store   = (*Rollout)(nil)
	_ rollout.Log     = (*Rollout)(nil)
	_ rollout.History = (*Rollout)(nil)
	_ rollout.Salvage = (*Rollout)(nil)
)

// OpenRollout makes the store of a stage with the credentials that the AWS SDK
// finds; nothing is called yet. Retries are the SDK's own.
func OpenRollout(ctx context.Context, bucket, prefix, stage string, o Options) (*Rollout, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Rollout{bucket: bucket, folder: path.Dir(rollout.StateKey(prefix, stage)), client: client}, nil
}

func (r *Rollout) at(name string) Location { return Location{r.bucket, r.folder + "/" + name} }

// stateName is the last part of rollout.StateKey.
const stateName = "state.json"

// stamped is a state as it is stored: with a word of its own in it, which differs
// from write to write. S3's ETag is a digest of the content, so that without it a
// state that comes back to an older content would have the older version, and a
// program that read that one long ago could write over it. It also tells a lost
// answer's write from that of somebody else who decided the same.
func stamped(state any) (text []byte, mine func(there []byte) bool, err error) {
	if text, err = json.Marshal(state); err != nil {
		return nil, nil, err
	}
	word := rand.Text()
	// A state is a JSON object with members, always.
	text = append([]byte(`{"save":"`+word+`",`), text[1:]...)
	return text, func(there []byte) bool {
		var s struct {
			Save string `json:"save"`
		}
		return json.Unmarshal(there, &s) == nil && s.Save == word
	}, nil
}

// replace writes a state where nobody else has since version was read; errElse
// says that somebody has.
func (r *Rollout) replace(ctx context.Context, state any, most int, version rollout.Version) (rollout.Version, error) {
	at := r.at(stateName)
	text, mine, err := stamped(state)
	if err != nil {
		return "", &fault.Fault{Kind: fault.Refused, Name: at.String(), What: "the state cannot be encoded", Err: err}
	}
	if len(text) > most {
		return "", &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("the state has %d bytes", len(text)), Allowed: fmt.Sprintf("at most %d", most)}
	}
	return r.write(ctx, at, text, version, mine)
}

// Load implements rollout.Store. A document that is none is
// rollout.ErrUnreadable and comes with its version; one that another version of
// cutover may have written is refused.
func (r *Rollout) Load(ctx context.Context) (rollout.State, rollout.Version, error) {
	at := r.at(stateName)
	text, version, err := r.read(ctx, at, rollout.MostState)
	if errors.Is(err, ErrNotFound) {
		return rollout.State{}, "", rollout.ErrNone
	}
	if err != nil {
		return rollout.State{}, "", err
	}
	s, err := rollout.ParseState(text)
	if err == nil {
		return s, version, nil
	}
	var head struct {
		Format int `json:"format"`
	}
	if json.Unmarshal(text, &head) == nil && head.Format != 0 {
		return rollout.State{}, "", &fault.Fault{
			Kind: fault.Refused, Name: at.String(), What: "was not written by this version of cutover, so it is neither used nor replaced", Err: err, Allowed: "format 1 and its steps",
			Next: "Use the version of cutover that began this rollout. If somebody edited the object, bring back its last version in the bucket.",
		}
	}
	return rollout.State{}, version, &fault.Fault{
		Kind: fault.Outside, Name: at.String(), What: "is no state of a rollout", Err: fmt.Errorf("%w: %w", rollout.ErrUnreadable, err),
		Next: "A tick rebuilds it from the log, and keeps this one beside it.",
	}
}

// Save implements rollout.Store.
func (r *Rollout) Save(ctx context.Context, s rollout.State, version rollout.Version) (rollout.Version, error) {
	next, err := r.replace(ctx, s, rollout.MostState, version)
	if errors.Is(err, errElse) {
		return "", rollout.ErrConflict
	}
	return next, err
}

// SetAside implements rollout.Salvage: it copies what stands where the state
// belongs, as long as it is still that version.
func (r *Rollout) SetAside(ctx context.Context, version rollout.Version) error {
	text, stands, err := r.read(ctx, r.at(stateName), rollout.MostState)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && stands != version:
		return rollout.ErrConflict
	case err != nil:
		return err
	}
	_, err = r.write(ctx, r.at("aside/"+digestName(text)+".json"), text, "", func(there []byte) bool { return bytes.Equal(there, text) })
	return err
}

// errElse says that a conditional write was refused because of somebody else's.
var errElse = errors.New("somebody else wrote it")

// write replaces the object of that version, or makes it where version is
// empty. It is errElse where the object is another one by now. mine says
// whether what stands there is what was to be written: a write may arrive
// although its answer is lost, and is then refused when it is repeated.
func (r *Rollout) write(ctx context.Context, at Location, text []byte, version rollout.Version, mine func(there []byte) bool) (rollout.Version, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	input := &s3.PutObjectInput{Bucket: &at.Bucket, Key: &at.Key, ContentType: aws.String("application/json"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256}
	if version == "" {
		input.IfNoneMatch = aws.String("*")
	} else {
		input.IfMatch = aws.String(string(version))
	}
	var err error
	for try := range conflicts {
		input.Body = bytes.NewReader(text)
		var out *s3.PutObjectOutput
		if out, err = r.client.PutObject(ctx, input); err == nil {
			return rollout.Version(aws.ToString(out.ETag)), nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if _, conflict := refusal(err); !conflict {
			break
		}
		// Another write to the object is under way; S3 asks to send this one again.
		if err := between.Wait(ctx, try+1); err != nil {
			return "", err
		}
	}
	exists, conflict := refusal(err)
	elsewhere := exists || conflict || version != "" && gone(err)
	if unclear := statusOf(err) == 0 || statusOf(err) >= 500; !elsewhere && !unclear {
		return "", failed("writing", at, err)
	}
	there, stands, readErr := r.read(ctx, at, int64(len(text))+rollout.MostState)
	switch {
	case readErr == nil && mine(there):
		return stands, nil
	case elsewhere && (readErr == nil || errors.Is(readErr, ErrNotFound)):
		return "", errElse
	case elsewhere:
		return "", readErr // whether it is ours cannot be said
	}
	return "", failed("writing", at, err)
}

// errSlow is why a call with all its retries is given up.
var errSlow = &fault.Fault{Kind: fault.Outside, Name: "S3", What: "did not answer within " + within.String(), Next: "The next tick tries again."}

// gone says that the object which a condition was about is not there any more.
func gone(err error) bool {
	var none *types.NoSuchKey
	return errors.As(err, &none) || codeOf(err) == "NoSuchKey"
}

// bodies is how often a body that breaks off is asked for again; the SDK
// repeats only what fails before it.
const bodies = 3

// read returns a whole object and its version.
func (r *Rollout) read(ctx context.Context, at Location, most int64) ([]byte, rollout.Version, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	var err error
	for try := range bodies {
		var text []byte
		var version rollout.Version
		var again bool
		if text, version, again, err = r.readOnce(ctx, at, most); err == nil || !again {
			return text, version, err
		}
		if err := between.Wait(ctx, try+1); err != nil {
			return nil, "", err
		}
	}
	return nil, "", failed("reading", at, err)
}

func (r *Rollout) readOnce(ctx context.Context, at Location, most int64) (text []byte, version rollout.Version, again bool, err error) {
	out, err := r.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, ChecksumMode: types.ChecksumModeEnabled})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, "", false, context.Cause(ctx)
	case err != nil && gone(err):
		return nil, "", false, fmt.Errorf("%s: %w", at, ErrNotFound)
	case err != nil:
		return nil, "", false, failed("reading", at, err)
	}
	defer func() { _ = out.Body.Close() }() // read to its end
	text, err = io.ReadAll(io.LimitReader(out.Body, most+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, "", false, context.Cause(ctx)
	case err != nil:
		return nil, "", true, err
	case int64(len(text)) > most:
		return nil, "", false, &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("is larger than %d bytes", most), Next: "cutover never writes one so large: look at the bucket's versions for who did."}
	}
	return text, rollout.Version(aws.ToString(out.ETag)), false, nil
}

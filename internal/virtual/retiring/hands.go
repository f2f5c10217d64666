package retiring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// kit is the restore kit: every thing of the account with its references.
type kit struct {
	Plan   string
	Things []legacy.Thing
	Refs   []legacy.Ref
}

func (k *kit) hash() string {
	text, _ := json.Marshal(k) // strings, numbers and times: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (k *kit) thing(arn string) (*legacy.Thing, []legacy.Ref, bool) {
	var refs []legacy.Ref
	for _, r := range k.Refs {
		if r.From == arn {
			refs = append(refs, r)
		}
	}
	for _, t := range k.Things {
		if t.ARN == arn {
			return &t, refs, true
		}
	}
	return nil, nil, false
}

var errChanged = errors.New("it was changed since the plan was made")

// Do implements retire.Hands.
func (r *room) Do(_ context.Context, a retire.Action) error {
	defer r.killer.around(string(a.Verb) + " " + a.ARN)()
	r.account.Advance(2 * time.Second)
	switch a.Verb {
	case retire.Freeze, retire.Thaw:
		r.frozen = a.Verb == retire.Freeze
	case retire.MuteVerdict, retire.SoundVerdict:
		r.verdictOff = a.Verb == retire.MuteVerdict
	case retire.SaveKit:
		r.kit = &kit{Plan: a.Args["plan_sha256"], Things: r.account.Things(), Refs: r.account.Refs()}
	case retire.ArchiveImage:
		r.archive(a.ARN)
	case retire.WriteDocs:
		r.pull, r.retro = "https://github.com/example/lego-api/pull/214", "docs/retrospective-ecs.md"
	case retire.RemoveRecord, retire.AddRecord, retire.MakeSimple, retire.MakeWeighted:
		return r.records(a)
	case retire.LockScaling:
		return r.account.Bind(a.ARN, 0, 0, true)
	case retire.FreeScaling:
		least, err := strconv.Atoi(a.Args[estate.Min])
		most, err2 := strconv.Atoi(a.Args[estate.Max])
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		return r.account.Bind(a.ARN, least, most, a.Args[estate.Suspended] == "true")
	case retire.Scale:
		desired, err := strconv.Atoi(a.Args[estate.Desired])
		if err != nil {
			return err
		}
		return r.account.SetDesired(a.ARN, desired)
	case retire.Lift, retire.Protect:
		return r.account.Protect(a.ARN, a.Verb == retire.Protect)
	case retire.Delete, retire.DeleteStack:
		if t, there := r.account.Thing(a.ARN); there && a.Print != "" && printOf(t) != a.Print {
			return errChanged
		}
		return r.account.Delete(a.ARN)
	default:
		return fmt.Errorf("nobody knows the verb %s", a.Verb)
	}
	return nil
}

// archive writes down every image of a repository.
func (r *room) archive(repository string) {
	var images []string
	for _, t := range r.account.Things() {
		if digest, ok := strings.CutPrefix(t.ARN, repository+"@"); ok && t.Type == legacy.Image {
			images = append(images, digest)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(images, "\n")))
	r.archives[repository] = retire.Archive{IndexSHA256: hex.EncodeToString(sum[:]), Verified: r.account.Now(), Images: images}
}

// records changes DNS, in one batch.
func (r *room) records(a retire.Action) error {
	var batch []legacy.RecordChange
	for _, arn := range slices.Concat([]string{a.ARN}, a.With) {
		t, there := r.account.Thing(arn)
		switch a.Verb {
		case retire.RemoveRecord:
			if !there {
				continue
			}
			if printOf(t) != a.Print {
				return errChanged
			}
			batch = append(batch, legacy.RecordChange{Delete: arn})
		case retire.AddRecord:
			if !there {
				batch = append(batch, r.again(arn)...)
			}
		case retire.MakeSimple:
			if there {
				batch = append(batch, legacy.RecordChange{Delete: arn}, legacy.RecordChange{Create: plain(t)})
			}
		case retire.MakeWeighted:
			if !there {
				batch = append(batch, legacy.RecordChange{Delete: simple(arn)})
				batch = append(batch, r.again(arn)...)
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return r.account.ChangeRecords(batch)
}

// again creates a record as the kit has it.
func (r *room) again(arn string) []legacy.RecordChange {
	if r.kit == nil {
		return nil
	}
	t, refs, ok := r.kit.thing(arn)
	if !ok {
		return nil
	}
	return []legacy.RecordChange{{Create: t, Refs: refs}}
}

// simple is what the record is called without its set identifier.
func simple(arn string) string { return arn[:strings.LastIndexByte(arn, '/')+1] }

// plain makes a simple alias of a weighted record.
func plain(t legacy.Thing) *legacy.Thing {
	t.ARN = simple(t.ARN)
	delete(t.Config, "weight")
	delete(t.Config, "check")
	return &t
}

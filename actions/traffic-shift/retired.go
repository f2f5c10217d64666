package main

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// mostMarks bounds the question to the retirement: a way back does not wait for it.
const mostMarks = 5 * time.Second

// retiring asks what decommission has told others. Two programs that both know how
// large blue is to be would fight: from the moment on at which it is frozen, blue is
// the retirement's. Where that cannot be read it goes on as if there was none, and
// says so.
func (w *work) retiring(ctx context.Context) (s3.Marks, []string) {
	within, cancel := context.WithTimeout(ctx, mostMarks)
	defer cancel()
	m, err := s3.RetirementOf(w.store, w.in.prefix.String(), w.stage).Marks(within)
	if err != nil {
		return s3.Marks{}, []string{"whether ECS is being taken out of service: " + err.Error()}
	}
	return m, nil
}

// muted holds what the marks say of the verdict against the record. ECS is retired
// once the record is a simple one, and then alone does the verdict end: a mark that
// somebody has written while users are on a weighted pair would have nobody watch
// green, and take away the way back. So it is not believed.
func (w *work) muted(ctx context.Context, marks s3.Marks) (bool, []string) {
	if marks.VerdictOff.IsZero() {
		return false, nil
	}
	within, cancel := context.WithTimeout(ctx, mostMarks)
	defer cancel()
	sets, err := w.zone.Sets(within)
	if err != nil {
		return false, []string{"whether the record is a simple one, as the mark says that ends the verdict: " + err.Error()}
	}
	if kind := prepare.Of(w.file.Project, w.traffic).Look(sets).Kind; kind != prepare.Simple {
		return false, []string{"the mark that ends the verdict is not believed: the record is no simple one. Find out who wrote retire/" + w.stage + "/marks.json; decommission with the command status shows how it stands"}
	}
	return true, nil
}

// retired is a tick of a stage whose old side is retired, so far that the record is a
// simple one: nothing watches the verdict metric any more, and there is no weight to
// shift. It publishes nothing, changes nothing, and says so. Only finish goes on: it
// ends the rollout.
func (w *work) retired(ctx context.Context, since time.Time, order *rollout.Order) (rollout.Outcome, error) {
	w.note("ECS is retired: since %s the record is a simple one, and the verdict metric has ended. There is nothing to shift or to watch any more; finish ends the rollout.", since.UTC().Format(time.RFC3339))
	if order != nil {
		return rollout.Outcome{}, &fault.Fault{
			Kind: fault.Refused, Name: *w.in.command, What: "is not possible any more: ECS of this stage is being taken out of service, and its record is a simple one since " + since.UTC().Format(time.RFC3339),
			Next: "To have ECS back: decommission.yml with the command abort, as long as nothing is deleted; then rollback.",
		}
	}
	state, _, err := w.store.Load(ctx)
	if err != nil && !errors.Is(err, rollout.ErrNone) {
		return rollout.Outcome{}, err
	}
	out := rollout.Outcome{Decision: rollout.Decision{State: state, Action: rollout.Wait}}
	w.take(out)
	return out, nil
}

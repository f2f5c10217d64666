package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/rollout/prepare/owned"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// noTerraform is what the input terraform says where nobody uses it.
const noTerraform = "none"

// owns asks everybody who may have made the record.
func (w *work) owns(ctx context.Context, r prepare.Record) prepare.Owner {
	return func(context.Context, prepare.Record, []prepare.Set) (string, error) {
		stacks, err := cloudformation.Open(ctx, w.region)
		if err != nil {
			return "", err
		}
		if stack, err := stacks.Owner(ctx, r.Name); err != nil {
			return "", err
		} else if stack != "" {
			return "CloudFormation stack " + stack, nil
		}
		if mine, err := w.sstOwns(ctx, r.Name); err != nil {
			return "", err
		} else if mine {
			return "SST", nil
		}
		if f := *w.in.terraform; f != "" && f != noTerraform {
			text, err := readFile(f)
			if err != nil {
				return "", err
			}
			mine, err := owned.Terraform(text, r.Name)
			if err != nil {
				return "", &fault.Fault{Kind: fault.Input, Name: "terraform", What: "cannot be read", Got: f, Err: err, Next: "Give the output of terraform state pull."}
			}
			if mine {
				return "Terraform", nil
			}
		}
		return "", nil
	}
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > owned.Most {
		err = fmt.Errorf("it has %d bytes, and %d are read", info.Size(), owned.Most)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: path, What: "cannot be read", Err: err}
	}
	return text, nil
}

// sstOwns looks into SST's state of the stage.
func (w *work) sstOwns(ctx context.Context, name string) (bool, error) {
	bucket := *w.in.stateBucket
	if bucket == "" {
		var err error
		if bucket, err = ssm.StateBucket(ctx, w.region); errors.Is(err, ssm.ErrNoBootstrap) {
			return false, nil // SST was never used here
		} else if err != nil {
			return false, err
		}
	}
	store, err := ssts3.Open(ctx, w.region, bucket)
	if err != nil {
		return false, err
	}
	app := w.file.AppName(*w.in.app)
	state, err := store.Get(ctx, deploy.Target{App: app, Stage: w.stage}.StateKey(), owned.Most)
	if errors.Is(err, deploy.ErrNoObject) {
		w.note("SST has no state of %s in %s: it owns nothing there. Look at the input app if it should.", app, w.stage)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mine, err := owned.SST(state.Text, name)
	if err != nil {
		return false, &fault.Fault{Kind: fault.Outside, Name: "SST's state", What: "cannot be read", Err: err}
	}
	return mine, nil
}

// ownerRow says who was asked.
func (w *work) ownerRow(whose string) row {
	switch {
	case whose != "":
		return row{Verdict: verdict.Fail, Found: "the record belongs to " + whose, Next: "The row above says how it is taken over."}
	case *w.in.terraform == "":
		return row{Verdict: verdict.Inconclusive, Found: "neither CloudFormation nor SST has the record; Terraform was not asked", Next: "Give terraform: none, or a file with the output of terraform state pull."}
	}
	return row{Verdict: verdict.Pass, Found: "neither CloudFormation nor SST nor Terraform has the record"}
}

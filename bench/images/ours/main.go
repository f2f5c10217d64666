// Command ours archives, verifies or restores one repository, for the benchmark of
// images: what the action does, without its inputs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: ours archive|verify|restore registry repository prefix")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	r, err := registry.Open(args[1], args[2], nil, registry.Options{Push: args[0] == "restore"})
	if err != nil {
		return err
	}
	shelf, err := s3.OpenShelf(ctx, "bench", s3.Options{})
	if err != nil {
		return err
	}
	layout, err := image.ParseLayout(args[3], "lego-api")
	if err != nil {
		return err
	}
	var result any
	switch args[0] {
	case "archive":
		result, err = image.Archive(ctx, image.Source{Catalog: r, Content: r}, shelf, image.Options{Layout: layout, Wait: wait})
	case "verify":
		var report image.Report
		if report, err = image.Verify(ctx, shelf, layout, image.Check{Deep: true}); err == nil && !report.Sound() {
			err = fmt.Errorf("%d contents are damaged", len(report.Damaged))
		}
		result = report
	case "restore":
		result, err = image.Restore(ctx, shelf, layout, r, image.Back{Wait: wait})
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

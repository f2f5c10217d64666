package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
)

// mostFile bounds what is read of a file.
const mostFile = 64 << 20

// spent is what was spent, by the file that was named, else by the bucket and Cost
// Explorer.
func (w *work) spent(ctx context.Context) (spend.Daily, error) {
	if *w.in.data != "" {
		text, err := readFile("data", *w.in.data)
		if err != nil {
			return spend.Daily{}, err
		}
		return spend.Parse(*w.in.data, text)
	}
	costs, err := costexplorer.Open(ctx)
	if err != nil {
		return spend.Daily{}, err
	}
	said := func(text string) { w.s.Notef("%s", text) }
	today := spend.Midnight(w.now)
	from := today.AddDate(0, 0, -*w.in.days)
	// The month before as a whole is what the month now is compared with.
	if first := time.Date(today.Year(), today.Month()-1, 1, 0, 0, 0, 0, time.UTC); first.Before(from) && *w.in.command == cmdReview {
		from = first
	}
	if *w.in.bucket == "" {
		w.note("No bucket keeps what was told: the same days are paid for again the next time.")
		return costs.Daily(ctx, from, today, w.wanted(), said)
	}
	days, err := s3.OpenDays(ctx, *w.in.bucket, w.in.prefix.String(), s3.Options{Region: w.region})
	if err != nil {
		return spend.Daily{}, err
	}
	return spend.Ledger{Store: days, Costs: costs, Stage: *w.in.stage, Tags: w.wanted()}.Daily(ctx, from, today, w.now, said)
}

// readFile reads a file that an input names.
func readFile(input, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: err, Next: "Look at the path; it is seen from the folder that the step works in."}
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: err}
	}
	if len(text) > mostFile {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "is larger than 64 MiB", Got: path}
	}
	return text, nil
}

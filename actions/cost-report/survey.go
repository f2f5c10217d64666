package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ec2"
	"github.com/cutover-dev/cutover/internal/adapter/aws/elasticache"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/datastore"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/unit"
)

// mostScan is what reading the functions' own lines may cost in one run.
const mostScan = unit.Dollar

// survey reads what runs and how it was used. What is refused is named, and no
// advice is given on it: an empty list would look like nothing there.
func (w *work) survey(ctx context.Context) (recommend.Estate, error) {
	end := w.now.Truncate(time.Hour)
	e := recommend.Estate{Region: w.region, From: end.Add(-lookedAt), To: end, Unread: []recommend.Unread{}}
	vpcs, groups, err := w.ownFunctions(ctx, &e)
	if err != nil {
		return e, err
	}
	for _, step := range []func(context.Context, *recommend.Estate) error{w.stores, w.reserved, w.buckets} {
		if err := step(ctx, &e); err != nil {
			return e, err
		}
	}
	if err := w.gateways(ctx, &e, vpcs); err != nil {
		return e, err
	}
	used, err := cloudwatch.OpenEstate(ctx, w.region)
	if err != nil {
		return e, err
	}
	w.s.Notef("Reading how it was used from %s to %s.", e.From.Format(time.DateOnly), e.To.Format(time.DateOnly))
	used.Fill(ctx, &e)
	return e, w.reports(ctx, &e, groups)
}

// ownFunctions are the stage's, with the networks that they are in and their log
// groups.
func (w *work) ownFunctions(ctx context.Context, e *recommend.Estate) (vpcs []string, groups map[string]string, err error) {
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, nil, err
	}
	functions, err := lambda.Open(ctx, w.region, "")
	if err != nil {
		return nil, nil, err
	}
	app := w.file.AppName(*w.in.app)
	found, _, err := discover.Find(ctx, discover.Ports{Tags: discover.OnlyFunctions(tags, nil), Functions: functions}, discover.Request{App: app, Project: w.file.Project, Stage: *w.in.stage, Region: w.region})
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, f := range found.Functions {
		names = append(names, f.Name)
	}
	w.s.Notef("%d functions.", len(names))
	seen := functions.Estate(ctx, names)
	e.Functions, e.Unread = seen.Functions, append(e.Unread, seen.Unread...)
	kept, err := logs.Open(ctx, w.region)
	if err != nil {
		return nil, nil, err
	}
	var list []string
	for _, f := range e.Functions {
		if seen.Groups[f.Name] == "" {
			seen.Groups[f.Name] = "/aws/lambda/" + f.Name
		}
		list = append(list, seen.Groups[f.Name])
	}
	slices.Sort(list)
	var unread []recommend.Unread
	e.LogGroups, unread = kept.Kept(ctx, slices.Compact(list))
	e.Unread = append(e.Unread, unread...)
	return seen.VPCs, seen.Groups, nil
}

// reports are the functions' runs, out of their own lines.
func (w *work) reports(ctx context.Context, e *recommend.Estate, groups map[string]string) error {
	client, err := logs.Open(ctx, w.region)
	if err != nil {
		return err
	}
	known := map[string]recommend.LogGroup{}
	for _, f := range e.Functions {
		for _, g := range e.LogGroups {
			if g.Name == groups[f.Name] {
				known[f.Name] = g
			}
		}
	}
	runs, fee, unread := client.Reports(ctx, known, e.From, e.To, mostScan, func(text string) { w.s.Notef("%s", text) })
	for i, f := range e.Functions {
		e.Functions[i].Runs = append([]recommend.Runs{}, runs[f.Name]...)
	}
	e.Fee += fee
	e.Unread = append(e.Unread, unread...)
	return nil
}

// named are the datastores that cutover.yaml names for the stage.
func (w *work) datastores() datastore.Settings {
	if w.file.Datastores == nil {
		return datastore.Settings{}
	}
	return w.file.Datastores.For(*w.in.stage)
}

// stores are database and cache.
func (w *work) stores(ctx context.Context, e *recommend.Estate) error {
	d := w.datastores()
	if d.RDS != nil {
		client, err := rds.Open(ctx, w.region)
		if err != nil {
			return err
		}
		var unread []recommend.Unread
		e.Databases, unread = client.Estate(ctx, []string{d.RDS.Instance})
		e.Unread = append(e.Unread, unread...)
	}
	if d.Redis != nil && d.Redis.Kind == "node" {
		client, err := elasticache.Open(ctx, w.region)
		if err != nil {
			return err
		}
		var unread []recommend.Unread
		e.Caches, unread = client.Estate(ctx, []string{d.Redis.ID})
		e.Unread = append(e.Unread, unread...)
	}
	return nil
}

// reserved are what the account has reserved already, and what AWS offers.
func (w *work) reserved(ctx context.Context, e *recommend.Estate) error {
	e.Reservations, e.Offers = map[string]int{}, map[string]price.Rate{}
	databases, err := rds.Open(ctx, w.region)
	if err != nil {
		return err
	}
	caches, err := elasticache.Open(ctx, w.region)
	if err != nil {
		return err
	}
	var kinds []string
	for _, c := range e.Caches {
		kinds = append(kinds, c.Type)
	}
	if len(e.Databases) > 0 {
		counts, err := databases.Reserved(ctx)
		merge(e, e.Reservations, counts, "reservations", err)
		offers, err := databases.Offers(ctx, e.Databases)
		merge(e, e.Offers, offers, "offers", err)
	}
	if len(kinds) > 0 {
		counts, err := caches.Reserved(ctx)
		merge(e, e.Reservations, counts, "reservations", err)
		offers, err := caches.Offers(ctx, kinds)
		merge(e, e.Offers, offers, "offers", err)
	}
	return nil
}

// merge adds what was read, or says that it could not be.
func merge[T any](e *recommend.Estate, to, from map[string]T, what string, err error) {
	if err != nil {
		e.Unread = append(e.Unread, recommend.Unread{What: what, Why: fmt.Sprint(err)})
		return
	}
	for k, v := range from {
		to[k] = v
	}
}

func (w *work) buckets(ctx context.Context, e *recommend.Estate) error {
	client, err := s3.OpenEstate(ctx, s3.Options{Region: w.region})
	if err != nil {
		return err
	}
	var unread []recommend.Unread
	e.Buckets, unread = client.Buckets(ctx, w.datastores().Buckets)
	e.Unread = append(e.Unread, unread...)
	return nil
}

func (w *work) gateways(ctx context.Context, e *recommend.Estate, vpcs []string) error {
	if len(vpcs) == 0 {
		return nil // functions without a network have no gateway
	}
	client, err := ec2.Open(ctx, w.region)
	if err != nil {
		return err
	}
	if e.Gateways, err = client.Gateways(ctx, vpcs); err != nil {
		e.Unread = append(e.Unread, recommend.Unread{What: "gateways", Why: err.Error()})
	}
	return nil
}

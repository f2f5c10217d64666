package discover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// atOnce is how many functions are asked for at the same time: Lambda answers
// 100 reads a second, and a deployment next door wants some of them.
const atOnce = 8

// search is one search.
type search struct {
	Ports
	Request
	all   []parsed
	out   monitoring.Inventory
	notes Notes
}

// Find finds what a deployed stage consists of. A stage in which nothing carries
// its tags is an error: watching nothing would look like all is well.
func Find(ctx context.Context, p Ports, r Request) (monitoring.Inventory, Notes, error) {
	s := &search{Ports: p, Request: r, notes: Notes{LeftOut: []string{}, Unsaid: []string{}}}
	s.out = monitoring.Inventory{Version: monitoring.InventoryVersion, Stage: r.Stage, Region: r.Region}
	for _, step := range []func(context.Context) error{s.tagged, s.functions, s.gateways, s.databases, s.caches} {
		if err := step(ctx); err != nil {
			return monitoring.Inventory{}, s.notes, err
		}
	}
	s.rest()
	// Whatever reads it later holds it to the same rules.
	text, err := json.Marshal(s.out)
	if err != nil {
		return monitoring.Inventory{}, s.notes, err
	}
	found, err := monitoring.ParseInventory("what was found", text)
	return found, s.notes, err
}

// tagged finds everything with the stage's tags: SST's (source: sst,
// platform/src/components and cmd: default tags sst:app and sst:stage on every
// resource that takes tags), and those that cutover asks for.
func (s *search) tagged(ctx context.Context) error {
	seen := map[string]bool{}
	for _, tags := range []map[string]string{{"sst:app": s.App, "sst:stage": s.Stage}, {"Project": s.Project, "Environment": s.Stage}} {
		found, err := s.Tags.Resources(ctx, tags)
		if err != nil {
			return err
		}
		for _, r := range found {
			if p, ok := parse(r); ok && !seen[r.ARN] {
				seen[r.ARN] = true
				s.all = append(s.all, p)
			}
		}
	}
	if s.notes.Found = len(s.all); s.notes.Found == 0 {
		return &fault.Fault{
			Kind: fault.Input, Name: "stage", What: fmt.Sprintf("has no resource with the tags sst:app=%s and sst:stage=%s, or Project=%s and Environment=%s", s.App, s.Stage, s.Project, s.Stage), Got: s.Stage,
			Next: "Deploy the application first, and look at the region; or give --inventory.",
		}
	}
	return nil
}

func (s *search) functions(ctx context.Context) error {
	all := only(s.all, "lambda", "function")
	seen := make([]*Function, len(all))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var mu sync.Mutex
	done := 0
	for i, p := range all {
		group.Go(func() error {
			f, err := s.Functions.Configuration(within, p.name)
			if err != nil && !errors.Is(err, ErrGone) {
				return err
			}
			if err == nil {
				seen[i] = &f
			}
			mu.Lock()
			defer mu.Unlock()
			if done++; s.Told != nil {
				s.Told(done, len(all))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, p := range all {
		if seen[i] == nil {
			s.notes.LeftOut = append(s.notes.LeftOut, p.name+": it is gone, and its tags are not yet")
			continue
		}
		if why := helper(p.name, p.Tags, *seen[i]); why != "" {
			s.notes.LeftOut = append(s.notes.LeftOut, p.name+": "+why)
			continue
		}
		f := monitoring.Function{Name: p.name, MemoryMB: seen[i].MemoryMB, TimeoutSeconds: seen[i].TimeoutSeconds, Architecture: seen[i].Architecture}
		if f.LogGroup = seen[i].LogGroup; f.LogGroup == "/aws/lambda/"+p.name {
			f.LogGroup = ""
		}
		f.LogFormat = map[string]string{"Text": formatText, "JSON": formatJSON}[seen[i].Format]
		s.out.Functions = append(s.out.Functions, f)
	}
	return nil
}

func (s *search) gateways(ctx context.Context) error {
	http := apis(s.all, "apis")
	for _, id := range slices.Sorted(maps.Keys(http)) {
		s.out.APIs = append(s.out.APIs, staged(typeHTTP, id, http[id])...)
	}
	rest := apis(s.all, "restapis")
	for _, id := range slices.Sorted(maps.Keys(rest)) {
		name, err := s.Gateways.RESTName(ctx, id)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		s.out.APIs = append(s.out.APIs, staged(typeREST, name, rest[id])...)
	}
	return nil
}

func (s *search) databases(ctx context.Context) error {
	for _, p := range only(s.all, "rds", "db") {
		d, err := s.Databases.Instance(ctx, p.name)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		if s.out.RDS != nil {
			s.notes.Unsaid = append(s.notes.Unsaid, "The database "+p.name+" is not watched: an inventory holds one, and "+s.out.RDS.Instance+" is it.")
			continue
		}
		s.out.RDS = &monitoring.RDS{Instance: p.name, StorageGB: d.StorageGB}
		if strings.HasPrefix(d.Engine, "aurora") {
			s.out.RDS.StorageGB = 0 // RDS tells 1, which is none
		}
	}
	proxies := only(s.all, "rds", "db-proxy")
	if len(proxies) == 0 {
		return nil
	}
	names, err := s.Databases.Proxies(ctx)
	if err != nil {
		return err
	}
	for _, p := range proxies {
		name, ok := names[p.ARN]
		switch {
		case !ok:
		case s.out.RDS == nil:
			s.notes.Unsaid = append(s.notes.Unsaid, "The proxy "+name+" is not watched: its database carries no tag. Name both under data in cutover.yaml.")
		case s.out.RDS.Proxy != "":
			s.notes.Unsaid = append(s.notes.Unsaid, "The proxy "+name+" is not watched: an inventory holds one, and "+s.out.RDS.Proxy+" is it.")
		default:
			s.out.RDS.Proxy = name
		}
	}
	return nil
}

// nodeOf are the nodes of a group: a number of three digits, behind one of four
// for each shard; source: ElastiCache User Guide, node names.
var nodeOf = pattern.New(`^-(\d{4}-)?\d{3}$`)

// caches finds nodes, by their tags or by the names in their metrics, or a
// serverless cache and the dimension that its metrics carry.
func (s *search) caches(ctx context.Context) error {
	nodes, groups, managed := only(s.all, "elasticache", "cluster"), only(s.all, "elasticache", "replicationgroup"), only(s.all, "elasticache", "serverlesscache")
	if len(nodes)+len(groups)+len(managed) == 0 {
		return nil
	}
	var seen []map[string]string
	if len(groups)+len(managed) > 0 {
		var err error
		if seen, err = s.Metrics.Metrics(ctx, "AWS/ElastiCache", "Evictions", nil, false); err != nil {
			return err
		}
	}
	ids := map[string]bool{}
	for _, p := range nodes {
		ids[p.name] = true
	}
	for _, g := range groups {
		for _, d := range seen {
			if rest, ok := strings.CutPrefix(d["CacheClusterId"], g.name); ok && nodeOf.MatchString(rest) {
				ids[d["CacheClusterId"]] = true
			}
		}
	}
	switch {
	case len(ids) > 0:
		s.out.Redis = &monitoring.Redis{Kind: kindNode, IDs: slices.Sorted(maps.Keys(ids))}
		for _, m := range managed {
			s.notes.Unsaid = append(s.notes.Unsaid, "The serverless cache "+m.name+" is not watched: an inventory holds one kind of cache.")
		}
	case len(managed) > 0:
		s.out.Redis = &monitoring.Redis{Kind: kindManaged, IDs: []string{managed[0].name}, Dimension: dimensionOf(seen, managed[0].name)}
		for _, m := range managed[1:] {
			s.notes.Unsaid = append(s.notes.Unsaid, "The serverless cache "+m.name+" is not watched: an inventory holds one.")
		}
	default:
		s.notes.Unsaid = append(s.notes.Unsaid, "The nodes of the cache "+groups[0].name+" are not known yet: no metric of theirs was seen. Search again in a quarter of an hour.")
	}
	return nil
}

// dimensionOf is the one dimension whose value is the cache's name, or "".
func dimensionOf(seen []map[string]string, name string) string {
	for _, dimensions := range seen {
		for _, key := range slices.Sorted(maps.Keys(dimensions)) {
			if len(dimensions) == 1 && strings.EqualFold(dimensions[key], name) {
				return key
			}
		}
	}
	return ""
}

// rest is what needs no question.
func (s *search) rest() {
	for i, p := range only(s.all, "es", "domain") {
		if i == 0 {
			s.out.OpenSearch = &monitoring.OpenSearch{Domain: p.name, Account: p.account}
			continue
		}
		s.notes.Unsaid = append(s.notes.Unsaid, "The domain "+p.name+" is not watched: an inventory holds one.")
	}
	for _, p := range only(s.all, "s3", "") {
		s.out.Buckets = append(s.out.Buckets, p.name)
	}
	s.notes.Unsaid = append(s.notes.Unsaid, "SST's outputs were not read: they may hold secrets, and the tags say enough.")
}

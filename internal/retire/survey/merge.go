package survey

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// merge puts parts together. Their order decides nothing.
func merge(a Asked, parts []Part) estate.World {
	w := estate.World{Account: a.Account, Region: a.Region, Items: []estate.Item{}, Links: []estate.Link{}}
	var claims []Claim
	for _, p := range parts {
		w.Items = append(w.Items, p.Items...)
		w.Links = append(w.Links, p.Links...)
		w.Unread = append(w.Unread, p.Unread...)
		claims = append(claims, p.Claims...)
	}
	w.Items = joined(w.Items)
	w.Items = slices.DeleteFunc(owned(a, w.Items, claims), hearsay)
	slices.SortFunc(w.Items, func(x, y estate.Item) int { return cmp.Compare(x.ARN, y.ARN) })
	w.Links = links(w.Links)
	slices.SortFunc(w.Unread, func(x, y estate.Unread) int { return cmp.Or(cmp.Compare(x.What, y.What), cmp.Compare(x.Why, y.Why)) })
	w.Unread = slices.Compact(w.Unread)
	return w
}

// hearsay says whether a role is told only by a task definition that names it: IAM,
// which is asked for each of them, knows none. What a stack claims is no hearsay.
func hearsay(item estate.Item) bool {
	return item.Kind == estate.Role && item.Print == "" && len(item.Stacks) == 0
}

// joined makes one thing of what several services tell of it. Whoever knows its
// configuration tells the print: where two know different ones, both remain, and
// the plan says so.
func joined(items []estate.Item) []estate.Item {
	var all []estate.Item
	at := map[string]int{}
	for _, item := range items {
		i, told := at[item.ARN]
		if !told {
			at[item.ARN] = len(all)
			all = append(all, item)
			continue
		}
		has := all[i]
		if has.Print != "" && item.Print != "" && has.Print != item.Print || has.Kind != item.Kind {
			all = append(all, item)
			continue
		}
		if has.Print == "" {
			has, item = item, has
		}
		has.Facts, has.Tags = both(item.Facts, has.Facts), both(item.Tags, has.Tags)
		has.Protected = has.Protected || item.Protected
		has.State, has.Name = cmp.Or(has.State, item.State), cmp.Or(has.Name, item.Name)
		all[i] = has
	}
	return all
}

// both joins two maps; the second one wins.
func both(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := map[string]string{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// links orders them, each once. One that holds in one place holds.
func links(all []estate.Link) []estate.Link {
	slices.SortFunc(all, func(x, y estate.Link) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.How, y.How))
	})
	var once []estate.Link
	for _, l := range all {
		if n := len(once) - 1; n >= 0 && once[n].From == l.From && once[n].To == l.To && once[n].How == l.How {
			once[n].Holds = once[n].Holds || l.Holds
			continue
		}
		once = append(once, l)
	}
	return once
}

package recommend

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
)

const (
	// reserveDays is how long something must have run before anybody binds himself
	// to it for a year.
	reserveDays = 14
	// idleCPU and idleMemory are the highest hour's shares in percent below which a
	// smaller class comes first: half of it would still be less than half in use.
	idleCPU, idleMemory = 20.0, 40.0
)

// instance is what can be reserved, whatever service it is of.
type instance struct {
	id, class, what string
	units, hours    int
	since           time.Time
	cpu, memory     float64
	memoryCounts    bool
	item            price.Item
}

// reserve advises capacity for a year, class by class.
func (a *advisor) reserve() {
	var all []instance
	for _, d := range a.Databases {
		if !a.named(d.ID) || !a.named(d.Class) {
			continue
		}
		// A price of the table is that of PostgreSQL.
		if d.Engine != "postgres" {
			a.open("reserved capacity for "+d.ID, "prices are known of PostgreSQL alone, and its engine is "+clip(d.Engine), "Look at the offers of its engine.")
			continue
		}
		// One reservation of a class in a single zone covers half of an instance in
		// two. Source: RDS User Guide, "Size-flexible reserved DB instances".
		units := 1
		if d.MultiAZ {
			units = 2
		}
		all = append(all, instance{d.ID, d.Class, "RDS", units, d.Hours, d.Since, d.CPUMost, 0, false, price.Database(d.Class)})
	}
	for _, c := range a.Caches {
		if a.named(c.ID) && a.named(c.Type) {
			all = append(all, instance{c.ID, c.Type, "ElastiCache", 1, c.Hours, c.Since, c.CPUMost, c.MemoryMost, true, price.Cache(c.Type)})
		}
	}
	classes := map[string][]instance{}
	for _, i := range all {
		if why, settle := a.unfit(i); why != "" {
			a.open("reserved capacity for "+i.id, why, settle)
			continue
		}
		classes[i.class] = append(classes[i.class], i)
	}
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		a.class(class, classes[class])
	}
}

// unfit says why nobody should bind himself to an instance, or "".
func (a *advisor) unfit(i instance) (why, settle string) {
	smaller := "Make it smaller first, look again after two weeks, and reserve what is left then."
	switch {
	case a.unread["reservations"]:
		return "what is reserved already could not be read", "Let the role read the reservations."
	case a.hours() < reserveDays*24:
		return fmt.Sprintf("the window is %s long; nobody should bind himself for a year on less than %d days", daysOf(a.hours()), reserveDays), fmt.Sprintf("Look at %d days or more.", reserveDays)
	case i.since.IsZero():
		return "since when it is there is not known", "Let the role describe it."
	case i.since.After(a.From):
		return "it is there since " + i.since.UTC().Format(time.DateOnly) + " only, which is within the window", "Look again when it has been there for the whole window."
	case i.hours == 0:
		return "how long it ran is not known: CloudWatch has no figure of it", "Look at its name in cutover.yaml, and let the role read its metrics."
	case float64(i.hours) < a.hours()*0.99:
		return fmt.Sprintf("it ran for %d of %.0f hours", i.hours, a.hours()), "A reservation is paid for every hour: stop it when it is not needed, and reserve nothing."
	case !known(i.cpu) || i.memoryCounts && !known(i.memory):
		return "how busy it is is not known", "Let the role read its metrics of CPU and memory."
	case i.memoryCounts && i.cpu < idleCPU && i.memory < idleMemory:
		return fmt.Sprintf("its busiest hour had %.0f%% of its CPU and %.0f%% of its memory in use", i.cpu, i.memory), smaller
	case !i.memoryCounts && i.cpu < idleCPU:
		return fmt.Sprintf("its busiest hour had %.0f%% of its CPU in use", i.cpu), "FreeableMemory and the number of connections say whether a smaller class bears it. " + smaller
	}
	return "", ""
}

// class advises reservations for what runs of one class, less those there are.
func (a *advisor) class(class string, of []instance) {
	what := "reserved capacity for " + class
	units := 0
	var names []string
	for _, i := range of {
		units += i.units
		names = append(names, i.id)
	}
	slices.Sort(names)
	had := max(a.Reservations[class], 0)
	n := units - had
	if n <= 0 {
		return
	}
	now, ok := a.rate(what, of[0].item)
	if !ok {
		return
	}
	offer, ok := a.Offers[class]
	if !ok || offer <= 0 {
		a.open(what, "what AWS offers for a year is not known", "Ask: "+offers(class)+" --output=table")
		return
	}
	year := func(rate exact) exact { return times(rate, whole(yearHours), whole(int64(n))) }
	reserved := dollars(offer)
	if reserved.Cmp(now) >= 0 {
		return
	}
	month := breakEven(reserved, now)
	a.add(Item{
		Kind: Reserved, Thing: class, group: "class " + class, Effort: "one purchase; nothing is deployed or restarted", Reversible: false, Change: Change{Text: purchase(class, n)},
		Title:   fmt.Sprintf("Reserve %d × %s for a year, nothing paid ahead", n, class),
		Latency: "None.",
		Risk: fmt.Sprintf("It is paid for the whole year, used or not: %s altogether. It breaks even in month %d; given up before, it costs more than it saves. Another class may not be covered.",
			short(floor(year(reserved))), month),
		Evidence: Evidence{Sample: int64(len(of)), SampleOf: "instances that ran the whole window", Source: of[0].what + " Describe calls and reservations, cloudwatch CPUUtilization", Figures: []Figure{
			{"instances", strings.Join(names, ", ")}, {"units wanted", fmt.Sprint(units)}, {"units reserved already", fmt.Sprint(had)},
			{"an hour now", "$" + price.Rate(rateOf(now)).String()}, {"an hour reserved", "$" + offer.String()}, {"breaks even in month", fmt.Sprint(month)},
		}},
	}, floor(year(now)), 0, floor(minus(year(now), year(reserved))))
}

// rateOf is an exact price in ten-billionths again.
func rateOf(dollars exact) int64 {
	r := times(dollars, whole(10_000_000_000))
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64()
}

// breakEven is the month at whose end hours without a reservation would have cost
// as much as the whole year with it.
func breakEven(reserved, now exact) int {
	m := times(reserved, whole(monthsAYear), new(big.Rat).Inv(now))
	up := new(big.Int).Add(m.Num(), new(big.Int).Sub(m.Denom(), big.NewInt(1)))
	return int(up.Quo(up, m.Denom()).Int64())
}

// year is a reservation's term in seconds, as the API has it.
const year = "31536000"

// offers asks what AWS offers for a class. Source: RDS API reference,
// DescribeReservedDBInstancesOfferings; ElastiCache API reference,
// DescribeReservedCacheNodesOfferings.
func offers(class string) string {
	if strings.HasPrefix(class, "cache.") {
		return command("aws elasticache describe-reserved-cache-nodes-offerings", option("cache-node-type", class), "--duration="+year, "--product-description=redis", option("offering-type", "No Upfront"))
	}
	return command("aws rds describe-reserved-db-instances-offerings", option("db-instance-class", class), "--duration="+year, "--product-description=postgresql", option("offering-type", "No Upfront"), "--no-multi-az")
}

// purchase buys n of them; it asks for the offer first, whose id differs by region.
func purchase(class string, n int) string {
	if strings.HasPrefix(class, "cache.") {
		return command("offering=$("+offers(class), option("query", "ReservedCacheNodesOfferings[0].ReservedCacheNodesOfferingId"), "--output=text) &&") + "\n" +
			command("aws elasticache purchase-reserved-cache-nodes-offering", `--reserved-cache-nodes-offering-id="$offering"`, fmt.Sprintf("--cache-node-count=%d", n))
	}
	return command("offering=$("+offers(class), option("query", "ReservedDBInstancesOfferings[0].ReservedDBInstancesOfferingId"), "--output=text) &&") + "\n" +
		command("aws rds purchase-reserved-db-instances-offering", `--reserved-db-instances-offering-id="$offering"`, fmt.Sprintf("--db-instance-count=%d", n))
}

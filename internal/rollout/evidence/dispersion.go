package evidence

import "math"

// Count is one minute of one side.
type Count struct{ Bad, Total float64 }

// Correlation estimates, from the minutes of a baseline in their order, how
// strongly requests of one minute share their fate: 0 when each fails by
// itself, 1 when all of a minute do. It is 0 unless the minutes show it beyond
// chance (three standard deviations), so that quiet baselines cost nothing.
//
// Each minute is compared with its neighbour only, so that neither the hour of
// the day nor an outage of an hour passes for clumping. Within a pair the bad
// requests would fall by chance as balls from an urn (hypergeometric); what
// they scatter beyond that grows by the correlation times the minute's size.
func Correlation(minutes []Count) float64 {
	var excess, scale, variance float64
	for i := 0; i+1 < len(minutes); i += 2 {
		a, b := minutes[i], minutes[i+1]
		bad, total := a.Bad+b.Bad, a.Total+b.Total
		if a.Total <= 0 || b.Total <= 0 || bad <= 0 || bad >= total {
			continue // such a pair can scatter in one way only
		}
		off := a.Bad - bad*a.Total/total
		chance := bad * (total - bad) / total / (total - 1) * a.Total * b.Total / total
		excess += off*off - chance
		scale += chance * (2*a.Total*b.Total/total - 1)
		variance += 2*chance*chance + chance
	}
	if scale <= 0 || excess < 3*math.Sqrt(variance) {
		return 0
	}
	return min(excess/scale, 1)
}

// Dispersion is by how much a within-minute correlation widens the counts of a
// minute of so many requests: what they must be divided by to weigh no more
// than independent ones. At least 1.
func Dispersion(total, correlation float64) float64 {
	return max(1+(total-1)*correlation, 1)
}

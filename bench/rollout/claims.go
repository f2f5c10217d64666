package main

import "fmt"

// claim is one question: scenarios, and what is counted in each.
type claim struct {
	title     string
	note      string
	scenarios []*scenario
	figures   []figure
}

const (
	hour = 60
	// watch is how long a fault lasts at least before its phase ends.
	watch = 30
	// settled is when a phase counts as well past its weight's rise.
	settled = 31
)

func phase(minutes int, weight float64) Phase {
	return Phase{Minutes: minutes, Weight: weight, ErrorLimit: 0.01, SlowLimit: 0.05}
}

// both gives each scenario without and with bursts. The two are seeded apart.
func both(list ...scenario) []*scenario {
	var result []*scenario
	for _, s := range list {
		calm, bursty := s, s
		calm.id += "-calm"
		bursty.id, bursty.title, bursty.rho = s.id+"-bursts", s.title+", bursts", clumps
		result = append(result, &calm, &bursty)
	}
	return result
}

// claims are all questions, in the order of the tables.
func claims() []claim {
	return append(healthyClaims(), faultyClaims()...)
}

func healthyClaims() []claim {
	whole := []Phase{phase(2*hour, 0.1), phase(4*hour, 0.5), phase(24*hour, 1)}
	return []claim{
		{
			title: "Healthy 30-hour cutover: 10% for 2 h, 50% for 4 h, 100% for 24 h",
			scenarios: both(
				scenario{id: "cutover-600", title: "600 requests a minute in total", phases: whole, total: 600},
				scenario{id: "cutover-6000", title: "6,000 a minute in total", phases: whole, total: 6000},
			),
			figures: []figure{falseRollbacks, heldBack},
		},
		{
			title: "Healthy phase of 2 h at 10%",
			scenarios: both(
				scenario{id: "phase-60", title: "60 green requests a minute", phases: whole[:1], total: 600},
				scenario{id: "phase-600", title: "600 green requests a minute", phases: whole[:1], total: 6000},
			),
			figures: []figure{falseRollbacks, heldBack},
		},
		{
			title: "Healthy phase of 2 h at 10%, too little traffic to prove anything",
			note:  "360 requests cannot show at 95% that at most 1% fail: 417 without an error are needed. Each promotion is one without proof.",
			scenarios: both(
				scenario{id: "low-3", title: "3 green requests a minute", phases: whole[:1], total: 30},
			),
			figures: []figure{falseRollbacks, promotedUnproven},
		},
	}
}

// detection is a fault at a random minute of phases of three lengths, each at
// the weight it has in a cutover, with 60 green requests a minute in all.
func detection(id string, kind faultKind, rate float64) []*scenario {
	var list []scenario
	for _, p := range []Phase{phase(2*hour, 0.1), phase(4*hour, 0.5), phase(24*hour, 1)} {
		list = append(list, scenario{
			id:     fmt.Sprintf("%s-%dh", id, p.Minutes/hour),
			title:  fmt.Sprintf("%d h at %.0f%%", p.Minutes/hour, 100*p.Weight),
			phases: []Phase{p}, total: 60 / p.Weight,
			fault: fault{kind: kind, rate: rate, to: p.Minutes - watch},
		})
	}
	return both(list...)
}

func faultyClaims() []claim {
	found := []figure{foundShare, foundMedian, foundP90, stoppedBefore, promotedFaulty}
	first, second := phase(2*hour, 0.1), phase(4*hour, 0.5)
	var outages []scenario
	for _, blue := range []float64{60, 200, 600} {
		outages = append(outages, scenario{
			id: fmt.Sprintf("outage-%.0f", blue), title: fmt.Sprintf("%.0f blue requests a minute", blue),
			phases: []Phase{second}, total: 2 * blue,
			fault: fault{kind: moreErrors, rate: 0.2, both: true, minutes: 20, from: settled, to: second.Minutes - 20 - watch},
		})
	}
	worse := fault{kind: moreErrors, rate: 3 * healthyErrors}
	stop := fault{kind: noTraffic, from: 20, to: 20}
	hundredfold := fault{kind: moreErrors, rate: 100 * healthyErrors, ofTen: 7}
	return []claim{
		{title: "5% errors from a random minute on, 60 green requests a minute", note: detectionNote, scenarios: detection("errors", moreErrors, 0.05), figures: found},
		{title: "15% slow requests instead of 2%, from a random minute on, 60 green requests a minute", note: detectionNote, scenarios: detection("slow", moreSlow, 0.15), figures: found},
		{
			title: "Shared outage: 20% errors on both sides for 20 minutes, in a phase of 4 h at 50%", note: "Fewer are better: green did nothing.",
			scenarios: both(outages...), figures: []figure{stoppedSince, stoppedBefore, heldBack},
		},
		{
			title: "Three times blue's error rate, inside the limit: 0.9% beside 0.3%",
			scenarios: both(
				scenario{id: "worse-10", title: "2 h at 10%, 60 green, 540 blue", phases: []Phase{first}, total: 600, fault: worse},
				scenario{id: "worse-50", title: "4 h at 50%, 300 each", phases: []Phase{second}, total: 600, fault: worse},
			),
			figures: []figure{promotedSilently, reportedShare, stoppedAtAll},
		},
		{
			title: "Green's traffic stops after 20 minutes of a phase of 2 h at 10%",
			scenarios: both(
				scenario{id: "stops-60", title: "60 green requests a minute, then none", phases: []Phase{first}, total: 600, fault: stop},
				scenario{id: "stops-600", title: "600 green requests a minute, then none", phases: []Phase{first}, total: 6000, fault: stop},
			),
			figures: []figure{promotedAnyway, stoppedByStop, stoppedBefore},
		},
		{
			title: "Seven of ten minutes at 100 times the baseline's errors", note: "The pattern of spinnaker/spinnaker#6278: 30% errors in the first seven of every ten minutes.",
			scenarios: both(
				scenario{id: "seven-10m", title: "10 minutes at 10%, 60 green requests a minute", phases: []Phase{phase(10, 0.1)}, total: 600, fault: hundredfold},
				scenario{id: "seven-2h", title: "2 h at 10%, 60 green requests a minute", phases: []Phase{first}, total: 600, fault: hundredfold},
			),
			figures: []figure{caught},
		},
	}
}

const detectionNote = "Minutes of data, the first faulty one complete being 1, over the runs still going when the fault came; those that never found it count as never."

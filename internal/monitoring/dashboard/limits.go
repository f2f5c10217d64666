package dashboard

// What CloudWatch allows. Sources: CloudWatch API Reference, "Dashboard Body
// Structure and Syntax"; CloudWatch User Guide, "CloudWatch service quotas" and
// "CloudWatch search expression syntax".
const (
	// Columns is how wide the grid is.
	Columns = 24
	// MostHeight is how high one widget may be.
	MostHeight = 1000
	// MostWidgets is how many widgets a board may have.
	MostWidgets = 500
	// MostPerWidget is how many metrics a widget may fetch, hidden ones too.
	MostPerWidget = 500
	// MostMetrics is how many metrics a board may fetch, hidden ones too. A
	// SEARCH counts as what it finds: the quota is of what is retrieved.
	MostMetrics = 2500
	// MostFound is how many series a SEARCH returns; what else there is it
	// leaves out without a word.
	MostFound = 500
	// MostSearches is how many SEARCHes a widget may hold.
	MostSearches = 100
	// MostQuery is how long the query of a SEARCH may be.
	MostQuery = 1024
	// MostAlarms is how many alarms an alarm widget shows.
	MostAlarms = 100

	mostDimensions = 30
	mostExpression = 2048 // source: API Reference, MetricDataQuery
	mostPeriod     = 30 * 86_400
	mostName       = 255
)

// fetched is how many metrics the widget fetches: a search what it finds, an
// expression nothing of its own.
func fetched(w Widget) int {
	m, ok := w.(Metrics)
	if !ok {
		return 0
	}
	n := 0
	for _, s := range m.Series {
		switch {
		case s.Expression == "":
			n++
		case s.Finds > 0:
			n += min(s.Finds, MostFound)
		}
	}
	return n
}

// room is what of a limit a board is filled to: functions are added, and a
// board at its limit would show the next one nowhere.
func room(limit int) int { return limit * 4 / 5 }

// Split returns the board as it fits CloudWatch's limits, with a fifth of each
// left free: one board under its own name, and what has no room in further
// ones, called <name>-2, <name>-3 and so on. Sections stay whole where they
// can; one that is too large alone is parted between rows.
func Split(b Board) []Placement {
	head := 1
	var parts [][]Row
	var part []Row
	widgets, metrics := head, 0
	end := func() {
		if len(part) > 0 {
			parts, part = append(parts, part), nil
		}
		widgets, metrics = head, 0
	}
	add := func(rows []Row) {
		w, m := weigh(rows)
		if widgets+w > room(MostWidgets) || metrics+m > room(MostMetrics) {
			end()
		}
		part, widgets, metrics = append(part, rows...), widgets+w, metrics+m
	}
	for _, s := range b.Sections {
		if w, m := weigh(s.Rows); head+w <= room(MostWidgets) && m <= room(MostMetrics) {
			add(s.Rows)
			continue
		}
		for _, row := range s.Rows {
			add([]Row{row})
		}
	}
	end()
	if len(parts) == 0 {
		parts = [][]Row{nil}
	}
	names := make([]string, len(parts))
	for i := range parts {
		names[i] = nth(b.Name, i)
	}
	var all []Placement
	for i, rows := range parts {
		all = append(all, Placement{Name: names[i], Widgets: layOut(append([]Row{{b.Head(names[i], names)}}, rows...))})
	}
	return all
}

func weigh(rows []Row) (widgets, metrics int) {
	for _, row := range rows {
		for _, w := range row {
			widgets, metrics = widgets+1, metrics+fetched(w)
		}
	}
	return widgets, metrics
}

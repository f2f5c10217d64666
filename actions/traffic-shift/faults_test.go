package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// What becomes of a rollout whose state or log somebody has edited or lost.
//
// Attack: tampered-state
func TestStateInTrouble(t *testing.T) {
	t.Parallel()
	edit := func(from, to string) func(s *stand) {
		return func(s *stand) {
			text := s.cloud.In("releases", stateKey)
			if !strings.Contains(text, from) {
				s.t.Fatalf("no %s in %s", from, text)
			}
			s.put(stateKey, strings.Replace(text, from, to, 1))
		}
	}
	break2 := func(s *stand) {
		for _, key := range s.cloud.KeysIn("releases", folderKey+"events/") {
			if text := s.cloud.In("releases", key); strings.Contains(text, `"settled"`) {
				s.put(key, strings.Replace(text, "planned", "hoped for", 1))
				return
			}
		}
		s.t.Fatal("no event to break")
	}
	holdAll(t, map[string]wrong{
		"edited":                       {place: watching, make: both(edit(`"weight":100000`, `"weight":500000`), minutesOf(1, 0)), command: cmdTick, green: "green 10", says: []string{"the state was rebuilt, because", "promotion waits for a person to resume"}, after: all(frozen, logged(rollout.Rebuilt))},
		"cut off":                      {place: watching, make: both(func(s *stand) { s.put(stateKey, s.cloud.In("releases", stateKey)[:300]) }, minutesOf(1, 0)), command: cmdTick, green: "green 10", says: []string{"the state was rebuilt, because it cannot be read"}, after: all(frozen, logged(rollout.Rebuilt))},
		"lost":                         {place: watching, make: both(lost("state.json"), minutesOf(25, 0)), command: cmdTick, green: "green 10", says: []string{"the state was rebuilt, because it is gone", "resume"}, after: all(frozen, heldBy(rollout.HoldPaused), logged(rollout.Rebuilt))},
		"lost, to look":                {place: watching, make: lost("state.json"), command: cmdStatus, green: "green 10"},
		"lost, and back":               {place: watching, make: lost("state.json"), command: cmdRollback, green: "green 0", after: logged(rollout.FellBack)},
		"of a newer cutover":           {place: watching, make: edit(`"format":1`, `"format":2`), command: cmdTick, code: 4, green: "green 10", says: []string{"was not written by this version of cutover", "Use the version of cutover that began this rollout"}},
		"of a newer cutover, and back": {place: watching, make: edit(`"format":1`, `"format":2`), command: cmdRollback, code: 3, green: "green 0", says: []string{"the rollback goes on without its state"}},
		"lost with its log":            {place: watching, make: both(lost("state.json", "events/"), minutesOf(1, 0)), command: cmdTick, code: 3, green: "green 10", says: []string{"knows of no rollout, and the record gives green 10%: nobody judges it", "from the bucket's versions", "command: rollback"}, after: watched},
		"lost with its log, to look":   {place: watching, make: lost("state.json", "events/"), command: cmdStatus, green: "green 10", says: []string{"Nothing is known of a rollout, and the record gives green 10%"}},
		"lost with its log, and back":  {place: watching, make: lost("state.json", "events/"), command: cmdRollback, green: "green 0", says: []string{"The record gives blue everything again"}},
		"lost with its log, and back without blue": {place: watching, make: both(lost("state.json", "events/"), blueAway), command: cmdRollback, code: 3, green: "green 10", says: []string{"blue does not answer", "Bring blue up first"}},
		"lost with its log, Route 53 silent":       {place: watching, make: both(lost("state.json", "events/"), refuses("aws", http.StatusForbidden, "AccessDenied", 0, "/route53/aws4_request")), command: cmdRollback, code: 2, green: "green 10", says: []string{"its records cannot be read"}},
		"lost with its log, and anew":              {place: watching, make: lost("state.json", "events/"), command: cmdStart, code: 4, green: "green 10", says: []string{"gives green traffic already"}},
		"log broken":                               {place: watching, make: both(break2, minutesOf(25, 0)), command: cmdTick, green: "", says: nil},
		"log broken, and promoted":                 {place: watching, make: both(break2, minutesOf(5, 0)), command: "promote", code: 4, green: "green 10", says: []string{"promote is not possible while the log is broken", "from the bucket's versions, or roll back"}},
		"log broken, and back":                     {place: watching, make: break2, command: cmdRollback, green: "green 0"},
		"log lost":                                 {place: watching, make: both(lost("events/"), minutesOf(25, 0)), command: cmdTick, green: "green 10", says: []string{"it is gone, and"}, after: frozen},
		"log lost, and back":                       {place: watching, make: lost("events/"), command: cmdRollback, green: "green 0"},
	})
}

// blueAway lets nobody answer at blue's direct name.
func blueAway(s *stand) {
	blue, _ := sidesOf()
	rewritten("direct: "+blue, "direct: http://127.0.0.1:1")(s)
}

// watched holds that nobody has switched the watch off.
func watched(t *testing.T, s *stand, _ result) {
	t.Helper()
	if s.github.Workflow("traffic-watch.yml").Disabled {
		t.Error("the watch was switched off")
	}
}

// What becomes of ticks and orders while AWS says no.
func TestRefusedByAWS(t *testing.T) {
	const s3, r53, cw = "/s3/aws4_request", "/route53/aws4_request", "/monitoring/aws4_request"
	good := minutesOf(25, 0)
	expired := func(service string) func(s *stand) {
		return refuses("aws", http.StatusBadRequest, "ExpiredToken", 0, service)
	}
	role := "Give the step its role by OIDC: the input role"
	holdAll(t, map[string]wrong{
		"session over at S3":                {place: watching, make: both(good, expired(s3)), command: cmdTick, code: 2, green: "green 10", says: []string{"ExpiredToken", role}},
		"session over at S3 mid-tick":       {place: watching, make: both(good, refuses("aws", http.StatusBadRequest, "ExpiredToken", 0, s3, "PUT")), command: cmdTick, green: "green 10", code: 3, says: []string{"ExpiredToken", "nothing was changed", role}},
		"session over at Route 53":          {place: watching, make: both(good, expired(r53)), command: cmdTick, green: "green 10", says: []string{"ExpiredToken", "The step's session with AWS has ended"}},
		"session over at CloudWatch":        {place: watching, make: both(good, expired(cw)), command: cmdTick, green: "green 10", says: []string{"ExpiredToken", role}, after: frozen},
		"session over, and back":            {place: watching, make: expired("aws4_request"), command: cmdRollback, green: "green 10", code: 3, says: []string{"ExpiredToken", "The step's session with AWS has ended", "neither the rollout's state can be used nor the record changed", "docs/runbooks/cutover.md says how to set the weights by hand"}},
		"throttled now and then":            {place: watching, make: both(good, refuses("aws", http.StatusBadRequest, "Throttling", 2, r53)), command: cmdTick, green: "green 50"},
		"throttled at Route 53":             {place: watching, make: both(good, refuses("aws", http.StatusBadRequest, "ThrottlingException", 1, r53)), command: cmdTick, green: "green 50"},
		"throttled at CloudWatch":           {place: watching, make: both(good, refuses("aws", http.StatusBadRequest, "Throttling", 1, cw)), command: cmdTick, green: "green 50"},
		"throttled at S3":                   {place: watching, make: both(good, refuses("aws", http.StatusServiceUnavailable, "SlowDown", 2, s3)), command: cmdTick, green: "green 50"},
		"throttled on the way back":         {place: watching, make: both(minutesOf(8, 2), refuses("aws", http.StatusBadRequest, "Throttling", 1, r53, "POST", "/rrset")), command: cmdTick, code: 1, green: "green 0"},
		"no change of the record":           {place: watching, make: both(minutesOf(8, 2), refuses("aws", http.StatusForbidden, "AccessDenied", 0, r53, "POST", "/rrset")), command: cmdTick, code: 1, green: "green 10", says: []string{"setting the weights to 0 for green and 100 for blue"}, after: byDNS},
		"no change of the record, and back": {place: watching, make: refuses("aws", http.StatusForbidden, "AccessDenied", 0, r53, "POST", "/rrset"), command: cmdRollback, code: 3, green: "green 10", says: []string{"blue has the traffic, and the record's weights cannot be read or changed"}, after: byDNS},
		"CloudWatch silent":                 {place: watching, make: func(s *stand) { s.pass(traffic{}); s.run(0); silent(s) }, command: cmdTick, green: "green 10", says: []string{"missing_data"}, after: all(frozen, heldBy(rollout.HoldMissing))},
		"S3 says no":                        {place: watching, make: both(good, refuses("aws", http.StatusForbidden, "AccessDenied", 0, s3)), command: cmdTick, code: 2, green: "green 10", says: []string{"reading failed: AccessDenied", "Allow the role s3:GetObject"}},
		"S3 down, and back":                 {place: watching, make: refuses("aws", http.StatusForbidden, "AccessDenied", 0, s3), command: cmdRollback, code: 3, green: "green 0", says: []string{"the rollback goes on without its state"}, after: byDNS},
		"state not writable, and back":      {place: watching, make: both(minutesOf(8, 2), refuses("aws", http.StatusForbidden, "AccessDenied", 0, s3, "PUT")), command: cmdTick, code: 1, green: "green 0", says: []string{"the rollback goes on without its state"}},
		"the runner's clock is 3 h off":     {place: watching, make: both(good, strictClock), command: cmdTick, green: "green 50", says: []string{"This machine's clock is off by", "AWS's time is used"}},
	})
}

// silent lets CloudWatch have nothing of the next minutes.
func silent(s *stand) {
	for range 20 {
		s.pass(traffic{})
	}
}

// byDNS holds that DNS leads nobody to green, whatever the record says.
func byDNS(t *testing.T, s *stand, _ result) {
	t.Helper()
	s.minutes(2, 0)
	for target, part := range s.cloud.Resolve(record, "A") {
		if strings.Contains(target, "execute-api") && part > 0 {
			t.Errorf("DNS leads %v to green", part)
		}
	}
}

// strictClock refuses what was signed by a clock that is more than five minutes
// off, as AWS does; source: IAM User Guide, "Troubleshoot signed requests". This
// machine's clock is off by months.
func strictClock(s *stand) {
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if r.server == "aws" && (err != nil || signed.Sub(s.now()).Abs() > 5*time.Minute) {
			out.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
			failing(http.StatusForbidden, "RequestTimeTooSkewed")(out, r)
			return
		}
		pass.ServeHTTP(out, r.Request)
	})
}

// What becomes of a tick when people cannot be told, or the watch not switched.
func TestPeopleOutOfReach(t *testing.T) {
	good := minutesOf(25, 0)
	holdAll(t, map[string]wrong{
		"GitHub says no":         {place: watching, make: both(good, refuses("github", http.StatusForbidden, "", 0)), command: cmdTick, green: "green 50", says: []string{"telling people"}, after: untold},
		"Slack is down":          {place: watching, make: both(good, refuses("slack", http.StatusForbidden, "", 0)), command: cmdTick, green: "green 50", says: []string{"telling people"}, after: untold},
		"no workflow to enable":  {place: readied, make: refuses("github", http.StatusForbidden, "", 0, "/actions/workflows/"), command: cmdStart, green: "green 10", says: []string{"The watch traffic-watch.yml could not be switched", "Do it by hand in the Actions tab"}},
		"no workflow to disable": {place: soaking, make: refuses("github", http.StatusForbidden, "", 0, "/actions/workflows/"), command: cmdFinish, green: "green 100", says: []string{"could not be switched"}},
	})
}

// untold holds that what was not told waits, and is told once the others are back.
func untold(t *testing.T, s *stand, _ result) {
	t.Helper()
	if len(s.state().Outbox) == 0 {
		t.Error("nothing waits to be told")
	}
	s.settled(act{command: cmdTick})
	s.toldOnce(s.log())
}

// What becomes of a phase while blue or the measure of green is not what it was.
// Each of these minutes proves the phase, so that only its freeze holds it.
func TestFrozenPhases(t *testing.T) {
	good := minutesOf(25, 0)
	blue := func(desired, running int) func(s *stand) {
		return func(s *stand) {
			s.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: desired, Running: running})
			s.cloud.SetScaling("lego-api", "lego-api", &cloud.Scalable{Min: 1, Max: 10})
		}
	}
	paused := func(words ...string) func(t *testing.T, s *stand, r result) {
		return all(frozen, heldBy(rollout.HoldPaused), logged(rollout.Ordered, append(words, "cutover")...))
	}
	holdAll(t, map[string]wrong{
		"nothing is wrong":  {place: watching, make: good, command: cmdTick, green: "green 50"},
		"blue made smaller": {place: watching, make: both(good, blue(1, 4)), command: cmdTick, says: []string{"blue was made smaller, and was raised again"}, after: raised},
		"blue's wish made smaller": {place: watching, make: both(good, func(s *stand) {
			s.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: 1, Running: 4})
		}), command: cmdTick, says: []string{"blue was made smaller, and was raised again: it shall have 4 tasks, no more 1"}, after: raised},
		"blue's tasks are gone": {place: watching, make: both(good, blue(4, 1)), command: cmdTick, green: "green 10", says: []string{"Only 1 of 4 tasks run"}, after: paused("blue could not take the traffic back")},
		"blue's service is gone": {place: watching, make: both(good, func(s *stand) {
			s.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Status: "INACTIVE"})
		}), command: cmdTick, green: "green 10", says: []string{"there is nothing that users could go back to"}, after: paused("blue could not take the traffic back")},
		"blue is not named any more":                   {place: watching, make: both(good, rewritten("legacy: {cluster: lego-api, service: lego-api}", "")), command: cmdTick, green: "green 10", says: []string{"nobody can see whether blue could take the traffic back"}, after: frozen},
		"blue cannot be looked at":                     {place: watching, make: both(good, refuses("aws", http.StatusBadRequest, "AccessDeniedException", 0, "/ecs/aws4_request")), command: cmdTick, says: []string{"whether blue could take the traffic back"}},
		"the pin is lost":                              {place: watching, make: both(good, lost("capacity.json")), command: cmdTick, says: []string{"is not pinned"}},
		"the baseline is lost":                         {place: watching, make: both(good, lost("baseline.json")), command: cmdTick, green: "green 10", says: []string{"there is no baseline to hold errors against"}, after: paused("no baseline")},
		"the baseline is damaged":                      {place: watching, make: both(good, func(s *stand) { s.put(folderKey+"baseline.json", "{}") }), command: cmdTick, green: "green 10", says: []string{"the baseline cannot be read"}, after: paused("no baseline")},
		"the policy is another one":                    {place: watching, make: both(good, rewritten("{weight: 50%, hold: 15 m}", "{weight: 60%, hold: 15 m}")), command: cmdTick, green: "green 10", says: []string{"cutover.yaml has changed since this rollout began; resume accepts it"}, after: all(frozen, heldBy(rollout.HoldPolicy))},
		"the phase is not there any more":              {place: watching, make: both(good, rewritten("{weight: 10%, hold: 15 m}", "{weight: 20%, hold: 15 m}")), command: cmdTick, green: "green 10", says: []string{"cutover.yaml no longer has 10% as phase 1"}, after: all(frozen, heldBy(rollout.HoldPolicy))},
		"promoted without a blue":                      {place: watching, make: both(good, blue(4, 1)), command: "promote", code: 4, green: "green 10", says: []string{"is not possible now", "Only 1 of 4 tasks run", "Pause and rollback are always possible"}},
		"resumed without a baseline":                   {place: watching, make: both(good, lost("baseline.json")), command: "resume", code: 4, green: "green 10", says: []string{"is not possible now", "no baseline"}},
		"back without a baseline and a blue that runs": {place: watching, make: both(blue(4, 1), lost("baseline.json")), command: cmdRollback, green: "green 0"},
		"promoted on a broken limit":                   {place: watching, make: rolled("hold"), command: "promote", code: 4, green: "green 10", says: []string{"a limit is broken"}},
		"finished before the soak":                     {place: watching, command: cmdFinish, code: 4, says: []string{"finish is possible while the rollout is [soaking], and it is watching"}},
		"finished again":                               {place: soaking, make: func(s *stand) { s.must(0, cmdFinish) }, command: cmdFinish, green: "green 100", says: []string{"complete already"}},
		"promoted before it began":                     {place: readied, command: "promote", code: 4, says: []string{"promote is possible while the rollout is [watching], and it is ready"}},
	})
}

// raised holds that blue is as large again as it was pinned to.
func raised(t *testing.T, s *stand, _ result) {
	t.Helper()
	if blue, bounds := s.cloud.ECS("lego-api", "lego-api"), s.cloud.Scaling("lego-api", "lego-api"); blue.Desired != 4 || bounds.Min != 4 {
		t.Errorf("%+v %+v", blue, bounds)
	}
}

// rolled lets green break a limit under a policy that leaves it to a person.
func rolled(fail string) func(s *stand) {
	return both(rewritten("  preflight:", "  when: {fail: "+fail+"}\n  preflight:"), func(s *stand) {
		s.must(0, "resume") // the policy is another one
		s.minutes(10, 20)
	})
}

// A rollout does not begin without each of these.
func TestStartRefusesWithout(t *testing.T) {
	change := func(name string, f func(d map[string]any)) func(s *stand) {
		return func(s *stand) {
			var d map[string]any
			if err := json.Unmarshal([]byte(s.cloud.In("releases", folderKey+name)), &d); err != nil {
				s.t.Fatal(err)
			}
			f(d)
			text, _ := json.Marshal(d)
			s.put(folderKey+name, string(text))
		}
	}
	days := func(n int) string { return noon.AddDate(0, 0, -n).Format(time.RFC3339) }
	holdAll(t, map[string]wrong{
		"nothing missing":              {place: readied, command: cmdStart, green: "green 10"},
		"a baseline":                   {place: readied, make: lost("baseline.json"), command: cmdStart, code: 4, green: "green 0", says: []string{"baseline: was not taken", "command: baseline"}},
		"a baseline of these weeks":    {place: readied, make: change("baseline.json", func(d map[string]any) { d["taken"] = days(20) }), command: cmdStart, code: 4, green: "green 0", says: []string{"20 days old, and at most 14 are good"}},
		"a baseline of this pair":      {place: readied, make: change("baseline.json", func(d map[string]any) { d["green"] = "other.example.com" }), command: cmdStart, code: 4, green: "green 0", says: []string{"to other.example.com, and traffic is to move"}},
		"a baseline of half an hour":   {place: readied, make: change("baseline.json", func(d map[string]any) { d["minutes"] = d["minutes"].([]any)[:20] }), command: cmdStart, code: 4, green: "green 0", says: []string{"measured for 20 minutes, and 30 are needed"}},
		"right answers":                {place: readied, make: change("baseline.json", func(d map[string]any) { d["answers"].([]any)[0].(map[string]any)["wrong"] = "status 500" }), command: cmdStart, code: 4, green: "green 0", says: []string{"wrongly: status 500"}},
		"a preflight":                  {place: readied, make: lost("preflight.json"), command: cmdStart, code: 4, green: "green 0", says: []string{"preflight: was not done", "command: preflight"}},
		"a preflight that passed":      {place: readied, make: change("preflight.json", func(d map[string]any) { d["verdict"] = "fail"; d["lead"] = "Green is too small." }), command: cmdStart, code: 4, green: "green 0", says: []string{"did not pass: Green is too small.", "accept it with a reason"}},
		"a preflight of today":         {place: readied, make: change("preflight.json", func(d map[string]any) { d["at"] = days(2) }), command: cmdStart, code: 4, green: "green 0", says: []string{"preflight: is of 2026-02-28", "at most a day old"}},
		"a preflight that is over":     {place: readied, make: change("preflight.json", func(d map[string]any) { d["at"] = days(-2) }), command: cmdStart, code: 4, green: "green 0", says: []string{"preflight: is of 2026-03-04"}},
		"a preflight that can be read": {place: readied, make: func(s *stand) { s.put(folderKey+"preflight.json", "none") }, command: cmdStart, code: 4, green: "green 0", says: []string{"preflight: cannot be read"}},
		"both at once":                 {place: readied, make: lost("preflight.json", "baseline.json"), command: cmdStart, code: 4, green: "green 0", says: []string{"baseline: was not taken", "preflight: was not done"}},
		"health checks":                {place: readied, make: edited(func(r *cloud.RecordSet) { r.HealthCheckID = "" }), command: cmdStart, code: 4, green: "green 0", says: []string{"has no health check on both of its sides", "nothing would take users to blue while nobody is there"}},
		"a health check of blue's own": {place: readied, make: edited(func(r *cloud.RecordSet) { r.HealthCheckID = "00000004-0000-4000-8000-000000000000" }), command: cmdStart, code: 4, green: "green 0", says: []string{"has the same health check on both sides"}},
		"a way back that works":        {place: readied, make: stuck, command: cmdStart, code: 4, green: "green 0", says: []string{"nothing was begun", "stays up although the verdict says that green is broken", "docs/runbooks/cutover.md"}},
		"a green that is up":           {place: readied, make: func(s *stand) { s.green.Store(503) }, command: cmdStart, code: 4, green: "green 0", says: []string{"nothing was begun", "does not come up"}},
		"a blue that runs": {place: readied, make: func(s *stand) {
			s.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: 4, Running: 1})
		}, command: cmdStart, code: 4, green: "green 0", says: []string{"could not take the traffic back", "Only 1 of 4 tasks run", "then start again"}},
		"a blue that is named":            {place: readied, make: rewritten("legacy: {cluster: lego-api, service: lego-api}", ""), command: cmdStart, code: 4, green: "green 0", says: []string{"legacy: is not in cutover.yaml"}},
		"a new baseline after a rollback": {place: watching, make: rolledBack, command: cmdStart, code: 4, green: "green 0", says: []string{"was taken before the last rollback, of a green that was sent back", "Mend green, deploy it"}},
		"another start": {place: watching, command: cmdStart, green: "green 10", says: []string{"This rollout has begun already: phase 1, green has 10%", "Nothing was begun anew"}, after: func(t *testing.T, s *stand, _ result) {
			if n := strings.Count(fmt.Sprint(s.log()), string(rollout.Started)); n != 1 {
				t.Errorf("begun %d times", n)
			}
		}},
	})
}

// stuck makes a health check that nothing takes down.
func stuck(s *stand) {
	yes := true
	for _, a := range s.cloud.HealthChecks() {
		if a.AlarmIdentifier != nil {
			s.cloud.SetStream(a.AlarmIdentifier.Name, &yes)
		}
	}
}

// rolledBack is a world whose rollout was taken back.
func rolledBack(s *stand) {
	stop := s.flow(600)
	s.must(0, cmdRollback)
	stop()
}

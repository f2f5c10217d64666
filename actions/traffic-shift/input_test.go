package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// wrong is something that goes wrong at a place of a cutover, and what a command
// then says. Each sentence that is wanted names the thing or says what to do.
type wrong struct {
	place   string
	make    func(s *stand)
	command string
	args    []string
	code    int
	says    []string
	green   string // what green then has, as "green 10"; empty for what it had
	after   func(t *testing.T, s *stand, r result)
}

// whole is everything that a run has told people, on one line.
func whole(got processtest.Outcome) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(got.Stdout+" "+got.Stderr), " "), "%25", "%")
}

func holdAll(t *testing.T, table map[string]wrong) {
	t.Helper()
	way.once.Do(func() { goTheWay(t) })
	for _, name := range slices.Sorted(maps.Keys(table)) {
		c := table[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := at(t, c.place)
			had := s.weights()
			if c.make != nil {
				c.make(s)
			}
			stop := func() {}
			if c.command == cmdStart || c.command == cmdRollback { // they wait for users and health checks
				stop = s.flow(600)
			}
			began := time.Now()
			r, got := s.shift(c.command, append([]string{"--timeout", "30s"}, c.args...)...)
			stop()
			took := time.Since(began)
			s.through(nil)
			if got.Code != c.code {
				t.Errorf("exit %d, not %d", got.Code, c.code)
			}
			text := whole(got)
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("does not say %q", want)
				}
			}
			if c.green == "" && c.make == nil {
				c.green = had["A"]
			}
			if weights := s.weights(); !strings.Contains(weights["A"], c.green) || !strings.Contains(weights["AAAA"], c.green) {
				t.Errorf("the record has %v", weights)
			}
			if len(s.bent) > 0 && !strings.Contains(name, "third") {
				t.Errorf("weights that nobody decided: %v", s.bent)
			}
			if c.after != nil {
				c.after(t, s, r)
			}
			if took > 8*time.Second {
				t.Errorf("took %v", took)
			}
			if t.Failed() || testing.Verbose() {
				t.Logf("%v exit %d, %v; %s %v%% %s, held by %+v: %s\n%s", took, got.Code, s.weights(), r.State, r.Weight, r.Action, r.Hold, r.Lead, got.Stderr)
				if r.State == "" {
					t.Log(got.Stdout)
				}
			}
		})
	}
}

// refuses answers requests with these words by an error of AWS's, as often as
// times says; 0 is always.
func refuses(server string, status int, code string, times int, words ...string) func(s *stand) {
	return func(s *stand) {
		n := 0
		s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
			s.mu.Lock()
			hit := r.is(server, words...) && (times == 0 || n < times)
			if hit {
				n++
			}
			s.mu.Unlock()
			if hit {
				failing(status, code)(out, r)
				return
			}
			pass.ServeHTTP(out, r.Request)
		})
	}
}

// rewritten changes cutover.yaml; each pair is what stands there and what shall.
func rewritten(pairs ...string) func(s *stand) {
	return func(s *stand) {
		text := s.file("cutover.yaml")
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				s.t.Fatalf("cutover.yaml has no %q", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		s.write("cutover.yaml", text)
	}
}

func both(all ...func(s *stand)) func(s *stand) {
	return func(s *stand) {
		for _, f := range all {
			f(s)
		}
	}
}

// lost takes documents away by hand.
func lost(names ...string) func(s *stand) {
	return func(s *stand) {
		for _, key := range s.cloud.KeysIn("releases", folderKey) {
			if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(key, folderKey+n) }) {
				s.hand(http.MethodDelete, key, "")
			}
		}
	}
}

// reweighed changes green's weight by hand, of all types or one.
func reweighed(kind string, green int) func(s *stand) {
	return func(s *stand) { s.cloud.Reweigh(zone, "LEGO-API-green", kind, green) }
}

func minutesOf(n, faulty int) func(s *stand) { return func(s *stand) { s.minutes(n, faulty) } }

// held holds which hold stands.
func heldBy(kind rollout.HoldKind) func(t *testing.T, s *stand, r result) {
	return func(t *testing.T, _ *stand, r result) {
		t.Helper()
		if r.Hold == nil || r.Hold.Kind != string(kind) {
			t.Errorf("held by %+v, not %s", r.Hold, kind)
		}
	}
}

// logged holds that the log is whole and has an event of this kind at its end.
func logged(kind rollout.Kind, words ...string) func(t *testing.T, s *stand, r result) {
	return func(t *testing.T, s *stand, _ result) {
		t.Helper()
		for _, e := range s.log() {
			if e.Kind == kind && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e.Reason+" "+e.By, w) }) {
				return
			}
		}
		t.Errorf("no event %s %v in %+v", kind, words, s.log())
	}
}

// frozen holds that a phase that is proved and over was not left.
func frozen(t *testing.T, s *stand, r result) {
	t.Helper()
	if r.Weight != 10 || r.Phase != 1 {
		t.Errorf("promoted: %+v", r)
	}
}

func all(checks ...func(t *testing.T, s *stand, r result)) func(t *testing.T, s *stand, r result) {
	return func(t *testing.T, s *stand, r result) {
		for _, c := range checks {
			c(t, s, r)
		}
	}
}

// What stands in cutover.yaml or is given is refused before anything is asked.
func TestBadInput(t *testing.T) {
	holdAll(t, map[string]wrong{
		"weights that Route 53 cannot give":    {place: watching, make: rewritten("weight: 50%", "weight: 33.337%"), command: cmdTick, code: 2, says: []string{"Route 53 cannot give exactly 33.337%", "33%"}},
		"weights that end below 100%":          {place: watching, make: rewritten("weight: 100%", "weight: 99%"), command: cmdTick, code: 2, says: []string{"the last phase ends at 99%", "100%"}},
		"phases that do not rise":              {place: watching, make: rewritten("weight: 50%", "weight: 10%"), command: cmdTick, code: 2, says: []string{"does not rise above the 10% of the phase before"}},
		"an API of a kind that has no metrics": {place: readied, make: rewritten("type: http", "type: soap"), command: cmdStart, code: 2, says: []string{"soap", "http", "rest"}},
		"a target group that no metric has":    {place: readied, make: rewritten("targetgroup/lego-api/73e2d6bc24d8a067", "lego-api"), command: cmdStart, code: 2, says: []string{"target_group", "the end of the target group's ARN"}},
		"no blue":                              {place: readied, make: rewritten("  blue:", "  azure:"), command: cmdStart, code: 2, says: []string{"blue", "azure"}},
		"another stage":                        {place: watching, command: cmdRollback, args: []string{"--stage", "staging"}, code: 2, says: []string{"is not the one whose traffic moves", "staging", "a cutover.yaml of its own"}},
		"nobody":                               {place: watching, make: anonymous, command: cmdRollback, code: 2, says: []string{"by", "the log says who ordered what"}},
		"nobody, who only looks":               {place: watching, make: anonymous, command: cmdTick},
		"no pause":                             {place: watching, command: cmdTick, args: []string{"--every", "0s"}, code: 2, says: []string{"is no pause"}},
		"not configured": {place: bare, make: func(s *stand) {
			s.write("cutover.yaml", "project: LEGO-API\nregion: us-east-1\nstages:\n  production: {url: https://api.lego.example.com}\n")
		}, command: cmdTick, says: []string{"cutover.yaml has no section traffic"}},
		"a bucket that is not there": {place: watching, command: cmdTick, args: []string{"--bucket", "nowhere"}, code: 2, says: []string{"nowhere"}},
	})
}

// A workflow that cannot be switched is known before anything is asked.
func TestAWorkflowNeedsAToken(t *testing.T) {
	s := at(t, bare)
	got := processtest.Run(t, binary, s.folder, s.env, "--command", cmdTick, "--bucket", "releases", "--workflow", "traffic-watch.yml")
	if text := whole(got); got.Code != 2 || !strings.Contains(text, "is needed to start and stop traffic-watch.yml") || !strings.Contains(text, "actions: write") {
		t.Errorf("%d %s", got.Code, text)
	}
}

func anonymous(s *stand) {
	s.env = slices.DeleteFunc(s.env, func(e string) bool { return strings.HasPrefix(e, "GITHUB_ACTOR=") })
}

// third adds a record that is neither blue nor green.
func third(s *stand) {
	five := 5
	s.cloud.SetRecords(zone, append(s.cloud.Records(zone), cloud.RecordSet{
		Name: record, Type: "A", SetIdentifier: "somebody", Weight: &five,
		AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "other-1234567890.us-east-1.elb.amazonaws.com"},
	})...)
}

// without takes one side's records away.
func without(side string) func(s *stand) {
	return func(s *stand) {
		s.cloud.SetRecords(zone, slices.DeleteFunc(s.cloud.Records(zone), func(r cloud.RecordSet) bool { return r.SetIdentifier == "LEGO-API-"+side })...)
	}
}

// edited changes all records of a side.
func edited(f func(r *cloud.RecordSet)) func(s *stand) {
	return func(s *stand) {
		sets := s.cloud.Records(zone)
		for i := range sets {
			f(&sets[i])
		}
		s.cloud.SetRecords(zone, sets...)
	}
}

// What somebody has done to the record.
func TestRecordsInTrouble(t *testing.T) {
	holdAll(t, map[string]wrong{
		"not weighted":                  {place: bare, command: cmdStart, code: 4, says: []string{"is not weighted", "prepare"}},
		"blue is missing":               {place: readied, make: without("blue"), command: cmdStart, code: 4, says: []string{"has no weighted record of type A that leads to blue", "Put it back by hand"}},
		"blue goes in mid-phase":        {place: watching, make: both(without("blue"), minutesOf(25, 0)), command: cmdTick, says: []string{"has no weighted record of type A that leads to blue"}, after: frozen},
		"a third record":                {place: readied, make: third, command: cmdStart, code: 4, says: []string{"leads to a third place", "A somebody other-1234567890", "Take that record out"}},
		"a third record, and back":      {place: watching, make: third, command: cmdRollback, code: 3, green: "green 0", says: []string{"leads to a third place", "blue has the traffic, and the record's weights cannot be read or changed"}},
		"A and AAAA disagree":           {place: readied, make: reweighed("AAAA", 7), command: cmdStart, code: 4, says: []string{"weights that differ by type", "A green 0, blue 100; AAAA green 7, blue 100", "A rollback does so by itself"}},
		"A and AAAA disagree, and back": {place: watching, make: reweighed("AAAA", 3), command: cmdRollback, green: "green 0"},
		"both weights are 0":            {place: readied, make: func(s *stand) { s.cloud.Reweigh(zone, "LEGO-API-blue", "", 0) }, command: cmdStart, code: 4, says: []string{"gives green traffic already", "green 0, blue 0"}},
		"green has some already":        {place: readied, make: reweighed("", 3), command: cmdStart, code: 4, says: []string{"gives green traffic already", "green 3, blue 100", "Set green's weight to 0"}},
		"raised by hand":                {place: watching, make: both(reweighed("", 90), minutesOf(1, 0)), command: cmdTick, green: "green 10", says: []string{"more than 10%: taken back"}, after: logged(rollout.Corrected, "90")},
		"raised by hand, to all":        {place: watching, make: both(func(s *stand) { s.cloud.Reweigh(zone, "LEGO-API-blue", "", 0) }, minutesOf(1, 0)), command: cmdTick, green: "green 10", after: logged(rollout.Corrected, "taken back")},
		"lowered by hand":               {place: watching, make: both(reweighed("", 5), minutesOf(25, 0)), command: cmdTick, green: "green 5", says: []string{"somebody else has set the weights to 5 for green and 90 for blue; 10% was decided"}, after: all(frozen, heldBy(rollout.HoldDrift))},
		"lowered to 0 by hand":          {place: watching, make: both(reweighed("", 0), minutesOf(1, 0)), command: cmdTick, code: 1, green: "green 0", says: []string{"somebody else has set green's weight to 0"}, after: logged(rollout.FellBack, "somebody else")},
		"a zone that is not there":      {place: readied, make: refuses("aws", http.StatusNotFound, "NoSuchHostedZone", 0, "/route53/aws4_request", "/rrset"), command: cmdStart, code: 2, says: []string{"does not exist in this account", zone, "the role of the account that holds it"}},
		"another account's zone":        {place: readied, make: refuses("aws", http.StatusForbidden, "AccessDenied", 0, "/route53/aws4_request", "/rrset"), command: cmdStart, code: 2, says: []string{"its records cannot be read", "route53:ListResourceRecordSets", "the zone of another account is refused the same way"}},
		"SST owns it":                   {place: bare, make: ownedBySST, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}, code: 4, says: []string{"belongs to SST", "dns: false"}},
		"CloudFormation owns it":        {place: bare, make: func(s *stand) { s.cloud.Own(record, "dns-stack") }, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}, code: 4, says: []string{"belongs to CloudFormation stack dns-stack", "DeletionPolicy: Retain"}},
		"Terraform owns it":             {place: bare, make: ownedByTerraform, command: cmdPrepare, args: []string{"--apply", "--terraform", "terraform.json"}, code: 4, says: []string{"belongs to Terraform", "removed block"}},
		"Terraform was not asked":       {place: bare, command: cmdPrepare, args: []string{"--apply"}, code: 4, says: []string{"Terraform was not asked", "terraform: none"}},
		"a metric that nobody has":      {place: bare, make: rewritten("name: a1b2c3d4e5", "name: f9f9f9f9f9"), command: cmdPrepare, args: []string{"--terraform", "none"}, code: 1, says: []string{"f9f9f9f9f9", "has no data", "whether its names in cutover.yaml are those of its metrics"}},
		"no alarms":                     {place: bare, make: func(s *stand) { s.cloud.SetAlarms() }, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}, code: 4, says: []string{"is not there", "Deploy the monitoring stack"}},
		"a rollout is under way":        {place: watching, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}, code: 4, says: []string{"would change the record under a rollout"}},
		"a bucket without conditions":   {place: bare, make: unconditional, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}, code: 4, says: []string{"ignores If-None-Match, so that two programs could both move the traffic", "Amazon S3"}},
	})
}

func ownedBySST(s *stand) {
	s.cloud.Put("app/lego-api/production.json", `{"version":3,"checkpoint":{"stack":"a","latest":{"resources":[{"urn":"u","type":"aws:route53/record:Record","outputs":{"fqdn":"`+record+`"}}]}}}`)
}

func ownedByTerraform(s *stand) {
	s.write("terraform.json", `{"version":4,"terraform_version":"1.9.0","resources":[{"type":"aws_route53_record","instances":[{"attributes":{"fqdn":"`+record+`"}}]}]}`)
}

// unconditional is a server that takes every write.
func unconditional(s *stand) {
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		r.Header.Del("If-Match")
		r.Header.Del("If-None-Match")
		pass.ServeHTTP(out, r.Request)
	})
}

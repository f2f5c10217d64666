package publish_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
)

func version(t testing.TB, text string) publish.Version {
	t.Helper()
	if text == "" {
		return publish.Version{}
	}
	v, err := publish.ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsNoVersion(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no v": "1.2.3", "two parts": "v1.2", "a leading zero": "v01.2.3", "a pre-release with one": "v1.2.3-01", "metadata": "v1.2.3+x",
		"an expression": "v1.2.3-${{x}}", "a line feed": "v1.2.3\n", "too large": "v1234567.0.0", "too long": "v1.2.3-" + strings.Repeat("a", 80), "an option": "--v1.2.3", "an empty part": "v1.2.3-a..b",
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := publish.ParseVersion(text); fault.KindOf(err) != fault.Input {
				t.Errorf("read as %s, %v", v, err)
			}
		})
	}
}

// The order is semver.org's own example, section 11, and survives shuffling.
func TestVersionsHaveAnOrder(t *testing.T) {
	sorted := []string{"v0.1.0", "v0.9.0", "v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta", "v1.0.0-beta.2", "v1.0.0-beta.11", "v1.0.0-rc.1", "v1.0.0", "v1.0.10", "v1.2.0", "v2.0.0"}
	for seed := range uint64(20) {
		tags := slices.Clone(sorted)
		tags = append(tags, "v1", "latest", "v0.1.0")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
		var got []string
		for _, v := range publish.Released(tags) {
			got = append(got, v.String())
		}
		if !slices.Equal(got, sorted) {
			t.Fatalf("seed %d: %v", seed, got)
		}
	}
}

func TestNextVersion(t *testing.T) {
	for name, c := range map[string]struct {
		from string
		size publish.Size
		want string
	}{
		"the first":               {"", publish.Patch, "v0.1.0"},
		"a break before 1.0":      {"v0.3.2", publish.Major, "v0.4.0"},
		"something new":           {"v1.3.2", publish.Minor, "v1.4.0"},
		"a mend":                  {"v1.3.2", publish.Patch, "v1.3.3"},
		"a break":                 {"v1.3.2", publish.Major, "v2.0.0"},
		"the end of a trial":      {"v2.0.0-rc.2", publish.Patch, "v2.0.0"},
		"something new in v0.9.9": {"v0.9.9", publish.Minor, "v0.10.0"},
	} {
		t.Run(name, func(t *testing.T) {
			from := version(t, c.from)
			if got := from.Next(c.size); got.String() != c.want || got.Compare(from) <= 0 {
				t.Errorf("got %s", got)
			}
		})
	}
}

// The version of a commit: what is asked, what was begun, what has changed.
func TestChooseVersion(t *testing.T) {
	tags := []publish.Tag{{"v1.0.0", "r1", []string{"c1"}}, {"v1.1.0", "r2", []string{"c2"}}, {"v1", "r2", []string{"c2"}}}
	mend := []publish.Change{{Kind: publish.Fixed, Text: "x"}}
	breaks := publish.Note{Differences: []publish.Difference{{Size: publish.Major}}}
	for name, c := range map[string]struct {
		asked, commit string
		changes       []publish.Change
		note          publish.Note
		want          string
		resumed       bool
		kind          fault.Kind
	}{
		"by commits":               {commit: "c3", changes: mend, want: "v1.1.1"},
		"by the trees":             {commit: "c3", changes: mend, note: breaks, want: "v2.0.0"},
		"cut off after the tag":    {commit: "c2", changes: mend, want: "v1.1.0", resumed: true},
		"a tag that was pushed":    {asked: "v1.1.0", commit: "r2", want: "v1.1.0", resumed: true},
		"asked":                    {asked: "v1.5.0", commit: "c3", changes: mend, want: "v1.5.0"},
		"a trial":                  {asked: "v2.0.0-rc.1", commit: "c3", note: breaks, want: "v2.0.0-rc.1"},
		"promises too little":      {asked: "v1.2.0", commit: "c3", note: breaks, kind: fault.Input},
		"used for another commit":  {asked: "v1.0.0", commit: "c3", changes: mend, kind: fault.Refused},
		"nothing new":              {commit: "c3", kind: fault.Input},
		"not a version":            {asked: "latest", commit: "c3", kind: fault.Input},
		"the moving tag is no tag": {commit: "r2", changes: mend, want: "v1.1.0", resumed: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := publish.ChooseVersion(c.asked, tags, c.commit, version(t, "v1.1.0"), c.changes, c.note)
			if fault.KindOf(err) != c.kind || err == nil && (got.Version.String() != c.want || got.Resumed != c.resumed) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	for name, c := range map[string]struct{ asked, commit, want string }{
		"the newest": {"", "c3", "v1.1.0"}, "below what was begun": {"", "c2", "v1.0.0"}, "below the asked": {"v1.0.5", "c9", "v1.0.0"}, "the first": {"v0.1.0", "c0", ""},
	} {
		t.Run("since "+name, func(t *testing.T) {
			if got, err := publish.Since(c.asked, tags, c.commit); err != nil || got != version(t, c.want) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

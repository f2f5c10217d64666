package publish

import (
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Tag is a tag of the repository.
type Tag struct {
	Name, Commit string
	// Parents are those of the commit.
	Parents []string
}

// Names are the tags' names.
func Names(tags []Tag) []string {
	var names []string
	for _, t := range tags {
		names = append(names, t.Name)
	}
	return names
}

// Begun is the version that a commit was released as, or begun to be: its tag
// names the commit itself or the one that the release put on top. ok is false if
// there is none.
func Begun(tags []Tag, commit string) (v Version, ok bool) {
	for _, t := range tags {
		found, err := ParseVersion(t.Name)
		if err == nil && (t.Commit == commit || slices.Contains(t.Parents, commit)) && (!ok || found.Compare(v) > 0) {
			v, ok = found, true
		}
	}
	return v, ok
}

// Choice is how a version was come to.
type Choice struct {
	Version, Previous Version
	// Size is how much changed since, Resumed says that the version was begun before.
	Size    Size
	Resumed bool
}

// ChooseVersion settles the version of a commit: the asked one, that of an earlier
// run which was cut off, or the next one by what has changed. changes are counted
// since previous, note compares the two trees.
func ChooseVersion(asked string, tags []Tag, commit string, previous Version, changes []Change, note Note) (Choice, error) {
	c := Choice{Previous: previous, Size: max(SizeOf(changes), note.Size())}
	begun, resumed := Begun(tags, commit)
	next := previous.Next(c.Size)
	if asked == "" {
		if resumed {
			c.Version, c.Resumed = begun, true
			return c, nil
		}
		if len(changes) == 0 && len(note.Differences) == 0 && previous != (Version{}) {
			return c, &fault.Fault{Kind: fault.Input, Name: "release", What: "has nothing new since " + previous.String(), Next: "Release when there is something."}
		}
		c.Version = next
		return c, nil
	}
	v, err := ParseVersion(asked)
	if err != nil {
		return c, err
	}
	c.Version = v
	for _, t := range tags {
		if t.Name == asked {
			if t.Commit != commit && !slices.Contains(t.Parents, commit) {
				return c, &fault.Fault{Kind: fault.Refused, Name: "release", What: "was made of another commit already", Got: asked, Next: "A version is used once: take the next."}
			}
			c.Resumed = true
			return c, nil
		}
	}
	if v.Pre == "" && v.Compare(next) < 0 {
		return c, &fault.Fault{Kind: fault.Input, Name: "release", What: "promises less change than there is since " + previous.String(), Got: asked, Allowed: next.String() + " or above", Next: "See cutover-publish upgrade."}
	}
	return c, nil
}

// Since is what changelog and upgrade note of a commit begin at: the version below
// the asked one, below the one that was begun, or the newest.
func Since(asked string, tags []Tag, commit string) (Version, error) {
	all := Released(Names(tags))
	if asked != "" {
		v, err := ParseVersion(asked)
		return Before(all, v), err
	}
	if begun, ok := Begun(tags, commit); ok {
		return Before(all, begun), nil
	}
	return Newest(all), nil
}

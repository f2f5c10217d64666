// Package chain links the entries of a log: each carries the hash of the one
// before, so that none can be changed or taken out unseen.
package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Link is an entry's place: its number from 1 on, the hash of the entry before, ""
// for the first, and its own. Hashes are SHA-256 in hexadecimal.
type Link struct {
	Sequence       int
	Previous, Hash string
}

// Entry is a value that has a place and can be given another.
type Entry[E any] interface {
	Link() Link
	Linked(Link) E
}

// Seal chains an entry to the one before. Its hash is that of its JSON in which
// the hash is empty.
func Seal[E Entry[E]](e E, previous string) E {
	l := Link{Sequence: e.Link().Sequence, Previous: previous}
	text, _ := json.Marshal(e.Linked(l)) // strings, numbers and times: it cannot fail
	sum := sha256.Sum256(text)
	l.Hash = hex.EncodeToString(sum[:])
	return e.Linked(l)
}

// Verify checks a log from its first entry on: numbers without a gap, each hash
// that of the content, each link that of the one before.
func Verify[E Entry[E]](log []E) error {
	previous := ""
	for i, e := range log {
		switch l := e.Link(); {
		case l.Sequence != i+1:
			return fmt.Errorf("event %d stands where %d belongs: one is missing or out of place", l.Sequence, i+1)
		case l.Previous != previous:
			return fmt.Errorf("event %d does not follow the one before: its link is %.12s, not %.12s", l.Sequence, l.Previous, previous)
		default:
			if sealed := Seal(e, l.Previous).Link(); sealed.Hash != l.Hash {
				return fmt.Errorf("event %d was changed: its content has the hash %.12s, not %.12s", l.Sequence, sealed.Hash, l.Hash)
			}
			previous = l.Hash
		}
	}
	return nil
}

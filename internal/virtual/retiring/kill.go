package retiring

import "github.com/cutover-dev/cutover/internal/sim/legacy"

// killer ends a run at a boundary that no run has been killed at before: nothing
// of the run is carried out behind it, as when its machine is gone.
type killer struct {
	account *legacy.Account
	on      bool
	seen    map[string]bool
	kills   []Kill
}

// killed is what a run is ended with.
type killed struct{}

// at kills the run that comes by, once.
func (k *killer) at(boundary string) {
	if !k.on || k.seen[boundary] {
		return
	}
	k.seen[boundary] = true
	k.kills = append(k.kills, Kill{k.account.Now(), boundary})
	panic(killed{})
}

// around kills before a call, and by what it returns behind it.
func (k *killer) around(call string) func() {
	k.at("before " + call)
	return func() { k.at("after " + call) }
}

// survive runs something that may be killed, and says whether it was.
func survive(f func()) (dead bool) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case killed:
			dead = true
		default:
			panic(r)
		}
	}()
	f()
	return false
}

package live

import (
	"net/http"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Users ask the record's name, at a pace that no answer changes (an open loop),
// wherever their resolvers lead them.
type Users struct {
	resolvers *Resolvers
	// at is where a target of DNS answers here.
	at       func(target string) string
	sides    [2]string // their addresses
	clock    Clock
	attacker *vegeta.Attacker
	over     sync.WaitGroup
	Tally    Tally
}

// byVegeta is the header by which a server knows a user's request.
const byVegeta = "X-Vegeta-Attack"

// Begin lets them ask so many times a second of this machine, until End.
func (u *Users) Begin(rate int, path string) {
	u.attacker = vegeta.NewAttacker(vegeta.Workers(16), vegeta.MaxBody(0))
	u.Tally.origin = u.clock.Now()
	answers := u.attacker.Attack(func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, u.at(u.resolvers.Ask())+path
		return nil
	}, vegeta.Rate{Freq: rate, Per: time.Second}, 0, "users")
	u.over.Go(func() {
		for a := range answers {
			u.Tally.add(u.clock.At(a.Timestamp), u.side(a.URL), a.Code == 0 || a.Code >= 500)
		}
	})
}

// side is whom an address belongs to.
func (u *Users) side(url string) Side {
	if base := u.sides[Green]; len(url) >= len(base) && url[:len(base)] == base {
		return Green
	}
	return Blue
}

// End stops them and waits for the answers that are under way.
func (u *Users) End() {
	if u.attacker != nil {
		u.attacker.Stop()
	}
	u.over.Wait()
}

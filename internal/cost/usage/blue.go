package usage

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
)

// The architectures of processors.
const (
	X86 = "x86"
	ARM = "arm"
)

// BlueMetered is what CloudWatch told of blue.
type BlueMetered struct {
	From, To time.Time
	// Those of the load balancer, each hour's sum. Active is a sum of minutes.
	Requests, New, Active, Bytes, Rules, Capacity Series
	// Tasks is how many ran, each hour's mean.
	Tasks Series
	// NATBytes are those that NAT gateways of the side have processed.
	NATBytes Series
	// LogBytes are those that its log groups took in.
	LogBytes Series
	// Logs is whether any log group is known.
	Logs bool
}

// BlueShape is what no metric tells of blue.
type BlueShape struct {
	// CPU is in units of ECS, 1024 a processor; Memory is in MiB.
	CPU, Memory  int
	Architecture string
	// Tasks is how many run where nobody has counted; 0 is not known.
	Tasks int
	// NAT is how many NAT gateways are there for blue alone, Addresses how many
	// public IPv4 addresses of load balancer and tasks.
	NAT, Addresses int
}

// OfBlue is what blue used.
func OfBlue(m BlueMetered, s BlueShape) Usage {
	u := Usage{Side: Blue, From: m.From, To: m.To, Requests: int64(m.Requests.Sum() + 0.5), Counted: m.Requests.Known(), Unknown: []Unknown{}}
	window := u.Hours()
	u.tasks(m.Tasks, s)
	u.add(price.ALBHour, window, Fixed, "")
	u.capacity(m)
	if s.Addresses > 0 {
		u.add(price.AddressHour, float64(s.Addresses)*window, Fixed, "as cost.blue.addresses says")
	}
	if s.NAT > 0 {
		u.add(price.NATHour, float64(s.NAT)*window, Fixed, "as cost.blue.nat says")
		u.measured(price.NATGB, m.NATBytes, gigabyte, "no NAT gateway's bytes are known")
	}
	if m.Bytes.Known() {
		u.add(price.EgressGB, m.Bytes.Sum()/gigabyte, Linear, "all that the load balancer processed: an upper bound, since requests come in free")
	} else {
		u.lacks(price.EgressGB, Linear, "the load balancer told no bytes")
	}
	if m.Logs {
		u.measured(price.LogsGB, m.LogBytes, gigabyte, "blue's log groups told no bytes")
	}
	return u
}

// measured adds what follows traffic, in larger units, or says that it is not known.
func (u *Usage) measured(item price.Item, s Series, per float64, why string) {
	if !s.Known() {
		u.lacks(item, Linear, why)
		return
	}
	u.add(item, s.Sum()/per, Linear, "")
}

// tasks are billed by what they reserve, while they run.
func (u *Usage) tasks(seen Series, s BlueShape) {
	cpu, memory := price.FargateX86CPU, price.FargateX86GB
	if s.Architecture == ARM {
		cpu, memory = price.FargateARMCPU, price.FargateARMGB
	}
	mean, note := seen.Mean(), ""
	switch n := len(seen); {
	case n == 0 && s.Tasks == 0:
		const why = "Container Insights told no running task, and cost.blue.tasks is not set"
		u.lacks(cpu, Stepped, why)
		u.lacks(memory, Stepped, why)
		return
	case n == 0:
		mean, note = float64(s.Tasks), "as cost.blue.tasks says: Container Insights told no running task"
	case float64(n) < u.Hours()-1:
		note = fmt.Sprintf("of %d hours with a figure, the others taken for alike", n)
	}
	u.Tasks = mean
	hours := mean * u.Hours()
	u.add(cpu, hours*float64(s.CPU)/1024, Stepped, note)
	u.add(memory, hours*float64(s.Memory)/1024, Stepped, note)
}

// What one capacity unit of an Application Load Balancer carries, averaged over an
// hour; source: Elastic Load Balancing's pricing page. The first ten rules of each
// request are free.
const (
	newASecond    = 25
	activeAMinute = 3000
	bytesAnHour   = 1e9
	rulesASecond  = 1000
	freeRules     = 10
)

// CapacityUnits are those of one hour: the most of four dimensions. active is the
// sum of the hour's minutes.
func CapacityUnits(requests, fresh, active, bytes, rules float64) float64 {
	evaluated := max(rules-freeRules*requests, 0)
	return max(fresh/3600/newASecond, active/60/activeAMinute, bytes/bytesAnHour, evaluated/3600/rulesASecond)
}

// capacity prefers the four dimensions, each with its definition on the pricing
// page. The load balancer's own figure serves where one of them is missing. Rules
// are told by none that has no rule but the default one.
func (u *Usage) capacity(m BlueMetered) {
	if m.New.Known() && m.Active.Known() && m.Bytes.Known() {
		var sum float64
		for _, at := range hours(m.New, m.Active, m.Bytes, m.Rules) {
			sum += CapacityUnits(m.Requests[at], m.New[at], m.Active[at], m.Bytes[at], m.Rules[at])
		}
		u.add(price.ALBCapacity, sum, Linear, "")
		return
	}
	if m.Capacity.Known() {
		u.add(price.ALBCapacity, m.Capacity.Sum(), Linear, "as ConsumedLCUs says: one of the four dimensions is missing")
		return
	}
	u.lacks(price.ALBCapacity, Linear, "the load balancer told neither connections and bytes nor ConsumedLCUs")
}

package picture

import (
	"math"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// scale is a value axis.
type scale struct {
	low, high float64
	ticks     []float64
	used      bool
}

// fit makes the value axes.
func (p *plot) fit() {
	for side, axis := range []dashboard.Axis{p.m.Left, p.m.Right} {
		s := scale{low: math.Inf(1), high: math.Inf(-1)}
		see := func(v float64) {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				s.low, s.high = min(s.low, v), max(s.high, v)
			}
		}
		for i := range p.d.times {
			sum := 0.0
			for _, l := range p.lines {
				if l.onRight != (side == 1) {
					continue
				}
				s.used = true
				see(l.values[i])
				if p.m.Stacked && !math.IsNaN(l.values[i]) {
					sum += l.values[i]
					see(sum)
				}
			}
		}
		if side == 0 {
			for _, l := range p.m.Lines {
				see(l.Value)
			}
		}
		if axis.Min != nil {
			s.low = *axis.Min
		}
		if axis.Max != nil {
			s.high = *axis.Max
		}
		p.scales[side] = s.tick(axis.Max != nil)
	}
}

func (s scale) tick(fixed bool) scale {
	if !s.used {
		return s
	}
	if math.IsInf(s.low, 0) {
		s.low, s.high = 0, 1
	}
	if s.high <= s.low {
		s.high = s.low + 1
	}
	rough := (s.high - s.low) / 4
	step := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step*m >= rough*0.999 {
			step *= m
			break
		}
	}
	s.low = math.Floor(s.low/step+1e-9) * step
	if !fixed {
		s.high = math.Ceil(s.high/step-1e-9) * step
	}
	for v := s.low; v <= s.high+step/1000; v += step {
		s.ticks = append(s.ticks, v)
	}
	return s
}

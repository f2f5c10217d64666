package sim

import "time"

// Weights returns the weights of the two records as Route 53's API has them,
// propagated or not. The error is [ErrDown], [ErrThrottled] or nil.
func (w *World) Weights() (green, blue int, err error) {
	if err := w.api(); err != nil {
		return 0, 0, err
	}
	return w.dns.green, w.dns.blue, nil
}

// SetWeights changes both weights, 0 to 255, in one batch. Resolvers learn of
// it 30 to 60 s later. The error is [ErrWeight], [ErrDown], [ErrThrottled] or
// nil; after an error nothing has changed.
func (w *World) SetWeights(green, blue int) error {
	if min(green, blue) < 0 || max(green, blue) > maxWeight {
		return ErrWeight
	}
	if err := w.api(); err != nil {
		return err
	}
	w.dns.green, w.dns.blue = green, blue
	spread := w.random.of(controlPlane, w.call()).Int64N(int64(30 * time.Second))
	w.dns.plan(change{at: w.now + 30*time.Second + time.Duration(spread), kind: weightsChange, green: green, blue: blue})
	share := 0.5
	if green+blue > 0 {
		share = float64(green) / float64(green+blue)
	}
	for i := range w.effects {
		w.effects[i].weightSet(share, w.now)
	}
	for i := range w.orders {
		w.orders[i].weightSet(share, w.now)
	}
	return nil
}

// api is what Route 53's control plane does with a call.
func (w *World) api() error {
	if w.any(w.now, func(f *Fault) bool { return f.ControlPlane == "down" }) {
		return ErrDown
	}
	if w.throttled(func(f *Fault) bool { return f.ControlPlane == "throttled" }) {
		return ErrThrottled
	}
	return nil
}

// SetVerdict writes the verdict metric, which green's health check follows a
// minute later; the last one written stays. It needs no Route 53 API. The
// error is [ErrThrottled] or nil.
func (w *World) SetVerdict(healthy bool) error {
	if w.throttled(func(f *Fault) bool { return f.Metrics == "throttled" }) {
		return ErrThrottled
	}
	w.dns.plan(change{at: w.now + verdictDelay, kind: verdictChange, healthy: healthy})
	return nil
}

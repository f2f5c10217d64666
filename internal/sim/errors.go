package sim

// Error is how a simulated service refuses a call. Compare with [errors.Is].
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What the services answer.
const (
	// ErrDown is a control plane that does not answer.
	ErrDown Error = "the control plane does not answer"
	// ErrThrottled is a service that asks to slow down; the same call may work
	// a moment later.
	ErrThrottled Error = "rate exceeded"
	// ErrStore is a state store that does not answer.
	ErrStore Error = "the state store does not answer"
	// ErrWeight is a weight that Route 53 does not have.
	ErrWeight Error = "a weight is a whole number from 0 to 255"
)

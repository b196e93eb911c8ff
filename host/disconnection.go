package host

import "time"

// Disconnection says since when a connection is disconnected and who did it. A
// disconnected connection has no secrets and no schedule and is not run. Its records and
// its history are kept as they were last read; they count as current only until At.
type Disconnection struct {
	At       time.Time `json:"at"`
	By       Actor     `json:"by"`
	Schedule string    `json:"schedule,omitempty" doc:"The schedule it had; reconnecting sets it again"`
}

// RefuseDisconnected returns the problem of what a disconnected connection cannot do, or nil for
// a connection that is connected.
func (c Connection) RefuseDisconnected() error {
	if c.Disconnection == nil {
		return nil
	}
	return Refused(CodeDisconnected, "Reconnect it: `plumbline connection reconnect "+c.Alias+"`.",
		"%s is disconnected since %s; only its history is kept", c.Alias, c.Disconnection.At.UTC().Format("2 Jan 2006 15:04 MST"))
}

// CurrentAt reports whether the records of the connection count as current at a moment;
// the zero time is now.
func (c Connection) CurrentAt(at time.Time) bool {
	return c.Disconnection == nil || !at.IsZero() && at.Before(c.Disconnection.At)
}

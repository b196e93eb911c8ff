package host

import (
	"fmt"
	"time"
)

// Development is the use of an author's program instead of a connector's own. It lasts as
// long as its lease is renewed.
type Development struct {
	ID        string    `json:"id" doc:"Names the lease"`
	Connector string    `json:"connector" doc:"Id of the connector that the program is used as"`
	Version   string    `json:"version" doc:"What the program calls its version"`
	Source    string    `json:"source" doc:"What its author works on"`
	Attached  bool      `json:"attached" doc:"It is its author's own process, which nothing contains and the host never ends"`
	PID       int       `json:"pid,omitempty" doc:"Of an attached process"`
	Since     time.Time `json:"since"`
	ExpiresAt time.Time `json:"expires_at" doc:"When the lease ends unless it is renewed"`
	Reloads   int       `json:"reloads" doc:"How often the author replaced the program"`
	Message   string    `json:"message" doc:"What this means for what is read, in one sentence"`
	Remedy    string    `json:"remedy"`
}

// Explain writes the development's message and remedy.
func (d *Development) Explain() {
	d.Message = fmt.Sprintf("%s is in development: what it reads is marked, and is not evidence", d.Connector)
	d.Remedy = "It ends when its author ends the command that began it, plumbline connector dev."
	if d.Attached {
		d.Message += fmt.Sprintf("; it is process %d of its author, which nothing contains", d.PID)
	}
}

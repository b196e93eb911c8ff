package host

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"
)

// Draft is what a person has entered into the form of a connection and not saved yet. It
// holds no secret: a secret that was typed is gone when the form is left.
type Draft struct {
	ID            string          `json:"id" doc:"Chosen by who begins the draft"`
	Connector     string          `json:"connector" doc:"Id of the connector"`
	ConnectorName string          `json:"connector_name" doc:"For people; the id when the connector is not on this machine any more"`
	Connection    string          `json:"connection,omitempty" doc:"Id of the connection that is edited; absent for a new one"`
	Base          uint64          `json:"base,omitempty" doc:"Revision of the connection that the edit began with"`
	Alias         string          `json:"alias"`
	Settings      json.RawMessage `json:"settings" doc:"As far as they were entered; never a secret"`
	Schedule      string          `json:"schedule" doc:"Cron expression; empty means only when asked"`
	Owner         string          `json:"owner,omitempty" doc:"Who is to look after the connection"`
	Prerequisites []string        `json:"prerequisites" doc:"The lines of the setup guide's prerequisites that are ticked"`
	Steps         []string        `json:"steps" doc:"Ids of the setup guide's steps that are done"`
	UpdatedAt     time.Time       `json:"updated_at"`
	UpdatedBy     *Actor          `json:"updated_by,omitempty"`
	Revision      uint64          `json:"revision" doc:"Counts up with every change; send it as If-Match to refuse lost updates"`
}

// The bounds of a draft.
const (
	maxDraftText  = 500 // bytes of the alias, the owner and the schedule
	maxDraftTicks = 100 // prerequisites, and steps
	maxDraftTick  = 4 << 10
	maxDraftBytes = 60 << 10 // together
)

var draftID = regexp.MustCompile(`^[0-9A-Za-z]{8,40}$`)

// Validate returns a problem that names what no draft may hold, or nil. Settings that a
// connector would refuse are none: a draft is what is not finished.
func (d Draft) Validate() error {
	settings := map[string]json.RawMessage{}
	total := len(d.Settings)
	for name, list := range map[string][]string{"prerequisites": d.Prerequisites, "steps": d.Steps} {
		if len(list) > maxDraftTicks {
			return Invalid(name, nil, fmt.Sprintf("has %d items; at most %d are allowed", len(list), maxDraftTicks))
		}
		for _, item := range list {
			if total += len(item); len(item) > maxDraftTick || !utf8.ValidString(item) {
				return Invalid(name, nil, fmt.Sprintf("has an item that is no text of at most %d bytes", maxDraftTick))
			}
		}
	}
	switch {
	case !draftID.MatchString(d.ID):
		return Invalid("id", d.ID, "must have 8 to 40 letters and digits")
	case len(d.Alias) > maxDraftText || !utf8.ValidString(d.Alias):
		return Invalid("alias", nil, fmt.Sprintf("must be a text of at most %d bytes", maxDraftText))
	case len(d.Owner) > maxDraftText || !utf8.ValidString(d.Owner):
		return Invalid("owner", nil, fmt.Sprintf("must be a text of at most %d bytes", maxDraftText))
	case len(d.Schedule) > maxDraftText || !utf8.ValidString(d.Schedule):
		return Invalid("schedule", nil, fmt.Sprintf("must be a text of at most %d bytes", maxDraftText))
	case json.Unmarshal(d.Settings, &settings) != nil || settings == nil:
		return Invalid("settings", nil, "must be a JSON object")
	case total > maxDraftBytes:
		return Invalid("settings", nil, fmt.Sprintf("the draft has %d bytes; at most %d are allowed", total, maxDraftBytes))
	}
	return nil
}

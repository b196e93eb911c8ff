package verdict

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// CustomState says how far a test of the company's own is.
type CustomState string

// The states. A published test can have a draft of its next version beside it.
const (
	CustomDraft     CustomState = "draft" // never published
	CustomPublished CustomState = "published"
	CustomRetired   CustomState = "retired"
)

// Custom is a test that the company writes itself.
type Custom struct {
	ID         string      `json:"id" doc:"No test of the library has it"`
	State      CustomState `json:"state" enum:"draft,published,retired"`
	Version    int         `json:"version" doc:"The latest published; 0 = none"`
	Test       Test        `json:"test" doc:"The draft if there is one, else the latest published version"`
	Unsettled  bool        `json:"draft" doc:"There is a draft that is not published"`
	Source     string      `json:"source,omitempty" doc:"The file from which the draft was made, as it was written"`
	CopiedFrom string      `json:"copied_from,omitempty" doc:"Id of the test that it began as a copy of"`
	Retired    *Withdrawal `json:"retired,omitempty"`
	By         host.Actor  `json:"by" doc:"Who changed it last"`
	At         time.Time   `json:"at"`
	Revision   uint64      `json:"revision" doc:"Send as If-Match with a change"`
}

// CustomVersion is a published version. It does not change.
type CustomVersion struct {
	Version int           `json:"version"`
	Test    Test          `json:"test"`
	Source  string        `json:"source,omitempty" doc:"The file from which it was made"`
	Note    string        `json:"note,omitempty" doc:"What changed, in the words of who published it"`
	By      host.Actor    `json:"by"`
	At      time.Time     `json:"at" doc:"From when on it is judged"`
	Retired *Withdrawal   `json:"retired,omitempty" doc:"Until when it was judged, if it was retired as the latest"`
	Changes []FieldChange `json:"changes,omitempty" doc:"Against the version before"`
}

// FieldChange is how a part of a test differs between two versions.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Checked is what is to be said of a test that somebody writes.
type Checked struct {
	Test     *Test             `json:"test,omitempty" doc:"As it would be stored; absent when there is a mistake"`
	Mistakes []host.FieldError `json:"mistakes" doc:"By field, with the line and column in the file that was given, else in the field"`
}

// Writing is a test as a person gives it: as a file in YAML or JSON, or by fields.
type Writing struct {
	Source string `json:"source,omitempty" maxLength:"24576" doc:"A file in YAML or JSON. Mistakes then have its lines and columns"`
	Test   *Test  `json:"test,omitempty" doc:"In place of source"`
	Copy   string `json:"copy,omitempty" doc:"In place of source: id of a test to begin with a copy of"`
}

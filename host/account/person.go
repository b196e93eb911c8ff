package account

import "time"

// PersonStatus says whether a person works for the company.
type PersonStatus string

// The statuses of a person.
const (
	PersonActive  PersonStatus = "active"
	PersonJoining PersonStatus = "joining" // the first day is to come
	PersonLeaving PersonStatus = "leaving" // the last day is known and to come
	PersonLeft    PersonStatus = "left"
	PersonUnknown PersonStatus = "unknown"
)

// PersonStatuses returns every status in the order of the screen.
func PersonStatuses() []PersonStatus {
	return []PersonStatus{PersonActive, PersonJoining, PersonLeaving, PersonLeft, PersonUnknown}
}

// Person is someone who works or worked for the company, as the sources of persons know them.
type Person struct {
	ID           string       `json:"id" doc:"Stable while the address stays, and safe in a path"`
	Name         string       `json:"name,omitempty"`
	Email        string       `json:"email,omitempty"`
	Title        string       `json:"title,omitempty"`
	Department   string       `json:"department,omitempty"`
	Manager      string       `json:"manager,omitempty" doc:"By address, or as the source names them"`
	ManagerID    string       `json:"manager_id,omitempty" doc:"Of the person who is the manager, when it is known"`
	Status       PersonStatus `json:"status" enum:"active,joining,leaving,left,unknown"`
	StatusReason string       `json:"status_reason" doc:"Why, in one sentence"`
	StartedAt    *time.Time   `json:"started_at,omitempty"`
	EndedAt      *time.Time   `json:"ended_at,omitempty" doc:"Last day of work"`
	Left         *time.Time   `json:"left_at,omitempty" doc:"For one who left: the last day, or when a complete read no longer found the person"`

	Accounts       int    `json:"accounts" doc:"Linked accounts that their sources have"`
	ActiveAccounts int    `json:"active_accounts" doc:"Of those, how many can be used"`
	Flagged        int    `json:"flagged" doc:"Of those, how many have a flag"`
	Check          string `json:"background_check" enum:"clear,not_clear,pending,unknown,none,exception" doc:"The best of the person's background checks; none = none is known, exception = a decision says that none is needed"`

	Sources []PersonSource `json:"sources" doc:"Connections that know the person, the preferred first"`
	Fields  []PersonField  `json:"fields,omitempty" doc:"Each field with its source; for one person alone"`
}

// PersonSource is a record from which a person is known.
type PersonSource struct {
	Connection string     `json:"connection" doc:"The connection's id"`
	Alias      string     `json:"alias"`
	Stream     string     `json:"stream"`
	Key        string     `json:"key"`
	Kind       string     `json:"kind" enum:"person,account" doc:"Kind of the record"`
	RemovedAt  *time.Time `json:"removed_at,omitempty" doc:"When a complete read no longer found it"`
}

// PersonField is a field of a person and the source that gave it.
type PersonField struct {
	Field  string        `json:"field" enum:"name,email,title,department,manager,status,started_at,ended_at"`
	Value  string        `json:"value" doc:"Empty when no source tells it"`
	Source *PersonSource `json:"source,omitempty" doc:"Absent when no source tells it"`
	Others []OtherValue  `json:"others,omitempty" doc:"What other sources say, where it differs"`
}

// OtherValue is what a source that was not preferred says.
type OtherValue struct {
	Value string `json:"value"`
	Alias string `json:"alias"`
}

// PersonFields are the fields of a person that an order of sources may be set for.
func PersonFields() []string {
	return []string{"name", "email", "title", "department", "manager", "status", "started_at", "ended_at"}
}

// PersonPrecedence says which sources of persons are preferred. Connections that are not named come after, in the usual order.
type PersonPrecedence struct {
	Order  []string            `json:"order" doc:"Ids of connections, the preferred first"`
	Fields map[string][]string `json:"fields,omitempty" doc:"Another order for a field: name, email, title, department, manager, status, started_at or ended_at"`
}

// PersonSources is the order in force, and what it is made of.
type PersonSources struct {
	PersonPrecedence
	Sources  []PersonSourceInfo `json:"sources" doc:"Every connection that persons are known from, in the order in force"`
	Revision uint64             `json:"revision" doc:"Of the order that is set, 0 for the usual one; send it as If-Match"`
}

// PersonSourceInfo is a connection that persons are known from.
type PersonSourceInfo struct {
	Connection    string `json:"connection" doc:"The connection's id"`
	Alias         string `json:"alias"`
	ConnectorName string `json:"connector_name"`
	Kind          string `json:"kind" enum:"person,account" doc:"Kind of the records; person when it has both"`
	Records       int    `json:"records" doc:"Records that persons are known from"`
	Set           bool   `json:"set" doc:"Its place was set by a person"`
}

// Position says how far the index of accounts and persons is.
type Position struct {
	State       string     `json:"state" enum:"building,following,failing" doc:"building: it is still being read, so a list is empty and not counted; failing: the journal could not be read, so a list may be out of date"`
	Explanation string     `json:"explanation,omitempty"`
	Streams     int        `json:"streams" doc:"Streams to read"`
	Read        int        `json:"read" doc:"Of those, how many are read"`
	AsOf        *time.Time `json:"as_of,omitempty" doc:"Commit time of the latest record or decision in it"`
}

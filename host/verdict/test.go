// Package verdict has the nouns of tests: what must hold for records, and what a test found. Of ours it imports package host alone.
// As there, the JSON names are the product's public contract.
package verdict

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Severity says how serious it is when an item fails a test.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
	SeverityInfo     Severity = "info" // a fact worth knowing; it needs no action
)

// Test says what must hold for the records of one kind. A test is data: everything about it can be written into a file.
//
// Scope, Expect and Message are expressions in CEL. They can read these variables. A field that is not known has no value; what depends
// on it is unknown. Words that say yes or no are true or false.
//
//	r            the record's fields
//	p            the parameters of the test, by name
//	now          the moment for which the test is judged
//	connection   id, alias, connector and category of the record's connection
//	person       the person of an account, device, check, training or signature, the owner of a policy, an automation or a document, the
//	             assignee of a ticket, the person that a record of the kind person is of; null when nobody is known for it
//	accounts     the person's accounts of all connections; an empty list when nobody is known
//	devices, trainings, signatures, checks   the records that carry the person's address
//	twins        the other records of the kind with the same serial number or address, in other connections
//	account      what is decided about an account: in_scope, owner, kind, privileged; null when nothing is
//
// A person has id, name, email, status (active, joining, leaving, left; absent = not known), employment, department, title, manager,
// started_at, ended_at, and sources: the kinds of the records from which the person is known, person or account. What stands in a list
// has the facts of its kind, and alias and category of its connection. An account there also has in_scope, privileged and owner.
//
// A connection whose records cannot be in scope, whatever they say, has no count.
type Test struct {
	ID         string          `json:"id" yaml:"id" doc:"Stable; letters, digits and hyphens"`
	Version    int             `json:"version" yaml:"version" doc:"Counts the published versions, from 1"`
	Title      string          `json:"title" yaml:"title" doc:"What holds when the test passes, in one line"`
	Why        string          `json:"why" yaml:"why" doc:"Why it matters"`
	Kind       string          `json:"kind" yaml:"kind" doc:"The kind of record that is judged"`
	Categories []host.Category `json:"categories,omitempty" yaml:"categories" doc:"Only records of connections of these categories; absent = of all"`
	Scope      string          `json:"scope,omitempty" yaml:"scope" doc:"Which records are judged, as an expression; absent = every record"`
	Expect     string          `json:"expect" yaml:"expect" doc:"What must hold for each, as an expression; with count: for each count"`
	Count      *Count          `json:"count,omitempty" yaml:"count" doc:"Judge counts of records in place of each record"`
	Message    string          `json:"message,omitempty" yaml:"message" doc:"What to say of an item that fails, as an expression that gives a text"`
	Remedy     string          `json:"remedy" yaml:"remedy" doc:"What to do about an item that fails"`
	Severity   Severity        `json:"severity" yaml:"severity" enum:"critical,high,medium,low,info"`
	Days       int             `json:"days_allowed" yaml:"days_allowed" doc:"Days after which a failing item is overdue; 0 = at once"`
	Parameters []Parameter     `json:"parameters,omitempty" yaml:"parameters"`
	Controls   []string        `json:"controls,omitempty" yaml:"controls" doc:"Ids of the controls that the test supports"`
}

// Count is the second stage of a test that judges how many records there are.
type Count struct {
	Of string  `json:"of,omitempty" yaml:"of" doc:"Which of the records in scope are counted, as an expression; absent = all"`
	By CountBy `json:"by" yaml:"by" enum:"connection,all" doc:"One count for each connection, or one count of everything"`
}

// CountBy says of what there is one count each. The expression Expect then reads count, total (records in scope) and share (count by
// total, from 0 to 1) in place of r.
type CountBy string

// What there is one count of.
const (
	CountByConnection CountBy = "connection"
	CountByAll        CountBy = "all"
)

// Parameter is a value that a company sets for itself.
type Parameter struct {
	Name    string `json:"name" yaml:"name" doc:"As expressions read it: p.NAME"`
	Title   string `json:"title" yaml:"title"`
	Default any    `json:"default" yaml:"default" doc:"A number, a text, yes or no, or a list of texts"`
}

// Outcome says what a test found for one item.
type Outcome string

// The outcomes.
const (
	OutcomePass          Outcome = "pass"
	OutcomeFail          Outcome = "fail"
	OutcomeUnknown       Outcome = "unknown"        // a fact that decides is not known
	OutcomeExcluded      Outcome = "excluded"       // a person took it out, with a reason
	OutcomeNotApplicable Outcome = "not_applicable" // out of the test's scope
)

// State says what a test found as a whole.
type State string

// The states, the first that applies. Nothing but passing is a pass.
const (
	StateUnused   State = "unused"   // no connection supplies the kind of record that it judges, or the test is disabled
	StateError    State = "error"    // it cannot be judged: an expression failed or cost too much
	StateFailing  State = "failing"  // an item failed
	StateStale    State = "stale"    // what it reads is older than it may be
	StateUnproven State = "unproven" // an item is unknown, or a list that it reads was not read whole
	StateEmpty    State = "empty"    // nothing was in scope
	StatePassing  State = "passing"
)

// Item is what a test found for one record, or for one count.
type Item struct {
	Outcome    Outcome    `json:"outcome" enum:"pass,fail,unknown,excluded,not_applicable"`
	Connection string     `json:"connection,omitempty" doc:"Id of the connection; absent for a count of everything"`
	Alias      string     `json:"alias,omitempty" doc:"Name of the connection"`
	Stream     string     `json:"stream,omitempty" doc:"Absent for a count"`
	Key        string     `json:"key,omitempty" doc:"Of the record in its stream; absent for a count"`
	Hash       string     `json:"hash,omitempty" doc:"Of the version that was judged"`
	Name       string     `json:"name,omitempty" doc:"What a person calls it: the name, the title or the address"`
	Message    string     `json:"message,omitempty" doc:"Why it failed, or which fact is not known"`
	ObservedAt *time.Time `json:"observed_at,omitempty" doc:"When the version that was judged was first seen"`
	Exclusion  *Exclusion `json:"exclusion,omitempty" doc:"With the outcome excluded"`

	FirstFailedAt *time.Time `json:"first_failed_at,omitempty" doc:"When it was first seen to fail without having passed since; absent = it does not fail"`
	Overdue       bool       `json:"overdue,omitempty" doc:"It has failed for longer than the days that the test allows"`
}

// Exclusion is a person's decision that a test does not count for one item.
type Exclusion struct {
	Reason string     `json:"reason"`
	By     host.Actor `json:"by"`
	At     time.Time  `json:"at"`
	Until  *time.Time `json:"until,omitempty" doc:"When it ends; absent = it does not end by itself"`
}

// Tally counts the items of a test by outcome.
type Tally struct {
	InScope  int `json:"in_scope" doc:"pass, fail, unknown and excluded together"`
	Pass     int `json:"pass"`
	Fail     int `json:"fail"`
	Unknown  int `json:"unknown"`
	Excluded int `json:"excluded"`
}

// Reading is a list that a test read.
type Reading struct {
	Connection string          `json:"connection"`
	Alias      string          `json:"alias"`
	Stream     string          `json:"stream"`
	Kind       string          `json:"kind"`
	Categories []host.Category `json:"categories,omitempty" doc:"Of the connection"`
	AsOf       *time.Time      `json:"as_of,omitempty" doc:"Up to when its last read was complete or partial; absent = it was never read"`
	Run        string          `json:"run,omitempty" doc:"The latest run of its connection"`
	Complete   bool            `json:"complete" doc:"Its last read was complete"`
	Gaps       []string        `json:"gaps,omitempty" doc:"What could not be read, in words"`
	Stale      bool            `json:"stale" doc:"It is older than the test allows"`
	Direct     bool            `json:"direct" doc:"The test judges its records; false = the test looks things up in it"`
}

// Result is what a test found.
type Result struct {
	Test     string    `json:"test" doc:"Id of the test"`
	Version  int       `json:"version" doc:"Of the test"`
	State    State     `json:"state" enum:"unused,error,failing,stale,unproven,empty,passing"`
	Reason   string    `json:"reason" doc:"Why it is in that state, in one sentence"`
	At       time.Time `json:"at" doc:"The moment for which it was judged"`
	Tally    Tally     `json:"tally"`
	Sources  []Reading `json:"sources"`
	Position string    `json:"position,omitempty" doc:"Of the journal, up to which records were judged"`

	Since         *time.Time `json:"since,omitempty" doc:"Since when it is recorded in that state; absent = nothing is recorded"`
	FirstFailedAt *time.Time `json:"first_failed_at,omitempty" doc:"Since when it fails and has not passed; absent = it does not fail"`
	Overdue       bool       `json:"overdue,omitempty" doc:"It has failed for longer than the days that the test allows"`
	Judging       *Judging   `json:"judging,omitempty" doc:"What is committed and not judged yet; absent = the result is of now"`
}

// Judging says how far the judging of what was committed is.
type Judging struct {
	Done  int    `json:"done" doc:"Records that were looked at"`
	Total int    `json:"total" doc:"Records to look at; 0 = not counted yet"`
	Error string `json:"error,omitempty" doc:"Why the last attempt failed; it is made again"`
}

package pack

import (
	"context"
	"io"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Content is what a pack says.
type Content struct {
	Product, Version string
	Demo             bool // the records are of a company that does not exist
	Framework        Framework
	From             time.Time      // when the period begins
	Until            time.Time      // when it ends
	Moment           time.Time      // that everything is of: Until, or earlier when that is still to come
	Location         *time.Location // of days
	Requirements     []Requirement
	Controls         []Control
	Tests            []Tested
	Populations      []Population
	Findings         func(ctx context.Context, fn func(Finding) error) error // the same each time
	Documents        []Document
	Absent           []Absent
	Notices          []string // what the first page says before everything else
	Chain            Chain
}

// Framework is what the controls are for.
type Framework struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version string `json:"version"`
	Licence string `json:"licence"`
}

// Requirement is what the framework asks for.
type Requirement struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Control is a control with what shows it.
type Control struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Text         string   `json:"text"`
	Manual       bool     `json:"manual"` // documents and decisions of people show it
	Requirements []string `json:"requirements"`
	Tests        []string `json:"tests"`
}

// Tested is a test with what it found at the moment.
type Tested struct {
	verdict.Test
	Setting verdict.Setting `json:"setting"` // what a person chose for it
	Result  verdict.Result  `json:"result"`
}

// Finding is an item that does not pass.
type Finding struct {
	Test     string           `json:"test"`
	Version  int              `json:"test_version"`
	Severity verdict.Severity `json:"severity"`
	verdict.Item
}

// Population is a list that tests read.
type Population struct {
	verdict.Reading
	Connector string
	Filter    string                                                      // which records of the list are in it, in words
	WholeRun  *host.Run                                                   // the latest run that read all of it; nil = none
	LastRun   *host.Run                                                   // the latest run that read it at all; nil = none
	Days      verdict.DayCount                                            // the days of the period by how far it was read
	Spans     []verdict.CoverageSpan                                      // every day of the period once, oldest first
	Records   func(ctx context.Context, fn func(host.Record) error) error // as of the moment, by key; the same each time
}

// Document is what a person added to show that a control works: a file, a link, a ticket, or what somebody says.
type Document struct {
	ID          string
	Title       string
	Kind        string
	State       string // at the moment
	Owner       string
	Controls    []string
	CollectedAt *time.Time
	ValidUntil  *time.Time
	By          string
	Text        string                        // the link, the ticket or the statement
	File        string                        // name of the file; empty = none
	SHA256      string                        // of the file, as it is stored
	Open        func() (io.ReadCloser, error) // the file
}

// Absent is a part that packs can have and this one does not.
type Absent struct {
	Part string `json:"part"`
	Why  string `json:"why"`
}

// Chain is the journal's chains.
type Chain struct {
	// Links calls fn with the links of all chains up to the moment, in the order of their commit times; the same each time.
	Links   func(ctx context.Context, fn func(Link) error) error
	Aliases map[string]string // of connections, by id
}

// Link is one link of a chain.
type Link struct {
	Connection string    `json:"connection"` // id; empty = the audit log
	Number     uint64    `json:"number"`
	At         time.Time `json:"at"`
	Hash       string    `json:"link"` // lower-case hex
	Run        string    `json:"run,omitempty"`
	Stream     string    `json:"stream,omitempty"`
}

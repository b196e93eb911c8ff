package pack

import (
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// What OCSF calls the class of these events, of version 1.8.0.
const (
	ocsfVersion  = "1.8.0"
	ocsfCategory = 2    // findings
	ocsfClass    = 2003 // compliance finding
	ocsfCreate   = 1
)

// The parts of a compliance finding that a pack has.
type (
	ocsfEvent struct {
		Activity   int            `json:"activity_id"`
		Category   int            `json:"category_uid"`
		Class      int            `json:"class_uid"`
		Type       int            `json:"type_uid"`
		Time       int64          `json:"time"` // milliseconds
		Severity   int            `json:"severity_id"`
		Status     int            `json:"status_id"`
		Message    string         `json:"message"`
		Metadata   ocsfMetadata   `json:"metadata"`
		Info       ocsfInfo       `json:"finding_info"`
		Compliance ocsfCompliance `json:"compliance"`
		Resources  []ocsfResource `json:"resources,omitempty"`
		Remedy     *ocsfRemedy    `json:"remediation,omitempty"`
		Unmapped   map[string]any `json:"unmapped"`
	}
	ocsfMetadata struct {
		Version string      `json:"version"`
		Product ocsfProduct `json:"product"`
		Labels  []string    `json:"labels,omitempty"`
	}
	ocsfProduct struct {
		Name    string `json:"name"`
		Vendor  string `json:"vendor_name"`
		Version string `json:"version"`
	}
	ocsfInfo struct {
		UID   string `json:"uid"`
		Title string `json:"title"`
		Desc  string `json:"desc,omitempty"`
	}
	ocsfCompliance struct {
		Control      string   `json:"control,omitempty"`
		Requirements []string `json:"requirements,omitempty"`
		Standards    []string `json:"standards,omitempty"`
		Status       string   `json:"status"`
		StatusID     int      `json:"status_id"`
	}
	ocsfResource struct {
		UID  string `json:"uid"`
		Name string `json:"name,omitempty"`
		Type string `json:"type,omitempty"`
	}
	ocsfRemedy struct {
		Desc string `json:"desc"`
	}
)

// The compliance states of OCSF.
const (
	ocsfUnknown = 0
	ocsfPass    = 1
	ocsfFail    = 3
	ocsfOther   = 99
)

// severityOf returns a severity as OCSF numbers it.
func severityOf(s verdict.Severity) int {
	switch s {
	case verdict.SeverityInfo:
		return 1
	case verdict.SeverityLow:
		return 2
	case verdict.SeverityMedium:
		return 3
	case verdict.SeverityHigh:
		return 4
	case verdict.SeverityCritical:
		return 5
	}
	return 0
}

// ocsf writes the results of the tests, then the findings, as events of OCSF.
func (a *archive) ocsf(c *Content) error {
	by := newEvents(c)
	_, err := a.add("ocsf/findings.jsonl", func(o *output) error {
		out := newLines(o)
		for i := range c.Tests {
			if err := out.write(by.ofTest(&c.Tests[i])); err != nil {
				return err
			}
		}
		return out.end(c.Findings(a.ctx, func(f Finding) error { return out.write(by.ofFinding(f)) }))
	})
	return err
}

// events makes events.
type events struct {
	content *Content
	tests   map[string]*Tested
	meet    map[string][]string // requirements that a test shows
	control map[string]string   // the first control of a test
}

func newEvents(c *Content) *events {
	e := &events{content: c, tests: map[string]*Tested{}, meet: map[string][]string{}, control: map[string]string{}}
	for i := range c.Tests {
		e.tests[c.Tests[i].ID] = &c.Tests[i]
	}
	for _, one := range c.Controls {
		for _, id := range one.Tests {
			if e.control[id] == "" {
				e.control[id] = one.ID
			}
			e.meet[id] = append(e.meet[id], one.Requirements...)
		}
	}
	return e
}

func (e *events) of(test, uid, title string, severity verdict.Severity) ocsfEvent {
	c := e.content
	event := ocsfEvent{
		Activity: ocsfCreate, Category: ocsfCategory, Class: ocsfClass, Type: ocsfClass*100 + ocsfCreate, Time: c.Moment.UnixMilli(),
		Severity: severityOf(severity), Status: 1, Info: ocsfInfo{UID: uid, Title: title},
		Metadata: ocsfMetadata{Version: ocsfVersion, Product: ocsfProduct{Name: c.Product, Vendor: c.Product, Version: c.Version}},
		Compliance: ocsfCompliance{
			Control: e.control[test], Requirements: e.meet[test], Standards: []string{c.Framework.Title + " " + c.Framework.Version},
		},
		Unmapped: map[string]any{"test": test, "demo": c.Demo},
	}
	if c.Demo {
		event.Metadata.Labels = []string{"demo"}
	}
	if t := e.tests[test]; t != nil && t.Remedy != "" {
		event.Remedy = &ocsfRemedy{t.Remedy}
	}
	return event
}

// ofTest returns the event of a test as a whole. Only a test that passes is a pass, only one that fails a fail.
func (e *events) ofTest(t *Tested) ocsfEvent {
	event := e.of(t.ID, named(e.content, "test", t.ID), t.Title, t.Severity)
	event.Message, event.Info.Desc = t.Result.Reason, t.Why
	event.Compliance.Status, event.Compliance.StatusID = string(t.Result.State), ocsfUnknown
	switch t.Result.State {
	case verdict.StatePassing:
		event.Compliance.StatusID = ocsfPass
	case verdict.StateFailing:
		event.Compliance.StatusID = ocsfFail
	case verdict.StateUnproven, verdict.StateStale, verdict.StateEmpty, verdict.StateUnused, verdict.StateError:
	}
	return event
}

func (e *events) ofFinding(f Finding) ocsfEvent {
	title := f.Test
	if t := e.tests[f.Test]; t != nil {
		title = t.Title
	}
	event := e.of(f.Test, named(e.content, "item", f.Test, f.Connection, f.Stream, f.Key), title, f.Severity)
	event.Message = f.Message
	event.Compliance.Status = string(f.Outcome)
	switch f.Outcome {
	case verdict.OutcomeFail:
		event.Compliance.StatusID = ocsfFail
	case verdict.OutcomeExcluded:
		event.Compliance.StatusID = ocsfOther
	default:
		event.Compliance.StatusID = ocsfUnknown
	}
	if f.Key != "" {
		event.Resources = []ocsfResource{{UID: f.Alias + "/" + f.Stream + "/" + f.Key, Name: f.Name, Type: f.Stream}}
	}
	event.Unmapped["hash"] = f.Hash
	return event
}

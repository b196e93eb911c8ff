package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// oscalVersion is the version of OSCAL that the results keep to.
const oscalVersion = "1.1.3"

// namespace is whose the properties are that OSCAL does not define.
const namespace = "https://plumbline.dev/ns/oscal"

// The parts of OSCAL's assessment results that a pack has.
type (
	oscalDocument struct {
		Results oscalAssessment `json:"assessment-results"`
	}
	oscalAssessment struct {
		UUID       string        `json:"uuid"`
		Metadata   oscalMetadata `json:"metadata"`
		ImportAP   oscalHref     `json:"import-ap"`
		Results    []oscalResult `json:"results"`
		BackMatter oscalBack     `json:"back-matter"`
	}
	oscalMetadata struct {
		Title        string      `json:"title"`
		LastModified string      `json:"last-modified"`
		Version      string      `json:"version"`
		OSCAL        string      `json:"oscal-version"`
		Props        []oscalProp `json:"props,omitempty"`
		Remarks      string      `json:"remarks,omitempty"`
	}
	oscalHref struct {
		Href        string `json:"href"`
		Description string `json:"description,omitempty"`
		Remarks     string `json:"remarks,omitempty"`
	}
	oscalProp struct {
		Name    string `json:"name"`
		NS      string `json:"ns"`
		Value   string `json:"value"`
		Remarks string `json:"remarks,omitempty"`
	}
	oscalResult struct {
		UUID         string             `json:"uuid"`
		Title        string             `json:"title"`
		Description  string             `json:"description"`
		Start        string             `json:"start"`
		End          string             `json:"end"`
		Reviewed     oscalReviewed      `json:"reviewed-controls"`
		Observations []oscalObservation `json:"observations,omitempty"`
		Findings     []oscalFinding     `json:"findings,omitempty"`
		Remarks      string             `json:"remarks,omitempty"`
	}
	oscalReviewed struct {
		Selections []oscalSelection `json:"control-selections"`
	}
	oscalSelection struct {
		Description string         `json:"description"`
		Include     []oscalControl `json:"include-controls,omitempty"`
		All         *struct{}      `json:"include-all,omitempty"`
	}
	oscalControl struct {
		ID string `json:"control-id"`
	}
	oscalObservation struct {
		UUID        string      `json:"uuid"`
		Title       string      `json:"title"`
		Description string      `json:"description"`
		Props       []oscalProp `json:"props,omitempty"`
		Methods     []string    `json:"methods"`
		Types       []string    `json:"types,omitempty"`
		Evidence    []oscalHref `json:"relevant-evidence,omitempty"`
		Collected   string      `json:"collected"`
		Remarks     string      `json:"remarks,omitempty"`
	}
	oscalFinding struct {
		UUID        string         `json:"uuid"`
		Title       string         `json:"title"`
		Description string         `json:"description"`
		Target      oscalTarget    `json:"target"`
		Related     []oscalRelated `json:"related-observations,omitempty"`
	}
	oscalTarget struct {
		Type   string      `json:"type"`
		ID     string      `json:"target-id"`
		Props  []oscalProp `json:"props,omitempty"`
		Status oscalStatus `json:"status"`
	}
	oscalStatus struct {
		State   string `json:"state"`
		Reason  string `json:"reason"`
		Remarks string `json:"remarks,omitempty"`
	}
	oscalRelated struct {
		UUID string `json:"observation-uuid"`
	}
	oscalBack struct {
		Resources []oscalResource `json:"resources"`
	}
	oscalResource struct {
		UUID        string `json:"uuid"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
)

// named returns the UUID of something in a pack: the same for the same name, in the form of version 5.
func named(c *Content, parts ...string) string {
	name := append([]string{c.Framework.ID, c.From.UTC().Format(time.RFC3339Nano), c.Moment.UTC().Format(time.RFC3339Nano)}, parts...)
	sum := sha256.Sum256([]byte(strings.Join(name, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

var notToken = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// token returns an id as OSCAL takes ids: a letter or a low line first, then letters, digits, dots, hyphens and low lines.
func token(id string) string {
	safe := strings.Trim(notToken.ReplaceAllString(id, "_"), "_")
	if safe == "" || safe[0] >= '0' && safe[0] <= '9' || safe[0] == '.' || safe[0] == '-' {
		return "_" + safe
	}
	return safe
}

// line returns a text as OSCAL takes texts in one line; a text without one has a dash.
func line(text string) string {
	if text = strings.Join(strings.Fields(text), " "); text == "" {
		return "-"
	}
	return text
}

// oscal returns the results as an OSCAL document.
func oscal(c *Content) oscalDocument {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	plan := named(c, "plan")
	result := oscalResult{
		UUID: named(c, "result"), Title: line(c.Framework.Title + " at the end of the period"),
		Description: "What tests over the records of the connected systems found at the moment of this pack.",
		Start:       at(c.From), End: at(c.Moment), Reviewed: reviewed(c), Observations: observations(c), Findings: requirementFindings(c),
		Remarks: "OSCAL knows no third state. What is not known is not-satisfied with the reason other; the property state says what it is.",
	}
	meta := oscalMetadata{
		Title: line("Evidence for " + c.Framework.Title), LastModified: at(c.Moment), Version: line(at(c.Moment)), OSCAL: oscalVersion,
		Props: []oscalProp{{Name: "product", NS: namespace, Value: line(c.Product + " " + c.Version)}},
	}
	if c.Demo {
		meta.Props = append(meta.Props, oscalProp{Name: "demo", NS: namespace, Value: "true"})
		meta.Remarks = demoWords
	}
	return oscalDocument{oscalAssessment{
		UUID: named(c, "document"), Metadata: meta, ImportAP: oscalHref{Href: "#" + plan}, Results: []oscalResult{result},
		BackMatter: oscalBack{Resources: []oscalResource{{
			UUID: plan, Title: "Assessment plan",
			Description: "Every test of the chosen controls is judged over every record that it reads. results/tests.jsonl has the tests.",
		}}},
	}}
}

func reviewed(c *Content) oscalReviewed {
	s := oscalSelection{Description: "The requirements of " + c.Framework.Title + " that the chosen controls meet."}
	for _, r := range c.Requirements {
		s.Include = append(s.Include, oscalControl{token(r.ID)})
	}
	if len(s.Include) == 0 {
		s.Description, s.All = "No control was chosen.", &struct{}{}
	}
	return oscalReviewed{[]oscalSelection{s}}
}

func observations(c *Content) (all []oscalObservation) {
	for i := range c.Tests {
		t := &c.Tests[i]
		o := oscalObservation{
			UUID: named(c, "observation", t.ID), Title: line(t.Title), Description: line(t.Result.Reason), Methods: []string{"TEST"},
			Types: []string{"control-objective"}, Collected: t.Result.At.UTC().Format(time.RFC3339Nano),
			Props: []oscalProp{
				{Name: "state", NS: namespace, Value: string(t.Result.State)}, {Name: "test", NS: namespace, Value: line(t.ID)},
				{Name: "severity", NS: namespace, Value: line(string(t.Severity))},
			},
			Evidence: []oscalHref{{Href: "../results/findings.jsonl", Description: "Every item that does not pass, with the hash of its version."}},
		}
		for _, s := range t.Result.Sources {
			o.Evidence = append(o.Evidence, oscalHref{
				Href: "../populations/" + fileName(s.Alias, s.Stream) + ".jsonl", Description: line(s.Stream + " of " + s.Alias),
			})
		}
		all = append(all, o)
	}
	return all
}

// requirementFindings says of each requirement whether it is satisfied: only if tests show every control of it, and all of them pass.
func requirementFindings(c *Content) (all []oscalFinding) {
	states := map[string]verdict.State{}
	for i := range c.Tests {
		states[c.Tests[i].ID] = c.Tests[i].Result.State
	}
	for _, r := range c.Requirements {
		state, tests := requirementState(c, r.ID, states)
		f := oscalFinding{
			UUID: named(c, "finding", r.ID), Title: line(r.ID + " " + r.Title), Description: line(state.Remarks),
			Target: oscalTarget{Type: "objective-id", ID: token(r.ID), Status: state,
				Props: []oscalProp{{Name: "requirement", NS: namespace, Value: line(r.ID)}}},
		}
		for _, id := range tests {
			f.Related = append(f.Related, oscalRelated{named(c, "observation", id)})
		}
		all = append(all, f)
	}
	return all
}

// requirementState returns the status of a requirement, and the tests that it comes from.
func requirementState(c *Content, requirement string, states map[string]verdict.State) (oscalStatus, []string) {
	worst := oscalStatus{State: "satisfied", Reason: "pass", Remarks: "Every test of every control passes."}
	var tests []string
	seen := map[string]bool{}
	for _, one := range c.Controls {
		if !slices.Contains(one.Requirements, requirement) {
			continue
		}
		if len(one.Tests) == 0 && worst.Reason == "pass" {
			worst = oscalStatus{"not-satisfied", "other", "No test shows the control " + one.ID + ". Whether documents do is for a person to judge."}
		}
		for _, id := range one.Tests {
			if seen[id] {
				continue
			}
			seen[id] = true
			tests = append(tests, id)
			switch state := states[id]; {
			case state == verdict.StateFailing && worst.Reason != "fail":
				worst = oscalStatus{"not-satisfied", "fail", "The test " + id + " fails."}
			case state != verdict.StatePassing && worst.Reason == "pass":
				worst = oscalStatus{"not-satisfied", "other", "The test " + id + " is " + string(state) + ", which is no pass."}
			}
		}
	}
	return worst, tests
}

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// sarif reads SARIF 2.1.0, the format of static analysis: https://docs.oasis-open.org/sarif/sarif/v2.1.0/.
type sarif struct {
	runs []*sarifRun
}

// sarifRun is what a file says of one run before or after its results.
type sarifRun struct {
	report
	rules   []sarifRule
	byID    map[string]int
	uris    []string // of artifacts, by their index
	counted bool     // rules and uris were read
}

type sarifText struct {
	Text string `json:"text"`
	ID   string `json:"id"`
}

// sarifRule describes what a tool looks for.
type sarifRule struct {
	ID       string               `json:"id"`
	Name     string               `json:"name"`
	Short    sarifText            `json:"shortDescription"`
	HelpURI  string               `json:"helpUri"`
	Messages map[string]sarifText `json:"messageStrings"`
	Default  struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties struct {
		Severity any      `json:"security-severity"`
		Tags     []string `json:"tags"`
	} `json:"properties"`
}

// sarifResult is a result of a run.
type sarifResult struct {
	RuleID    string `json:"ruleId"`
	RuleIndex *int   `json:"ruleIndex"`
	Rule      struct {
		ID    string `json:"id"`
		Index *int   `json:"index"`
	} `json:"rule"`
	Kind    string `json:"kind"`
	Level   string `json:"level"`
	Message struct {
		sarifText
		Arguments []string `json:"arguments"`
	} `json:"message"`
	Locations []struct {
		Physical struct {
			Artifact struct {
				URI   string `json:"uri"`
				Index *int   `json:"index"`
			} `json:"artifactLocation"`
			Region struct {
				StartLine int `json:"startLine"`
			} `json:"region"`
		} `json:"physicalLocation"`
		Logical []struct {
			Name string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
	} `json:"locations"`
	CorrelationGUID string            `json:"correlationGuid"`
	Fingerprints    map[string]string `json:"fingerprints"`
	Partial         map[string]string `json:"partialFingerprints"`
	Baseline        string            `json:"baselineState"`
	Suppressions    []struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	} `json:"suppressions"`
	Provenance struct {
		First string `json:"firstDetectionTimeUtc"`
	} `json:"provenance"`
	Properties struct {
		Severity any `json:"security-severity"`
	} `json:"properties"`
}

func (s *sarif) reports() (all []*report) {
	for _, run := range s.runs {
		all = append(all, &run.report)
	}
	return all
}

func (s *sarif) read(in *input.Text, found func(finding) error) error {
	j := input.NewJSON(in)
	at := 0
	err := j.Object(func(name string) error {
		switch name {
		case "version":
			var version string
			if err := j.Value(&version); err != nil {
				return err
			}
			if version != "2.1.0" {
				return fmt.Errorf("%w: it is SARIF %s, and only 2.1.0 is read", errUnknownFormat, version)
			}
			return nil
		case "runs":
			return j.List(func() error {
				if at == len(s.runs) {
					s.runs = append(s.runs, &sarifRun{report: report{Format: "SARIF", Target: stemOf(in.Name)}, byID: map[string]int{}})
				}
				at++
				return s.runs[at-1].read(j, at-1, found)
			})
		}
		return j.Skip()
	})
	if err != nil {
		return err
	}
	return j.End()
}

// read reads a run.
func (r *sarifRun) read(j *input.JSON, index int, found func(finding) error) error {
	defer func() { r.counted = true }()
	var category, repository string
	err := j.Object(func(name string) error {
		switch name {
		case "tool":
			return r.readTool(j)
		case "artifacts":
			return j.List(func() error { return r.readArtifact(j) })
		case "automationDetails":
			var details struct {
				ID string `json:"id"`
			}
			err := j.Value(&details)
			category = beforeLast(details.ID) // the last part is the id of the run
			return err
		case "versionControlProvenance":
			return j.List(func() error {
				var origin struct {
					URI string `json:"repositoryUri"`
				}
				err := j.Value(&origin)
				repository = cmp.Or(repository, origin.URI)
				return err
			})
		case "invocations":
			return j.List(func() error { return r.readInvocation(j) })
		case "externalPropertyFileReferences":
			return errors.New("parts of it are in other files")
		case "results":
			return r.readResults(j, index, found)
		}
		return j.Skip()
	})
	if category != "" || repository != "" {
		r.Target = strings.Trim(repository+" "+category, " ")
	}
	return err
}

// beforeLast returns a text before its last slash, "" without one.
func beforeLast(text string) string { return text[:max(strings.LastIndexByte(text, '/'), 0)] }

// readResults reads the results; null says that the tool made none, because it failed.
func (r *sarifRun) readResults(j *input.JSON, index int, found func(finding) error) error {
	begin, err := j.Token()
	switch {
	case err != nil:
		return err
	case begin == nil:
		if !r.counted {
			r.Unsure = append(r.Unsure, "the scanner made no results")
		}
		return nil
	case begin != json.Delim('['):
		return errors.New("its results are not a list")
	}
	return j.Items(func() error {
		var result sarifResult
		if err := j.Value(&result); err != nil {
			return err
		}
		f := r.finding(&result)
		f.run = index
		return found(f)
	})
}

func (r *sarifRun) readInvocation(j *input.JSON) error {
	var run struct {
		End       string `json:"endTimeUtc"`
		Succeeded *bool  `json:"executionSuccessful"`
	}
	if err := j.Value(&run); err != nil {
		return err
	}
	if at := readTime(run.End); at.After(r.At) {
		r.At = at
	}
	if run.Succeeded != nil && !*run.Succeeded && !r.counted {
		r.Unsure = append(r.Unsure, "the scanner says that its run did not succeed")
	}
	return nil
}

func (r *sarifRun) readArtifact(j *input.JSON) error {
	var artifact struct {
		Location struct {
			URI string `json:"uri"`
		} `json:"location"`
	}
	err := j.Value(&artifact)
	if !r.counted && len(r.uris) < maxNames {
		r.uris = append(r.uris, artifact.Location.URI)
	}
	return err
}

func (r *sarifRun) readTool(j *input.JSON) error {
	return j.Object(func(name string) error {
		switch name {
		case "driver":
			return j.Object(func(name string) error {
				switch name {
				case "name":
					return j.Value(&r.Tool)
				case "semanticVersion", "version":
					return j.Value(&r.Version)
				case "rules":
					return j.List(func() error { return r.readRule(j, true) })
				}
				return j.Skip()
			})
		case "extensions":
			return j.List(func() error {
				return j.Object(func(name string) error {
					if name == "rules" {
						return j.List(func() error { return r.readRule(j, false) })
					}
					return j.Skip()
				})
			})
		}
		return j.Skip()
	})
}

// readRule keeps the short parts of a rule. Only rules of the driver have an index.
func (r *sarifRun) readRule(j *input.JSON, indexed bool) error {
	var rule sarifRule
	if err := j.Value(&rule); err != nil || r.counted || len(r.byID) >= maxNames {
		return err
	}
	rule.Short.Text = cut(inOneLine(rule.Short.Text), maxTitle)
	for id, message := range rule.Messages {
		rule.Messages[id] = sarifText{Text: cut(message.Text, maxProse)}
	}
	if indexed || !slices.ContainsFunc(r.rules, func(other sarifRule) bool { return other.ID == rule.ID }) {
		r.byID[rule.ID] = len(r.rules)
		r.rules = append(r.rules, rule)
	}
	return nil
}

// rule returns the description of a result's rule.
func (r *sarifRun) rule(result *sarifResult) sarifRule {
	id := cmp.Or(result.RuleID, result.Rule.ID)
	if at, ok := r.byID[id]; ok {
		return r.rules[at]
	}
	parent := beforeLast(id) // an id such as CA1000/1 is a special case of CA1000
	if at, ok := r.byID[parent]; ok && parent != "" {
		return r.rules[at]
	}
	for _, index := range []*int{result.RuleIndex, result.Rule.Index} {
		if id == "" && index != nil && *index >= 0 && *index < len(r.rules) {
			return r.rules[*index]
		}
	}
	return sarifRule{ID: id}
}

func (r *sarifRun) finding(result *sarifResult) finding {
	rule := r.rule(result)
	id := cmp.Or(result.RuleID, result.Rule.ID, rule.ID)
	message := messageOf(result, rule)
	uri, line, logical := r.place(result)
	f := finding{
		passed: result.Kind == "pass" || result.Kind == "notApplicable",
		parts:  append([]string{id, uri}, identityOf(result, message, logical)...),
		Finding: kind.Finding{
			Title:    cmp.Or(rule.Short.Text, rule.Name, cut(inOneLine(message), maxTitle), id, "A result without a title"),
			Severity: severityOf(result, rule), Status: statusOf(result), Resource: cmp.Or(uri, logical),
			Identifier: identifierOf(append([]string{id}, rule.Properties.Tags...)...), Description: cut(message, maxProse), URL: rule.HelpURI,
			FoundAt: kind.At(readTime(result.Provenance.First)),
		},
	}
	var reasons []string
	for _, s := range result.Suppressions {
		reasons = append(reasons, strings.TrimSpace(s.Kind+" "+s.Status+" "+cut(s.Justification, maxTitle)))
	}
	vendor := map[string]any{
		"tool": r.Tool, "rule": id, "kind": result.Kind, "level": result.Level, "baseline": result.Baseline, "suppressions": reasons,
		"logical_location": logical,
	}
	if line > 0 {
		vendor["line"] = line
	}
	f.Vendor = vendorOf(vendor)
	return f
}

// place returns where a result is.
func (r *sarifRun) place(result *sarifResult) (uri string, line int, logical string) {
	if len(result.Locations) == 0 {
		return "", 0, ""
	}
	first := result.Locations[0]
	uri, line = first.Physical.Artifact.URI, first.Physical.Region.StartLine
	if index := first.Physical.Artifact.Index; uri == "" && index != nil && *index >= 0 && *index < len(r.uris) {
		uri = r.uris[*index]
	}
	if len(first.Logical) > 0 {
		logical = first.Logical[0].Name
	}
	return uri, line, logical
}

// identityOf returns what makes a result the same in the next report. Lines move, so they are not used.
func identityOf(result *sarifResult, message, logical string) []string {
	for _, prints := range []map[string]string{result.Fingerprints, result.Partial} {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(prints)) {
			all = append(all, name, prints[name])
		}
		if len(all) > 0 && result.CorrelationGUID == "" {
			return all
		}
	}
	if result.CorrelationGUID != "" {
		return []string{result.CorrelationGUID}
	}
	return []string{message, logical}
}

// messageOf returns the text of a result, with its arguments.
func messageOf(result *sarifResult, rule sarifRule) string {
	text := cmp.Or(result.Message.Text, rule.Messages[result.Message.ID].Text)
	for i, argument := range result.Message.Arguments {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", argument)
	}
	return text
}

// severityOf uses the score that code scanning puts into the properties, else the level.
func severityOf(result *sarifResult, rule sarifRule) kind.Word {
	for _, value := range []any{result.Properties.Severity, rule.Properties.Severity} {
		score, err := strconv.ParseFloat(strings.TrimSpace(fmt.Sprint(value)), 64)
		if value != nil && err == nil && score >= 0 && score <= 10 {
			return ofScore(score)
		}
	}
	if result.Kind != "" && result.Kind != "fail" {
		return "info"
	}
	switch cmp.Or(result.Level, rule.Default.Level, "warning") {
	case "error":
		return "high"
	case "warning":
		return "medium"
	case "note":
		return "low"
	case "none":
		return "info"
	}
	return "unknown"
}

// statusOf follows the standard: a result is suppressed if it has suppressions and none of them is under review or
// rejected.
func statusOf(result *sarifResult) kind.Word {
	accepted := len(result.Suppressions) > 0
	for _, s := range result.Suppressions {
		if s.Status == "underReview" || s.Status == "rejected" {
			accepted = false
		}
	}
	switch {
	case result.Baseline == "absent":
		return "fixed"
	case accepted:
		return "accepted"
	case result.Kind == "open":
		return "unknown" // the tool could not decide
	}
	return "open"
}

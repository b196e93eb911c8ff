package main

import (
	"cmp"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// xccdf reads the results of XCCDF 1.1 and 1.2, alone or in an ARF report, as OpenSCAP writes them.
type xccdf struct {
	results []*xccdfResult
	rules   map[string]*xccdfRule
	counted bool
}

// xccdfRule describes a rule of the benchmark.
type xccdfRule struct {
	title, description, fix, severity string
	names                             []string // of the weakness, such as a CVE
}

// xccdfResult is one TestResult.
type xccdfResult struct {
	report
	profile, benchmark string
}

// The elements that are read whole.
type (
	xccdfText struct {
		Text string `xml:",innerxml"`
	}
	xccdfRuleResult struct {
		IDRef    string `xml:"idref,attr"`
		Severity string `xml:"severity,attr"`
		Result   string `xml:"result"`
		Override []struct {
			Old    string `xml:"old-result"`
			New    string `xml:"new-result"`
			Remark string `xml:"remark"`
		} `xml:"override"`
		Idents    []string    `xml:"ident"`
		Instances []string    `xml:"instance"`
		Messages  []xccdfText `xml:"message"`
	}
)

func (x *xccdf) reports() (all []*report) {
	for _, r := range x.results {
		all = append(all, &r.report)
	}
	return all
}

func (x *xccdf) read(in *input.Text, found func(finding) error) error {
	defer func() { x.counted = true }()
	if x.rules == nil {
		x.rules = map[string]*xccdfRule{}
	}
	d := &xmlReader{in: in, dec: input.XML(in)}
	at := 0
	err := d.each(func(e xml.StartElement) (read bool, err error) {
		switch e.Name.Local {
		case "Rule":
			return true, x.rule(d, e)
		case "TestResult":
			if at == len(x.results) {
				x.results = append(x.results, &xccdfResult{report: report{Format: "XCCDF", Tool: "XCCDF", Target: stemOf(in.Name)}})
			}
			at++
			return true, x.result(d, e, at-1, found)
		}
		return false, nil // its children follow
	})
	if err == nil && at == 0 {
		err = errors.New("it has no results (no TestResult)")
	}
	return err
}

// xmlReader reads elements part by part.
type xmlReader struct {
	in    *input.Text
	dec   *xml.Decoder
	depth int
}

// each calls start for each element until the end of the document. Start returns true if it has read the element to
// its end.
func (d *xmlReader) each(start func(xml.StartElement) (read bool, err error)) error {
	for {
		d.in.Next()
		token, err := d.dec.Token()
		if errors.Is(err, io.EOF) && d.depth == 0 {
			return nil
		}
		if err != nil {
			return input.XMLError(err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return errDocumentType
		case xml.StartElement:
			if d.depth++; d.depth > input.MaxDepth {
				return input.ErrDepth
			}
			read, err := start(t)
			if err != nil {
				return err
			}
			if read {
				d.depth--
			}
		case xml.EndElement:
			d.depth--
		}
	}
}

// children calls start for each child of the current element, and reads the element's end. Start reads the child.
func (d *xmlReader) children(start func(xml.StartElement) error) error {
	for {
		d.in.Next()
		token, err := d.dec.Token()
		if err != nil {
			return input.XMLError(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := start(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (d *xmlReader) whole(e xml.StartElement, into any) error {
	d.in.Next()
	return input.XMLError(d.dec.DecodeElement(into, &e))
}

func (d *xmlReader) skip() error {
	d.in.Next()
	return input.XMLError(d.dec.Skip())
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// plainText returns the text of an element without its markup.
func (d *xmlReader) plainText(e xml.StartElement) (string, error) {
	var raw xccdfText
	if err := d.whole(e, &raw); err != nil {
		return "", err
	}
	return withoutTags(raw.Text), nil
}

// withoutTags drops the tags of a text and resolves characters such as &lt; and &#235;.
func withoutTags(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			break
		}
		_, text, _ = strings.Cut(rest, ">")
		b.WriteByte(' ')
	}
	return inOneLine(html.UnescapeString(b.String()))
}

// rule keeps the short parts of a rule.
func (x *xccdf) rule(d *xmlReader, e xml.StartElement) error {
	r := &xccdfRule{severity: attribute(e, "severity")}
	err := d.children(func(child xml.StartElement) error {
		into := map[string]*string{"title": &r.title, "description": &r.description, "fixtext": &r.fix}[child.Name.Local]
		if into == nil && child.Name.Local != "ident" {
			return d.skip()
		}
		text, err := d.plainText(child)
		if into != nil {
			*into = cmp.Or(*into, cut(text, maxProse))
		} else {
			r.names = append(r.names, text)
		}
		return err
	})
	if !x.counted && len(x.rules) < maxNames {
		x.rules[attribute(e, "id")] = r
	}
	return err
}

// result reads a TestResult.
func (x *xccdf) result(d *xmlReader, e xml.StartElement, index int, found func(finding) error) error {
	r := x.results[index]
	r.At = readTime(cmp.Or(attribute(e, "end-time"), attribute(e, "start-time")))
	if system := attribute(e, "test-system"); system != "" {
		r.Version = system // such as cpe:/a:redhat:openscap:1.3.7
	}
	targets := 0
	return d.children(func(child xml.StartElement) error {
		switch child.Name.Local {
		case "target":
			text, err := d.plainText(child)
			if targets++; targets == 1 {
				r.Target = cmp.Or(text, r.Target)
			}
			return err
		case "profile":
			r.profile = attribute(child, "idref")
		case "benchmark":
			r.benchmark = attribute(child, "id")
		case "rule-result":
			var one xccdfRuleResult
			if err := d.whole(child, &one); err != nil {
				return err
			}
			f, ok := x.finding(r, &one)
			f.run = index
			if !ok {
				return nil
			}
			return found(f)
		}
		return d.skip()
	})
}

// finding returns the finding of a rule's result. It returns false for a rule that was not tried.
func (x *xccdf) finding(r *xccdfResult, one *xccdfRuleResult) (finding, bool) {
	result := strings.TrimSpace(one.Result)
	status := map[string]kind.Word{"fail": "open", "error": "unknown", "unknown": "unknown", "fixed": "fixed", "pass": "fixed"}[result]
	remark := ""
	for _, o := range one.Override {
		if strings.TrimSpace(o.Old) == "fail" && result != "fail" {
			status, remark = "accepted", o.Remark // people changed the result
		}
	}
	if status == "" {
		return finding{}, false // notapplicable, notchecked, notselected, informational
	}
	rule := x.rules[one.IDRef]
	if rule == nil {
		rule = &xccdfRule{}
	}
	var messages []string
	for _, m := range one.Messages {
		messages = append(messages, withoutTags(m.Text))
	}
	return finding{
		passed: result == "pass" && status != "accepted",
		parts:  append([]string{one.IDRef}, one.Instances...),
		Finding: kind.Finding{
			Title:    cmp.Or(cut(rule.title, maxTitle), one.IDRef, "A rule without a name"),
			Severity: xccdfSeverity(cmp.Or(one.Severity, rule.severity)), Status: status, Resource: r.Target,
			Identifier: identifierOf(append(append(one.Idents, rule.names...), one.IDRef)...), Description: rule.description, Fix: rule.fix,
			Vendor: vendorOf(map[string]any{"rule": one.IDRef, "result": result, "profile": r.profile, "benchmark": r.benchmark,
				"instances": one.Instances, "messages": messages, "remark": remark}),
		},
	}, true
}

func xccdfSeverity(text string) kind.Word {
	switch text {
	case "info", "low", "medium", "high":
		return kind.Word(text)
	}
	return "unknown"
}

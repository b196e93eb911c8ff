package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// cycloneDX reads the vulnerabilities of a CycloneDX document (VEX): https://cyclonedx.org/docs/.
type cycloneDX struct {
	all     report
	names   map[string]string // of components, by their references
	counted bool
}

// cdxComponent is a component. Components contain others.
type cdxComponent struct {
	Ref     string `json:"bom-ref"`
	Group   string `json:"group"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

func (c cdxComponent) label() string {
	name := c.Name
	if c.Group != "" {
		name = c.Group + "/" + name
	}
	if c.Version != "" {
		name += "@" + c.Version
	}
	return cmp.Or(c.PURL, name)
}

// cdxVulnerability is a vulnerability with the analysis of the supplier.
type cdxVulnerability struct {
	ID     string `json:"id"`
	Source struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"source"`
	References []struct {
		ID string `json:"id"`
	} `json:"references"`
	Ratings []struct {
		Severity string   `json:"severity"`
		Score    *float64 `json:"score"`
	} `json:"ratings"`
	Description    string `json:"description"`
	Recommendation string `json:"recommendation"`
	Workaround     string `json:"workaround"`
	Rejected       string `json:"rejected"`
	Advisories     []struct {
		URL string `json:"url"`
	} `json:"advisories"`
	Analysis struct {
		State         string   `json:"state"`
		Justification string   `json:"justification"`
		Response      []string `json:"response"`
		Detail        string   `json:"detail"`
	} `json:"analysis"`
	Affects []struct {
		Ref      string `json:"ref"`
		Versions []struct {
			Version string `json:"version"`
			Range   string `json:"range"`
			Status  string `json:"status"`
		} `json:"versions"`
	} `json:"affects"`
}

func (c *cycloneDX) reports() []*report { return []*report{&c.all} }

func (c *cycloneDX) read(in *input.Text, found func(finding) error) error {
	defer func() { c.counted = true }()
	if c.names == nil {
		c.names = map[string]string{}
		c.all.Format, c.all.Tool, c.all.Target = "CycloneDX", "CycloneDX", stemOf(in.Name)
	}
	j := input.NewJSON(in)
	err := j.Object(func(name string) error {
		switch name {
		case "metadata":
			return c.metadata(j)
		case "components":
			return j.List(func() error { return c.component(j) })
		case "vulnerabilities":
			return j.List(func() error {
				var v cdxVulnerability
				if err := j.Value(&v); err != nil {
					return err
				}
				return c.vulnerability(&v, found)
			})
		}
		return j.Skip()
	})
	if err != nil {
		return err
	}
	return j.End()
}

// metadata reads what the document is about.
func (c *cycloneDX) metadata(j *input.JSON) error {
	return j.Object(func(name string) error {
		switch name {
		case "timestamp":
			var text string
			err := j.Value(&text)
			c.all.At = readTime(text)
			return err
		case "component":
			var product cdxComponent
			err := j.Value(&product)
			c.all.Target = cmp.Or(product.Name, c.all.Target)
			c.names[product.Ref] = product.label()
			return err
		}
		return j.Skip()
	})
}

// component keeps the name of a component, and of those in it.
func (c *cycloneDX) component(j *input.JSON) error {
	var one cdxComponent
	into := map[string]*string{"bom-ref": &one.Ref, "group": &one.Group, "name": &one.Name, "version": &one.Version, "purl": &one.PURL}
	err := j.Object(func(name string) error {
		if text := into[name]; text != nil {
			return j.Value(text)
		}
		if name == "components" {
			return j.List(func() error { return c.component(j) })
		}
		return j.Skip()
	})
	if one.Ref != "" && !c.counted && len(c.names) < maxNames {
		c.names[one.Ref] = one.label()
	}
	return err
}

// vulnerability sends a finding for each affected component.
func (c *cycloneDX) vulnerability(v *cdxVulnerability, found func(finding) error) error {
	references := []string{v.ID}
	for _, r := range v.References {
		references = append(references, r.ID)
	}
	url := v.Source.URL
	for _, a := range v.Advisories {
		url = cmp.Or(url, a.URL)
	}
	components, versions := []string{c.all.Target}, map[string][]string{}
	if len(v.Affects) > 0 {
		components = components[:0]
	}
	unaffected := map[string]bool{}
	for _, a := range v.Affects {
		name := cmp.Or(c.names[a.Ref], a.Ref)
		components = append(components, name)
		unaffected[name] = len(a.Versions) > 0
		for _, version := range a.Versions {
			versions[name] = append(versions[name], strings.TrimSpace(cmp.Or(version.Version, version.Range)+" "+version.Status))
			unaffected[name] = unaffected[name] && version.Status == "unaffected"
		}
	}
	for _, component := range components {
		status := v.status()
		if unaffected[component] && status == "open" {
			status = "false_positive"
		}
		err := found(finding{parts: []string{v.ID, component}, Finding: kind.Finding{
			Title:    cut(inOneLine(v.ID+" in "+component), maxTitle),
			Severity: v.severity(), Status: status, Resource: component, Identifier: identifierOf(references...),
			Description: cut(v.Description, maxProse), Fix: cut(cmp.Or(v.Recommendation, v.Workaround), maxProse), URL: url,
			Vendor: vendorOf(map[string]any{"id": v.ID, "source": v.Source.Name, "state": v.Analysis.State,
				"justification": v.Analysis.Justification,
				"response":      v.Analysis.Response, "detail": v.Analysis.Detail, "versions": versions[component], "product": c.all.Target}),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// severity is that of the first rating with one.
func (v *cdxVulnerability) severity() kind.Word {
	for _, r := range v.Ratings {
		switch r.Severity {
		case "critical", "high", "medium", "low", "info":
			return kind.Word(r.Severity)
		case "none":
			return "info"
		}
	}
	for _, r := range v.Ratings {
		if r.Score != nil && *r.Score >= 0 && *r.Score <= 10 {
			return ofScore(*r.Score)
		}
	}
	return "unknown"
}

func (v *cdxVulnerability) status() kind.Word {
	if v.Rejected != "" {
		return "false_positive"
	}
	switch v.Analysis.State {
	case "resolved", "resolved_with_pedigree":
		return "fixed"
	case "false_positive", "not_affected":
		return "false_positive"
	case "exploitable", "in_triage", "":
		if slices.Contains(v.Analysis.Response, "will_not_fix") || slices.Contains(v.Analysis.Response, "can_not_fix") {
			return "accepted"
		}
		return "open"
	}
	return "unknown"
}

package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The classes of OCSF events that are findings: https://schema.ocsf.io/.
const (
	ocsfVulnerability = 2002
	ocsfCompliance    = 2003
	ocsfDetection     = 2004
)

// ocsf reads OCSF events as a list, as JSON lines or as one object. A later event of a finding replaces the earlier
// ones.
type ocsf struct {
	list    bool
	all     report
	others  int // events that are no findings
	counted bool
}

type ocsfRemedy struct {
	Description string   `json:"desc"`
	References  []string `json:"references"`
}

// ocsfEvent has the members of the three classes that are read.
type ocsfEvent struct {
	Class      int    `json:"class_uid"`
	Activity   int    `json:"activity_id"`
	SeverityID int    `json:"severity_id"`
	StatusID   *int   `json:"status_id"`
	Status     string `json:"status"`
	Time       int64  `json:"time"`
	TimeText   string `json:"time_dt"`
	Metadata   struct {
		Product struct {
			Name    string `json:"name"`
			Vendor  string `json:"vendor_name"`
			Version string `json:"version"`
		} `json:"product"`
	} `json:"metadata"`
	Info struct {
		UID         string `json:"uid"`
		Title       string `json:"title"`
		Description string `json:"desc"`
		SourceURL   string `json:"src_url"`
		Created     int64  `json:"created_time"`
		CreatedText string `json:"created_time_dt"`
		First       int64  `json:"first_seen_time"`
		FirstText   string `json:"first_seen_time_dt"`
	} `json:"finding_info"`
	Vulnerabilities []struct {
		CVE struct {
			UID string `json:"uid"`
		} `json:"cve"`
		Advisory struct {
			UID string `json:"uid"`
		} `json:"advisory"`
		Title    string     `json:"title"`
		Remedy   ocsfRemedy `json:"remediation"`
		Packages []struct {
			Name  string `json:"name"`
			Fixed string `json:"fixed_in_version"`
		} `json:"affected_packages"`
	} `json:"vulnerabilities"`
	Compliance struct {
		Control  string `json:"control"`
		StatusID int    `json:"status_id"`
		Status   string `json:"status"`
	} `json:"compliance"`
	Remedy    ocsfRemedy     `json:"remediation"`
	Resources []ocsfResource `json:"resources"`
	Resource  ocsfResource   `json:"resource"`
	Device    struct {
		Name     string `json:"name"`
		Hostname string `json:"hostname"`
		UID      string `json:"uid"`
	} `json:"device"`
}

type ocsfResource struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	Type string `json:"type"`
}

func (o *ocsf) reports() []*report { return []*report{&o.all} }

func (o *ocsf) read(in *input.Text, found func(finding) error) error {
	defer func() { o.counted = true }()
	o.all.Format, o.all.Target, o.all.events = "OCSF", stemOf(in.Name), true
	j := input.NewJSON(in)
	one := func() error {
		var e ocsfEvent
		if err := j.Value(&e); err != nil {
			return err
		}
		return o.event(&e, found)
	}
	if o.list {
		if err := j.List(one); err != nil {
			return err
		}
		return j.End()
	}
	for {
		if !j.More() { // between two values it is false only at the end
			return j.End()
		}
		if err := one(); err != nil {
			return err
		}
	}
}

// event sends a finding.
func (o *ocsf) event(e *ocsfEvent, found func(finding) error) error {
	if e.Class != ocsfVulnerability && e.Class != ocsfCompliance && e.Class != ocsfDetection {
		if o.others++; o.others == 1 && !o.counted {
			o.all.Unsure = append(o.all.Unsure, "it has an event of class "+strconv.Itoa(e.Class)+", and only 2002, 2003 and 2004 are read")
		}
		return nil
	}
	o.all.Tool = cmp.Or(o.all.Tool, e.Metadata.Product.Name, e.Metadata.Product.Vendor)
	o.all.Version = cmp.Or(o.all.Version, e.Metadata.Product.Version)
	at := ocsfTime(e.Time, e.TimeText)
	if at.After(o.all.At) {
		o.all.At = at
	}
	if e.Info.UID == "" {
		if !o.counted && len(o.all.Unsure) < 2 {
			o.all.Unsure = append(o.all.Unsure, "it has a finding without finding_info.uid")
		}
		return nil
	}
	resource := e.resource()
	var names, packages []string
	fix := e.Remedy.Description
	for _, v := range e.Vulnerabilities {
		names = append(names, v.CVE.UID, v.Advisory.UID)
		fix = cmp.Or(fix, v.Remedy.Description)
		for _, p := range v.Packages {
			packages = append(packages, strings.TrimSpace(p.Name+" "+fixedIn(p.Fixed)))
		}
	}
	f := finding{at: at, parts: []string{e.Metadata.Product.Name, e.Info.UID}, passed: e.passed(), Finding: kind.Finding{
		Title:    cmp.Or(cut(inOneLine(e.Info.Title), maxTitle), e.Compliance.Control, e.Info.UID),
		Severity: e.severity(), Status: e.status(), Resource: resource, Identifier: identifierOf(append(names, e.Compliance.Control)...),
		Description: cut(e.Info.Description, maxProse), Fix: cut(fix, maxProse), URL: e.Info.SourceURL,
		FoundAt: kind.At(firstTime(ocsfTime(e.Info.First, e.Info.FirstText), ocsfTime(e.Info.Created, e.Info.CreatedText))),
		Vendor: vendorOf(map[string]any{"uid": e.Info.UID, "product": e.Metadata.Product.Name, "class_uid": e.Class, "status": e.Status,
			"control": e.Compliance.Control, "compliance_status": e.Compliance.Status, "packages": packages}),
	}}
	if f.Status == "fixed" {
		f.FixedAt = kind.At(at)
	}
	return found(f)
}

func fixedIn(version string) string {
	if version == "" {
		return ""
	}
	return "(fixed in " + version + ")"
}

func firstTime(times ...time.Time) time.Time {
	for _, at := range times {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// ocsfTime reads a time, which is a text or milliseconds since 1970.
func ocsfTime(millis int64, text string) time.Time {
	if at := readTime(text); !at.IsZero() || millis <= 0 {
		return at
	}
	if millis < 100_000_000_000 { // seconds, which some tools write
		return time.Unix(millis, 0).UTC()
	}
	return time.UnixMilli(millis).UTC()
}

func (e *ocsfEvent) resource() string {
	first := e.Resource
	if len(e.Resources) > 0 {
		first = e.Resources[0]
	}
	return cmp.Or(first.UID, first.Name, e.Device.Hostname, e.Device.Name, e.Device.UID)
}

// passed reports whether the check found no weakness, or the finding was deleted.
func (e *ocsfEvent) passed() bool {
	return e.Class == ocsfCompliance && e.Compliance.StatusID == 1 || e.StatusID != nil && *e.StatusID == 6
}

func (e *ocsfEvent) severity() kind.Word {
	return map[int]kind.Word{1: "info", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}[e.SeverityID]
}

// status follows status_id. A closed finding is fixed.
func (e *ocsfEvent) status() kind.Word {
	status := 0
	if e.StatusID != nil {
		status = *e.StatusID
	}
	switch {
	case status == 3:
		return "accepted"
	case status == 4, e.Activity == 3:
		return "fixed"
	case status == 1, status == 2:
		return "open"
	case e.Class == ocsfCompliance && (e.Compliance.StatusID == 2 || e.Compliance.StatusID == 3):
		return "open"
	}
	return "unknown"
}

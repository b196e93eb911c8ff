package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// report is what one run of a scanner wrote about one target. A SARIF file can hold several.
type report struct {
	Format  string
	Tool    string
	Version string
	Target  string // what was scanned; the name of the file if the report does not say it
	At      time.Time
	Unsure  []string // why the report is not whole, for people
	events  bool     // later events replace earlier ones, also of other files
}

// identity names the reports of which only the newest counts.
func (r *report) identity() string { return r.Format + "|" + r.Tool + "|" + r.Target }

// finding is a weakness in a report.
type finding struct {
	run    int      // index of the report in the file
	parts  []string // identify it in the reports of its identity
	at     time.Time
	passed bool // the scanner found no weakness; it is no record
	kind.Finding
}

// key is stable between reports: it does not contain the name of the file, lines or dates.
func (f *finding) key(r *report) string {
	scope := r.identity()
	if r.events {
		scope = r.Format
	}
	sum := sha256.Sum256([]byte(scope + "\x00" + strings.Join(f.parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// format reads files of one format. Reading a file twice is necessary, because descriptions may follow the
// findings that need them: the first time the format collects them.
type format interface {
	read(in *input.Text, found func(finding) error) error
	reports() []*report
}

// dated is a date or a time at the end of a file's name, such as -2026-03-01 or _20260301T120000Z.
var dated = regexp.MustCompile(`([-_.]?\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_.T]?\d{2}[-_.:]?\d{2}([-_.:]?\d{2})?Z?)?|[-_.]?\d{9,})$`)

// stemOf is the name of a file without what changes from one report to the next.
func stemOf(path string) string {
	name := filepath.Base(path)
	for {
		ext := filepath.Ext(name)
		if !slices.Contains([]string{".gz", ".json", ".jsonl", ".ndjson", ".sarif", ".xml", ".txt", ".log", ".out", ".cdx", ".vex", ".arf"},
			strings.ToLower(ext)) || ext == name {
			break
		}
		name = strings.TrimSuffix(name, ext)
	}
	return cmp.Or(dated.ReplaceAllString(name, ""), name)
}

// cut shortens a description.
func cut(text string, most int) string {
	text = strings.TrimSpace(text)
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

const (
	maxTitle = 300
	maxProse = 2000
	maxNames = 200_000 // descriptions and components that are kept of one file
)

// inOneLine replaces line breaks.
func inOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// vendorOf encodes the parts of the scanner's own document that the fields do not have. Empty ones are left out.
func vendorOf(members map[string]any) json.RawMessage {
	for name, value := range members {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(members, name)
			} else {
				members[name] = cut(v, maxProse)
			}
		case []string:
			if len(v) == 0 {
				delete(members, name)
			}
		case nil:
			delete(members, name)
		}
	}
	raw, _ := json.Marshal(members) // strings, numbers and lists of them always encode
	return raw
}

// publicName finds the public name of a weakness in texts.
var publicName = regexp.MustCompile(`(?i)\b(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3})\b`)

// identifierOf returns the first public name of a weakness in texts, else the first text.
func identifierOf(texts ...string) string {
	for _, text := range texts {
		if name := publicName.FindString(text); name != "" {
			if strings.HasPrefix(strings.ToUpper(name), "CVE") {
				return strings.ToUpper(name)
			}
			return name
		}
	}
	return cmp.Or(texts...)
}

// ofScore returns the severity of a CVSS score.
func ofScore(score float64) kind.Word {
	switch {
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	case score > 0:
		return "low"
	}
	return "info"
}

// readTime reads the time of a report; an unreadable one is unknown.
func readTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02"} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return at
		}
	}
	return time.Time{}
}

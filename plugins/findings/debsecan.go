package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The forms of debsecan's output: --format summary and simple, detail, report, and its history file.
const (
	debsecanSummary = "summary"
	debsecanDetail  = "detail"
	debsecanReport  = "report"
	debsecanHistory = "history"
)

var (
	// bugHead is a weakness, with notes in the form detail.
	bugHead = regexp.MustCompile(`^((?:CVE|TEMP|DSA|DTSA|DLA)-[0-9A-Za-z-]+)(?: \((.*)\))?$`)
	// bugLine is a weakness with a package and notes.
	bugLine = regexp.MustCompile(`^((?:CVE|TEMP|DSA|DTSA|DLA)-[0-9A-Za-z-]+) ([a-z0-9][a-z0-9+.-]*)(?: \((.*)\))?$`)
	// bugTitle is a weakness with its description, in the form report.
	bugTitle = regexp.MustCompile(`^((?:CVE|TEMP|DSA|DTSA|DLA)-[0-9A-Za-z-]+)(?: (.*))?$`)
)

// debsecan reads what Debian's scanner of installed packages prints. It does not name its machine, so the name of the
// file does.
type debsecan struct {
	form    string
	all     report
	counted bool
}

func (d *debsecan) reports() []*report { return []*report{&d.all} }

func (d *debsecan) read(in *input.Text, found func(finding) error) error {
	defer func() { d.counted = true }()
	d.all.Format, d.all.Tool, d.all.Target = "debsecan", "debsecan", stemOf(in.Name)
	lines := &lineReader{in: in}
	switch d.form {
	case debsecanDetail:
		return d.detail(lines, found)
	case debsecanReport:
		return d.report(lines, found)
	case debsecanHistory:
		return d.history(lines, found)
	}
	return d.summary(lines, found)
}

// lineReader reads lines, which have a bounded length.
type lineReader struct {
	in     *input.Text
	number int
}

// next returns a line, or io.EOF. Debsecan ends every line, so one without an end was cut off.
func (l *lineReader) next() (string, error) {
	const most = 64 << 10
	l.number++
	line, err := l.in.Reader.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull), len(line) > most:
		return "", fmt.Errorf("line %d has more than %d KiB", l.number, most>>10)
	case errors.Is(err, io.EOF) && len(line) == 0:
		return "", io.EOF
	case errors.Is(err, io.EOF):
		return "", input.ErrCut
	case err != nil:
		return "", err
	}
	return strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\ufffd"), nil
}

func (l *lineReader) odd() error {
	return fmt.Errorf("line %d is not one that debsecan writes in this format", l.number)
}

// bug is a weakness of a package.
type bug struct {
	id, pkg, description, installed string
	notes                           []string
	fixed                           bool // it was on the machine, and is not any more
}

func (d *debsecan) send(b bug, found func(finding) error) error {
	f := kind.Finding{
		Title: b.id + " in " + b.pkg, Status: "open", Resource: d.all.Target, Identifier: b.id, Description: b.description,
		URL: "https://security-tracker.debian.org/tracker/" + b.id,
	}
	for _, note := range b.notes {
		if urgency, ok := strings.CutSuffix(note, " urgency"); ok && slices.Contains([]string{"high", "medium", "low"}, urgency) {
			f.Severity = kind.Word(urgency)
		}
	}
	switch {
	case b.fixed:
		f.Status = "fixed"
	case slices.Contains(b.notes, "fixed"):
		f.Fix = "Install the update of the package " + b.pkg + "."
	case slices.Contains(b.notes, "obsolete"):
		f.Fix = "Remove the package " + b.pkg + ", which is obsolete."
	}
	f.Vendor = vendorOf(map[string]any{"package": b.pkg, "installed": b.installed, "notes": b.notes})
	return found(finding{parts: []string{b.id, b.pkg}, Finding: f})
}

func notesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ", ")
}

func (d *debsecan) summary(lines *lineReader, found func(finding) error) error {
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		m := bugLine.FindStringSubmatch(line)
		if m == nil {
			return lines.odd()
		}
		if err := d.send(bug{id: m[1], pkg: m[2], notes: notesOf(m[3])}, found); err != nil {
			return err
		}
	}
}

// history reads the file in which debsecan keeps what it reported: a weakness, a package, and F if an update exists.
func (d *debsecan) history(lines *lineReader, found func(finding) error) error {
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if lines.number == 1 {
			continue
		}
		if lines.number == 2 {
			seconds, err := strconv.ParseInt(line, 10, 64)
			if err != nil {
				return lines.odd()
			}
			d.all.At = time.Unix(seconds, 0).UTC()
			continue
		}
		parts := strings.Split(line, ",")
		if len(parts) != 3 {
			return lines.odd()
		}
		b := bug{id: parts[0], pkg: parts[1]}
		if parts[2] == "F" {
			b.notes = []string{"fixed"}
		}
		if err := d.send(b, found); err != nil {
			return err
		}
	}
}

// detail reads paragraphs: the weakness, its description, the installed package, and versions that have a fix.
func (d *debsecan) detail(lines *lineReader, found func(finding) error) error {
	var b bug
	flush := func() error {
		if b.id == "" {
			return nil
		}
		if b.pkg == "" {
			return lines.odd()
		}
		err := d.send(b, found)
		b = bug{}
		return err
	}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		installed, isInstalled := strings.CutPrefix(line, "  installed: ")
		head := bugHead.FindStringSubmatch(line)
		switch {
		case line == "":
			err = flush()
		case head != nil && b.id == "":
			b.id, b.notes = head[1], notesOf(head[2])
		case b.id == "":
			return lines.odd()
		case isInstalled:
			b.pkg, b.installed, _ = strings.Cut(installed, " ")
		case strings.TrimSpace(line) == "package is obsolete":
			b.notes = append(b.notes, "obsolete")
		case b.pkg == "" && b.description == "":
			b.description = cut(line, maxProse)
		}
		if err != nil {
			return err
		}
	}
}

// report reads the mail that debsecan sends. A section says whether its weaknesses have an update, or are fixed.
func (d *debsecan) report(lines *lineReader, found func(finding) error) error {
	r := &mail{send: func(b bug) error { return d.send(b, found) }}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			err = r.flush()
			if r.unclear > 0 && !d.counted {
				d.all.Unsure = append(d.all.Unsure, fmt.Sprintf("debsecan cannot classify %d packages, whose versions are invalid", r.unclear))
			}
			return err
		}
		if err == nil {
			err = r.line(line)
		}
		if err != nil {
			return err
		}
	}
}

// mail is the current part of a report.
type mail struct {
	send    func(bug) error
	section string
	bug     bug
	text    string // packages and notes of the current line, which can be wrapped
	unclear int    // packages with invalid versions
}

func (r *mail) line(line string) error {
	item, isItem := strings.CutPrefix(line, "  - ")
	section, isSection := strings.CutPrefix(line, "*** ")
	title := bugTitle.FindStringSubmatch(line)
	switch {
	case isSection:
		err := r.flush()
		r.section, r.bug = section, bug{}
		return err
	case isItem && strings.HasPrefix(r.section, "Packages with invalid versions"):
		r.unclear++
	case isItem:
		err := r.flush()
		r.text = item
		return err
	case strings.HasPrefix(line, "    ") && r.text != "":
		r.text += " " + strings.TrimSpace(line)
	case title != nil:
		err := r.flush()
		r.bug = bug{id: title[1], description: cut(title[2], maxProse)}
		return err
	}
	return nil // the address, and prose
}

// flush sends the weakness of each package of the current line.
func (r *mail) flush() error {
	text := r.text
	r.text = ""
	if text == "" || r.bug.id == "" {
		return nil
	}
	packages, rest, _ := strings.Cut(text, "(")
	b := r.bug
	b.notes = notesOf(strings.TrimSuffix(strings.TrimSpace(rest), ")"))
	b.fixed = strings.HasPrefix(r.section, "Fixed vulnerabilities")
	if strings.HasSuffix(r.section, "security updates") {
		b.notes = append(b.notes, "fixed")
	}
	for name := range strings.FieldsFuncSeq(packages, func(c rune) bool { return c == ',' || c == ' ' }) {
		b.pkg = name
		if err := r.send(b); err != nil {
			return err
		}
	}
	return nil
}

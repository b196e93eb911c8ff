package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/plugins/internal/pipe"
	"github.com/plumbline-dev/plumbline/sdk"
)

// maxFiles is how many files of a directory are read.
const maxFiles = 10_000

// place is the file or directory with the reports. Its root keeps links from leading out of the directory.
type place struct {
	root  *os.Root
	names []string
	far   int // files over maxFiles
}

// openPlace lists the reports. It refuses a path that is neither a file nor a directory.
func openPlace(path string) (*place, error) {
	if !filepath.IsAbs(path) {
		return nil, sdk.ConfigInvalid("/path", "the path %s is not a full path", path).
			WithRemedy(`Enter the full path in the setting "Report or directory", such as /srv/scans.`)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	switch {
	case info.Mode().IsRegular():
		return &place{names: []string{path}}, nil
	case !info.IsDir():
		return nil, sdk.ConfigInvalid("/path", "%s is neither a file nor a directory", path)
	}
	p := &place{}
	if p.root, err = os.OpenRoot(path); err == nil {
		err = p.list()
	}
	if err != nil {
		p.close()
		return nil, pathError(path, err)
	}
	return p, nil
}

func pathError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sdk.ConfigInvalid("/path", "there is no file or directory %s", path).
			WithRemedy(`Have the scanner write its reports to this path, or correct the setting "Report or directory".`)
	case errors.Is(err, fs.ErrPermission):
		return sdk.ConfigInvalid("/path", "the connector may not read %s", path).
			WithRemedy("Allow the user of Plumbline to read the reports and their directory.")
	}
	return sdk.ConfigInvalid("/path", "%s cannot be opened: %w", path, err)
}

// list finds the files of the directory. Those that programs hide or have not finished are no reports.
func (p *place) list() error {
	dir, err := p.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
			slices.Contains([]string{".tmp", ".part", ".partial", ".new", ".swp", ".lock"}, strings.ToLower(filepath.Ext(name))) {
			continue
		}
		p.names = append(p.names, name)
	}
	slices.Sort(p.names)
	if p.far = len(p.names) - maxFiles; p.far > 0 {
		p.names = p.names[:maxFiles]
	}
	return nil
}

func (p *place) close() {
	if p.root != nil {
		_ = p.root.Close() // it was only read
	}
}

// open opens a file, without waiting for the writer of a named pipe.
func (p *place) open(name string) (*os.File, fs.FileInfo, error) {
	file, err := p.openName(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func (p *place) openName(name string) (*os.File, error) {
	if p.root == nil {
		return os.OpenFile(name, os.O_RDONLY|pipe.NoWait, 0)
	}
	return p.root.OpenFile(name, os.O_RDONLY|pipe.NoWait, 0)
}

// source is a file with the reports in it.
type source struct {
	name    string
	mtime   time.Time
	size    int64
	reports []*report
	err     error // why it is not read to its end
}

// parse reads a file with f. With nil for f it finds the format first.
func (p *place) parse(ctx context.Context, s *source, f format, found func(finding) error) (format, error) {
	file, info, err := p.open(s.name)
	if err != nil {
		return f, err
	}
	defer file.Close()
	if s.mtime.IsZero() {
		s.mtime, s.size = info.ModTime(), info.Size()
	} else if !s.mtime.Equal(info.ModTime()) || s.size != info.Size() {
		return f, errChanged
	}
	if f == nil {
		in, err := input.New(s.name, s.mtime, file)
		if err != nil {
			return nil, err
		}
		if f, err = detect(in); err != nil {
			return nil, err
		}
		if _, err := file.Seek(0, 0); err != nil {
			return nil, err
		}
	}
	in, err := input.New(s.name, s.mtime, file)
	if err != nil {
		return f, err
	}
	return f, f.read(in, func(one finding) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		return found(one)
	})
}

var errChanged = errors.New("it changed while it was read")

// survey is what the first reading of all files tells: which reports count, and which event of a finding is the last.
type survey struct {
	*place
	sources []*source
	counts  map[*report]tally
	last    map[string]position // of events, by their keys
}

// tally counts the findings of a report by their status.
type tally map[string]int

// position is where an event is.
type position struct {
	at     time.Time
	source int
	number int
}

// newSurvey reads all files once.
func newSurvey(ctx context.Context, p *place) (*survey, error) {
	v := &survey{place: p, counts: map[*report]tally{}, last: map[string]position{}}
	for i, name := range p.names {
		s := &source{name: name}
		v.sources = append(v.sources, s)
		if err := v.look(ctx, i, s); err != nil {
			return nil, err
		}
	}
	v.choose()
	return v, nil
}

// look reads a file. Its error is that of the run's end.
func (v *survey) look(ctx context.Context, index int, s *source) error {
	number := 0
	perRun := map[int]tally{}
	var f format
	f, s.err = v.parse(ctx, s, nil, func(one finding) error {
		number++
		if perRun[one.run] == nil {
			perRun[one.run] = tally{}
		}
		if !one.passed {
			perRun[one.run][cmp.Or(string(one.Status), "unknown")]++
		}
		if !one.at.IsZero() { // an event
			v.remember(one, index, number)
		}
		return nil
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if f == nil {
		return nil
	}
	s.reports = f.reports()
	for run, r := range s.reports {
		r.At = firstTime(r.At, s.mtime)
		v.counts[r] = perRun[run]
		if v.counts[r] == nil {
			v.counts[r] = tally{}
		}
	}
	return nil
}

// remember keeps the last event of a finding.
func (v *survey) remember(one finding, index, number int) {
	key := one.key(&report{Format: "OCSF", events: true})
	if before, ok := v.last[key]; !ok || !one.at.Before(before.at) {
		v.last[key] = position{one.at, index, number}
	}
}

// choose drops the reports that those of a newer file replace: of the same scanner and target. A file that could not
// be read to its end replaces none.
func (v *survey) choose() {
	newest := map[string]*source{}
	for _, s := range v.sources {
		for _, r := range s.reports {
			if before := newest[r.identity()]; s.err == nil && (before == nil || !r.At.Before(before.date(r))) {
				newest[r.identity()] = s
			}
		}
	}
	for _, s := range v.sources {
		for _, r := range s.reports {
			if best := newest[r.identity()]; best != nil && best != s && !r.events && !r.At.After(best.date(r)) {
				delete(v.counts, r)
			}
		}
	}
}

// date returns the date of a file's report of the same scanner and target.
func (s *source) date(like *report) (at time.Time) {
	for _, r := range s.reports {
		if r.identity() == like.identity() && r.At.After(at) {
			at = r.At
		}
	}
	return at
}

// emit reads the files with reports that count again, and calls each for their findings. It returns why a file
// could not be read again.
func (v *survey) emit(ctx context.Context, index int, each func(*report, finding) error) error {
	s := v.sources[index]
	if !slices.ContainsFunc(s.reports, v.has) {
		return nil
	}
	// The first reading collects the descriptions that the findings need.
	f, err := v.parse(ctx, s, nil, func(finding) error { return nil })
	if f == nil || err != nil && s.err == nil {
		return err
	}
	number := 0
	_, err = v.parse(ctx, s, f, func(one finding) error {
		number++
		r := s.reports[min(one.run, len(s.reports)-1)]
		if !v.has(r) {
			return nil
		}
		if r.events && v.isReplaced(one, index, number) {
			return nil
		}
		return each(r, one)
	})
	if s.err != nil && !errors.Is(err, errChanged) {
		return nil // it is known
	}
	return err
}

func (v *survey) has(r *report) bool { _, ok := v.counts[r]; return ok }

func (v *survey) isReplaced(one finding, index, number int) bool {
	last, ok := v.last[one.key(&report{Format: "OCSF", events: true})]
	return ok && (last.source != index || last.number != number)
}

// problems calls gap for each file that is not whole, and for each report that is too old.
func (v *survey) problems(c settings, now time.Time, gap func(scope string, err error)) {
	if v.far > 0 {
		gap("more files", customer(sdk.CodeConfigInvalid, "Keep only the newest reports in the directory.",
			"the directory has %d files more than the %d that are read", v.far, maxFiles))
	}
	for _, s := range v.sources {
		if s.err != nil {
			gap(s.name, problem(s.name, s.err))
		}
		for _, r := range s.reports {
			if !v.has(r) {
				continue
			}
			for _, why := range r.Unsure {
				gap(s.name, customer(sdk.CodeUpstreamInvalidResponse, "Look at the scanner's log, and have it write the report again.",
					"the report %s is not whole: %s", s.name, why))
			}
			if days := int(now.Sub(r.At).Hours() / 24); c.MaxDays > 0 && days > c.MaxDays {
				gap(s.name, tooOld(s.name, r, days, c.MaxDays))
			}
		}
	}
}

func tooOld(name string, r *report, days, most int) error {
	return customer(sdk.CodeSchemaUnexpected, "Run the scanner again, or raise \"A report is too old after\".",
		"the report %s of %s is %d days old, more than the %d allowed", name, r.At.Format(time.DateOnly), days, most)
}

// describe says in one line what a file holds.
func (s *source) describe() string {
	var parts []string
	for _, r := range s.reports {
		tool := r.Tool
		if tool == r.Format {
			tool = ""
		}
		parts = append(parts, strings.Join(strings.Fields(fmt.Sprintf("%s %s of %s", r.Format, tool, r.At.Format(time.DateOnly))), " "))
	}
	return s.name + " (" + strings.Join(parts, "; ") + ")"
}

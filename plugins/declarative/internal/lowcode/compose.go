package lowcode

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/stream"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// maxRounds is how often streams that the language refuses are left out.
const maxRounds = 50

// compose writes the file. A stream that the language's own loader refuses is left out, and the rest is
// tried again. It returns "" when no stream is left.
func (m *importer) compose() (string, error) {
	if err := m.checkMapping(); err != nil {
		return "", err
	}
	m.streams = slices.DeleteFunc(m.streams, func(s *stream.Stream) bool { return m.mapping.Streams[s.Name].Skip && !m.isParent(s) })
	for range maxRounds {
		if len(m.streams) == 0 {
			return "", nil
		}
		text, origins, err := m.write()
		if err != nil {
			return "", err
		}
		wrong := error(nil)
		if m.options.Check != nil {
			wrong = m.options.Check(text)
		}
		if wrong == nil {
			return text, nil
		}
		if err := m.dismiss(wrong, text, origins); err != nil {
			return "", err
		}
	}
	return "", errors.New("the language refuses what was translated")
}

func (m *importer) isParent(s *stream.Stream) bool {
	return slices.ContainsFunc(m.streams, func(o *stream.Stream) bool { return o.Parent == s })
}

// mistake matches a line of the loader's errors.
var mistake = regexp.MustCompile(`^line (\d+), column \d+: (.*)$`)

// dismiss leaves out the streams that the loader refuses. A mistake of the mapping is returned, and so is
// one that no stream has.
func (m *importer) dismiss(wrong error, text string, origins map[int]writing.Origin) error {
	var ofMapping, others []string
	var gone []*stream.Stream
	for line := range strings.SplitSeq(wrong.Error(), "\n") {
		match := mistake.FindStringSubmatch(line)
		if match == nil {
			others = append(others, line)
			continue
		}
		at, _ := strconv.Atoi(match[1])
		from := origins[at]
		if from.Mapping > 0 {
			ofMapping = append(ofMapping, fmt.Sprintf("mapping: line %d: %s", from.Mapping, match[2]))
			continue
		}
		found := m.streamAt(text, at)
		if found == nil {
			others = append(others, fmt.Sprintf("line %d: %s", from.Manifest, match[2]))
			continue
		}
		m.left.Add(max(from.Manifest, found.Line), found.Name, "the language refuses it: %s", match[2])
		gone = append(gone, found)
	}
	if len(ofMapping) > 0 {
		return errors.New(strings.Join(ofMapping, "\n"))
	}
	if len(gone) == 0 { // the file as a whole
		m.left.Add(1, "", "the language refuses it: %s", strings.Join(others, "; "))
		m.streams = nil
	}
	for _, s := range gone {
		m.drop(s)
	}
	return nil
}

// drop leaves a stream out, and those that are read for its records.
func (m *importer) drop(gone *stream.Stream) {
	m.streams = slices.DeleteFunc(m.streams, func(s *stream.Stream) bool { return s == gone })
	for _, s := range slices.Clone(m.streams) {
		if s.Parent == gone && slices.Contains(m.streams, s) {
			m.left.Add(s.Line, s.Name, "its parent %s is left out", gone.Name)
			m.drop(s)
		}
	}
}

// streamAt returns the stream in whose part of the file a line is.
func (m *importer) streamAt(text string, at int) (found *stream.Stream) {
	within := false
	for i, line := range strings.Split(text, "\n") {
		if i+1 > at {
			break
		}
		if line == "streams:" {
			within = true
		}
		if name, ok := strings.CutPrefix(line, "  - name: "); ok && within {
			name = strings.Trim(name, `"'`)
			found = nil
			for _, s := range m.streams {
				if s.Name == name {
					found = s
				}
			}
		}
	}
	return found
}

// write returns the text of the file, and where each of its lines comes from.
func (m *importer) write() (string, map[int]writing.Origin, error) {
	whole, err := m.whole()
	if err != nil {
		return "", nil, err
	}
	return writing.Text(whole, m.head())
}

// head is the comment at the beginning of the file.
func (m *importer) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Translated from the low-code manifest %s.\n", m.options.From)
	list := func(title string, all []finding.Finding) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(&b, "#\n# %s\n", title)
		for _, one := range all {
			b.WriteString(wrapped(one.String()))
		}
	}
	list("Left out, by the line of the manifest:", m.left.Sorted())
	list("To know:", m.notes.Sorted())
	b.WriteString("\n")
	return b.String()
}

// wrapped writes a finding as lines of a comment.
func wrapped(text string) string {
	const width = 110
	var b strings.Builder
	line := "#   "
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > width && strings.TrimLeft(line, "# ") != "" {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "#     "
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}

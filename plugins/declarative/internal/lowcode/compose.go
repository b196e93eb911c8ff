package lowcode

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxRounds is how often streams that the language refuses are left out.
const maxRounds = 50

// compose writes the file. A stream that the language's own loader refuses is left out, and the rest is
// tried again. It returns "" when no stream is left.
func (m *importer) compose() (string, error) {
	if err := m.checkMapping(); err != nil {
		return "", err
	}
	m.streams = slices.DeleteFunc(m.streams, func(s *stream) bool { return m.mapping.Streams[s.name].Skip && !m.isParent(s) })
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

func (m *importer) isParent(s *stream) bool {
	return slices.ContainsFunc(m.streams, func(o *stream) bool { return o.parent == s })
}

// mistake matches a line of the loader's errors.
var mistake = regexp.MustCompile(`^line (\d+), column \d+: (.*)$`)

// dismiss leaves out the streams that the loader refuses. A mistake of the mapping is returned, and so is
// one that no stream has.
func (m *importer) dismiss(wrong error, text string, origins map[int]origin) error {
	var ofMapping, others []string
	var gone []*stream
	for line := range strings.SplitSeq(wrong.Error(), "\n") {
		match := mistake.FindStringSubmatch(line)
		if match == nil {
			others = append(others, line)
			continue
		}
		at, _ := strconv.Atoi(match[1])
		from := origins[at]
		if from.mapping > 0 {
			ofMapping = append(ofMapping, fmt.Sprintf("mapping: line %d: %s", from.mapping, match[2]))
			continue
		}
		found := m.streamAt(text, at)
		if found == nil {
			others = append(others, fmt.Sprintf("line %d: %s", from.manifest, match[2]))
			continue
		}
		m.left.add(max(from.manifest, found.line), found.name, "the language refuses it: %s", match[2])
		gone = append(gone, found)
	}
	if len(ofMapping) > 0 {
		return errors.New(strings.Join(ofMapping, "\n"))
	}
	if len(gone) == 0 { // the file as a whole
		m.left.add(1, "", "the language refuses it: %s", strings.Join(others, "; "))
		m.streams = nil
	}
	for _, s := range gone {
		m.drop(s)
	}
	return nil
}

// drop leaves a stream out, and those that are read for its records.
func (m *importer) drop(gone *stream) {
	m.streams = slices.DeleteFunc(m.streams, func(s *stream) bool { return s == gone })
	for _, s := range slices.Clone(m.streams) {
		if s.parent == gone && slices.Contains(m.streams, s) {
			m.left.add(s.line, s.name, "its parent %s is left out", gone.name)
			m.drop(s)
		}
	}
}

// streamAt returns the stream in whose part of the file a line is.
func (m *importer) streamAt(text string, at int) (found *stream) {
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
				if s.name == name {
					found = s
				}
			}
		}
	}
	return found
}

// write returns the text of the file, and where each of its lines comes from.
func (m *importer) write() (string, map[int]origin, error) {
	b := builder{origins: map[*yaml.Node]origin{}}
	whole, err := m.whole()
	if err != nil {
		return "", nil, err
	}
	root := b.node(whole, origin{})
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(root), encoder.Close()); err != nil {
		return "", nil, fmt.Errorf("write file: %w", err)
	}
	head := m.head()
	out := head + spaced(text.String())
	var read yaml.Node
	if err := yaml.Unmarshal([]byte(out), &read); err != nil {
		return "", nil, fmt.Errorf("read the file that was written: %w", err)
	}
	origins := map[int]origin{}
	if len(read.Content) > 0 {
		locate(root, read.Content[0], b.origins, origins)
	}
	return out, origins, nil
}

// spaced puts an empty line before each part of the file.
func spaced(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(line, ":")
		if slices.Contains([]string{"settings", "permissions", "network", "guide", "base_url", "answers", "check", "streams"}, word) ||
			strings.HasPrefix(line, "  - name: ") && strings.Contains(b.String(), "\nstreams:\n") && !strings.HasSuffix(b.String(), "streams:\n") {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}

// locate notes where the lines of the file come from.
func locate(made, read *yaml.Node, from map[*yaml.Node]origin, lines map[int]origin) {
	if at, known := from[made]; known {
		if before := lines[read.Line]; before.mapping == 0 || at.mapping > 0 {
			lines[read.Line] = at
		}
	}
	for i := 0; i < len(made.Content) && i < len(read.Content); i++ {
		locate(made.Content[i], read.Content[i], from, lines)
	}
}

// head is the comment at the beginning of the file.
func (m *importer) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Translated from the low-code manifest %s.\n", m.options.From)
	list := func(title string, all []Finding) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(&b, "#\n# %s\n", title)
		for _, one := range all {
			b.WriteString(wrapped(one.String()))
		}
	}
	list("Left out, by the line of the manifest:", m.left.sorted())
	list("To know:", m.notes.sorted())
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

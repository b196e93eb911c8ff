package control

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text is a requirement with its text, as a file of its publisher has it.
type Text struct {
	ID    string   `json:"id"`
	Title string   `json:"title,omitempty"`
	Text  string   `json:"text,omitempty"`
	Also  []string `json:"-"` // other ids of it, such as the label AC-2(1) of ac-2.1
}

// Catalog is the text of a framework.
type Catalog struct {
	Title        string `json:"title,omitempty"`
	Version      string `json:"version,omitempty"`
	Requirements []Text `json:"requirements"`
}

// The most of a catalogue.
const (
	mostRequirements = 10_000
	mostTextBytes    = 64 << 10 // of one requirement
	mostDepth        = 32
)

// ParseCSV reads a table whose first line is id,title,text; title and text may be left out. An error names the line and the column.
func ParseCSV(raw []byte) (Catalog, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		line := 1 + bytes.Count(raw[:invalidAt(raw)], []byte("\n"))
		return Catalog{}, fmt.Errorf("line %d: is not text in UTF-8: save the file as UTF-8", line)
	}
	table := csv.NewReader(bytes.NewReader(raw))
	heading, err := table.Read()
	if err != nil {
		return Catalog{}, inCSV(err)
	}
	columns := map[string]int{}
	for i, name := range heading {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := columns[name]
		if twice || name != "id" && name != "title" && name != "text" {
			_, column := table.FieldPos(i)
			return Catalog{}, fmt.Errorf("line 1, column %d: %q is not id, title or text, or is there twice", column, name)
		}
		columns[name] = i
	}
	if _, found := columns["id"]; !found {
		return Catalog{}, errors.New("line 1, column 1: there is no column id; the first line must be id,title,text")
	}
	var c Catalog
	seen := map[string]int{}
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Catalog{}, inCSV(err)
		}
		cell := func(name string) string {
			if i, found := columns[name]; found {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		line, column := table.FieldPos(columns["id"])
		one := Text{ID: cell("id"), Title: cell("title"), Text: cell("text")}
		if err := one.check(seen); err != nil {
			return Catalog{}, fmt.Errorf("line %d, column %d: %w", line, column, err)
		}
		seen[one.ID] = line
		c.Requirements = append(c.Requirements, one)
	}
	return c, c.check()
}

// invalidAt returns where text is not UTF-8.
func invalidAt(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size < 2 {
			return i
		}
		i += size
	}
	return len(raw)
}

func inCSV(err error) error {
	var where *csv.ParseError
	if errors.As(err, &where) {
		return fmt.Errorf("line %d, column %d: %w", where.Line, where.Column, where.Err)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("line 1: the file is empty; its first line must be id,title,text")
	}
	return err
}

// check refuses a requirement without an id, with one that was seen, or that is too long.
func (t Text) check(seen map[string]int) error {
	switch {
	case t.ID == "":
		return errors.New("the id is missing")
	case len(t.ID) > 100 || strings.ContainsAny(t.ID, "\r\n\t"):
		return errors.New("the id has more than 100 bytes or several lines")
	case seen[t.ID] > 0:
		return fmt.Errorf("the id %s is there already", t.ID)
	case len(t.Title) > mostTextBytes || len(t.Text) > mostTextBytes:
		return fmt.Errorf("the title or the text of %s has more than %d KiB", t.ID, mostTextBytes>>10)
	}
	return nil
}

func (c Catalog) check() error {
	switch n := len(c.Requirements); {
	case n == 0:
		return errors.New("there is no requirement in the file")
	case n > mostRequirements:
		return fmt.Errorf("there are %d requirements in the file; at most %d are allowed", n, mostRequirements)
	}
	return nil
}

// ParseOSCAL reads a catalogue in OSCAL's JSON. A text that is no JSON is refused with line and column, anything else with its JSON path.
func ParseOSCAL(raw []byte) (Catalog, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		var where *json.SyntaxError
		if errors.As(err, &where) {
			before := raw[:min(where.Offset, int64(len(raw)))]
			line := 1 + bytes.Count(before, []byte("\n"))
			return Catalog{}, fmt.Errorf("line %d, column %d: %w", line, len(before)-1-bytes.LastIndexByte(before, '\n'), err)
		}
		return Catalog{}, err
	}
	root, err := object("$", document, "catalog")
	if err != nil {
		return Catalog{}, err
	}
	const at = "$.catalog"
	o := &oscal{seen: map[string]int{}}
	catalog, err := object(at, root["catalog"], "uuid", "metadata")
	if err != nil {
		return Catalog{}, err
	}
	metadata, err := object(at+".metadata", catalog["metadata"], "title", "last-modified", "version", "oscal-version")
	if err != nil {
		return Catalog{}, err
	}
	for _, f := range []struct {
		name string
		to   *string
	}{{"title", &o.found.Title}, {"version", &o.found.Version}} {
		if *f.to, err = text(at+".metadata."+f.name, metadata[f.name]); err != nil {
			return Catalog{}, err
		}
	}
	if err := o.group(at, catalog, 0); err != nil {
		return Catalog{}, err
	}
	return o.found, o.found.check()
}

// oscal collects the controls of a catalogue.
type oscal struct {
	found Catalog
	seen  map[string]int
}

// object returns a JSON object that has some members.
func object(path string, value any, members ...string) (map[string]any, error) {
	o, is := value.(map[string]any)
	if !is {
		return nil, fmt.Errorf("%s: must be an object", path)
	}
	for _, m := range members {
		if _, found := o[m]; !found {
			return nil, fmt.Errorf("%s: lacks %s", path, m)
		}
	}
	return o, nil
}

// text returns a JSON text; "" for a member that is not there.
func text(path string, value any) (string, error) {
	s, is := value.(string)
	if !is && value != nil {
		return "", fmt.Errorf("%s: must be a text", path)
	}
	return strings.TrimSpace(s), nil
}

// each calls fn with each object of a list, which may be missing.
func each(path string, value any, members []string, fn func(path string, o map[string]any) error) error {
	list, is := value.([]any)
	if !is && value != nil {
		return fmt.Errorf("%s: must be a list", path)
	}
	for i, one := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		o, err := object(at, one, members...)
		if err != nil {
			return err
		}
		if err := fn(at, o); err != nil {
			return err
		}
	}
	return nil
}

// group takes the controls of a catalogue, a group or a control, and of the groups in it.
func (o *oscal) group(path string, group map[string]any, depth int) error {
	if depth > mostDepth {
		return fmt.Errorf("%s: is nested more than %d deep", path, mostDepth)
	}
	err := each(path+".controls", group["controls"], []string{"id", "title"}, func(at string, c map[string]any) error {
		if err := o.control(at, c, depth); err != nil {
			return err
		}
		return o.group(at, c, depth+1)
	})
	if err != nil {
		return err
	}
	return each(path+".groups", group["groups"], []string{"title"}, func(at string, g map[string]any) error { return o.group(at, g, depth+1) })
}

// control takes one control.
func (o *oscal) control(path string, c map[string]any, depth int) (err error) {
	var one Text
	if one.ID, err = text(path+".id", c["id"]); err != nil {
		return err
	}
	if one.Title, err = text(path+".title", c["title"]); err != nil {
		return err
	}
	if err := one.check(o.seen); err != nil {
		return fmt.Errorf("%s.id: %w", path, err)
	}
	labels := map[string]string{} // of parameters
	err = each(path+".params", c["params"], []string{"id"}, func(at string, p map[string]any) error {
		id, err := text(at+".id", p["id"])
		if err != nil {
			return err
		}
		labels[id], err = text(at+".label", p["label"])
		return err
	})
	if err != nil {
		return err
	}
	err = each(path+".props", c["props"], []string{"name", "value"}, func(at string, p map[string]any) error {
		value, err := text(at+".value", p["value"])
		if p["name"] == "label" && err == nil {
			one.Also = append(one.Also, value)
		}
		return err
	})
	if err != nil {
		return err
	}
	var lines []string
	err = each(path+".parts", c["parts"], []string{"name"}, func(at string, p map[string]any) error {
		if p["name"] != "statement" {
			return nil
		}
		return statement(at, p, depth, &lines)
	})
	if err != nil {
		return err
	}
	one.Text = filled(strings.Join(lines, "\n"), labels)
	if len(one.Text) > mostTextBytes {
		return fmt.Errorf("%s.parts: the text has more than %d KiB", path, mostTextBytes>>10)
	}
	o.seen[one.ID]++
	o.found.Requirements = append(o.found.Requirements, one)
	return nil
}

// statement takes the lines of a part and of the parts in it.
func statement(path string, part map[string]any, depth int, lines *[]string) error {
	if depth > mostDepth {
		return fmt.Errorf("%s: is nested more than %d deep", path, mostDepth)
	}
	prose, err := text(path+".prose", part["prose"])
	if err != nil {
		return err
	}
	label := ""
	err = each(path+".props", part["props"], []string{"name", "value"}, func(at string, p map[string]any) error {
		value, err := text(at+".value", p["value"])
		if p["name"] == "label" && label == "" {
			label = value
		}
		return err
	})
	if err != nil {
		return err
	}
	if line := strings.TrimSpace(label + " " + prose); line != "" {
		*lines = append(*lines, line)
	}
	return each(path+".parts", part["parts"], []string{"name"}, func(at string, p map[string]any) error {
		return statement(at, p, depth+1, lines)
	})
}

// filled puts the labels of parameters where a text inserts them: {{ insert: param, ac-1_prm_1 }}.
func filled(text string, labels map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		inside, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			b.WriteString(text)
			return b.String()
		}
		_, id, _ := strings.Cut(inside, ",")
		b.WriteString(before)
		switch label := labels[strings.TrimSpace(id)]; {
		case label != "":
			b.WriteString("[" + label + "]")
		default:
			b.WriteString("[" + strings.TrimSpace(id) + "]")
		}
		text = after
	}
}

package dryrun

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// The bounds of what a comparison shows.
const (
	maxChanges = 20 // of each kind of change
	maxFields  = 20 // of one record
)

// digest is the beginning of a SHA-256. Half of it is enough to compare by.
type digest [16]byte

func digestOf(text []byte) digest {
	sum := sha256.Sum256(text)
	return digest(sum[:len(digest{})])
}

// row is a record by the digests of its stored document and of the one that was sent.
type row struct {
	stored, sent digest
	known, came  bool
}

// Comparison compares what a source sends of one stream with what is stored of it. Its
// owner calls Stored for every stored record first, then Sent and Gone, then Show for every
// stored record again, and Result at the end.
type Comparison struct {
	info host.StreamInfo
	rows map[digest]row

	docs  map[string]sentDoc // of the first records that are new or differ
	kept  map[host.ChangeKind]int
	count map[host.ChangeKind]int
	found []host.DryRunChange
}

// sentDoc is a document as it was sent.
type sentDoc struct {
	kind host.ChangeKind
	doc  []byte
}

// NewComparison begins a comparison.
func NewComparison(info host.StreamInfo) *Comparison {
	return &Comparison{
		info: info, rows: map[digest]row{}, docs: map[string]sentDoc{},
		kept: map[host.ChangeKind]int{}, count: map[host.ChangeKind]int{},
	}
}

// Stored takes a record that is stored, with its canonical document.
func (c *Comparison) Stored(key string, doc []byte) {
	c.rows[digestOf([]byte(key))] = row{stored: digestOf(doc), known: true}
}

// Sent takes a record that the source sent, in canonical form. The last one of a key holds.
func (c *Comparison) Sent(key string, doc []byte) {
	id := digestOf([]byte(key))
	r := c.rows[id]
	r.sent, r.came = digestOf(doc), true
	c.rows[id] = r
	c.forget(key)
	if kind := r.change(); kind != "" && c.kept[kind] < maxChanges {
		c.kept[kind]++
		c.docs[key] = sentDoc{kind, bytes.Clone(doc)}
	}
}

// forget drops the document of a key that came again.
func (c *Comparison) forget(key string) {
	if before, ok := c.docs[key]; ok {
		c.kept[before.kind]--
		delete(c.docs, key)
	}
}

// Gone takes the key of a record that the source says was removed.
func (c *Comparison) Gone(key string) {
	id := digestOf([]byte(key))
	r := c.rows[id]
	if !r.known {
		delete(c.rows, id)
	} else {
		r.came, r.sent = true, digest{}
		c.rows[id] = r
	}
	c.forget(key)
}

// change says what a run would do to the record; empty = nothing, or it did not come.
func (r row) change() host.ChangeKind {
	switch {
	case !r.came || r.known && r.sent == r.stored:
		return ""
	case r.sent == digest{}:
		return host.ChangeRemoved
	case !r.known:
		return host.ChangeAdded
	}
	return host.ChangeChanged
}

// Show takes a stored record once more, and describes its change.
func (c *Comparison) Show(key string, doc []byte) {
	r := c.rows[digestOf([]byte(key))]
	after, sent := c.docs[key]
	switch {
	case sent:
		c.show(host.DryRunChange{Kind: host.ChangeChanged, Key: key, Fields: differences(doc, after.doc)})
		delete(c.docs, key)
	case !r.came || r.change() == host.ChangeRemoved:
		c.show(host.DryRunChange{Kind: host.ChangeRemoved, Key: key, Fields: []host.FieldChange{}})
	}
}

func (c *Comparison) show(change host.DryRunChange) {
	if c.count[change.Kind]++; c.count[change.Kind] <= maxChanges {
		c.found = append(c.found, change)
	}
}

// Result says what a run that ended so would change. Limits say how many records it would
// remove without a person.
func (c *Comparison) Result(result host.StreamResult, limits host.RemovalLimits) host.DryRunStream {
	s := host.DryRunStream{
		Stream: c.info.Name, Kind: c.info.Kind, Outcome: result.Outcome, Error: result.Problem, Gaps: result.Gaps, Read: result.Read,
	}
	if s.Gaps == nil {
		s.Gaps = []host.Gap{}
	}
	known, missing := 0, 0
	for _, r := range c.rows {
		if r.known {
			known++
		}
		switch kind := r.change(); {
		case kind == host.ChangeAdded:
			s.Added++
		case kind == host.ChangeChanged:
			s.Changed++
		case kind == host.ChangeRemoved:
			s.Removed++
		case r.came:
			s.Unchanged++
		default:
			missing++
		}
	}
	sweeps := result.Outcome == host.OutcomeComplete && c.info.Deletes == "snapshot"
	if sweeps {
		s.Removed += missing
		if rule, held := limits.Holds(known, missing); held {
			s.Held = string(rule)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.docs)) { // the rest is new
		c.show(host.DryRunChange{Kind: host.ChangeAdded, Key: key, Fields: differences(nil, c.docs[key].doc)})
	}
	s.Changes = slices.DeleteFunc(c.found, func(change host.DryRunChange) bool {
		return change.Kind == host.ChangeRemoved && !sweeps && c.rows[digestOf([]byte(change.Key))].change() != host.ChangeRemoved
	})
	if s.Changes == nil {
		s.Changes = []host.DryRunChange{}
	}
	return s
}

// differences compares two documents field by field. Objects are compared by their
// members, lists as a whole.
func differences(before, after []byte) []host.FieldChange {
	found := []host.FieldChange{}
	compare("", members(before), members(after), &found)
	return found
}

func compare(path string, before, after map[string]json.RawMessage, found *[]host.FieldChange) {
	names := maps.Clone(before)
	if names == nil {
		names = map[string]json.RawMessage{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, is, field := before[name], after[name], name
		if path != "" {
			field = path + "." + name
		}
		inWas, inIs := members(was), members(is)
		switch {
		case bytes.Equal(was, is):
		case inWas != nil && inIs != nil:
			compare(field, inWas, inIs, found)
		case len(*found) < maxFields:
			*found = append(*found, host.FieldChange{Field: field, Before: was, After: is})
		}
	}
}

// members returns the members of an object; nil for anything else.
func members(doc []byte) map[string]json.RawMessage {
	if len(doc) == 0 || doc[0] != '{' {
		return nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(doc, &m) != nil {
		return nil
	}
	return m
}

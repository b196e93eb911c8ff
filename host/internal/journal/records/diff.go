package records

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// mostDiffs is how many differences are listed; more are counted.
const mostDiffs = 200

// difference is what differs between two documents.
type difference struct {
	all  []history.FieldDiff
	cut  int
	lost bool // a document is missing that there has been
}

// compare returns what a change did to a document. Documents are in canonical form, so equal
// bytes are equal values.
func compare(of string, change host.ChangeKind, before, after []byte) difference {
	d := difference{all: []history.FieldDiff{}}
	fields := kind.Describe(kind.Kind(of))
	if change == host.ChangeAdded {
		before = nil // of an earlier life, before the record was removed
	}
	d.lost = change != host.ChangeAdded && before == nil || change != host.ChangeRemoved && after == nil
	if d.lost {
		return d
	}
	old, now := members(before), members(after)
	names := orderOf(fields, old, now)
	for _, name := range names {
		if name == "vendor" && change != host.ChangeChanged {
			continue
		}
		field := ""
		if slices.ContainsFunc(fields, func(f kind.Description) bool { return f.Name == name }) {
			field = name
		}
		d.add("/"+escaped(name), field, old[name], now[name])
	}
	return d
}

// orderOf returns the members of two documents: the fields of the kind in their order, then
// the others by name, and the vendor's document last.
func orderOf(fields []kind.Description, old, now map[string]json.RawMessage) (names []string) {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, now)
	for _, f := range fields {
		if _, has := all[f.Name]; has {
			names = append(names, f.Name)
			delete(all, f.Name)
		}
	}
	_, vendor := all["vendor"]
	delete(all, "vendor")
	names = append(names, slices.Sorted(maps.Keys(all))...)
	if vendor {
		names = append(names, "vendor")
	}
	return names
}

// add adds what differs between two values. It goes into objects, and into lists of the same
// length.
func (d *difference) add(path, field string, before, after json.RawMessage) {
	if bytes.Equal(before, after) {
		return
	}
	if begins(before, '{') && begins(after, '{') {
		old, now := members(before), members(after)
		for _, name := range orderOf(nil, old, now) {
			d.add(path+"/"+escaped(name), field, old[name], now[name])
		}
		return
	}
	if old, now := items(before), items(after); len(old) == len(now) && len(old) > 0 && objects(old) && objects(now) {
		for i := range old {
			d.add(path+"/"+strconv.Itoa(i), field, old[i], now[i])
		}
		return
	}
	if len(d.all) == mostDiffs {
		d.cut++
		return
	}
	d.all = append(d.all, history.FieldDiff{Path: path, Field: field, Before: slices.Clone(before), After: slices.Clone(after)})
}

func begins(value json.RawMessage, with byte) bool { return len(value) > 0 && value[0] == with }

// members returns the members of an object; nil for any other value.
func members(value []byte) (all map[string]json.RawMessage) {
	if json.Unmarshal(value, &all) != nil {
		return nil
	}
	return all
}

// items returns the items of a list; nil for any other value.
func items(value json.RawMessage) (all []json.RawMessage) {
	if !begins(value, '[') || json.Unmarshal(value, &all) != nil {
		return nil
	}
	return all
}

func objects(list []json.RawMessage) bool {
	return !slices.ContainsFunc(list, func(item json.RawMessage) bool { return !begins(item, '{') })
}

// escaped writes a name as a part of a JSON pointer.
func escaped(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

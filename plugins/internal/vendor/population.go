package vendor

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// The sizes of a small population.
const (
	smallList    = 300
	smallNested  = 5
	smallCompany = 280 // people: some systems have accounts of others, too
)

// row is an item of a list. From is the row of the company that it was made of.
type row struct {
	item   any
	raw    json.RawMessage
	n      int
	parent any
	from   map[string]any
}

func (r *row) scope() scope {
	return scope{"item": r.item, "n": int64(r.n), "parent": r.parent, "row": r.from}
}

// rows are the items of an answer. Expressions see a list; the answer has the items as they were
// encoded once.
type rows []*row

// MarshalJSON implements json.Marshaler.
func (r rows) MarshalJSON() ([]byte, error) {
	all := make([]json.RawMessage, len(r))
	for i, one := range r {
		all[i] = one.raw
	}
	return json.Marshal(all)
}

// items returns the items for expressions.
func (r rows) items() []any {
	all := make([]any, len(r))
	for i, one := range r {
		all[i] = one.item
	}
	return all
}

// from returns the rows of the company that the items are made of.
func (r rows) from() []any {
	all := make([]any, len(r))
	for i, one := range r {
		all[i] = one.from
	}
	return all
}

// population makes the items of a vendor, each once.
type population struct {
	small bool
	few   Few
	day   *company.Day // nil without a company
	whole bool         // every row of the company is an item
	given scope        // settings and the missing permission

	mu      sync.Mutex
	lists   map[*list]rows
	nested  map[*list]map[*row]rows
	indices map[string]map[string]rows // by request or list, and the text of the key
	chosen  map[string]rows            // by the request, its parent and the values its condition depends on
	linked  map[*list]map[any][]map[string]any
}

// all returns every item of a list, for all items above it.
func (p *population) all(l *list) (rows, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.allLocked(l)
}

func (p *population) allLocked(l *list) (found rows, err error) {
	if known, ok := p.lists[l]; ok {
		return known, nil
	}
	if l.of == nil {
		found, err = p.make(l, nil)
	} else {
		above, aboveErr := p.allLocked(l.of)
		err = aboveErr
		for _, parent := range above {
			below, belowErr := p.belowLocked(l, parent)
			if belowErr != nil {
				return nil, belowErr
			}
			found = append(found, below...)
		}
	}
	if err == nil {
		p.lists[l] = found
	}
	return found, err
}

// below returns the items of a list for one item above it.
func (p *population) below(l *list, parent *row) (rows, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.belowLocked(l, parent)
}

func (p *population) belowLocked(l *list, parent *row) (rows, error) {
	if known, ok := p.nested[l][parent]; ok {
		return known, nil
	}
	found, err := p.make(l, parent)
	if err != nil {
		return nil, err
	}
	if p.nested[l] == nil {
		p.nested[l] = map[*row]rows{}
	}
	p.nested[l][parent] = found
	return found, nil
}

func (p *population) make(l *list, parent *row) (rows, error) {
	in := p.given.with(scope{"n": int64(0), "parent": map[string]any{}, "row": map[string]any{}})
	if parent != nil {
		in["parent"], in["n"], in["row"] = parent.item, int64(parent.n), parent.from
	}
	from, err := p.from(l, parent, in)
	if err != nil {
		return nil, err
	}
	if limited := p.small || p.few.Items > 0; limited && (!p.whole || !l.ofCompany()) {
		from = from[:min(len(from), p.most(l))]
	}
	found := make(rows, len(from))
	for i := range found {
		one := &row{n: i + 1, parent: in["parent"], from: from[i]}
		in["n"], in["row"] = int64(one.n), one.from
		if one.item, err = l.item.value(in); err != nil {
			return nil, fmt.Errorf("item %d of list %s: %w", one.n, l.name, err)
		}
		if one.raw, err = json.Marshal(one.item); err != nil {
			return nil, fmt.Errorf("item %d of list %s: %w", one.n, l.name, err)
		}
		found[i] = one
	}
	return found, nil
}

// ofCompany reports whether the items of a list are of rows of the company, by themselves or by those above.
func (l *list) ofCompany() bool { return l.each != "" || l.of != nil && l.of.ofCompany() }

// from returns the rows of which the items of a list are made. In a list with a count they are all the
// row above it.
func (p *population) from(l *list, parent *row, in scope) ([]map[string]any, error) {
	if l.each != "" {
		return p.rows(l, parent, in)
	}
	counted, err := l.count.value(in)
	if err != nil {
		return nil, fmt.Errorf("count of list %s: %w", l.name, err)
	}
	count, err := strconv.Atoi(fmt.Sprint(counted))
	if err != nil || count < 0 {
		return nil, fmt.Errorf("count of list %s is %v, not a number", l.name, counted)
	}
	all := make([]map[string]any, count)
	if parent != nil {
		for i := range all {
			all[i] = parent.from
		}
	}
	return all, nil
}

// rows returns the rows of the company for a list: those of the row above it.
func (p *population) rows(l *list, parent *row, in scope) (found []map[string]any, err error) {
	all := p.day.Table(l.each)
	if parent != nil {
		if p.linked[l] == nil {
			p.linked[l] = map[any][]map[string]any{}
			for _, from := range all {
				p.linked[l][from[l.column]] = append(p.linked[l][from[l.column]], from)
			}
		}
		all = p.linked[l][parent.from[l.columnAbove]]
	}
	if !l.where.set() {
		return all, nil
	}
	in = in.with(nil)
	for i, from := range all {
		in["row"], in["n"] = from, int64(i+1)
		yes, err := l.where.value(in)
		if err != nil {
			return nil, fmt.Errorf("where of list %s: %w", l.name, err)
		}
		if yes == true {
			found = append(found, from)
		}
	}
	return found, nil
}

func (p *population) most(l *list) int {
	switch few := p.few.Items > 0; {
	case few && l.of != nil:
		return fewNested
	case few:
		return p.few.Items
	case l.of != nil:
		return smallNested
	}
	return smallList
}

// find returns the items of a list whose key is text.
func (p *population) find(name string, l *list, key expression, in scope, text string) (rows, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	index := p.indices[name]
	if index == nil {
		all, err := p.allLocked(l)
		if err != nil {
			return nil, err
		}
		index = make(map[string]rows, len(all))
		for _, one := range all {
			value, err := key.value(in.with(one.scope()))
			if err != nil {
				return nil, err
			}
			index[fmt.Sprint(value)] = append(index[fmt.Sprint(value)], one)
		}
		p.indices[name] = index
	}
	return index[text], nil
}

// first returns the first item, nil when there is none.
func (r rows) first() *row {
	if len(r) == 0 {
		return nil
	}
	return r[0]
}

// where returns the items for which a condition is true.
func (p *population) where(name string, all rows, condition expression, in scope) (rows, error) {
	name += "\n" + condition.program.String()
	for _, variable := range condition.program.Variables() {
		if variable == "item" || variable == "parent" || variable == "n" || variable == "row" {
			continue
		}
		value := in[variable]
		if object, ok := value.(map[string]any); ok {
			part := map[string]any{}
			for _, path := range condition.program.Paths(variable) {
				part[path[0]] = object[path[0]]
			}
			if len(part) > 0 {
				value = part
			}
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("condition of %s: %w", name, err)
		}
		name += "\n" + variable + string(encoded)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.chosen[name]; ok {
		return known, nil
	}
	found := rows{}
	for _, one := range all {
		yes, err := condition.value(in.with(one.scope()))
		if err != nil {
			return nil, err
		}
		if yes == true {
			found = append(found, one)
		}
	}
	p.chosen[name] = found
	return found, nil
}

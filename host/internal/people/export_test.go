package people

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Load puts accounts, or persons of the kind person, into the index of an open People, as if they were read.
func (p *People) Load(c host.Connection, categories []host.Category, kind string, docs func(i int) (key string, doc []byte), n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []*connection{{id: c.ID, alias: c.Alias, name: c.Connector, categories: categories}}
	for _, known := range p.ix.connections {
		all = append(all, known)
	}
	for _, one := range all {
		one.identity = one.is(host.CategoryIdentity)
	}
	p.ix.now = p.config.Now()
	p.ix.connect(all)
	versions := make([]version, 0, n)
	for i := range n {
		key, doc := docs(i)
		f, err := decode(doc)
		if err != nil {
			return err
		}
		at := int64(1_780_000_000_000_000_000) + int64(i)
		versions = append(versions, version{key: key, at: at, first: at, facts: f})
	}
	p.ix.replace(host.StreamMark{Connection: c.ID, Name: "all", Kind: kind, Number: uint32(len(p.ix.streams) + 1), Records: n}, versions)
	return nil
}

// BuildNothing marks an index as built.
func (p *People) BuildNothing() { p.position.State = stateFollowing }

// Find answers from the index as it is.
func (p *People) Find(q Query) (Found, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	rows, matched, next, facets, err := p.ix.list(q, p.config.Now(), p.config.Limits)
	m := p.ix.at(p.config.Now(), p.config.Limits)
	found := Found{Matched: matched, Next: next, Facets: facets}
	for _, r := range rows {
		found.Accounts = append(found.Accounts, m.shown(r, q.Page))
	}
	return found, err
}

// Directory answers from the index as it is.
func (p *People) Directory(q Query) (int, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, matched, _, _, err := p.ix.directory(q, p.config.Now(), p.config.Limits)
	return matched, err
}

// Suggested answers from the index as it is.
func (p *People) Suggested(q SuggestionQuery) (int, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, matched, _, err := p.ix.suggestions(q, p.config.Now(), p.config.Limits)
	return matched, err
}

// Sound returns what contradicts itself in the index.
func (p *People) Sound() (faults []string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for id, one := range p.ix.persons {
		if one.id != id || len(one.sources) == 0 {
			faults = append(faults, fmt.Sprintf("person %s has %d sources", id, len(one.sources)))
		}
		for _, r := range one.sources {
			if r.person != one || p.ix.streams[streamKey(r.stream.mark.Connection, r.stream.mark.Name)].rows[r.key] != r {
				faults = append(faults, fmt.Sprintf("source %s of person %s is of %v", r.key, id, r.person))
			}
		}
	}
	for key, st := range p.ix.streams {
		st.each(func(r *row) {
			if r.person != nil && (p.ix.persons[r.person.id] != r.person || !slices.Contains(r.person.sources, r)) {
				faults = append(faults, fmt.Sprintf("record %s of %q is of person %s, who is not known from it", r.key, key, r.person.id))
			}
		})
	}
	for text, a := range p.ix.addresses {
		for _, one := range a.persons() {
			if p.ix.persons[one.id] != one || one.address != a {
				faults = append(faults, fmt.Sprintf("address %s has person %s, who is not known", text, one.id))
			}
		}
	}
	return faults
}

// AtOnce makes answers wait for what was committed for so long.
func (p *People) AtOnce(patience time.Duration) { p.patience = patience }

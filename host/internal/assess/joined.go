package assess

import (
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// joined knows, in short, what the joins of each record have: equal numbers mean that no test can see a difference. So a change is traced
// to the records that it concerns by looking at what they see, and not by rules about who may see what.
type joined struct {
	s         *settling
	addresses map[string]map[uint64]uint64 // by variable: folded address to the sum of its versions
	twins     map[string]map[uint64]uint64 // by kind: identity to the sum of its versions
	persons   map[string]uint64            // by variable and id
	buffer    []byte
}

// Numbers of what has no facts.
const (
	seesUnknown = 1
	seesNobody  = 2
)

// join makes ready what the joins of the working sheets look up.
func (s *settling) join(ctx context.Context, working []*sheet) error {
	s.joined = &joined{s: s, addresses: map[string]map[uint64]uint64{}, twins: map[string]map[uint64]uint64{}, persons: map[string]uint64{}}
	for _, j := range s.rules.enabled {
		for _, variable := range j.Program.Reads() {
			if variable == monitor.VarTwins {
				s.joined.twins[j.Program.Test.Kind] = map[uint64]uint64{}
			} else if _, ok := kin.Addressed()[variable]; ok {
				s.joined.addresses[variable] = map[uint64]uint64{}
			}
		}
	}
	for _, w := range s.sheets {
		if err := s.joined.sum(ctx, w); err != nil {
			return err
		}
	}
	all, want, err := s.wanted(ctx, working)
	if err != nil {
		return err
	}
	return s.load(ctx, all, want)
}

// content fills in what a row tells to the joins of others.
func (s *settling) content(w *sheet, row *results.Row, document []byte) {
	row.Named, row.Address, row.Identity, row.Employment = kin.NamedIn(w.Kind, document), "", "", ""
	facts, err := monitor.Facts(kind.Kind(w.Kind), document, false)
	if err != nil {
		return
	}
	for _, by := range kin.Addressed() {
		if string(by.Kind) == w.Kind {
			row.Address = kin.Address(facts[by.Field])
		}
	}
	row.Identity = kin.Identity(facts)
	if w.Kind == string(kind.KindPerson) {
		row.Employment, _ = facts["employment"].(string)
	}
}

// sum takes up the rows of one stream.
func (j *joined) sum(ctx context.Context, w *sheet) error {
	var sums map[uint64]uint64
	for variable, by := range kin.Addressed() {
		if string(by.Kind) == w.Kind {
			sums = j.addresses[variable]
		}
	}
	twins, employment := j.twins[w.Kind], w.Kind == string(kind.KindPerson)
	if sums == nil && twins == nil && !employment {
		return nil
	}
	of := w.name + w.signature()
	return j.s.each(ctx, w, func(row *results.Row, _ []byte, _ bool) error {
		version := j.number(of, row.Key, row.At)
		if sums != nil && row.Address != "" {
			sums[j.number(row.Address)] += version
		}
		if twins != nil && row.Identity != "" {
			twins[j.number(row.Identity)] += version
		}
		if employment && row.Employment != "" {
			j.s.kin.Employment[monitor.ItemID(w.Connection, w.Stream, row.Key)] = row.Employment
		}
		return nil
	})
}

// of returns what the joins of a record have, by variable of its sheet.
func (j *joined) of(w *sheet, row *results.Row) []uint64 {
	if len(w.variables) == 0 {
		return nil
	}
	k := j.s.kin
	looked := make([]uint64, len(w.variables))
	person, known, asked := (*account.Person)(nil), false, false
	for v, variable := range w.variables {
		switch variable {
		case monitor.VarTwins:
			if row.Identity != "" {
				looked[v] = j.number("twins", j.twins[w.Kind][j.number(row.Identity)])
			}
			continue
		case monitor.VarAccount:
			if decided, found := k.People.Account(w.Connection, w.Stream, row.Key); found {
				looked[v] = j.number(k.Account(decided))
			}
			continue
		}
		if !asked {
			person, known = k.PersonNamed(w.Reading, row.Key, row.Named)
			asked = true
		}
		switch {
		case !known:
			looked[v] = seesUnknown
		case person == nil:
			looked[v] = j.number(seesNobody, k.Knows(variable))
		default:
			looked[v] = j.person(variable, person)
		}
	}
	if blind := j.s.assessor.blind; blind != nil {
		for v, variable := range w.variables {
			if blind(variable) {
				looked[v] = 0
			}
		}
	}
	return looked
}

// person returns what a person has under a variable.
func (j *joined) person(variable string, p *account.Person) uint64 {
	memo := variable + " " + p.ID
	if number, known := j.persons[memo]; known {
		return number
	}
	k := j.s.kin
	var number uint64
	switch variable {
	case monitor.VarPerson:
		number = j.number(k.PersonFacts(*p))
	case monitor.VarAccounts:
		parts := []any{k.Knows(variable)}
		for _, one := range k.People.AccountsOf(p.ID) {
			parts = append(parts, k.Account(one))
		}
		number = j.number(parts...)
	default:
		versions := j.addresses[variable][j.number(kin.Address(p.Email))]
		number = j.number(k.Knows(variable), p.Email == "", versions)
	}
	j.persons[memo] = number
	return number
}

// number returns a number that stands for values.
func (j *joined) number(values ...any) (number uint64) {
	number, j.buffer = results.Number(j.buffer, values...)
	return number
}

// wanting are the addresses and identities whose facts are needed.
type wanting struct {
	addresses  map[string]bool
	identities map[string]bool
}

// mostWanted is how many addresses and identities are looked up one by one.
const mostWanted = 20_000

// wanted returns whose facts are needed to judge; all when they are needed of most.
func (s *settling) wanted(ctx context.Context, working []*sheet) (all bool, want wanting, err error) {
	want = wanting{addresses: map[string]bool{}, identities: map[string]bool{}}
	var todo []int
	for _, w := range working {
		if !slices.ContainsFunc(w.variables, kin.LooksUp) {
			continue
		}
		if w.whole {
			return true, want, nil
		}
		err := s.each(ctx, w, func(row *results.Row, _ []byte, fresh bool) error {
			if todo = w.concerned(todo[:0], row, s.joined.of(w, row), fresh); len(todo) > 0 {
				s.want(w, row, want)
			}
			return nil
		})
		if err != nil {
			return false, want, err
		}
	}
	return len(want.addresses)+len(want.identities) > mostWanted, want, nil
}

// want notes what a record needs.
func (s *settling) want(w *sheet, row *results.Row, want wanting) {
	if row.Identity != "" && slices.Contains(w.variables, monitor.VarTwins) {
		want.identities[row.Identity] = true
	}
	if person, _ := s.kin.PersonNamed(w.Reading, row.Key, row.Named); person != nil && person.Email != "" {
		want.addresses[kin.Address(person.Email)] = true
	}
}

// load reads the facts that records look up: all, or those that are wanted.
func (s *settling) load(ctx context.Context, all bool, want wanting) error {
	take := func(of kind.Kind, wanted func(*results.Row) bool, fn func(w *sheet, facts map[string]any)) error {
		for _, w := range s.sheets {
			if w.Kind != string(of) {
				continue
			}
			err := s.each(ctx, w, func(row *results.Row, document []byte, _ bool) error {
				if !all && !wanted(row) {
					return nil
				}
				record, found, err := s.record(w, row, document)
				if err != nil || !found {
					return err
				}
				facts, err := monitor.Facts(of, record.Data, false)
				if err == nil {
					facts["alias"], facts["category"] = w.Alias, w.connection.Category
					fn(w, facts)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for variable := range s.joined.addresses {
		of, by := kin.Belongings{}, kin.Addressed()[variable]
		err := take(by.Kind, func(row *results.Row) bool { return want.addresses[row.Address] }, func(_ *sheet, facts map[string]any) {
			if owner := kin.Address(facts[by.Field]); owner != "" {
				of[owner] = append(of[owner], facts)
			}
		})
		if err != nil {
			return err
		}
		s.kin.OfAddress[variable] = of
	}
	for of := range s.joined.twins {
		twins := map[string][]kin.Twin{}
		err := take(kind.Kind(of), func(row *results.Row) bool { return want.identities[row.Identity] },
			func(w *sheet, facts map[string]any) {
				if id := kin.Identity(facts); id != "" {
					twins[id] = append(twins[id], kin.Twin{Connection: w.Connection, Facts: facts})
				}
			})
		if err != nil {
			return err
		}
		s.kin.Twins[kind.Kind(of)] = twins
	}
	return nil
}

package view_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/view"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// model is a store of accounts in memory, read the naive way.
type model struct {
	rnd     *rand.Rand
	clock   int64
	streams []*modelStream
	reading map[string]bool // connections with a run under way
	full    bool            // nothing may be written
	since   int             // versions that EachVersionSince gave
}

type modelStream struct {
	host.StreamMark
	kept    int64 // from when on history is kept
	commits []commit
}

type commit struct {
	at      int64
	changes []change
}

type change struct {
	key     string
	removed bool
	account kind.Account
	doc     []byte
}

func newModel(seed uint64, streams int) *model {
	m := &model{
		rnd: rand.New(rand.NewPCG(seed, 1)), clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano(), reading: map[string]bool{},
	}
	for i := range streams {
		m.streams = append(m.streams, &modelStream{StreamMark: host.StreamMark{
			Connection: fmt.Sprintf("connection-%d", i%2), Name: fmt.Sprintf("stream-%d", i), Kind: "account", Number: uint32(i + 1),
		}})
	}
	return m
}

func (m *model) marks() (marks []host.StreamMark) {
	for _, s := range m.streams {
		s.Records = len(s.at(s.last()))
		marks = append(marks, s.StreamMark)
	}
	return marks
}

// last is the time of the last commit; 0 = there was none.
func (s *modelStream) last() int64 {
	if len(s.commits) == 0 {
		return 0
	}
	return s.commits[len(s.commits)-1].at
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

var names = []string{"Ann", "ann", "Bob Ross", "Zoë", "zoë", "ÅSA", "", "Bob \"B\" Ross", "Ann\nLee", "İbrahim", "日本"}

// account makes up an account that agrees with others in many things.
func (m *model) account(key string) kind.Account {
	r := m.rnd
	a := kind.Account{
		ExternalID: key, Name: pick(r, names...), Email: pick(r, "", "a@x.io", "B@x.io", key+"@x.io"),
		Status: pick(r, kind.Word("active"), "suspended", "deprovisioned", "unknown"), Type: pick(r, kind.Word("human"), "service"),
		MFA: kind.Tri(r.IntN(3)), Admin: kind.Tri(r.IntN(3)), Department: pick(r, "", "Sales", "R&D"),
	}
	if r.IntN(3) > 0 {
		a.Roles = slices.Repeat([]string{pick(r, "Admin", "reader", "a,b")}, r.IntN(3))
		if len(a.Roles) == 0 {
			a.Roles = []string{}
		}
	}
	if r.IntN(3) > 0 {
		a.LastLoginAt = kind.At(time.Date(2025, 12, 1+r.IntN(40), 0, 0, r.IntN(2), r.IntN(2)*1000, time.UTC))
	}
	if r.IntN(9) == 0 {
		a.CreatedAt = kind.At(time.Date(pick(r, 1, 1969, 9999), 5, 5, 5, 5, 5, 0, time.UTC))
	}
	a.Vendor = json.RawMessage(fmt.Sprintf(`{"hidden":"needle","n":[%d,{"a":"}]\\\""}]}`, r.IntN(3)))
	return a
}

// commit changes some records of a stream in one transaction.
func (m *model) commit(s *modelStream, size, keys int) {
	m.clock += int64(1 + m.rnd.IntN(1_000_000_000))
	c := commit{at: m.clock}
	taken, before := map[string]bool{}, s.at(s.last())
	for range size {
		key := fmt.Sprintf("key-%03d", m.rnd.IntN(keys))
		if m.rnd.IntN(50) == 0 {
			key = pick(m.rnd, "Odd\x00key", "KEY-001", "é")
		}
		if taken[key] {
			continue
		}
		taken[key] = true
		if _, exists := before[key]; exists && m.rnd.IntN(4) == 0 {
			c.changes = append(c.changes, change{key: key, removed: true})
			continue
		}
		a := m.account(key)
		raw, err := json.Marshal(a)
		if err == nil {
			raw, err = kind.Canonical(raw)
		}
		if err != nil {
			panic(err)
		}
		c.changes = append(c.changes, change{key: key, account: a, doc: raw})
	}
	if len(c.changes) > 0 {
		s.commits, s.LastAt = append(s.commits, c), time.Unix(0, c.at).UTC()
	}
}

type modelRecord struct {
	change
	number uint32
	from   int64
}

// at returns the records of a moment.
func (s *modelStream) at(moment int64) map[string]modelRecord {
	records := map[string]modelRecord{}
	for _, c := range s.commits {
		if c.at > moment {
			break
		}
		for _, k := range c.changes {
			if k.removed {
				delete(records, k.key)
			} else {
				records[k.key] = modelRecord{change: k, from: c.at, number: s.Number}
			}
		}
	}
	return records
}

func (m *model) stream(name string) *modelStream {
	return m.streams[slices.IndexFunc(m.streams, func(s *modelStream) bool { return s.Name == name })]
}

func (c *change) version(at int64, doc []byte) host.Version {
	return host.Version{Key: c.key, At: time.Unix(0, at).UTC(), Removed: c.removed, Doc: doc}
}

func (m *model) EachVersion(_ context.Context, _, stream string, fn func(host.Version) error) (host.StreamMark, error) {
	of := m.stream(stream)
	var all []host.Version
	for _, c := range of.commits {
		for _, k := range c.changes {
			all = append(all, k.version(c.at, k.doc))
		}
	}
	slices.SortFunc(all, func(a, b host.Version) int { return cmp.Or(strings.Compare(a.Key, b.Key), b.At.Compare(a.At)) })
	for _, v := range all {
		if err := fn(v); err != nil {
			return host.StreamMark{}, err
		}
	}
	return of.StreamMark, nil
}

func (m *model) EachVersionSince(
	_ context.Context, _, stream string, after time.Time, fn func(host.Version) error,
) (host.StreamMark, error) {
	of := m.stream(stream)
	first := slices.IndexFunc(of.commits, func(c commit) bool { return c.at == after.UnixNano() })
	if first < 0 {
		return host.StreamMark{}, journal.ErrNotInHistory
	}
	for _, c := range of.commits[first+1:] {
		enough := false
		for _, k := range c.changes {
			m.since++
			doc := bytes.Clone(k.doc)
			err := fn(k.version(c.at, doc))
			clear(doc) // it was fn's only until it returned
			if enough = enough || errors.Is(err, journal.ErrEnough); err != nil && !errors.Is(err, journal.ErrEnough) {
				return host.StreamMark{}, err
			}
		}
		if enough {
			break
		}
	}
	return of.StreamMark, nil
}

func (m *model) UnfinishedRuns() (runs []host.Run, err error) {
	for connection, reading := range m.reading {
		if reading {
			runs = append(runs, host.Run{Connection: connection})
		}
	}
	return runs, nil
}

func (m *model) Room() error {
	if m.full {
		return errors.New("the disk is full")
	}
	return nil
}

// question is a query, and the same said in Go.
type question struct {
	view.Query
	holds []func(modelRecord) bool
	order func(a, b modelRecord) int
}

func (q *question) answer(m *model, moment int64) (found []modelRecord) {
	for _, s := range m.streams {
	next:
		for _, r := range s.at(moment) {
			for _, holds := range q.holds {
				if !holds(r) {
					continue next
				}
			}
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b modelRecord) int {
		if order := q.order(a, b); order != 0 {
			return order
		}
		if order := strings.Compare(a.key, b.key); order != 0 {
			return order
		}
		return int(a.number) - int(b.number)
	})
	return found
}

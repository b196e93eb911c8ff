package view_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/view"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// model is a store of accounts in memory, read the naive way.
type model struct {
	rnd     *rand.Rand
	clock   int64
	streams []*modelStream
	full    bool // nothing may be written
	enough  int  // commits Since gave, for the proportion of a catch-up
}

type modelStream struct {
	view.Stream
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
	m := &model{rnd: rand.New(rand.NewPCG(seed, 1)), clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()}
	for i := range streams {
		m.streams = append(m.streams, &modelStream{Stream: view.Stream{
			Connection: fmt.Sprintf("connection-%d", i%2), Name: fmt.Sprintf("stream-%d", i), Kind: "account", Number: uint32(i + 1),
		}})
	}
	return m
}

func (m *model) list() (streams []view.Stream) {
	for _, s := range m.streams {
		s.Records = len(s.at(s.Position))
		streams = append(streams, s.Stream)
	}
	return streams
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
	taken := map[string]bool{}
	for range size {
		key := fmt.Sprintf("key-%03d", m.rnd.IntN(keys))
		if m.rnd.IntN(50) == 0 {
			key = pick(m.rnd, "Odd\x00key", "KEY-001", "é")
		}
		if taken[key] {
			continue
		}
		taken[key] = true
		if s.exists(key) && m.rnd.IntN(4) == 0 {
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
		s.commits, s.Position = append(s.commits, c), c.at
	}
}

func (s *modelStream) exists(key string) bool {
	_, ok := s.at(s.Position)[key]
	return ok
}

type modelRecord struct {
	change
	stream int
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

func (m *model) stream(s view.Stream) *modelStream { return m.streams[s.Number-1] }

func (m *model) feed() view.Feed {
	return view.Feed{
		All: func(_ context.Context, s view.Stream, fn func(view.Version) error) (int64, error) {
			of := m.stream(s)
			var all []view.Version
			for _, c := range of.commits {
				for _, k := range c.changes {
					all = append(all, view.Version{Key: k.key, At: c.at, Removed: k.removed, Doc: k.doc})
				}
			}
			slices.SortFunc(all, func(a, b view.Version) int {
				if order := strings.Compare(a.Key, b.Key); order != 0 {
					return order
				}
				return int(b.At - a.At)
			})
			for _, v := range all {
				if err := fn(v); err != nil {
					return 0, err
				}
			}
			return of.Position, nil
		},
		Since: func(_ context.Context, s view.Stream, after int64, fn func(view.Version) error) (int64, error) {
			of := m.stream(s)
			first := slices.IndexFunc(of.commits, func(c commit) bool { return c.at == after })
			if first < 0 {
				return 0, view.ErrHistory
			}
			for _, c := range of.commits[first+1:] {
				enough := false
				for _, k := range c.changes {
					m.enough++
					doc := bytes.Clone(k.doc)
					err := fn(view.Version{Key: k.key, At: c.at, Removed: k.removed, Doc: doc})
					clear(doc) // it was fn's only until it returned
					if enough = enough || errors.Is(err, view.ErrEnough); err != nil && !errors.Is(err, view.ErrEnough) {
						return 0, err
					}
				}
				if enough {
					break
				}
			}
			return of.Position, nil
		},
		Room: func() error {
			if m.full {
				return fmt.Errorf("the disk is full")
			}
			return nil
		},
	}
}

// question is a query, and the same said in Go.
type question struct {
	view.Query
	holds []func(modelRecord) bool
	order func(a, b modelRecord) int
}

func (q *question) answer(m *model, moment int64) (found []modelRecord) {
	for i, s := range m.streams {
	next:
		for _, r := range s.at(moment) {
			for _, holds := range q.holds {
				if !holds(r) {
					continue next
				}
			}
			r.stream = i
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

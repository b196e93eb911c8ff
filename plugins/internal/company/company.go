package company

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// LastDay is the number of the last day. Day 0 is the first of September 2026.
const LastDay = 60

// domain is that of the company's addresses.
const domain = "northwind.example"

// never is a day that does not come.
const never = 1 << 20

// Size says how large a company is. A count that is 0 follows from the number of people.
type Size struct {
	Seed           uint64 `yaml:"seed"`
	DaysLater      int    `yaml:"-"` // by which the moments in the rows of tables are later; At takes the usual days
	People         int    `yaml:"people"`
	Repositories   int    `yaml:"repositories"`
	Changes        int    `yaml:"changes"` // of each repository
	CloudAccounts  int    `yaml:"cloud_accounts"`
	Buckets        int    `yaml:"buckets"`
	Instances      int    `yaml:"instances"`
	Databases      int    `yaml:"databases"`
	Keys           int    `yaml:"keys"`
	SecurityGroups int    `yaml:"security_groups"`
	Devices        int    `yaml:"devices"` // of the first people, one each
	Phones         int    `yaml:"phones"`  // of the first people, besides
	Tickets        int    `yaml:"tickets"`
	Findings       int    `yaml:"findings"`
	Documents      int    `yaml:"documents"`
	Monitors       int    `yaml:"monitors"`
}

func (s Size) shift() shift { return shift(s.DaysLater) * shift(24*time.Hour) }

// AtMost returns the size of the same company with no more than so many people, and no more of
// anything that the size counts.
func (s Size) AtMost(most int) Size {
	for _, count := range []*int{&s.People, &s.Repositories, &s.CloudAccounts, &s.Buckets, &s.Instances, &s.Databases, &s.Keys,
		&s.SecurityGroups, &s.Devices, &s.Phones, &s.Tickets, &s.Findings, &s.Documents, &s.Monitors} {
		*count = min(*count, most)
	}
	return s
}

// whole returns the size with every count.
func (s Size) whole() Size {
	s.People = max(s.People, len(departments)+2)
	for _, count := range []struct {
		of        *int
		part, low int // one for so many people, and no fewer than low
	}{
		{&s.Repositories, 5, 20}, {&s.CloudAccounts, s.People, 4}, {&s.Buckets, 10, 12}, {&s.Instances, 10, 12}, {&s.Databases, 50, 6},
		{&s.Keys, 50, 6}, {&s.SecurityGroups, 50, 8}, {&s.Devices, 1, 1}, {&s.Tickets, 5, 20}, {&s.Findings, 5, 20},
		{&s.Documents, s.People, 24}, {&s.Monitors, 5, 20},
	} {
		if *count.of <= 0 {
			*count.of = max(s.People/count.part, count.low)
		}
	}
	return s
}

// Company is a company on all its days. It is safe for concurrent use.
type Company struct {
	size  Size
	lives []*life // person n is at n-1

	planted map[spot]Flaw
	flaws   []Flaw

	mu   sync.Mutex
	days map[int]*Day
}

// New returns the company of a size.
func New(size Size) *Company {
	c := &Company{size: size.whole(), days: map[int]*Day{}}
	c.hire()
	c.plant()
	return c
}

// Day is a company at the end of one day. It is safe for concurrent use. Its lists are made when they
// are asked for and must not be changed.
type Day struct {
	c *Company
	n int

	people  kept[[]Person]
	groups  kept[[]Group]
	changes kept[[]Change]

	mu       sync.Mutex
	accounts map[string]*kept[[]Account]
	tables   map[string]*kept[[]map[string]any]
}

// At returns the company at the end of a day; the zero time is the last day. Before the first day and
// after the last one it is as on these.
func (c *Company) At(day time.Time) *Day {
	n := LastDay
	if !day.IsZero() {
		n = min(max(int(day.UTC().Sub(date(0, 0)).Hours())/24, 0), LastDay)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.days[n] == nil {
		c.days[n] = &Day{c: c, n: n, accounts: map[string]*kept[[]Account]{}, tables: map[string]*kept[[]map[string]any]{}}
	}
	return c.days[n]
}

// Moment returns a moment of the company as the rows of its tables have it. The zero time stays.
func (d *Day) Moment(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(time.Duration(d.c.size.shift()))
}

// kept is a value that is made when it is needed first.
type kept[T any] struct {
	once  sync.Once
	value T
}

func (k *kept[T]) get(of func() T) T {
	k.once.Do(func() { k.value = of() })
	return k.value
}

// date returns a second of a day.
func date(day, second int) time.Time {
	return time.Date(2026, time.September, 1+day, 0, 0, second, 0, time.UTC)
}

// Date returns the beginning of the day with a number.
func Date(day int) time.Time { return date(day, 0) }

// at returns a second of the working hours of a day.
func at(r *rand.Rand, day int) time.Time { return date(day, 8*3600+r.IntN(9*3600)) }

// dice returns the random numbers of one thing, which do not depend on those of another.
func (c *Company) dice(of string, n int) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(of)) // a hash takes everything
	return rand.New(rand.NewPCG(h.Sum64()^c.size.Seed, uint64(n)))
}

// born returns the day on which a thing was made: some of those without a flaw in these two months.
func (c *Company) born(r *rand.Rand, flawed bool) int {
	if old := -60 - r.IntN(900); flawed || r.IntN(10) > 0 {
		return old
	}
	return 1 + r.IntN(LastDay-2)
}

func one(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

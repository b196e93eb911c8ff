package upstream

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The collections of the upstream, which are the connector's streams.
const (
	Users    = "users"    // listed by section, may be resumed
	Devices  = "devices"  // listed whole, read again from the beginning
	Findings = "findings" // a change feed with removals, forgotten once acknowledged
)

// version is what an item was from a moment on.
type version struct {
	at   int // the model's moment
	doc  json.RawMessage
	Hash string // of the canonical document; empty for a removal
	Gone bool
}

// Item is one thing upstream with everything it ever was.
type Item struct {
	collection, section, Key string
	tick                     int // of the vendor's clock at the last change
	versions                 []version
	forgotten                int // versions that the connector had it forget
}

func (i *Item) latest() version { return i.versions[len(i.versions)-1] }

// asOf returns what the item was at a moment, false when it was not there.
func (i *Item) asOf(at int) (version, bool) {
	for _, v := range slices.Backward(i.versions) {
		if v.at <= at {
			return v, !v.Gone
		}
	}
	return version{}, false
}

// Model is the upstream's memory: every item it ever had, every version.
type Model struct {
	mu        sync.Mutex
	rng       *rand.Rand
	now       int  // moments counted
	tick      int  // the vendor's clock, which many changes share
	still     bool // the clock does not go on
	items     map[string]*Item
	order     []*Item // as they were made
	forbidden map[string]bool
	made      int
	prune     bool
}

// NewModel returns a model with a random history. With prune it forgets what the
// connector acknowledged.
func NewModel(seed uint64, prune bool) *Model {
	m := &Model{rng: rand.New(rand.NewPCG(seed, 1)), items: map[string]*Item{}, forbidden: map[string]bool{}, prune: prune}
	for range 24 {
		m.create(Users)
	}
	for range 12 {
		m.create(Devices)
	}
	for range 14 {
		m.create(Findings)
	}
	return m
}

// ID names an item of the model.
func ID(collection, key string) string { return collection + "/" + key }

func (m *Model) create(collection string) {
	m.made++
	section := ""
	if collection == Users {
		section = []string{"a", "b"}[m.rng.IntN(2)]
	}
	i := &Item{collection: collection, section: section, Key: fmt.Sprintf("%s-%03d", collection, m.made)}
	m.items[ID(collection, i.Key)] = i
	m.order = append(m.order, i)
	m.write(i, false)
}

// write gives i its next version; a few documents recur, so that an item can
// become again what it was.
func (m *Model) write(i *Item, gone bool) {
	m.now++
	if m.rng.IntN(3) == 0 && !m.still {
		m.tick++
	}
	i.tick = m.tick
	v := version{at: m.now, Gone: gone}
	if !gone {
		v.doc = document(i.collection, i.Key, m.rng.IntN(4))
		v.Hash = HashOf(v.doc)
	}
	i.versions = append(i.versions, v)
}

// Big gives the collection an item whose document no host takes.
func (m *Model) Big(collection string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.create(collection)
	i := m.order[len(m.order)-1]
	i.versions[0].doc = json.RawMessage(fmt.Sprintf(`{"external_id":%q,"status":"active","type":"human","title":"%0300000d"}`, i.Key, 7))
	i.versions[0].Hash = HashOf(i.versions[0].doc)
}

// Drop removes the item that was made last.
func (m *Model) Drop() { m.locked(func() { m.write(m.order[len(m.order)-1], true) }) }

// Late changes a finding within the tick of the latest change, as a vendor's
// clock of seconds does.
func (m *Model) Late() { m.locked(func() { m.within(func() { m.create(Findings) }) }) }

func (m *Model) locked(work func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	work()
}

func (m *Model) within(happen func()) {
	m.still = true
	happen()
	m.still = false
}

// Together makes n findings within a tick of their own.
func (m *Model) Together(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick++
	m.within(func() {
		for range n {
			m.create(Findings)
		}
	})
}

// overtake changes i once more within the tick, and another finding after it. The
// caller holds the lock.
func (m *Model) overtake(i *Item) {
	m.within(func() { m.write(i, !i.latest().Gone) })
	m.tick++
	m.create(Findings)
}

// Step lets one thing happen upstream.
func (m *Model) Step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	collection := []string{Users, Users, Devices, Findings, Findings}[m.rng.IntN(5)]
	i := m.order[m.rng.IntN(len(m.order))]
	switch roll := m.rng.IntN(10); {
	case roll < 3:
		m.create(collection)
	case roll < 5 && !i.latest().Gone:
		m.write(i, true)
	default: // also brings back what was gone
		m.write(i, false)
	}
}

// Forbid refuses a section of the users, or allows it again.
func (m *Model) Forbid(section string, yes bool) { m.locked(func() { m.forbidden[section] = yes }) }

// State returns key → hash of a collection at a moment.
func (m *Model) State(collection string, at int) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := map[string]string{}
	for _, i := range m.order {
		if v, there := i.asOf(at); i.collection == collection && there {
			state[i.Key] = v.Hash
		}
	}
	return state
}

// Moment returns the number of the latest version.
func (m *Model) Moment() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// VersionsOf returns everything an item was, nil when there never was one.
func (m *Model) VersionsOf(collection, key string) []version {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.items[ID(collection, key)]; i != nil {
		return slices.Clone(i.versions)
	}
	return nil
}

// Page cuts a listing into pages. The listing's own seed gives order and sizes,
// so two listings hardly ever agree and one always agrees with itself.
func (m *Model) Page(l Listing, section string, number int) (items []*Item, last bool) {
	var all []*Item
	for _, i := range m.order {
		if _, there := i.asOf(l.Version); there && i.collection == l.Collection && i.section == section {
			all = append(all, i)
		}
	}
	rng := rand.New(rand.NewPCG(l.Seed, 2))
	rng.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	for ; ; number-- {
		size := min(1+rng.IntN(8), len(all))
		if number == 0 {
			return all[:size], size == len(all)
		}
		all = all[size:]
	}
}

// document is an item in the words of its kind; there are four for each item.
func document(collection, key string, variant int) json.RawMessage {
	var doc any
	switch collection {
	case Devices:
		doc = kind.Device{ExternalID: key, Hostname: key, OSName: "Debian", OSVersion: fmt.Sprint(variant)}
	case Findings:
		doc = kind.Finding{ExternalID: key, Title: fmt.Sprintf("Finding %d", variant), Severity: "low", Status: "open"}
	default:
		doc = kind.Account{ExternalID: key, Username: key, Status: "active", Type: "human", Title: fmt.Sprintf("Title %d", variant)}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		panic(err) // a literal of ours
	}
	return raw
}

// HashOf returns the hash of a document as the host has it.
func HashOf(doc []byte) string {
	canonical, err := kind.Canonical(doc)
	if err != nil {
		panic(err) // a document of ours
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// Differ says in a few words how two states differ, or "".
func Differ(want, got map[string]string) string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		switch hash, there := got[key]; {
		case !there:
			words = append(words, key+" is missing")
		case hash != want[key]:
			words = append(words, key+" is another version")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[key]; !there {
			words = append(words, key+" should not be there")
		}
	}
	if len(words) > 6 {
		words = append(words[:6], fmt.Sprintf("and %d more", len(words)-6))
	}
	return strings.Join(words, ", ")
}

// RemoveSome removes enough to fill several parts of a sweep.
func (m *Model) RemoveSome() {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := 4
	for _, i := range m.order {
		if i.collection == Users && !i.latest().Gone && left > 0 {
			m.write(i, true)
			left--
		}
	}
}

package main

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
	users    = "users"    // listed by section, may be resumed
	devices  = "devices"  // listed whole, read again from the beginning
	findings = "findings" // a change feed with removals, forgotten once acknowledged
)

// version is what an item was from a moment on.
type version struct {
	at   int // the model's moment
	doc  json.RawMessage
	hash string // of the canonical document; empty for a removal
	gone bool
}

// item is one thing upstream with everything it ever was.
type item struct {
	collection, section, key string
	tick                     int // of the vendor's clock at the last change
	versions                 []version
	forgotten                int // versions the upstream was told to forget
}

func (i *item) latest() version { return i.versions[len(i.versions)-1] }

// asOf returns what the item was at a moment, false when it was not there.
func (i *item) asOf(at int) (version, bool) {
	for _, v := range slices.Backward(i.versions) {
		if v.at <= at {
			return v, !v.gone
		}
	}
	return version{}, false
}

// model is the upstream's memory: every item it ever had, every version.
type model struct {
	mu        sync.Mutex
	rng       *rand.Rand
	now       int  // moments counted
	tick      int  // the vendor's clock, which many changes share
	still     bool // the clock does not go on
	items     map[string]*item
	order     []*item // as they were made
	forbidden map[string]bool
	made      int
	prune     bool
}

func newModel(seed uint64, prune bool) *model {
	m := &model{rng: rand.New(rand.NewPCG(seed, 1)), items: map[string]*item{}, forbidden: map[string]bool{}, prune: prune}
	for range 24 {
		m.create(users)
	}
	for range 12 {
		m.create(devices)
	}
	for range 14 {
		m.create(findings)
	}
	return m
}

func id(collection, key string) string { return collection + "/" + key }

func (m *model) create(collection string) {
	m.made++
	section := ""
	if collection == users {
		section = []string{"a", "b"}[m.rng.IntN(2)]
	}
	i := &item{collection: collection, section: section, key: fmt.Sprintf("%s-%03d", collection, m.made)}
	m.items[id(collection, i.key)] = i
	m.order = append(m.order, i)
	m.write(i, false)
}

// write gives i its next version; a few documents recur, so that an item can
// become again what it was.
func (m *model) write(i *item, gone bool) {
	m.now++
	if m.rng.IntN(3) == 0 && !m.still {
		m.tick++
	}
	i.tick = m.tick
	v := version{at: m.now, gone: gone}
	if !gone {
		v.doc = document(i.collection, i.key, m.rng.IntN(4))
		v.hash = hashOf(v.doc)
	}
	i.versions = append(i.versions, v)
}

// big gives the collection an item whose document no host takes.
func (m *model) big(collection string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.create(collection)
	i := m.order[len(m.order)-1]
	i.versions[0].doc = json.RawMessage(fmt.Sprintf(`{"external_id":%q,"status":"active","type":"human","title":"%0300000d"}`, i.key, 7))
	i.versions[0].hash = hashOf(i.versions[0].doc)
}

// drop removes the item that was made last.
func (m *model) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.write(m.order[len(m.order)-1], true)
}

// late changes a finding within the tick of the latest change, as a vendor's
// clock of seconds does.
func (m *model) late() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.within(func() { m.create(findings) })
}

// within lets something happen within one tick.
func (m *model) within(happen func()) {
	m.still = true
	happen()
	m.still = false
}

// together makes n findings within a tick of their own.
func (m *model) together(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick++
	m.within(func() {
		for range n {
			m.create(findings)
		}
	})
}

// overtake changes i once more within the tick, and another finding after it. The
// caller holds the lock.
func (m *model) overtake(i *item) {
	m.within(func() { m.write(i, !i.latest().gone) })
	m.tick++
	m.create(findings)
}

// step lets one thing happen upstream.
func (m *model) step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	collection := []string{users, users, devices, findings, findings}[m.rng.IntN(5)]
	i := m.order[m.rng.IntN(len(m.order))]
	switch roll := m.rng.IntN(10); {
	case roll < 3:
		m.create(collection)
	case roll < 5 && !i.latest().gone:
		m.write(i, true)
	default: // also brings back what was gone
		m.write(i, false)
	}
}

func (m *model) forbid(section string, yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forbidden[section] = yes
}

// state returns key → hash of a collection at a moment.
func (m *model) state(collection string, at int) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := map[string]string{}
	for _, i := range m.order {
		if v, there := i.asOf(at); i.collection == collection && there {
			state[i.key] = v.hash
		}
	}
	return state
}

func (m *model) moment() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// versionsOf returns everything an item was, nil when there never was one.
func (m *model) versionsOf(collection, key string) []version {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.items[id(collection, key)]; i != nil {
		return slices.Clone(i.versions)
	}
	return nil
}

// page cuts a listing into pages. The listing's own seed gives order and sizes,
// so two listings hardly ever agree and one always agrees with itself.
func (m *model) page(l listing, section string, number int) (items []*item, last bool) {
	var all []*item
	for _, i := range m.order {
		if _, there := i.asOf(l.version); there && i.collection == l.collection && i.section == section {
			all = append(all, i)
		}
	}
	rng := rand.New(rand.NewPCG(l.seed, 2))
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
	case devices:
		doc = kind.Device{ExternalID: key, Hostname: key, OSName: "Debian", OSVersion: fmt.Sprint(variant)}
	case findings:
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

func hashOf(doc []byte) string {
	canonical, err := kind.Canonical(doc)
	if err != nil {
		panic(err) // a document of ours
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// differ says in a few words how two states differ, or "".
func differ(want, got map[string]string) string {
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

// removeSome removes enough to fill several parts of a sweep.
func (m *model) removeSome() {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := 4
	for _, i := range m.order {
		if i.collection == users && !i.latest().gone && left > 0 {
			m.write(i, true)
			left--
		}
	}
}

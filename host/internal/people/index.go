package people

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// index is all that is known of accounts and persons. Its owner guards it: those who change it are alone, those who read it are not.
type index struct {
	connections map[string]*connection // by id; those that are disconnected are in ended
	ended       []*connection
	streams     map[string]*stream // by connection and name
	rows        map[string]*row    // accounts and checks, by id
	addresses   map[string]*address
	persons     map[string]*person // by id
	numbers     int                // of persons, also of those that are gone
	decisions   map[string]*decision
	excepted    map[string]bool // ids of persons who need no background check by decision

	precedence host.PersonPrecedence
	revision   uint64                    // of precedence
	ranks      map[string]map[string]int // field to connection to place
	since      time.Time                 // history is kept since; zero = from the beginning
	now        time.Time                 // when persons are judged ahead

	texts map[string]string // titles, departments and managers, which many rows share

	dirty map[*address]bool // whose persons have to be found again

	lookupMu sync.Mutex
	lookup   *lookup // of suggestions; nil = not made since persons changed
}

// connection is what the index knows of a connection.
type connection struct {
	id, alias, connector, name string
	categories                 []host.Category
	identity                   bool       // persons are known from its accounts
	ended                      *time.Time // since when it is disconnected; nil = it is not
}

func (c *connection) is(category host.Category) bool { return slices.Contains(c.categories, category) }

// stream is a stream of a kind that the index is about.
type stream struct {
	mark    host.StreamMark
	of      *connection
	rows    map[string]*row // by key
	blocks  [][]row         // the same, as they lie in memory
	firstAt time.Time       // commit time of its oldest kept version
}

// blockRows is how many rows lie together: lists read them one after another.
const blockRows = 512

// row returns an empty row.
func (st *stream) row(key string) *row {
	last := len(st.blocks) - 1
	if last < 0 || len(st.blocks[last]) == cap(st.blocks[last]) {
		st.blocks, last = append(st.blocks, make([]row, 0, min(max(8, len(st.rows)), blockRows))), last+1
	}
	st.blocks[last] = append(st.blocks[last], row{})
	r := &st.blocks[last][len(st.blocks[last])-1]
	st.rows[key] = r
	return r
}

// each calls fn with every row.
func (st *stream) each(fn func(*row)) {
	for _, block := range st.blocks {
		for i := range block {
			fn(&block[i])
		}
	}
}

// row is a record of a kind that the index is about, or a person on the page of background checks.
type row struct {
	id                         string
	stream                     *stream // nil for a person
	key, name, username, email string
	search                     string   // folded name, email, username and key, each with a zero byte behind it
	address                    *address // nil = none
	status                     string
	kind                       host.AccountKind
	mfa, admin                 kind.Tri
	clear                      kind.Tri // of a check
	lastActive, created        int64    // seconds; 0 = unknown
	firstSeen, docAt, removed  int64    // nanoseconds; removed 0 = its source has it
	hints                      *hints
	source                     *source // nil = no person is known from it
	decision                   *decision
	person                     *person // that it is a source of, or of whom no check is known
}

// source is what a record says of a person.
type source struct {
	record                     bool // of the kind person
	title, department, manager string
	external                   string
	started, ended             int64 // seconds; 0 = unknown
}

// address is an email address, folded.
type address struct {
	text    string
	sources []*row // by connection, stream and key
	checks  []*row
	person  *person   // the only one; nil = none, or several
	several []*person // by id
}

// persons returns the persons with an address.
func (a *address) persons() []*person {
	if a.person != nil {
		return []*person{a.person}
	}
	return a.several
}

// decision is the latest decision about a row, whether the row is there or not.
type decision struct {
	host.StoredDecision
	revision uint64
}

func newIndex() *index {
	return &index{
		connections: map[string]*connection{}, streams: map[string]*stream{}, rows: map[string]*row{}, texts: map[string]string{},
		addresses: map[string]*address{}, persons: map[string]*person{}, decisions: map[string]*decision{},
		excepted: map[string]bool{}, dirty: map[*address]bool{},
	}
}

// version is a version of a record, decoded.
type version struct {
	key     string
	at      int64 // nanoseconds
	first   int64 // commit time of the oldest kept version of the record, where that is known; else 0
	removed bool
	facts   facts
}

func streamKey(connection, name string) string { return connection + "\x00" + name }

// replace puts a stream in the place of what was known of it. Of a record it takes the latest version that has a document, and before
// that a later removal.
func (ix *index) replace(mark host.StreamMark, versions []version) {
	ix.drop(streamKey(mark.Connection, mark.Name))
	st := &stream{mark: mark, of: ix.connections[mark.Connection], rows: map[string]*row{}}
	ix.streams[streamKey(mark.Connection, mark.Name)] = st
	for from := 0; from < len(versions); {
		to := from + 1
		for to < len(versions) && versions[to].key == versions[from].key {
			to++
		}
		for _, v := range slices.Backward(versions[from:to]) {
			ix.apply(st, v)
		}
		from = to
	}
	ix.settle()
}

// extend adds versions that were committed to a stream since, oldest first.
func (ix *index) extend(mark host.StreamMark, versions []version) {
	st := ix.streams[streamKey(mark.Connection, mark.Name)]
	for _, v := range versions {
		ix.apply(st, v)
	}
	st.mark = mark
	ix.settle()
}

// apply makes a version the latest of its record.
func (ix *index) apply(st *stream, v version) {
	first := cmp.Or(v.first, v.at)
	if at := time.Unix(0, first); st.firstAt.IsZero() || at.Before(st.firstAt) {
		st.firstAt = at
	}
	r := st.rows[v.key]
	if v.removed {
		if r != nil {
			r.removed = v.at
			ix.touch(r)
		}
		return
	}
	if r == nil {
		r = st.row(v.key)
		r.key, r.stream, r.firstSeen = v.key, st, first
		if st.mark.Kind != string(kind.KindPerson) {
			r.id = AccountID(st.mark.Connection, st.mark.Name, v.key)
			ix.rows[r.id], r.decision = r, ix.decisions[r.id]
		}
	}
	ix.leave(r)
	r.removed, r.docAt = 0, v.at
	r.take(kind.Kind(st.mark.Kind), &v.facts, ix.texts)
	ix.enter(r)
}

// share returns a text that all rows with it share.
func share(texts map[string]string, text string) string {
	shared, known := texts[text]
	if !known {
		shared = text
		texts[text] = shared
	}
	return shared
}

// take makes a row what a document says.
func (r *row) take(k kind.Kind, f *facts, texts map[string]string) {
	r.name, r.username, r.email = f.Name, f.Username, f.Email
	r.status, r.mfa, r.admin, r.clear = word(f.Status), f.MFA, f.Admin, f.Clear
	r.kind = kindOf(f.Type)
	r.lastActive, r.created = seconds(f.LastLogin), seconds(f.Created)
	r.source = nil
	switch k {
	case kind.KindBackgroundCheck:
		r.name, r.email, r.kind = f.PersonName, f.PersonEmail, host.AccountHuman
		r.lastActive, r.created = seconds(f.Completed), seconds(f.Ordered)
	case kind.KindPerson:
		r.source = &source{record: true, started: seconds(f.Started), ended: seconds(f.Ended)}
	case kind.KindAccount:
		if r.stream.of != nil && r.stream.of.identity {
			r.source = &source{}
		}
	}
	if r.source != nil {
		r.source.title, r.source.department = share(texts, f.Title), share(texts, f.Department)
		r.source.manager, r.source.external = share(texts, f.Manager), f.ExternalID
	}
	r.hints = hintsIn(f.Vendor, Fold(r.email))
	r.searched()
}

// searched makes the text that is searched. A field that is equal to its part of it shares its bytes.
func (r *row) searched() {
	fields := []*string{&r.name, &r.email, &r.username, &r.key}
	var text strings.Builder
	for _, field := range fields {
		text.WriteString(foldText(*field))
		text.WriteByte(0)
	}
	r.search = text.String()
	rest := r.search
	for _, field := range fields {
		var part string
		part, rest, _ = strings.Cut(rest, "\x00")
		if part == *field {
			*field = part
		}
	}
}

// word returns one of the few words of a status, so that all rows share their bytes.
func word(w kind.Word) string {
	for _, known := range []string{
		"active", "suspended", "deprovisioned", "unknown", "future", "on_leave", "terminated", "pending", "in_progress", "complete",
		"cancelled",
	} {
		if string(w) == known {
			return known
		}
	}
	return cmp.Or(string(w), "unknown")
}

func kindOf(w kind.Word) host.AccountKind {
	switch k := host.AccountKind(w); k {
	case host.AccountHuman:
		return host.AccountHuman
	case host.AccountService:
		return host.AccountService
	case host.AccountBot:
		return host.AccountBot
	case host.AccountExternal:
		return host.AccountExternal
	case host.AccountGroup:
		return host.AccountGroup
	}
	return host.AccountUnknown
}

func seconds(t kind.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// enter makes a row one of its address.
func (ix *index) enter(r *row) {
	folded := Fold(r.email)
	if folded == "" {
		ix.touch(r)
		return
	}
	if r.person != nil && r.person.address == nil {
		ix.forget(r.person) // it had no address before
	}
	a := ix.addresses[folded]
	if a == nil {
		a = &address{text: folded}
		ix.addresses[folded] = a
	}
	r.address = a
	if r.source != nil {
		a.sources = append(a.sources, r)
	}
	if r.stream.mark.Kind == string(kind.KindBackgroundCheck) {
		a.checks = append(a.checks, r)
	}
	ix.touch(r)
}

// leave takes a row off its address.
func (ix *index) leave(r *row) {
	a := r.address
	if a == nil {
		return
	}
	ix.touch(r)
	r.address, r.person = nil, nil
	is := func(other *row) bool { return other == r }
	a.sources, a.checks = slices.DeleteFunc(a.sources, is), slices.DeleteFunc(a.checks, is)
}

// touch notes that the persons that a row tells of have to be found again.
func (ix *index) touch(r *row) {
	switch {
	case r.source == nil:
	case r.address != nil:
		ix.dirty[r.address] = true
	default:
		ix.alone(r)
	}
}

// drop forgets a stream.
func (ix *index) drop(key string) {
	st := ix.streams[key]
	if st == nil {
		return
	}
	delete(ix.streams, key)
	st.each(func(r *row) {
		if r.person != nil && r.address == nil {
			ix.forget(r.person)
		}
		ix.leave(r)
		delete(ix.rows, r.id)
	})
	ix.settle()
}

// settle finds the persons of addresses that changed.
func (ix *index) settle() {
	for a := range ix.dirty {
		ix.find(a)
	}
	clear(ix.dirty)
}

// decide makes a decision the latest about its row. An older one than is known changes nothing.
func (ix *index) decide(id string, revision uint64, d host.StoredDecision) bool {
	if known := ix.decisions[id]; known != nil && known.revision >= revision {
		return false
	}
	ix.decisions[id] = &decision{StoredDecision: d, revision: revision}
	if rest, ok := strings.CutPrefix(id, ofCheck); ok {
		ix.excepted[ofPerson+rest] = ix.decisions[id].excepts()
	}
	if r := ix.rows[id]; r != nil { // the decision about a person without a check is found when it is asked for
		r.decision = ix.decisions[id]
		ix.touch(r)
		ix.settle()
	}
	return true
}

// connect takes over what is known of connections, and drops those that are gone. It reports whether persons are known from others
// than before, so that streams have to be read again, and whether anything differs.
func (ix *index) connect(all []*connection) (again, differ bool) {
	known := map[string]bool{}
	for _, c := range all {
		known[c.id] = true
		before := ix.connections[c.id]
		if before == nil {
			ix.connections[c.id], differ = c, true
			continue
		}
		again = again || before.identity != c.identity
		differ = differ || before.alias != c.alias || before.name != c.name || !slices.Equal(before.categories, c.categories)
		*before = *c
	}
	for id := range ix.connections {
		if known[id] {
			continue
		}
		for key, st := range ix.streams {
			if st.mark.Connection == id {
				ix.drop(key)
			}
		}
		delete(ix.connections, id)
		differ = true
	}
	ix.rank()
	return again, differ
}

// rank works out the order of sources by field, and finds all persons again when it differs from before.
func (ix *index) rank() {
	usual := make([]*connection, 0, len(ix.connections))
	for _, c := range ix.connections {
		usual = append(usual, c)
	}
	slices.SortFunc(usual, func(a, b *connection) int {
		return cmp.Or(cmp.Compare(usualRank(a), usualRank(b)), strings.Compare(a.alias, b.alias))
	})
	order := func(first ...[]string) map[string]int {
		places := map[string]int{}
		for _, ids := range first {
			for _, id := range ids {
				if _, placed := places[id]; !placed && ix.connections[id] != nil {
					places[id] = len(places)
				}
			}
		}
		for _, c := range usual {
			if _, placed := places[c.id]; !placed {
				places[c.id] = len(places)
			}
		}
		return places
	}
	ranks := map[string]map[string]int{"": order(ix.precedence.Order)}
	for field, ids := range ix.precedence.Fields {
		ranks[field] = order(ids, ix.precedence.Order)
	}
	if equalRanks(ranks, ix.ranks) {
		return
	}
	ix.ranks = ranks
	for _, a := range ix.addresses {
		if len(a.sources) > 0 {
			ix.dirty[a] = true
		}
	}
	for _, p := range ix.persons {
		if p.address == nil {
			p.fill(ix)
		}
	}
	ix.settle()
}

func usualRank(c *connection) int {
	for i, category := range []host.Category{host.CategoryHRIS, host.CategoryIdentity, host.CategoryEnterpriseSSO} {
		if c.is(category) {
			return i
		}
	}
	return 3
}

func equalRanks(a, b map[string]map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for field, places := range a {
		others := b[field]
		if len(places) != len(others) {
			return false
		}
		for id, place := range places {
			if other, placed := others[id]; !placed || other != place {
				return false
			}
		}
	}
	return true
}

// place returns the place of a connection in the order of a field.
func (ix *index) place(field, connection string) int {
	places := ix.ranks[field]
	if places == nil {
		places = ix.ranks[""]
	}
	if place, placed := places[connection]; placed {
		return place
	}
	return len(places)
}

package directory

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Index is all that is known of accounts and persons. Its owner guards it: those who change it are alone, those who read it are not.
type Index struct {
	connections map[string]*Connection // by id
	streams     map[string]*stream     // by connection and name
	rows        map[string]*Row        // accounts and checks, by id
	addresses   map[string]*address
	persons     map[string]*person // by id
	numbers     int                // of persons, also of those that are gone
	decisions   map[string]*decision
	excepted    map[string]bool // ids of persons who need no background check by decision

	precedence account.PersonPrecedence
	revision   uint64                    // of precedence
	ranks      map[string]map[string]int // field to connection to place
	since      time.Time                 // history is kept since; zero = from the beginning
	now        time.Time                 // when persons are judged ahead

	texts map[string]string // titles, departments and managers, which many rows share

	dirty   map[*address]bool // whose persons have to be found again
	changes uint64            // counts what changed the index

	lookupMu sync.Mutex
	lookup   *lookup // of suggestions; nil = not made since persons changed
}

// Connection is what the index knows of a connection.
type Connection struct {
	ID, Alias  string
	Name       string // of the connector
	Categories []host.Category
	identity   bool // persons are known from its accounts
}

func (c *Connection) is(category host.Category) bool { return slices.Contains(c.Categories, category) }

// stream is a stream of a kind that the index is about.
type stream struct {
	mark    host.StreamMark
	of      *Connection
	rows    map[string]*Row // by key
	blocks  [][]Row         // the same, as they lie in memory
	firstAt time.Time       // commit time of its oldest kept version
}

// blockRows is how many rows lie together: lists read them one after another.
const blockRows = 512

// row returns an empty row.
func (st *stream) row(key string) *Row {
	last := len(st.blocks) - 1
	if last < 0 || len(st.blocks[last]) == cap(st.blocks[last]) {
		st.blocks, last = append(st.blocks, make([]Row, 0, min(max(8, len(st.rows)), blockRows))), last+1
	}
	st.blocks[last] = append(st.blocks[last], Row{})
	r := &st.blocks[last][len(st.blocks[last])-1]
	st.rows[key] = r
	return r
}

// each calls fn with every row.
func (st *stream) each(fn func(*Row)) {
	for _, block := range st.blocks {
		for i := range block {
			fn(&block[i])
		}
	}
}

// Row is a record of a kind that the index is about, or a person on the page of background checks.
type Row struct {
	id                         string
	stream                     *stream // nil for a person
	key, name, username, email string
	search                     string   // folded name, email, username and key, each with a zero byte behind it
	address                    *address // nil = none
	status                     string
	kind                       account.Kind
	mfa, admin                 kind.Tri
	clear                      kind.Tri // of a check
	lastActive, created        int64    // seconds; 0 = unknown
	firstSeen, docAt, removed  int64    // nanoseconds; removed 0 = its source has it
	hints                      *record.Hints
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
	sources []*Row // by connection, stream and key
	checks  []*Row
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

// New returns an index of nothing.
func New() *Index {
	return &Index{
		connections: map[string]*Connection{}, streams: map[string]*stream{}, rows: map[string]*Row{}, texts: map[string]string{},
		addresses: map[string]*address{}, persons: map[string]*person{}, decisions: map[string]*decision{},
		excepted: map[string]bool{}, dirty: map[*address]bool{},
	}
}

// Version is a version of a record, decoded.
type Version struct {
	Key     string
	At      int64 // nanoseconds
	First   int64 // commit time of the oldest kept version of the record, where that is known; else 0
	removed bool
	facts   record.Facts
}

// VersionOf decodes a version of a record, without First.
func VersionOf(v host.Version) (decoded Version, err error) {
	decoded = Version{Key: v.Key, At: v.At.UnixNano(), removed: v.Removed}
	if !v.Removed {
		decoded.facts, err = record.Decode(v.Doc)
	}
	return decoded, err
}

func streamKey(connection, name string) string { return connection + "\x00" + name }

// Replace puts a stream in the place of what was known of it. Of a record it takes the latest version that has a document, and before
// that a later removal.
func (ix *Index) Replace(mark host.StreamMark, versions []Version) {
	ix.changes++
	ix.drop(streamKey(mark.Connection, mark.Name))
	st := &stream{mark: mark, of: ix.connections[mark.Connection], rows: map[string]*Row{}}
	ix.streams[streamKey(mark.Connection, mark.Name)] = st
	for from := 0; from < len(versions); {
		to := from + 1
		for to < len(versions) && versions[to].Key == versions[from].Key {
			to++
		}
		for _, v := range slices.Backward(versions[from:to]) {
			ix.apply(st, v)
		}
		from = to
	}
	ix.settle()
}

// Extend adds versions that were committed to a stream since, oldest first.
func (ix *Index) Extend(mark host.StreamMark, versions []Version) {
	ix.changes++
	st := ix.streams[streamKey(mark.Connection, mark.Name)]
	for _, v := range versions {
		ix.apply(st, v)
	}
	st.mark = mark
	ix.settle()
}

// apply makes a version the latest of its record.
func (ix *Index) apply(st *stream, v Version) {
	first := cmp.Or(v.First, v.At)
	if at := time.Unix(0, first); st.firstAt.IsZero() || at.Before(st.firstAt) {
		st.firstAt = at
	}
	r := st.rows[v.Key]
	if v.removed {
		if r != nil {
			r.removed = v.At
			ix.touch(r)
		}
		return
	}
	if r == nil {
		r = st.row(v.Key)
		r.key, r.stream, r.firstSeen = v.Key, st, first
		if st.mark.Kind != string(kind.KindPerson) {
			r.id = AccountID(st.mark.Connection, st.mark.Name, v.Key)
			ix.rows[r.id], r.decision = r, ix.decisions[r.id]
		}
	}
	ix.leave(r)
	r.removed, r.docAt = 0, v.At
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
func (r *Row) take(k kind.Kind, f *record.Facts, texts map[string]string) {
	r.name, r.username, r.email = f.Name, f.Username, f.Email
	r.status, r.mfa, r.admin, r.clear = record.Status(f.Status), f.MFA, f.Admin, f.Clear
	r.kind = kindOf(f.Type)
	r.lastActive, r.created = record.Seconds(f.LastLogin), record.Seconds(f.Created)
	r.source = nil
	switch k {
	case kind.KindBackgroundCheck:
		r.name, r.email, r.kind = f.PersonName, f.PersonEmail, account.Human
		r.lastActive, r.created = record.Seconds(f.Completed), record.Seconds(f.Ordered)
	case kind.KindPerson:
		r.source = &source{record: true, started: record.Seconds(f.Started), ended: record.Seconds(f.Ended)}
	case kind.KindAccount:
		if r.stream.of != nil && r.stream.of.identity {
			r.source = &source{}
		}
	}
	if r.source != nil {
		r.source.title, r.source.department = share(texts, f.Title), share(texts, f.Department)
		r.source.manager, r.source.external = share(texts, f.Manager), f.ExternalID
	}
	r.hints = record.HintsIn(f.Vendor, record.Fold(r.email))
	r.searched()
}

// searched makes the text that is searched. A field that is equal to its part of it shares its bytes.
func (r *Row) searched() {
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

func kindOf(w kind.Word) account.Kind {
	switch k := account.Kind(w); k {
	case account.Human:
		return account.Human
	case account.Service:
		return account.Service
	case account.Bot:
		return account.Bot
	case account.External:
		return account.External
	case account.Group:
		return account.Group
	}
	return account.Unknown
}

// enter makes a row one of its address.
func (ix *Index) enter(r *Row) {
	folded := record.Fold(r.email)
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
func (ix *Index) leave(r *Row) {
	a := r.address
	if a == nil {
		return
	}
	ix.touch(r)
	r.address, r.person = nil, nil
	is := func(other *Row) bool { return other == r }
	a.sources, a.checks = slices.DeleteFunc(a.sources, is), slices.DeleteFunc(a.checks, is)
}

// touch notes that the persons that a row tells of have to be found again.
func (ix *Index) touch(r *Row) {
	switch {
	case r.source == nil:
	case r.address != nil:
		ix.dirty[r.address] = true
	default:
		ix.alone(r)
	}
}

// drop forgets a stream.
func (ix *Index) drop(key string) {
	st := ix.streams[key]
	if st == nil {
		return
	}
	ix.changes++
	delete(ix.streams, key)
	st.each(func(r *Row) {
		if r.person != nil && r.address == nil {
			ix.forget(r.person)
		}
		ix.leave(r)
		delete(ix.rows, r.id)
	})
	ix.settle()
}

// settle finds the persons of addresses that changed.
func (ix *Index) settle() {
	for a := range ix.dirty {
		ix.find(a)
	}
	clear(ix.dirty)
}

// Decide makes a decision the latest about its row. An older one than is known changes nothing.
func (ix *Index) Decide(id string, revision uint64, d account.StoredDecision) bool {
	if known := ix.decisions[id]; known != nil && known.revision >= revision {
		return false
	}
	ix.changes++
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

// Changes counts what has changed the index: an equal number means that it is as it was.
func (ix *Index) Changes() uint64 { return ix.changes }

// Today sets the moment at which persons are judged ahead.
func (ix *Index) Today(now time.Time) { ix.now = now }

// KeptSince sets since when history is kept; zero = from the beginning. It reports whether that is another moment than before.
func (ix *Index) KeptSince(since time.Time) (moved bool) {
	moved = !ix.since.Equal(since)
	ix.since = since
	return moved
}

var kinds = []string{string(kind.KindAccount), string(kind.KindPerson), string(kind.KindBackgroundCheck)}

// Concerns reports whether the index is about a stream: one of a kind that it reads, of a connection that there is.
func (ix *Index) Concerns(mark host.StreamMark) bool {
	return ix.connections[mark.Connection] != nil && slices.Contains(kinds, mark.Kind)
}

// Mark returns how far a stream is taken up, false for one that is not.
func (ix *Index) Mark(connection, name string) (mark host.StreamMark, known bool) {
	if st := ix.streams[streamKey(connection, name)]; st != nil {
		return st.mark, true
	}
	return mark, false
}

// Connection returns what is known of a connection, the zero value for an unknown one.
func (ix *Index) Connection(id string) Connection {
	if c := ix.connections[id]; c != nil {
		return *c
	}
	return Connection{}
}

// Connections returns copies of the connections of the index.
func (ix *Index) Connections() []*Connection {
	all := make([]*Connection, 0, len(ix.connections))
	for _, c := range ix.connections {
		one := *c
		all = append(all, &one)
	}
	return all
}

// Of returns the ids of what a record is: of its account or check, and of the person whom it tells of. Both are empty for another record.
func (ix *Index) Of(connection, stream, key string) (account, person string) {
	st := ix.streams[streamKey(connection, stream)]
	if st == nil || st.rows[key] == nil {
		return "", ""
	}
	r := st.rows[key]
	if r.person != nil {
		person = r.person.id
	}
	return r.id, person
}

// Keep forgets all streams but these. It reports whether there were others.
func (ix *Index) Keep(marks []host.StreamMark) (dropped bool) {
	known := map[string]bool{}
	for _, m := range marks {
		known[streamKey(m.Connection, m.Name)] = true
	}
	for key := range ix.streams {
		if !known[key] {
			ix.drop(key)
			dropped = true
		}
	}
	return dropped
}

package directory

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Limits say from when on an account is dormant, and until when it is new.
type Limits struct {
	Dormant time.Duration // since its last activity; 0 = never
	New     time.Duration // since it was first seen; 0 = not at all
}

// link is whose a row is.
type link struct {
	state  account.LinkState
	by     account.LinkBy
	person *person              // nil = none, or gone
	gone   *account.NamedPerson // the person of a decision whom no source has any more
	among  []*person            // when ambiguous
}

// link returns whose a row is.
func (ix *Index) link(r *Row) link {
	if r.stream == nil {
		return link{state: account.LinkLinked, by: account.LinkByEmail, person: r.person}
	}
	if d := r.decision; d != nil {
		switch d.Link {
		case account.LinkNone:
			return link{state: account.LinkUnlinked, by: account.LinkByDecision}
		case account.LinkPerson:
			l := link{state: account.LinkLinked, by: account.LinkByDecision, person: ix.resolve(d.PersonNamed)}
			if l.person == nil {
				l.gone = d.PersonNamed
			}
			return l
		}
	}
	if r.address == nil || r.heldBy() == account.Group {
		return link{state: account.LinkUnlinked}
	}
	switch {
	case r.address.person != nil:
		return link{state: account.LinkLinked, by: account.LinkByEmail, person: r.address.person}
	case len(r.address.several) > 0:
		return link{state: account.LinkAmbiguous, by: account.LinkByEmail, among: r.address.several}
	}
	return link{state: account.LinkUnlinked}
}

// active returns whether an account can be used.
func (r *Row) active() kind.Tri {
	switch {
	case r.removed != 0 || r.status == "suspended" || r.status == "deprovisioned":
		return kind.No
	case r.status == "active":
		return kind.Yes
	}
	return kind.Unknown
}

// Moment is the index as it answers at a moment.
type Moment struct {
	ix     *Index
	now    time.Time
	limits Limits
}

// At returns the index as it answers at a moment.
func (ix *Index) At(now time.Time, limits Limits) *Moment {
	return &Moment{ix: ix, now: now, limits: limits}
}

// left reports whether a person left.
func (m *Moment) left(p *person) bool {
	status, _ := p.standing(m.ix, m.now)
	return status == account.PersonLeft
}

// flags returns the flags of a row as bits, the first flag the lowest.
func (m *Moment) flags(r *Row, l link) (bits uint16) {
	if r.removed != 0 || r.decision.excepts() {
		return 0
	}
	set := func(flag uint16, holds bool) {
		if holds {
			bits |= flag
		}
	}
	held := r.heldBy()
	person := held == account.Human || held == account.External || held == account.Unknown
	set(bitUnlinked, l.state == account.LinkUnlinked && person)
	set(bitAmbiguous, l.state == account.LinkAmbiguous && person)
	if r.stream == nil || r.stream.mark.Kind != string(kind.KindAccount) {
		return bits
	}
	active := r.active()
	set(bitLeaverActive, active == kind.Yes && l.person != nil && m.left(l.person))
	if r.admin == kind.Yes && active != kind.No && held != account.Group {
		set(bitPrivilegedNoMFA, r.mfa == kind.No)
		set(bitPrivilegedMFAUnknown, r.mfa == kind.Unknown)
	}
	if held == account.Service || held == account.Bot {
		owner, decided := m.owner(r)
		set(bitServiceNoOwner, !decided)
		set(bitOwnerLeft, decided && (owner == nil || m.left(owner)))
	}
	idle := time.Duration(m.now.Unix()-r.lastActive) * time.Second
	set(bitDormant, m.limits.Dormant > 0 && active != kind.No && r.lastActive != 0 && idle > m.limits.Dormant)
	set(bitNew, m.fresh(r))
	return bits
}

var flagOrder = account.Flags()

// The bits of flags, in the order of account.Flags.
const (
	bitLeaverActive uint16 = 1 << iota
	bitPrivilegedNoMFA
	bitPrivilegedMFAUnknown
	bitUnlinked
	bitAmbiguous
	bitServiceNoOwner
	bitOwnerLeft
	bitDormant
	bitNew
)

// owner returns the owner of a service account, nil for one that no source has any more, and whether there is one.
func (m *Moment) owner(r *Row) (owner *person, decided bool) {
	if r.decision == nil || r.decision.OwnerNamed == nil {
		return nil, false
	}
	return m.ix.resolve(r.decision.OwnerNamed), true
}

// firstRead is how long the first read of a stream may take: what it finds is not new.
const firstRead = 24 * time.Hour

// fresh reports whether an account appeared lately: its source says so, or it was first seen lately and not by the first read of its
// stream. Where history is not kept for as long, it is not known, and so not claimed.
func (m *Moment) fresh(r *Row) bool {
	if m.limits.New == 0 {
		return false
	}
	since := m.now.Add(-m.limits.New)
	if r.created != 0 && r.created >= since.Unix() {
		return true
	}
	seen := time.Unix(0, r.firstSeen)
	return !seen.Before(since) && seen.After(m.ix.since) && seen.After(r.stream.firstAt.Add(firstRead))
}

// account returns a row as people see it, without what only its document has.
func (m *Moment) account(r *Row) account.Account {
	l := m.ix.link(r)
	a := account.Account{
		ID: r.id, Row: r.of(), Key: r.key, Name: r.name, Username: r.username, Email: r.email, Status: r.status,
		Privileged: r.admin.String(), MFA: r.mfa.String(), Active: r.active().String(),
		LastActiveAt: at(r.lastActive), CreatedAt: at(r.created),
		FirstSeenAt: atNano(r.firstSeen), ChangedAt: atNano(r.docAt), RemovedAt: atNano(r.removed),
		Kind: r.heldBy(), RecordKind: r.kind, Link: m.linked(l), InScope: !r.decision.excepts(), Flags: flagsOf(m.flags(r, l)),
		Values: map[string]string{},
	}
	if st := r.stream; st != nil {
		a.Connection, a.Alias, a.ConnectorName, a.Stream = st.mark.Connection, st.of.Alias, st.of.Name, st.mark.Name
	} else {
		a.Active = kind.Unknown.String()
	}
	if a.Kind != account.Unknown {
		a.KindFrom = "record"
	}
	if slices.Contains(a.Flags, account.FlagLeaverActive) {
		_, left := l.person.standing(m.ix, m.now)
		a.LeaverSince = at(left)
	}
	if d := r.decision; d != nil {
		if d.Kind != "" {
			a.KindFrom = "decision"
		}
		a.Rationale, a.Note, a.Revision, a.DecidedBy, a.DecidedAt = d.Rationale, d.Note, d.revision, &d.By, &d.At
		if d.OwnerNamed != nil {
			a.Owner = m.named(m.ix.resolve(d.OwnerNamed), d.OwnerNamed)
		}
	}
	return a
}

// Shown returns a row as a page has it, without what only its document has.
func (m *Moment) Shown(r *Row, page account.Page) account.Account {
	a := m.account(r)
	a.Suggestions = len(m.suggest(r))
	decidedColumns(&a, page)
	return a
}

// decidedColumns adds the columns of a page that decisions tell.
func decidedColumns(a *account.Account, page account.Page) {
	switch {
	case page == account.PageBackgroundCheck && !a.InScope:
		a.Values["exception"] = a.Rationale
	case page == account.PageBackgroundCheck && a.Row == "person":
		a.Values["outcome"] = "none"
	case page == account.PageAccessReview && a.DecidedAt != nil:
		a.Values["last_decision"] = a.DecidedAt.Format(time.DateOnly)
	}
}

// of says what a row is of.
func (r *Row) of() string {
	switch {
	case r.stream == nil:
		return "person"
	case r.stream.mark.Kind == string(kind.KindBackgroundCheck):
		return "background_check"
	}
	return "account"
}

func (m *Moment) linked(l link) account.Link {
	linked := account.Link{State: l.state, By: l.by, Person: m.named(l.person, l.gone)}
	for _, p := range l.among {
		linked.Candidates = append(linked.Candidates, *m.ref(p))
	}
	return linked
}

// named names a person, or one that is gone as its decision does; nil for none.
func (m *Moment) named(p *person, gone *account.NamedPerson) *account.PersonRef {
	switch {
	case p != nil:
		return m.ref(p)
	case gone != nil:
		return &account.PersonRef{ID: gone.ID, Name: gone.Name, Email: gone.Email, Status: account.PersonUnknown, Gone: true}
	}
	return nil
}

func (m *Moment) ref(p *person) *account.PersonRef {
	status, _ := p.standing(m.ix, m.now)
	return &account.PersonRef{ID: p.id, Name: p.name, Email: p.email, Status: status}
}

func flagsOf(bits uint16) []account.Flag {
	flags := []account.Flag{}
	for i, flag := range flagOrder {
		if bits&(1<<i) != 0 {
			flags = append(flags, flag)
		}
	}
	return flags
}

func at(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}

func atNano(nanos int64) *time.Time {
	if nanos == 0 {
		return nil
	}
	t := time.Unix(0, nanos).UTC()
	return &t
}

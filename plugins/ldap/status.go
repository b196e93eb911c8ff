package main

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	active    = kind.Word("active")
	suspended = kind.Word("suspended")
	unknown   = kind.Word("unknown")
)

// statusOf says whether an account can be used. A lock that is shown counts at
// once. That none is shown counts only where it is proven that each lock attribute
// of the server is absent: a server leaves out what may not be read.
func (d *directory) statusOf(ctx context.Context, e *entry, now time.Time) (kind.Word, error) {
	s, err := d.about(ctx)
	if err != nil {
		return unknown, err
	}
	shown := s.shownStatus(e, now)
	if shown != active || isWindows(e) {
		return shown, nil
	}
	free, err := d.isFree(ctx, s, e)
	if err != nil || !free {
		return unknown, err
	}
	return active, nil
}

// isWindows reports whether the entry is one of Active Directory.
func isWindows(e *entry) bool {
	return e.has("userAccountControl") || e.has("msDS-UserAccountDisabled")
}

// shownStatus judges the lock attributes that the entry shows. Active means that
// none of them is a lock.
func (s *profile) shownStatus(e *entry, now time.Time) kind.Word {
	words := []kind.Word{s.lockedTime(e, now), outsideTerm(e, now), unlockTime(e, now), intruderLock(e, now)}
	if isWindows(e) {
		words = append(words, s.windowsLock(e, now))
	}
	for _, name := range []string{"nsAccountLock", "loginDisabled", "ds-pwp-account-disabled", "ibm-pwdAccountLocked", "msDS-UserAccountDisabled"} {
		if e.holds(name, "true") {
			return suspended
		}
	}
	for _, name := range []string{"loginExpirationTime", "krbPrincipalExpiration"} {
		words = append(words, expiry(e.value(name), now))
	}
	if hasLockRole(e) || past(filetime(e.value("accountExpires")), now) || past(shadowDay(e.value("shadowExpire")), now) {
		return suspended
	}
	word := active
	for _, w := range words {
		switch w {
		case suspended:
			return suspended
		case unknown:
			word = unknown
		}
	}
	return word
}

func past(t kind.Time, now time.Time) bool { return !t.IsZero() && t.Before(now) }

// expiry judges a time after which an account cannot be used.
func expiry(text string, now time.Time) kind.Word {
	end := generalized(text)
	switch {
	case text == "":
		return active
	case end.IsZero():
		return unknown
	case end.After(now):
		return active
	}
	return suspended
}

// hasLockRole reports whether an account has one of the roles by which 389
// Directory Server locks accounts.
func hasLockRole(e *entry) bool {
	for _, dn := range append(e.all("nsRoleDN"), e.all("nsRole")...) {
		switch strings.ToLower(commonName(dn)) {
		case "nsmanageddisabledrole", "nsdisabledrole":
			return true
		}
	}
	return false
}

// lockedTime judges pwdAccountLockedTime. The year 0 means a lock without end. Any
// other time is the beginning of a lock, which lasts as long as the password
// policy says: the account's own, or else any of those that the server shows, as
// far as they agree.
func (s *profile) lockedTime(e *entry, now time.Time) kind.Word {
	text := e.value("pwdAccountLockedTime")
	begin := generalized(text)
	switch {
	case text == "":
		return active
	case begin.IsZero():
		return suspended
	}
	if own := e.value("pwdPolicySubentry"); own != "" {
		p, ok := s.policies[normal(own)]
		if !ok {
			return unknown
		}
		return p.judge(begin, now)
	}
	verdict := kind.Word("")
	for _, p := range s.policies {
		word := p.judge(begin, now)
		if verdict != "" && verdict != word {
			return unknown
		}
		verdict = word
	}
	switch {
	case verdict != "":
		return verdict
	case s.schema:
		return unknown
	}
	return suspended // nothing says that locks of this server end by themselves
}

// outsideTerm judges pwdStartTime and pwdEndTime, between which an account can be
// used. OpenLDAP heeds them only where a password policy applies to the account.
func outsideTerm(e *entry, now time.Time) kind.Word {
	start := generalized(e.value("pwdStartTime"))
	switch {
	case expiry(e.value("pwdEndTime"), now) == active && (start.IsZero() || start.Before(now)):
		return active
	case e.has("pwdPolicySubentry"):
		return suspended
	}
	return unknown
}

// judge says whether a lock that began then is over.
func (p policy) judge(begin kind.Time, now time.Time) kind.Word {
	if p.forever || begin.Add(p.duration).After(now) {
		return suspended
	}
	return active
}

// unlockTime judges accountUnlockTime of 389 Directory Server: the end of a lock,
// where the beginning of 1970 means that it has none.
func unlockTime(e *entry, now time.Time) kind.Word {
	text := e.value("accountUnlockTime")
	end := generalized(text)
	switch {
	case text == "":
		return active
	case text == "0", !end.IsZero() && end.Unix() == 0:
		return suspended
	case end.IsZero():
		return unknown
	case end.After(now):
		return suspended
	}
	return active
}

// intruderLock judges lockedByIntruder of eDirectory, which stays true after the
// lock's end until the next sign-in.
func intruderLock(e *entry, now time.Time) kind.Word {
	if !e.holds("lockedByIntruder", "true") || past(generalized(e.value("loginIntruderResetTime")), now) {
		return active
	}
	return suspended
}

// windowsLock judges an account of Active Directory. The server computes the
// present lock in msDS-User-Account-Control-Computed. Where that may not be read,
// lockoutTime and the domain's lockoutDuration decide, and where neither may be
// read it is unknown: an account that was never locked has no lockoutTime.
func (s *profile) windowsLock(e *entry, now time.Time) kind.Word {
	const disabled, lockedOut = 0x2, 0x10
	control, err := strconv.ParseInt(firstOf(e.value("userAccountControl"), "0"), 10, 64)
	if err != nil {
		return unknown
	}
	computed, err := strconv.ParseInt(e.value("msDS-User-Account-Control-Computed"), 10, 64)
	hasComputed := err == nil
	if control&disabled != 0 || hasComputed && computed&(lockedOut|disabled) != 0 {
		return suspended
	}
	word := s.lockoutTime(e, now)
	if hasComputed {
		word = active
	}
	if e.has("userAccountControl") && !e.has("accountExpires") {
		return worse(word, unknown) // every account has one
	}
	return word
}

func (s *profile) lockoutTime(e *entry, now time.Time) kind.Word {
	text := e.value("lockoutTime")
	begin := filetime(text)
	switch {
	case text == "0":
		return active
	case begin.IsZero(), s.lockout == nil:
		return unknown
	}
	word := s.lockout.judge(begin, now)
	if word == active && e.has("msDS-ResultantPSO") {
		return unknown // a policy of its own may lock for longer
	}
	return word
}

// worse returns the one of two words that claims less.
func worse(a, b kind.Word) kind.Word {
	if a == active {
		return b
	}
	return a
}

// nameHash stands for a distinguished name. A directory may hold a million, and
// their names would take most of the memory that the connector may use.
type nameHash [16]byte

func hashOf(dn string) (h nameHash) {
	sum := sha256.Sum256([]byte(normal(dn)))
	copy(h[:], sum[:])
	return h
}

// readFree finds the entries below base that have no lock attribute. A server
// leaves an entry out of such a search when the attribute is there, and also when
// the account may not search it: the filter is then undefined, and so is its
// opposite (RFC 4511, 4.5.1.7).
func (d *directory) readFree(ctx context.Context, base string) error {
	s, err := d.about(ctx)
	if err != nil || s.activeDirectory {
		return err
	}
	q := query{base: base, filter: "(&" + d.UserFilter + s.freeFilter(s.locks) + ")", permission: readUsers, names: []string{"cn"}, verb: "checked the locks of"}
	return d.search(ctx, q, reading{
		visit: func(e *entry) error { d.free[hashOf(e.dn)] = true; return nil },
		page:  func() error { return nil },
		// What could not be checked is unknown; the read of the people names the gap.
		gap: func(scope string, err error) {
			d.log.Debug("check the locks of " + scope + ": " + sdk.AsError(err).Message)
		},
	})
}

// freeFilter matches entries without any of the locks; of a server of no known
// family, entries without one of them.
func (s *profile) freeFilter(wanted []lock) string {
	var b strings.Builder
	for _, l := range wanted {
		absent := "(!(" + l.name + "=*))"
		if l.class != "" {
			absent = "(|(!(objectClass=" + l.class + "))" + absent + ")"
		}
		b.WriteString(absent)
	}
	switch {
	case b.Len() == 0:
		return "(objectClass=*)"
	case !s.schema:
		return "(|" + b.String() + ")"
	}
	return "(&" + b.String() + ")"
}

// isFree reports whether it is proven that the entry lacks every lock attribute
// that it does not show.
func (d *directory) isFree(ctx context.Context, s *profile, e *entry) (bool, error) {
	if len(d.free) == 0 || d.free[hashOf(e.dn)] {
		return d.free[hashOf(e.dn)], nil
	}
	var hidden []lock
	for _, l := range s.locks {
		if !e.has(l.name) {
			hidden = append(hidden, l)
		}
	}
	found, err := d.readOne(ctx, e.dn, s.freeFilter(hidden), []string{"cn"})
	return found != nil, err
}

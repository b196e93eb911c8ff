package main

import (
	"cmp"
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

// statusOf says whether an account can be used. A visible lock decides. Without one, the account is active only
// if it certainly lacks each lock attribute of the server, because a server leaves out what the connector may not
// read.
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

// isWindows reports whether the entry is from Active Directory.
func isWindows(e *entry) bool {
	return e.has("userAccountControl") || e.has("msDS-UserAccountDisabled")
}

// shownStatus judges the visible lock attributes of an entry. Active means that none of them locks it.
func (s *profile) shownStatus(e *entry, now time.Time) kind.Word {
	words := []kind.Word{s.lockedTime(e, now), outsideTerm(e, now), unlockTime(e, now), intruderLock(e, now)}
	if isWindows(e) {
		words = append(words, s.windowsLock(e, now))
	}
	for _, name := range []string{
		"nsAccountLock", "loginDisabled", "ds-pwp-account-disabled", "ibm-pwdAccountLocked", "msDS-UserAccountDisabled",
	} {
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

// hasLockRole reports whether an account has a role by which 389 Directory Server locks accounts.
func hasLockRole(e *entry) bool {
	for _, dn := range append(e.all("nsRoleDN"), e.all("nsRole")...) {
		switch strings.ToLower(commonName(dn)) {
		case "nsmanageddisabledrole", "nsdisabledrole":
			return true
		}
	}
	return false
}

// lockedTime judges pwdAccountLockedTime. The year 0 means a permanent lock. Another time is the beginning of a
// lock; the password policy gives its duration. Without a policy of the account, all policies of the server must
// agree.
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
	return suspended // the server has no policy by which locks end
}

// outsideTerm judges pwdStartTime and pwdEndTime, between which an account can be used. OpenLDAP applies them only
// to an account with a password policy.
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

// judge says whether a lock with that beginning has ended.
func (p policy) judge(begin kind.Time, now time.Time) kind.Word {
	if p.forever || begin.Add(p.duration).After(now) {
		return suspended
	}
	return active
}

// unlockTime judges accountUnlockTime of 389 Directory Server: the end of a lock. The beginning of 1970 means a
// permanent lock.
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

// intruderLock judges lockedByIntruder of eDirectory. It stays true after the end of the lock until the next
// sign-in.
func intruderLock(e *entry, now time.Time) kind.Word {
	if !e.holds("lockedByIntruder", "true") || past(generalized(e.value("loginIntruderResetTime")), now) {
		return active
	}
	return suspended
}

// windowsLock judges an account of Active Directory. The server computes the current lock in
// msDS-User-Account-Control-Computed. If that cannot be read, lockoutTime and the domain's lockoutDuration decide. If
// neither can be read, the status is unknown, because an account that was never locked has no lockoutTime.
func (s *profile) windowsLock(e *entry, now time.Time) kind.Word {
	const disabled, lockedOut = 0x2, 0x10
	control, err := strconv.ParseInt(cmp.Or(e.value("userAccountControl"), "0"), 10, 64)
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
	if word == active && e.has("userAccountControl") && !e.has("accountExpires") {
		return unknown // every account has one
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

// nameHash is the hash of a distinguished name. The names of a large directory would need too much memory.
type nameHash [16]byte

func hashOf(dn string) (h nameHash) {
	sum := sha256.Sum256([]byte(normal(dn)))
	copy(h[:], sum[:])
	return h
}

// readFree finds the entries below base without a lock attribute. The search does not return an entry that has the
// attribute, nor one whose attribute the account may not search: the filter is then undefined, and so is its
// negation (RFC 4511, 4.5.1.7).
func (d *directory) readFree(ctx context.Context, base string) error {
	s, err := d.about(ctx)
	if err != nil || s.activeDirectory {
		return err
	}
	filter := "(&" + d.UserFilter + s.freeFilter(s.locks) + ")"
	q := query{base: base, filter: filter, permission: readUsers, names: []string{"cn"}, verb: "checked the locks of"}
	return d.search(ctx, q, reading{
		visit: func(e *entry) error { d.free[hashOf(e.dn)] = true; return nil },
		page:  func() error { return nil },
		// The status of these entries is unknown. The read of the people reports the gap.
		gap: func(scope string, err error) {
			d.log.Debug("check the locks of " + scope + ": " + sdk.AsError(err).Message)
		},
	})
}

// freeFilter matches entries without any of the locks. For an unknown product it matches entries without one of them.
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

// isFree reports whether the entry certainly lacks every lock attribute that it does not show.
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

package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// user is one line of the password file.
type user struct {
	name, comment, home, shell string
	uid, gid                   int
}

// readAccounts sends every local account.
func readAccounts(m *machine, out *sdk.Output) error {
	users := parsePasswd(m.read("etc/passwd"))
	if len(users) == 0 {
		return sdk.Errorf(sdk.CodePermissionMissing, "the password file of this machine cannot be read").
			WithRemedy("Let the connector read /etc/passwd.")
	}
	groups, shadow, root := parseGroups(m.read("etc/group")), parseShadow(m.read("etc/shadow")), m.sudoers()
	lowest := m.lowestPerson()
	for _, u := range users {
		a := kind.Account{
			ExternalID: u.name, Username: u.name, Name: u.comment, Status: accountStatus(u, shadow, m.now()), Type: "service",
			Groups: groups.of(u), LastLoginAt: m.lastLogin(u.uid), Vendor: u.vendor(),
		}
		a.Admin = root.allows(u, a.Groups)
		if u.uid >= lowest && u.uid < 65534 && u.mayLogIn() {
			a.Type = "human"
		}
		if err := out.Put(u.name, a); err != nil {
			return err
		}
	}
	return nil
}

func (u user) vendor() json.RawMessage {
	raw, _ := json.Marshal(map[string]any{"uid": u.uid, "gid": u.gid, "home": u.home, "shell": u.shell}) // strings and numbers always encode
	return raw
}

// mayLogIn reports whether the shell is one.
func (u user) mayLogIn() bool {
	return !strings.HasSuffix(u.shell, "/nologin") && !strings.HasSuffix(u.shell, "/false") && !strings.HasSuffix(u.shell, "/sync")
}

func parsePasswd(text string) []user {
	var users []user
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 7 || f[0] == "" || strings.HasPrefix(f[0], "#") || strings.ContainsAny(f[0][:1], "+-") {
			continue
		}
		uid, err := strconv.Atoi(f[2])
		gid, gerr := strconv.Atoi(f[3])
		if err != nil || gerr != nil {
			continue
		}
		name, _, _ := strings.Cut(f[4], ",")
		users = append(users, user{name: f[0], comment: name, home: f[5], shell: f[6], uid: uid, gid: gid})
	}
	return users
}

// memberships are the local groups; nil means that they could not be read.
type memberships struct {
	byUser map[string][]string
	byID   map[int]string
}

func parseGroups(text string) *memberships {
	if text == "" {
		return nil
	}
	m := &memberships{byUser: map[string][]string{}, byID: map[int]string{}}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 4 {
			continue
		}
		if gid, err := strconv.Atoi(f[2]); err == nil {
			m.byID[gid] = f[0]
		}
		for name := range strings.SplitSeq(f[3], ",") {
			if name != "" {
				m.byUser[name] = append(m.byUser[name], f[0])
			}
		}
	}
	return m
}

func (m *memberships) of(u user) []string {
	if m == nil {
		return nil
	}
	names := slices.Clone(m.byUser[u.name])
	if primary := m.byID[u.gid]; primary != "" {
		names = append(names, primary)
	}
	slices.Sort(names)
	if names == nil {
		return []string{}
	}
	return slices.Compact(names)
}

// lock is what the shadow file says of an account.
type lock struct {
	locked bool
	expire int // day since 1970, 0 = never
}

// parseShadow returns nil when the file could not be read: root alone may.
func parseShadow(text string) map[string]lock {
	if text == "" {
		return nil
	}
	locks := map[string]lock{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 8 {
			continue
		}
		expire, err := strconv.Atoi(f[7])
		if err != nil {
			expire = 0
		}
		locks[f[0]] = lock{locked: strings.HasPrefix(f[1], "!"), expire: expire}
	}
	return locks
}

// accountStatus says whether an account can be used: not without a shell, not
// once it has expired, and for a person's account not while its password is
// locked. Without the shadow file the last two are not known.
func accountStatus(u user, shadow map[string]lock, now time.Time) kind.Word {
	if !u.mayLogIn() {
		return "suspended"
	}
	l, known := shadow[u.name]
	switch {
	case !known:
		return "unknown"
	case l.expire > 0 && time.Unix(int64(l.expire)*86400, 0).Before(now):
		return "suspended"
	case l.locked && u.uid != 0:
		return "suspended"
	}
	return "active"
}

// lowestPerson returns from which id on accounts belong to people.
func (m *machine) lowestPerson() int {
	for line := range strings.Lines(m.read("etc/login.defs")) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "UID_MIN" {
			if n, err := strconv.Atoi(f[1]); err == nil {
				return n
			}
		}
	}
	return 1000
}

// lastLogin reads the day of the last sign-in from the lastlog file, which holds
// one entry of 292 bytes for each id, its time first.
func (m *machine) lastLogin(uid int) kind.Time {
	const entry = 292
	file, err := os.Open(m.path("var/log/lastlog"))
	if err != nil {
		return kind.Time{}
	}
	defer func() { _ = file.Close() }() // it was only read
	var seconds [4]byte
	if _, err := file.ReadAt(seconds[:], int64(uid)*entry); err != nil && err != io.EOF {
		return kind.Time{}
	}
	at := binary.LittleEndian.Uint32(seconds[:])
	if at == 0 {
		return kind.Time{}
	}
	return kind.At(time.Unix(int64(at), 0).UTC().Truncate(24 * time.Hour))
}

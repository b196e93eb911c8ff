package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
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
	groups, shadow := parseGroups(m.read("etc/group")), parseShadow(m.read("etc/shadow"))
	rights := m.rights(users, groups)
	lowest := m.lowestPerson()
	for _, u := range users {
		a := kind.Account{
			ExternalID: u.name, Username: u.name, Name: u.comment, Status: m.accountStatus(u, shadow), Type: "service",
			Groups: groups.of(u), LastLoginAt: m.lastLogin(u.uid), Vendor: u.vendor(),
		}
		a.Admin = rights.allows(u)
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

// mayLogIn reports whether the account has a shell for signing in.
func (u user) mayLogIn() bool {
	return !slices.Contains([]string{"nologin", "false", "sync"}, u.shell[strings.LastIndexByte(u.shell, '/')+1:])
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

// memberships are the local groups; nil means that they cannot be read.
type memberships struct {
	byUser map[string][]string
	byID   map[int]string
	ids    map[string][]int // of the groups by name
}

func parseGroups(text string) *memberships {
	if text == "" {
		return nil
	}
	m := &memberships{byUser: map[string][]string{}, byID: map[int]string{}, ids: map[string][]int{}}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 4 {
			continue
		}
		if gid, err := strconv.Atoi(f[2]); err == nil {
			m.byID[gid] = f[0]
			m.ids[f[0]] = append(m.ids[f[0]], gid)
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

// idsOf returns the ids of the groups of a user.
func (m *memberships) idsOf(u user) []int {
	ids := []int{u.gid}
	if m == nil {
		return ids
	}
	for _, name := range m.of(u) {
		ids = append(ids, m.ids[name]...)
	}
	return ids
}

// lock is the state of an account in the shadow file.
type lock struct {
	locked   bool // no password is valid
	expire   int  // the account closes on this day since 1970; 0 = never
	inactive int  // it closes on this day because its password is too old; 0 = never
}

// parseShadow returns nil for a file that cannot be read, which needs root.
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
		number := func(at int) int {
			n, err := strconv.Atoi(f[at])
			if err != nil {
				return -1
			}
			return n
		}
		l := lock{locked: strings.HasPrefix(f[1], "!"), expire: max(number(7), 0)}
		if changed, most, grace := number(2), number(4), number(6); changed > 0 && most >= 0 && grace >= 0 {
			l.inactive = changed + most + grace + 1
		}
		locks[f[0]] = l
	}
	return locks
}

// accountStatus says whether an account can be used. It is suspended without a shell and after its
// expiry. A locked password suspends it only if it has no SSH key. The status is unknown if the shadow
// file or the keys cannot be read.
func (m *machine) accountStatus(u user, shadow map[string]lock) kind.Word {
	if !u.mayLogIn() {
		return "suspended"
	}
	l, known := shadow[u.name]
	today := int(m.now().Unix() / 86400)
	switch {
	case !known:
		return "unknown"
	case l.expire > 0 && l.expire <= today, l.inactive > 0 && l.inactive <= today:
		return "suspended"
	case !l.locked || u.uid == 0:
		return "active"
	}
	switch m.sshKeys(u) {
	case kind.Yes:
		return "active"
	case kind.No:
		return "suspended"
	}
	return "unknown"
}

// sshKeys says whether a user has an SSH key for signing in. Keys of a directory server or of a
// certificate authority are not read.
func (m *machine) sshKeys(u user) kind.Tri {
	home := strings.TrimPrefix(u.home, "/")
	if _, err := os.Stat(m.path(home)); err != nil || home == "" {
		return kind.Unknown // it does not exist, or the connector may not see it
	}
	answer := kind.No
	for _, name := range []string{"authorized_keys", "authorized_keys2"} {
		info, err := os.Stat(m.path(home + "/.ssh/" + name))
		switch {
		case os.IsNotExist(err):
			continue
		case err != nil, !info.Mode().IsRegular():
			return kind.Unknown
		case info.Size() == 0:
			continue
		}
		text := m.read(home + "/.ssh/" + name)
		if text == "" {
			answer = kind.Unknown
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				return kind.Yes
			}
		}
	}
	if answer == kind.No && m.otherKeys() {
		return kind.Unknown
	}
	return answer
}

// otherKeys reports whether the SSH server takes keys from other sources than the home directory.
func (m *machine) otherKeys() bool {
	sources := []string{"authorizedkeyscommand", "authorizedkeysfile", "trustedusercakeys", "gssapiauthentication", "hostbasedauthentication"}
	names, _ := filepath.Glob(m.path("etc/ssh/sshd_config.d/*.conf")) // only a bad pattern fails
	for _, name := range append(names, m.path("etc/ssh/sshd_config")) {
		raw, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			return true
		}
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(strings.Replace(line, "=", " ", 1))
			if len(f) > 1 && slices.Contains(sources, strings.ToLower(f[0])) &&
				!slices.Contains([]string{"no", "none", ".ssh/authorized_keys"}, strings.ToLower(f[1])) {
				return true
			}
		}
	}
	return false
}

// lowestPerson returns the lowest user id of people's accounts.
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

// lastLogin reads the day of the last sign-in from the lastlog file. It has an entry of 292 bytes for
// each id, which begins with the time.
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

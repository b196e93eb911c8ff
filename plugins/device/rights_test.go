package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// adminsOf returns the answers other than "no" for the users of the simulated machine, with these files
// instead of its own.
func adminsOf(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	all := map[string]string{"etc/passwd": sudoPasswd, "etc/group": sudoGroup, "proc/sys/kernel/hostname": "box"}
	maps.Copy(all, files)
	m := fixture{files: all}.machine(t)
	users, groups := parsePasswd(m.read("etc/passwd")), parseGroups(m.read("etc/group"))
	rights := m.rights(users, groups)
	got := map[string]string{}
	for _, u := range users {
		if answer := rights.allows(u); u.uid > 0 && answer != kind.No {
			got[u.name] = answer.String()
		}
	}
	return got
}

// TestRights checks that an unread rule or one that is not understood never gives "no".
func TestRights(t *testing.T) {
	t.Parallel()
	everybody := "ann unknown, bob unknown, cat unknown, dan unknown, eve unknown, CAPS unknown, daemon unknown"
	ann := "ann ALL=(ALL) ALL\n"
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"no sudo, no doas":       {nil, ""},
		"sudoers that is a pipe": {map[string]string{"etc/sudoers": "-> /dev/tty"}, everybody},
		"local sudo": {map[string]string{"usr/local/etc/sudoers": ann, "usr/local/bin/sudo": "",
			"usr/local/etc/sudoers.d/b": "bob ALL=ALL\n"}, "ann yes, bob yes"},
		"local rules, no sudo": {map[string]string{"usr/local/etc/sudoers": ann}, "ann unknown"},
		"distribution's own":   {map[string]string{"usr/etc/sudoers": ann}, "ann yes"},
		"sudo-rs":              {map[string]string{"etc/sudoers": "bob ALL=ALL\n", "etc/sudoers-rs": ann}, "ann unknown, bob yes"},
		"sudo asks a directory": {map[string]string{"etc/sudoers": ann, "etc/nsswitch.conf": "sudoers: files [SUCCESS=return] sss\n"},
			strings.Replace(everybody, "ann unknown", "ann yes", 1)},
		"sudo asks no file": {map[string]string{"etc/sudoers": ann, "etc/nsswitch.conf": "sudoers: ldap # not files\n"}, everybody},
		"sudo with another policy": {map[string]string{"etc/sudoers": ann, "etc/sudo.conf": "Plugin policy other.so\n"},
			strings.Replace(everybody, "ann unknown", "ann yes", 1)},
		"sudo with its own policy": {map[string]string{"etc/sudoers": ann,
			"etc/sudo.conf": "# Plugin x\nPlugin sudoers_policy /usr/libexec/sudo/sudoers.so\nPath x y\n"}, "ann yes"},
		"groups of a directory": {map[string]string{"etc/sudoers": ann + "%wheel ALL=ALL\n",
			"etc/nsswitch.conf": "passwd: files\ngroup: files sss\n"},
			strings.NewReplacer("ann unknown", "ann yes", "bob unknown", "bob yes").Replace(everybody)},
		"users of a directory": {map[string]string{"etc/nsswitch.conf": "passwd: files winbind\n"}, everybody},
		"users of NIS":         {map[string]string{"etc/group": sudoGroup + "+:::\n"}, everybody},
		"only local sources": {map[string]string{"etc/sudoers": ann,
			"etc/nsswitch.conf": "passwd: files systemd\ngroup: files [SUCCESS=merge] systemd\nnetgroup: nis\n"}, "ann yes"},
		"groups of systemd":         {map[string]string{"etc/userdb/ann:wheel.membership": ""}, everybody},
		"docker":                    {map[string]string{"etc/group": sudoGroup + "docker:x:998:cat\n"}, "cat unknown"},
		"polkit, the administrator": {map[string]string{"usr/bin/pkexec": ""}, "bob unknown"},
		"polkit, by rules": {map[string]string{"usr/bin/pkexec": "",
			"etc/polkit-1/rules.d/9.rules": `polkit.addRule(function(a,` +
				` s) { if (s.isInGroup("ops") || s.user == "cat") return "yes" }); ["unix-user:dan"]`, "etc/group": sudoGroup},
			"bob unknown, cat unknown, dan unknown, eve unknown"},
		"polkit without a program": {map[string]string{"etc/polkit-1/rules.d/9.rules": `["unix-user:dan"]`}, ""},
		"doas": {map[string]string{"etc/doas.conf": "permit nopass ann\npermit persist :wheel as root\n" +
			"permit keepenv setenv { A=b -C } 5003\n"}, "ann yes, bob yes, cat yes"},
		"doas of Alpine": {map[string]string{"etc/doas.d/20-ann.conf": "permit ann\n", "etc/doas.d/x": "permit bob\n"}, "ann yes"},
		"doas, local":    {map[string]string{"usr/local/etc/doas.conf": "permit \\\n ann # all\n#permit bob\n"}, "ann yes"},
		"doas, not plainly": {map[string]string{"etc/doas.conf": "permit ann as daemon\npermit bob cmd /bin/id\n" +
			"permit cat as root cmd id args -u\n"}, "ann unknown, bob unknown, cat unknown"},
		"doas refuses": {map[string]string{"etc/doas.conf": "permit :wheel\npermit ann\ndeny bob\ndeny ann cmd su\n"}, "ann yes"},
		"doas, not understood": {map[string]string{"etc/doas.conf": "permit ann\nallow bob\n"},
			strings.Replace(everybody, "ann unknown", "ann yes", 1)},
		"doas, an open quote":  {map[string]string{"etc/doas.conf": "permit \"ann\npermit bob\n"}, everybody},
		"doas, not to be read": {map[string]string{"etc/doas.conf": "-> /nowhere/doas.conf"}, everybody},
		"both": {map[string]string{"etc/sudoers": ann + "bob ALL=/bin/id\n", "etc/doas.conf": "permit cat\n"},
			"ann yes, bob unknown, cat yes"},
		"aliases without an end": {map[string]string{"etc/sudoers": "User_Alias A = B\nUser_Alias B = A\nA ALL=ALL\nCmnd_Alias C = D\n" +
			"Cmnd_Alias D = C\nann ALL=C\n"}, everybody},
		"aliases of many": {map[string]string{"etc/sudoers": aliasTower(40) + "A0 ALL=ALL\n"},
			strings.Replace(everybody, ", eve unknown", "", 1)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := map[string]string{}
			for pair := range strings.SplitSeq(tt.want, ", ") {
				if name, answer, ok := strings.Cut(pair, " "); ok {
					want[name] = answer
				}
			}
			if got := adminsOf(t, tt.files); !maps.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// aliasTower returns aliases that each name the next one twice.
func aliasTower(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "User_Alias A%d = A%d, A%d\n", i, i+1, i+1)
	}
	return b.String() + fmt.Sprintf("User_Alias A%d = eve, !eve, nobody\n", n)
}

// TestStatusOfLockedPasswords checks that an account with an SSH key is never suspended because of its
// password.
func TestStatusOfLockedPasswords(t *testing.T) {
	t.Parallel()
	key := "# mine\nssh-ed25519 AAAA ann@laptop\n"
	tests := map[string]struct {
		files map[string]string
		entry string
		want  kind.Word
	}{
		"a key":               {map[string]string{"home/ann/.ssh/authorized_keys": key}, "!:1:0:99999:7:::", "active"},
		"a key, second file":  {map[string]string{"home/ann/.ssh/authorized_keys2": key}, "!!:1:0:99999:7:::", "active"},
		"a comment alone":     {map[string]string{"home/ann/.ssh/authorized_keys": "# none\n"}, "!$y$x:1:0:99999:7:::", "suspended"},
		"no key":              {map[string]string{"home/ann/.profile": ""}, "!:1:0:99999:7:::", "suspended"},
		"no home to be seen":  {nil, "!:1:0:99999:7:::", "unknown"},
		"a file that is none": {map[string]string{"home/ann/.ssh/authorized_keys": "-> /dev/null"}, "!:1:0:99999:7:::", "unknown"},
		"keys elsewhere": {map[string]string{"home/ann/.profile": "", "etc/ssh/sshd_config": "#x\nAuthorizedKeysCommand /usr/bin/keys\n"},
			"!:1:0:99999:7:::", "unknown"},
		"keys only at home": {map[string]string{"home/ann/.profile": "",
			"etc/ssh/sshd_config": "AuthorizedKeysFile .ssh/authorized_keys\nGSSAPIAuthentication no\n"}, "!:1:0:99999:7:::", "suspended"},
		"expired, with a key": {map[string]string{"home/ann/.ssh/authorized_keys": key}, "!:1:0:99999:7::10000:", "suspended"},
		"a password too old":  {map[string]string{"home/ann/.ssh/authorized_keys": key}, "$y$x:10000:0:90:7:14::", "suspended"},
		"an old password":     {nil, "$y$x:10000:0:90:7:::", "active"},
		"no password":         {nil, "*:1:0:99999:7:::", "active"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"etc/shadow": "ann:" + tt.entry + "\n"}
			maps.Copy(files, tt.files)
			m := fixture{files: files}.machine(t)
			if got := m.accountStatus(user{name: "ann", uid: 1000, home: "/home/ann", shell: "/bin/bash"},
				parseShadow(m.read("etc/shadow"))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

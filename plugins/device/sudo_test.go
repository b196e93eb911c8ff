package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// sudoCase has a machine's rules and the expected answers by user: "yes" or "unknown"; other users have "no".
type sudoCase struct {
	sudoers string
	files   map[string]string // below etc
	want    map[string]string
}

const (
	sudoPasswd = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0:second:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n" +
		"ann:x:5001:5001::/home/ann:/bin/bash\nbob:x:5002:5002::/home/bob:/bin/bash\ncat:x:5003:5003::/home/cat:/bin/bash\n" +
		"dan:x:5004:5004::/home/dan:/bin/bash\neve:x:5005:5099::/home/eve:/bin/bash\nCAPS:x:5006:5006::/home/caps:/bin/bash\n"
	sudoGroup = "root:x:0:\ndaemon:x:1:\nwheel:x:27:bob\nann:x:5001:\nbob:x:5002:\ncat:x:5003:\ndan:x:5004:\nops:x:5099:\n" +
		"two words:x:5100:dan\n"
)

func sudoCases(host string) map[string]sudoCase {
	yes := func(names ...string) map[string]string { return answers("yes", names) }
	unknown := func(names ...string) map[string]string { return answers("unknown", names) }
	return map[string]sudoCase{
		"numbers": {sudoers: "#5001 ALL=(ALL:ALL) ALL\n%#27 ALL=(ALL) ALL\n%#5099 ALL=(ALL) ALL\n# 5003 ALL=(ALL) ALL\n#-1 ALL=(ALL) ALL\n",
			want: yes("ann", "bob", "eve")},
		"spaces": {sudoers: "ann , bob\tALL = ( ALL ) ALL\n  cat  ALL=(ALL)ALL\ndan,eve ALL=ALL\n",
			want: yes("ann", "bob", "cat", "dan", "eve")},
		"groups": {sudoers: "%wheel ALL=(ALL) ALL\n%ops ALL=ALL\n\"%two words\" ALL=ALL\n\"cat\" ALL=ALL\n",
			want: yes("bob", "eve", "dan", "cat")},
		"a group with a blank":  {sudoers: "%two\\ words ALL=ALL\n", want: yes("dan")},
		"groups of a directory": {sudoers: "%:wheel ALL=(ALL) ALL\n", want: unknown("ann", "bob", "cat", "dan", "eve", "CAPS")},
		"netgroups": {sudoers: "+admins ALL=(ALL) ALL\nann ALL=ALL\n",
			want: with(unknown("bob", "cat", "dan", "eve", "CAPS"), "ann", "yes")},
		"includes": {sudoers: "@include \"/etc/with blank/x\"\n#include /etc/with\\ blank/y\n@includedir /etc/sudoers.d\n" +
			"#includedir /etc/none\n@include sudoers.near\n", files: map[string]string{
			"with blank/x": "ann ALL=(ALL) ALL\n", "with blank/y": "bob ALL=(ALL) ALL\n", "sudoers.d/cat": "cat ALL=(ALL) ALL\n",
			"sudoers.d/off.rpmsave": "eve ALL=ALL\n", "sudoers.d/off~": "eve ALL=ALL\n", "sudoers.near": "dan ALL=ALL\n",
		}, want: yes("ann", "bob", "cat", "dan")},
		"include of this host": {sudoers: "@include /etc/sudoers.%h\n", files: map[string]string{"sudoers." + host: "ann ALL=ALL\n"},
			want: yes("ann")},
		"include that is missing": {sudoers: "ann ALL=ALL\n@include /etc/gone\n",
			want: with(unknown("bob", "cat", "dan", "eve", "CAPS"), "ann", "yes")},
		"aliases": {sudoers: "User_Alias ADMINS = ann, %wheel : REST = cat, !dan\nRunas_Alias GODS = root, daemon\nHost_Alias HERE = ALL\n" +
			"Cmnd_Alias EVERY = ALL : SOME = /usr/bin/id, /bin/ls -l\n" +
			"ADMINS HERE=(GODS) EVERY\nREST, eve ALL=(ALL) SOME\n", want: with(yes("ann", "bob"), "cat", "unknown", "eve", "unknown")},
		"alias behind its use": {sudoers: "ADMINS ALL=ALL\nUser_Alias ADMINS = ann\n", want: yes("ann")},
		"a name like an alias": {sudoers: "CAPS ALL=ALL\n", want: yes("CAPS")},
		"alias of an alias": {sudoers: "User_Alias A = B, !bob\nUser_Alias B = ann, bob, cat\nA, dan ALL=ALL\n",
			want: yes("ann", "cat", "dan")},
		"refused alias": {sudoers: "User_Alias A = ann\nALL, !A, !#5002 ALL=ALL\n", want: yes("cat", "dan", "eve", "CAPS")},
		"everybody":     {sudoers: "ALL ALL=(ALL) ALL\n", want: yes("ann", "bob", "cat", "dan", "eve", "CAPS")},
		"another user, single commands": {sudoers: "ann ALL=(daemon) ALL\nbob ALL=(root) /usr/bin/id\ncat ALL=(:daemon) ALL\ndan ALL=() ALL\n" +
			"eve ALL=(ALL, !root) ALL\n", want: unknown("ann", "bob", "cat", "dan", "eve")},
		"root by other names": {sudoers: "ann ALL=(#0) ALL\nbob ALL=(toor) ALL\ncat ALL=(%root) ALL\n",
			want: map[string]string{"ann": "yes", "bob": "yes", "cat": "yes"}},
		"refusals": {sudoers: "ann ALL=(ALL) ALL, !ALL\nbob ALL=(ALL) ALL, !/bin/su\ncat ALL=(ALL) !ALL, /usr/bin/id\ndan ALL=ALL\n" +
			"dan ALL=(ALL) !ALL\neve ALL=ALL, !!ALL\n", want: map[string]string{"bob": "yes", "cat": "unknown", "eve": "yes"}},
		"refused commands by alias": {sudoers: "Cmnd_Alias NOT = ALL, !/usr/bin/id\nann ALL=ALL, !NOT\nbob ALL=ALL, !/usr/bin/passwd root\n",
			want: map[string]string{"ann": "unknown", "bob": "yes"}},
		"tags and options": {sudoers: "ann ALL=(ALL) NOPASSWD: SETENV: ALL\nbob ALL=(ALL) NOPASSWD:ALL\ncat ALL=(root) CWD=/tmp NOEXEC: ALL\n" +
			"dan ALL=(ALL) NOTBEFORE=20200101000000Z ALL\neve ALL=NOPASSWD:/usr/bin/id, ALL\n",
			want: map[string]string{"ann": "yes", "bob": "yes", "cat": "yes", "dan": "unknown", "eve": "yes"}},
		"hosts": {sudoers: "ann " + host + "=ALL\nbob elsewhere=ALL\ncat elsewhere=ALL : " + host +
			"=(ALL) ALL\ndan ALL, !" + host + " = ALL\neve " + host[:1] + "*=ALL\n", want: yes("ann", "cat", "eve")},
		"hosts that are not looked up": {sudoers: "ann 192.0.2.7=ALL\nbob 2001:db8::/32=ALL\ncat +servers=ALL\ndan " + host +
			".example.org=ALL\n", want: unknown("ann", "bob", "cat", "dan")},
		"continued lines": {sudoers: "ann, \\\n  bob \\\n ALL = \\\n (ALL) ALL\n# a comment goes on not \\\ncat ALL=(ALL) ALL\n" +
			"User_Alias X = dan, \\\n\teve\nX ALL=ALL # all\\\n\n", want: yes("ann", "bob", "cat", "dan", "eve")},
		"Windows line ends": {sudoers: "ann ALL=ALL\r\nbob ALL=\\\r\nALL\r\n", want: yes("ann", "bob")},
		"defaults": {sudoers: "Defaults env_reset, secure_path=\"/bin:/usr/bin\"\nDefaults:ann !authenticate\nDefaults@ALL !lecture\n" +
			"Defaults>root !set_logname\nDefaults!/usr/bin/id !lecture\nann ALL=ALL\n", want: yes("ann")},
		"another target by default": {sudoers: "Defaults runas_default=daemon\nann ALL=ALL\nbob ALL=(root) ALL\n",
			want: map[string]string{"ann": "unknown", "bob": "yes"}},
		"the password of root": {sudoers: "Defaults targetpw\nALL ALL=(ALL) ALL\nann ALL=(ALL) NOPASSWD: ALL\n",
			want: with(unknown("bob", "cat", "dan", "eve", "CAPS"), "ann", "yes")},
		"what is not sudoers": {sudoers: "ann ALL=ALL\nthis is no rule\n",
			want: with(unknown("bob", "cat", "dan", "eve", "CAPS"), "ann", "yes")},
		"an alias that is not there": {sudoers: "ann ALL=NOWHERE\n", want: unknown("ann")},
		"digests": {sudoers: "ann ALL=sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /usr/bin/id\n" +
			"bob ALL=sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== ALL\n", want: unknown("ann", "bob")},
		"what only looks like sudoers": {sudoers: "eve ALL=ALL, ! ! ALL\n%\"two words\" ALL=ALL\nann ALL=(root:) ALL\nbob,ALL=ALL\n" +
			"cat ALL=ALL:\nUser_Alias A =\n", want: unknown("ann", "bob", "cat", "dan", "eve", "CAPS")},
		"a comment with a number": {sudoers: "ann ALL=ALL #1 of them\nbob ALL=ALL # 1 of them\n",
			want: with(unknown("ann", "cat", "dan", "eve", "CAPS"), "bob", "yes")},
		"nobody": {sudoers: "root ALL=(ALL:ALL) ALL\n"},
	}
}

func answers(word string, names []string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		all[name] = word
	}
	return all
}

func with(all map[string]string, pairs ...string) map[string]string {
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = pair[1]
	}
	return all
}

// TestSudoersAgainstSudo compares the answers with those of the real sudo. It runs in a new mount namespace in
// which /etc is a directory of the test, so the machine's own rules are neither read nor changed.
func TestSudoersAgainstSudo(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	for name, tt := range sudoCases(host) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := tt.machine(t, host)
			users, groups := parsePasswd(m.read("etc/passwd")), parseGroups(m.read("etc/group"))
			rights := m.rights(users, groups)
			truth := askSudo(t, m.root)
			for _, u := range users {
				got, want := rights.allows(u), kind.No.String()
				if u.uid < 5000 {
					continue
				}
				if word := tt.want[u.name]; word != "" {
					want = word
				}
				if got.String() != want {
					t.Errorf("%s is %s, want %s; sudo gives %s", u.name, got, want, truth[u.name])
				}
				if wrong := map[string][]kind.Tri{"everything": {kind.No}, "nothing": {kind.Yes}, "refused": {kind.Yes},
					"something": {kind.Yes, kind.No}}; slices.Contains(wrong[truth[u.name]], got) {
					t.Errorf("%s is %s, and sudo gives %s", u.name, got, truth[u.name])
				}
			}
		})
	}
}

// machine writes the files of a case.
func (c sudoCase) machine(t *testing.T, host string) *machine {
	t.Helper()
	files := map[string]string{
		"etc/passwd": sudoPasswd, "etc/group": sudoGroup, "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nsudoers: files\n",
		"etc/sudoers":              c.sudoers,
		"etc/hosts":                "127.0.0.1 localhost\n127.0.1.1 " + host + "\n",
		"etc/pam.d/sudo":           "account required pam_permit.so\nauth required pam_permit.so\nsession required pam_permit.so\n",
		"proc/sys/kernel/hostname": host + "\n",
	}
	for name, text := range c.files {
		files["etc/"+name] = text
	}
	m := fixture{files: files}.machine(t)
	for name := range files {
		if err := os.Chmod(m.path(name), 0o440); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// askSudo returns which commands the real sudo allows each user as root: everything, something or nothing.
// "refused" means that rules name the user and allow none of the tried commands.
func askSudo(t *testing.T, root string) map[string]string {
	t.Helper()
	etc := filepath.Join(root, "etc")
	plugins := copyPlugins(t)
	// With mode 0400 sudo reads its files as root. With other modes it uses a second user, who does not exist
	// in the namespace of an ordinary user.
	conf := "Path plugin_dir " + plugins + "/\n"
	for _, symbol := range []string{"sudoers_audit", "sudoers_policy", "sudoers_io"} {
		conf += "Plugin " + symbol + " sudoers.so sudoers_mode=0400\n"
	}
	if err := os.WriteFile(filepath.Join(etc, "sudo.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	script := `mount --bind "$0" /etc || exit 9
for u; do
  may() { sudo -n -l -U "$u" "$@" >/dev/null 2>&1; }
  sudo -n -l -U "$u" >"$0/list" 2>&1
  if grep -q "is not allowed to run sudo" "$0/list"; then echo "$u nothing"; continue; fi
  grep -q "may run the following commands" "$0/list" || { cat "$0/list"; exit 8; }
  got=refused
  for who in "-u root" "-u toor" "-u daemon" "-g daemon"; do
    env=1 id=1
    may $who /usr/bin/env && env=0
    may $who /usr/bin/id && id=0
    case "$who $env$id" in
    *11) ;;
    "-u root 00" | "-u toor 00") got=everything; break ;;
    *) got=something ;;
    esac
  done
  echo "$u $got"
done`
	args := []string{"--mount", "--propagation", "private"}
	if os.Geteuid() != 0 {
		args = append(args, "--user", "--map-root-user")
	}
	cmd := exec.CommandContext(t.Context(), "unshare", append(args, "sh", "-c", script, etc, "ann", "bob", "cat", "dan", "eve", "CAPS")...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ask sudo in a namespace (needs unshare of util-linux and sudo): %v\n%s", err, text)
	}
	truth := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 {
			truth[f[0]] = f[1]
		}
	}
	if os.Geteuid() != 0 {
		// Sudo checks commands as the user, who does not exist in this namespace. The answer then only shows
		// whether rules name the user.
		maps.DeleteFunc(truth, func(_, given string) bool { return given != "nothing" })
		return truth
	}
	if len(truth) != 6 {
		t.Fatalf("sudo answers for %v of 6 users:\n%s", slices.Collect(maps.Keys(truth)), text)
	}
	return truth
}

// copyPlugins copies sudo's policy. Root must own it, and in a namespace of an ordinary user root owns only
// the user's own files.
func copyPlugins(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/usr/libexec/sudo", "/usr/lib/sudo", "/usr/local/libexec/sudo"} {
		if _, err := os.Stat(filepath.Join(dir, "sudoers.so")); err != nil {
			continue
		}
		into := t.TempDir()
		if err := os.CopyFS(filepath.Join(into, "plugins"), os.DirFS(dir)); err != nil {
			t.Fatal(fmt.Errorf("copy sudo's policy: %w", err))
		}
		return filepath.Join(into, "plugins")
	}
	t.Fatal("sudo is not installed: apt-get install sudo")
	return ""
}

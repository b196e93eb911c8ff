package main

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shirou/gopsutil/v4/host"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// answer is the result of a command of the tested machine.
type answer struct {
	text string
	code int
}

// fixture is a simulated machine: its files and the results of its commands.
type fixture struct {
	files   map[string]string // a value beginning with "-> " is a symbolic link
	answers map[string]answer // by program and first argument
	guest   bool
}

func today() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func (f fixture) machine(t *testing.T) *machine {
	t.Helper()
	root := t.TempDir()
	for name, text := range f.files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, today().Add(-time.Hour), today().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	role := "host"
	if f.guest {
		role = "guest"
	}
	return &machine{
		root: root, linux: true, now: today,
		run: func(_ context.Context, name string, args ...string) ([]byte, int, error) {
			a, ok := f.answers[name+" "+args[0]]
			if !ok {
				return nil, 0, errors.New("no such program")
			}
			return []byte(a.text), a.code, nil
		},
		info: func(context.Context) (*host.InfoStat, error) {
			return &host.InfoStat{Hostname: "box", Platform: "debian", PlatformVersion: "12.5", KernelVersion: "6.1", VirtualizationRole: role}, nil
		},
	}
}

const mountinfo = "22 1 254:1 / / rw - ext4 /dev/mapper/root rw\n23 22 0:21 / /proc rw - proc proc rw\n"

func TestDiskEncryption(t *testing.T) {
	t.Parallel()
	crypt := map[string]string{"proc/self/mountinfo": mountinfo, "sys/dev/block/254:1/dm/uuid": "LVM-abc",
		"sys/dev/block/254:1/slaves/dm-0/dev": "254:0", "sys/dev/block/254:0/dm/uuid": "CRYPT-LUKS2-abc"}
	plain := map[string]string{"proc/self/mountinfo": mountinfo, "sys/dev/block/254:1/dev": "254:1"}
	half := map[string]string{"proc/self/mountinfo": mountinfo + "24 22 8:5 / /home rw - ext4 /dev/sda5 rw\n",
		"sys/dev/block/254:1/dm/uuid": "CRYPT-x", "sys/dev/block/8:5/dev": "8:5"}
	btrfs := map[string]string{"proc/self/mountinfo": "22 1 0:30 /@ / rw - btrfs /dev/mapper/luks rw\n", "dev/mapper/luks": "-> ../dm-3",
		"dev/dm-3":                 "",
		"sys/class/block/dm-3/dev": "254:3", "sys/dev/block/254:3/dm/uuid": "CRYPT-x"}
	tests := map[string]struct {
		fixture fixture
		want    kind.Tri
	}{
		"LVM on LUKS":        {fixture{files: crypt}, kind.Yes},
		"plain":              {fixture{files: plain}, kind.No},
		"plain in a guest":   {fixture{files: plain, guest: true}, kind.Unknown},
		"home is plain":      {fixture{files: half}, kind.No},
		"btrfs on LUKS":      {fixture{files: btrfs}, kind.Yes},
		"container":          {fixture{files: map[string]string{"proc/self/mountinfo": "22 1 0:99 / / rw - overlay overlay rw\n"}}, kind.Unknown},
		"nothing to look at": {fixture{}, kind.Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.fixture.machine(t).diskEncryption(tt.fixture.guest); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFirewall(t *testing.T) {
	t.Parallel()
	chain := `{"chain":{"table":"filter","name":"in","hook":"input","policy":"POLICY"}}`
	nft := func(items string) map[string]answer {
		return map[string]answer{"nft --json": {text: `{"nftables":[` + items + `]}`}}
	}
	tests := map[string]struct {
		fixture fixture
		want    kind.Tri
	}{
		"ufw":                 {fixture{files: map[string]string{"etc/ufw/ufw.conf": "# x\nENABLED=yes\n"}}, kind.Yes},
		"ufw off, as a user":  {fixture{files: map[string]string{"etc/ufw/ufw.conf": "ENABLED=no\n"}}, kind.Unknown},
		"firewalld":           {fixture{answers: map[string]answer{"systemctl is-active": {text: "active\n"}}}, kind.Yes},
		"nft drops by policy": {fixture{answers: nft(strings.Replace(chain, "POLICY", "drop", 1))}, kind.Yes},
		"nft drops by rule": {fixture{answers: nft(strings.Replace(chain, "POLICY", "accept", 1) +
			`,{"rule":{"table":"filter","chain":"in","expr":[{"drop":null}]}}`)}, kind.Yes},
		"nft lets all in":       {fixture{answers: nft(strings.Replace(chain, "POLICY", "accept", 1))}, kind.No},
		"nft without rules":     {fixture{answers: nft("")}, kind.No},
		"nft refused":           {fixture{answers: map[string]answer{"nft --json": {code: 1}}}, kind.Unknown},
		"rules of the old sort": {fixture{answers: nft(""), files: map[string]string{"proc/net/ip_tables_names": "filter\n"}}, kind.Unknown},
		"nothing":               {fixture{}, kind.Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.fixture.machine(t).firewall(t.Context()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestScreenLockThatIsEnforced(t *testing.T) {
	t.Parallel()
	keys := "[org/gnome/desktop/screensaver]\nlock-enabled=true\n\n[org/gnome/desktop/session]\nidle-delay=uint32 300\n"
	tests := map[string]struct {
		files   map[string]string
		want    kind.Tri
		seconds int
	}{
		"enforced": {map[string]string{"etc/dconf/db/local.d/00-lock": keys,
			"etc/dconf/db/local.d/locks/lock": lockKey + "\n" + delayKey + "\n"}, kind.Yes, 300},
		"not enforced": {map[string]string{"etc/dconf/db/local.d/00-lock": keys}, kind.Unknown, 0},
		"never locks": {map[string]string{"etc/dconf/db/local.d/00-lock": strings.Replace(keys, "300", "0", 1),
			"etc/dconf/db/local.d/locks/lock": lockKey + "\n" + delayKey + "\n"}, kind.No, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			enabled, delay, ok := fixture{files: tt.files}.machine(t).enforcedLock()
			got, seconds := kind.Unknown, (*int)(nil)
			if ok {
				got, seconds = lockOf(enabled, delay)
			}
			if got != tt.want || seconds != nil && *seconds != tt.seconds || (seconds == nil) != (tt.seconds == 0) {
				t.Errorf("got %s, %v; want %s, %d", got, seconds, tt.want, tt.seconds)
			}
		})
	}
}

const aptText = `Reading package lists...
Inst libc6 [2.36-9] (2.36-10 Debian-Security:12/stable-security [amd64])
Inst vim [9.0] (9.1 Debian:12.5/stable [amd64])
Inst newlib (1.0 Debian:12.5/stable [amd64])
Conf libc6 (2.36-10 Debian-Security:12/stable-security [amd64])
`

func TestUpdates(t *testing.T) {
	t.Parallel()
	apt := map[string]string{"usr/bin/apt-get": "", "var/lib/apt/lists/x_Packages": ""}
	tests := map[string]struct {
		fixture fixture
		want    []update
		fails   string
	}{
		"apt": {fixture{files: apt, answers: map[string]answer{"apt-get --simulate": {text: aptText}}},
			[]update{{"libc6", "2.36-9", "2.36-10", true}, {"vim", "9.0", "9.1", false}}, ""},
		"apt without updates": {fixture{files: apt, answers: map[string]answer{"apt-get --simulate": {}}}, nil, ""},
		"apt fails":           {fixture{files: apt, answers: map[string]answer{"apt-get --simulate": {code: 100}}}, nil, "gave no answer"},
		"apt without lists":   {fixture{files: map[string]string{"usr/bin/apt-get": ""}}, nil, "no package lists"},
		"dnf": {fixture{files: map[string]string{"usr/bin/dnf": "", "var/cache/dnf/f/repodata/repomd.xml": ""},
			answers: map[string]answer{"dnf --cacheonly": {text: "vim.x86_64 9.1 updates\n\nObsoleting Packages\na b c\n", code: 100}}},
			[]update{{name: "vim.x86_64", to: "9.1"}}, ""},
		"pacman": {fixture{files: map[string]string{"usr/bin/pacman": "", "var/lib/pacman/sync/core.db": ""},
			answers: map[string]answer{"pacman -Qu": {text: "vim 9.0 -> 9.1\n"}}}, []update{{name: "vim", from: "9.0", to: "9.1"}}, ""},
		"unknown manager": {fixture{}, nil, "does not know the package manager"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.fixture.machine(t).updates(t.Context())
			if (err != nil) != (tt.fails != "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Fatalf("got %v, want it to say %q", err, tt.fails)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(update{})); diff != "" {
				t.Errorf("updates (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOldListsSayNothing(t *testing.T) {
	t.Parallel()
	m := fixture{files: map[string]string{"usr/bin/apt-get": "", "var/lib/apt/lists/x_Packages": ""},
		answers: map[string]answer{"apt-get --simulate": {}}}.machine(t)
	m.now = func() time.Time { return today().Add(8 * 24 * time.Hour) }
	out := sdktest.NewBench(t, newConnector(m)).Sync(t, sdktest.Input{Streams: []string{"device", "updates"}})
	s := out.Streams["updates"]
	if s.Result != "complete_with_gaps" || s.Gaps["waiting updates"] == nil {
		t.Errorf("got %s with gaps %v, want complete_with_gaps", s.Result, s.Gaps)
	}
	for _, doc := range out.Streams["device"].Records {
		if strings.Contains(string(doc), "updates_pending") {
			t.Errorf("claims to know how many updates wait: %s", doc)
		}
	}
}

func accountFixture() fixture {
	lastlog := make([]byte, 292*1002)
	binary.LittleEndian.PutUint32(lastlog[292*1000:], uint32(today().Unix()))
	return fixture{files: map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/:/usr/sbin/nologin\nann:x:1000:1000:Ann A,,,:/home/ann:/bin/bash\n" +
			"bob:x:1001:1001::/home/bob:/bin/sh\n" +
			"cat:x:1002:1002::/home/cat:/bin/sh\ndan:x:1003:1003::/home/dan:/bin/sh\n",
		"etc/group": "root:x:0:\nsudo:x:27:ann\nann:x:1000:\nbob:x:1001:\n",
		"etc/shadow": "root:*:1:0:99999:7:::\ndaemon:*:1:0:99999:7:::\nann:$y$x:1:0:99999:7:::\nbob:!$y$x:1:0:99999:7:::\n" +
			"cat:$y$x:1:0:99999:7::10000:\ndan:$y$x:1:0:99999:7:::\n",
		"etc/sudoers":         "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
		"etc/sudoers.d/dan":   "dan ALL=(ALL) NOPASSWD: ALL\n",
		"etc/sudoers.d/x.off": "bob ALL=(ALL) ALL\n",
		"var/log/lastlog":     string(lastlog),
		"home/bob/.profile":   "",
	}}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	type fact struct{ Status, Type, Admin, Groups, Last string }
	facts := func(t *testing.T, f fixture) map[string]fact {
		t.Helper()
		m := f.machine(t)
		users, groups, shadow := parsePasswd(m.read("etc/passwd")), parseGroups(m.read("etc/group")), parseShadow(m.read("etc/shadow"))
		rights := m.rights(users, groups)
		got := map[string]fact{}
		for _, u := range users {
			last := ""
			if at := m.lastLogin(u.uid); !at.IsZero() {
				last = at.Format(time.RFC3339)
			}
			got[u.name] = fact{Status: string(m.accountStatus(u, shadow)), Admin: rights.allows(u).String(), Groups: strings.Join(groups.of(u), " "),
				Last: last}
		}
		return got
	}
	asRoot := map[string]fact{
		"root":   {Status: "active", Admin: "yes", Groups: "root"},
		"daemon": {Status: "suspended", Admin: "no"},
		"ann":    {Status: "active", Admin: "yes", Groups: "ann sudo", Last: "2026-03-01T00:00:00Z"},
		"bob":    {Status: "suspended", Admin: "no", Groups: "bob"},
		"cat":    {Status: "suspended", Admin: "no"},
		"dan":    {Status: "active", Admin: "yes"},
	}
	if diff := cmp.Diff(asRoot, facts(t, accountFixture())); diff != "" {
		t.Errorf("as root (-want +got):\n%s", diff)
	}
	plain := accountFixture()
	delete(plain.files, "etc/shadow")
	plain.files["etc/sudoers"] = "-> /nowhere/sudoers" // there, but not to be read
	asUser := map[string]fact{
		"root":   {Status: "unknown", Admin: "yes", Groups: "root"},
		"daemon": {Status: "suspended", Admin: "no"},
		"ann":    {Status: "unknown", Admin: "no", Groups: "ann sudo", Last: "2026-03-01T00:00:00Z"},
		"bob":    {Status: "unknown", Admin: "no", Groups: "bob"},
		"cat":    {Status: "unknown", Admin: "no"},
		"dan":    {Status: "unknown", Admin: "no"},
	}
	for name, f := range asUser {
		if name != "root" {
			f.Admin = "unknown"
		}
		asUser[name] = f
	}
	if diff := cmp.Diff(asUser, facts(t, plain)); diff != "" {
		t.Errorf("as a plain user (-want +got):\n%s", diff)
	}
}

func TestAccountsStream(t *testing.T) {
	t.Parallel()
	s := sdktest.NewBench(t, newConnector(accountFixture().machine(t))).Sync(t,
		sdktest.Input{Streams: []string{"accounts"}}).Streams["accounts"]
	if s.Result != "complete" || len(s.Records) != 6 {
		t.Fatalf("got %s with %d records (%v), want complete with 6", s.Result, len(s.Records), s.Err)
	}
	for key, doc := range s.Records {
		if err := kind.Validate(kind.KindAccount, doc); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if strings.Contains(string(doc), "$y$") {
			t.Errorf("a password hash left the machine: %s", doc)
		}
	}
	for key, want := range map[string]string{"ann": `"type":"human"`, "daemon": `"type":"service"`, "root": `"type":"service"`} {
		if !strings.Contains(string(s.Records[key]), want) {
			t.Errorf("%s is %s, want %s", key, s.Records[key], want)
		}
	}
	none := sdktest.NewBench(t, newConnector(fixture{}.machine(t))).Sync(t, sdktest.Input{Streams: []string{"accounts"}}).Streams["accounts"]
	if none.Result != "failed" {
		t.Errorf("without a password file: %s, want failed", none.Result)
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	line := func(addr, state string) string {
		return "  0: " + addr + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000     0        0 777 1\n"
	}
	f := fixture{files: map[string]string{
		"proc/net/tcp": "header\n" + line("00000000:0016", "0A") + line("0100007F:1F90", "0A") + line("00000000:C350", "0A") +
			line("0100A8C0:0050", "01"),
		"proc/net/tcp6":            line("00000000000000000000000000000000:01BB", "0A") + line("00000000000000000000000001000000:0277", "0A"),
		"proc/net/udp":             line("0100A8C0:0035", "07") + line("00000000:C350", "07"),
		"proc/sys/kernel/hostname": "box",
		"proc/42/comm":             "sshd\n",
		"proc/42/fd/3":             "-> socket:[777]",
	}}
	s := sdktest.NewBench(t, newConnector(f.machine(t))).Sync(t, sdktest.Input{Streams: []string{"services"}}).Streams["services"]
	if diff := cmp.Diff([]string{"tcp/0.0.0.0:22", "tcp/0.0.0.0:50000", "tcp/[::]:443", "udp/192.168.0.1:53"}, s.Keys); diff != "" ||
		s.Result != "complete" {
		t.Errorf("%s, keys (-want +got):\n%s", s.Result, diff)
	}
	if !strings.Contains(string(s.Records["tcp/0.0.0.0:22"]), "sshd listens on all addresses, TCP port 22") {
		t.Errorf("got %s", s.Records["tcp/0.0.0.0:22"])
	}
}

// TestThisMachine reads the real machine twice and expects equal records.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	m := thisMachine()
	m.run = once(m.run) // a package manager may take seconds
	b := sdktest.NewBench(t, newConnector(m))
	first := b.Sync(t, sdktest.Input{Settings: map[string]string{"owner_email": "ann@example.com"}})
	second := b.Sync(t, sdktest.Input{Settings: map[string]string{"owner_email": "ann@example.com"}})
	for name, s := range first.Streams {
		if s.Result == "failed" || s.Result == "partial" {
			t.Errorf("%s is %s: %v", name, s.Result, s.Err)
		}
		if name == "services" {
			continue // other tests open ports
		}
		if diff := cmp.Diff(s.Records, second.Streams[name].Records); diff != "" {
			t.Errorf("%s differs between two reads:\n%s", name, diff)
		}
	}
	if n := len(first.Streams["device"].Records); n != 1 {
		t.Errorf("read %d devices, want 1", n)
	}
	for _, doc := range first.Streams["device"].Records {
		if err := kind.Validate(kind.KindDevice, doc); err != nil {
			t.Errorf("device: %v", err)
		}
	}
}

// once returns a run that executes each command once and repeats its result.
func once(run func(context.Context, string, ...string) ([]byte, int, error)) func(context.Context, string, ...string) ([]byte, int, error) {
	type kept struct {
		text []byte
		code int
		err  error
	}
	answers := map[string]kept{}
	return func(ctx context.Context, name string, args ...string) ([]byte, int, error) {
		command := name + " " + strings.Join(args, " ")
		if _, asked := answers[command]; !asked {
			text, code, err := run(ctx, name, args...)
			answers[command] = kept{text, code, err}
		}
		return answers[command].text, answers[command].code, answers[command].err
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	m := fixture{}.machine(t)
	m.linux = false
	out := sdktest.NewBench(t, newConnector(m)).Sync(t, sdktest.Input{})
	for name, s := range out.Streams {
		if s.Result != "complete" || (name == "device") != (len(s.Records) == 1) {
			t.Errorf("%s is %s with %d records", name, s.Result, len(s.Records))
		}
	}
	for _, doc := range out.Streams["device"].Records {
		for _, fact := range []string{"disk_encryption", "firewall", "screen_lock", "automatic_updates", "antivirus"} {
			if !strings.Contains(string(doc), `"`+fact+`":"unknown"`) {
				t.Errorf("claims to know %s: %s", fact, doc)
			}
		}
	}
}

func TestCheckSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	m := fixture{files: map[string]string{"etc/ufw/ufw.conf": "ENABLED=yes"}}.machine(t)
	probes, identity := sdktest.NewBench(t, newConnector(m)).Check(t, sdktest.Input{})
	if diff := cmp.Diff([]string{"settings ok", "machine ok", "disk_encryption unknown", "firewall ok", "screen_lock unknown"},
		sdktest.States(probes)); diff != "" || identity != "box" {
		t.Errorf("identity %q; probes (-want +got):\n%s", identity, diff)
	}
}

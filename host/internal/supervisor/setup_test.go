package supervisor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestMain(m *testing.M) {
	if sdktest.IsFake() {
		sdktest.Linger()
		switch filepath.Base(os.Args[0]) {
		case "picky":
			sdk.Serve(picky())
		case "asker":
			sdk.Serve(asker())
		case "hostile":
			sdk.Serve(hostile())
		case "dialer":
			c := hostile()
			c.ID, c.NetworkTCP = "dialer", true
			sdk.Serve(c)
		case "liar":
			sdktest.ServeRaw(newLiar())
		}
		sdktest.FakeMain()
	}
	os.Exit(withPrograms(m))
}

// shared holds the connector programs of all tests and what they say of themselves.
var shared string

// withPrograms runs the tests with this test binary as five connectors. A byte
// more makes each another program: descriptions are kept by hash.
func withPrograms(m *testing.M) int {
	err := func() (err error) {
		if shared, err = os.MkdirTemp("", "pl"); err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(self)
		if err != nil {
			return err
		}
		return errors.Join(
			os.Mkdir(filepath.Join(shared, "programs"), 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "fake"), raw, 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "picky"), append(raw, 0), 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "asker"), append(raw, 0, 0), 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "hostile"), append(raw, 0, 0, 0), 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "dialer"), append(raw, 0, 0, 0, 0), 0o700),
			os.WriteFile(filepath.Join(shared, "programs", "liar"), append(raw, "liar"...), 0o700),
		)
	}()
	defer func() {
		if err := os.RemoveAll(shared); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// announcedWait is how long picky says that its rate limit lasts.
const announcedWait = 3 * time.Hour

// picky is the Fake, but groups exist only when the script names them, a rate
// limit says how long it lasts, and devices that fail take the program with them,
// whose last words hold its secret.
func picky() *sdk.Connector {
	c := sdktest.Fake()
	c.ID, c.Name = "picky", "Picky"
	for i := range c.Streams {
		read := c.Streams[i].Read
		c.Streams[i].Read = func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
			if err := rotate(ctx, s); err != nil {
				return err
			}
			err := read(ctx, s, out)
			if err != nil && c.Streams[i].Name == "devices" {
				fmt.Fprintln(os.Stderr, "panic: the token is", s.Secret("token").Reveal())
				os.Exit(3)
			}
			if e := new(sdk.Error); errors.As(err, &e) && e.Code == sdk.CodeRateLimited {
				e.RetryAfter = announcedWait
			}
			return err
		}
		if c.Streams[i].Name == "groups" {
			c.Streams[i].Applies = func(s *sdk.Session) bool {
				var script sdktest.Script
				return s.Settings(&script) == nil && strings.Contains(fmt.Sprint(script.Streams), "{groups ")
			}
		}
	}
	return c
}

type retry struct {
	connection string
	at         time.Time
}

type bundle struct {
	dir        string
	store      *journal.Journal
	events     *event.Log
	supervisor *supervisor.Supervisor
	retries    chan retry // due times that the supervisor brought forward
	vault      setting.Vault
	secrets    map[string]string // of each connection
	tenant     tenant.Tenant     // of each run
}

// setup returns a supervisor over a real store and real connector programs. Edits
// change its configuration.
func setup(t *testing.T, edits ...func(*bundle, *supervisor.Config)) *bundle {
	t.Helper()
	// A short path, as a data directory has: a socket's must fit 104 bytes.
	dir, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{dir: dir, events: event.New(1000), retries: make(chan retry, 100)}
	stored := journal.Options{Dir: filepath.Join(dir, "store"), Key: make([]byte, 32), MinFreeBytes: 64 << 20}
	if b.store, err = journal.Open(stored); err != nil {
		t.Fatal(err)
	}
	key, err := secret.OpenMasterKey(dir, secret.BackendFile)
	if err != nil {
		t.Fatal(err)
	}
	b.vault = setting.Vault{Store: b.store, Key: key}
	launcher, err := plugin.NewLauncher(dir, plugin.Limits{MemoryMiB: 600, DiskMiB: 64, Tasks: 100})
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := egress.Listen(egress.Config{})
	if err != nil {
		t.Fatal(err)
	}
	config := supervisor.Config{
		Store: b.store, Events: b.events, Logger: slog.New(slog.DiscardHandler), Now: time.Now, Vault: b.vault,
		Starter: source.Starter{
			Catalog:  b.catalog(t, launcher, filepath.Join(shared, "cache"), filepath.Join(shared, "programs")),
			Launcher: launcher, Proxy: proxy,
		},
		MaxRuns: 4, Deadline: time.Minute, Removals: host.DefaultRemovalLimits,
		Scheduler: scheduler.New(scheduler.Config{ // never started
			Dues: func() (map[string]time.Time, error) { return nil, nil },
			SetDue: func(connection string, at time.Time) error {
				b.retries <- retry{connection, at}
				return nil
			},
		}),
	}
	for _, edit := range edits {
		edit(b, &config)
	}
	b.supervisor = supervisor.New(config)
	t.Cleanup(func() {
		b.supervisor.Stop()
		if err := errors.Join(launcher.Close(), proxy.Close(), b.store.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return b
}

// catalog returns a catalog of the programs in directories.
func (b *bundle) catalog(t *testing.T, launcher *plugin.Launcher, cache string, programs ...string) *catalog.Catalog {
	t.Helper()
	inventory, err := release.OpenInventory(b.dir, release.Here())
	if err != nil {
		t.Fatal(err)
	}
	return catalog.New(catalog.Config{
		Programs:  plugin.NewCatalog(programs, cache, "test", launcher),
		Inventory: inventory, Store: b.store, Events: b.events, Logger: slog.New(slog.DiscardHandler),
	})
}

// withToken gives every connection of the test the canary as its token.
func withToken(b *bundle, _ *supervisor.Config) { b.secrets = map[string]string{"token": canary} }

// connection stores a connection that plays the script.
func (b *bundle) connection(t *testing.T, connector, alias, script string) host.Connection {
	t.Helper()
	id := ulid.Make().String()
	sealed, err := b.vault.Seal(id, b.secrets)
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.store.CreateConnection(asTester(t), host.Connection{
		ID: id, Alias: alias, Connector: connector, Schedule: "@hourly", Settings: json.RawMessage(script),
	}, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// play changes a connection's script.
func (b *bundle) play(t *testing.T, c host.Connection, script string) host.Connection {
	t.Helper()
	c, err := b.store.UpdateConnection(asTester(t), c.ID, 0, func(c *host.Connection) error {
		c.Settings = json.RawMessage(script)
		return nil
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bundle) start(t *testing.T, c host.Connection, options supervisor.Options) host.Run {
	t.Helper()
	options.Tenant = b.tenant
	run, err := b.supervisor.Start(c, options)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// ended waits for a run and returns it as it is stored.
func (b *bundle) ended(t *testing.T, id string) host.Run {
	t.Helper()
	if err := b.supervisor.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	run, err := b.store.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	if !run.Status.Final() || run.FinishedAt == nil {
		t.Fatalf("run ended as %s at %v", run.Status, run.FinishedAt)
	}
	return run
}

func (b *bundle) sync(t *testing.T, c host.Connection) host.Run {
	t.Helper()
	return b.ended(t, b.start(t, c, supervisor.Options{Trigger: host.TriggerManual}).ID)
}

// await returns the active run once it is as wanted.
func (b *bundle) await(t *testing.T, id, want string, is func(host.Run) bool) host.Run {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		run, ok := b.supervisor.Run(id)
		if ok && is(run) {
			return run
		}
		if !ok || time.Now().After(end) {
			t.Fatalf("run %s never was %s: %+v", id, want, run)
		}
	}
}

// reading waits until a run has read records of users.
func (b *bundle) reading(t *testing.T, id string, records int) {
	t.Helper()
	b.await(t, id, fmt.Sprintf("at record %d", records), func(r host.Run) bool { return step(r, "users").Read >= records })
}

func (b *bundle) records(t *testing.T, c host.Connection) int {
	t.Helper()
	records, _, err := b.store.Records(t.Context(), journal.RecordQuery{Connection: c.ID, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(records)
}

// blocking is a script that stops at record 200 until the returned file exists.
func (b *bundle) blocking(name string) (script, file string) {
	file = filepath.Join(b.dir, "go-"+name)
	return fmt.Sprintf(`{"streams":[{"name":"users","records":300,"page":100,"cursor":true,"block_at":200,"block_until_file":%q}]}`,
		file), file
}

func unblock(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
}

func step(r host.Run, name string) host.Step {
	for _, s := range r.Steps {
		if s.Name == name {
			return s
		}
	}
	return host.Step{}
}

// told writes a run's outcome in one line: status, then each step that is not
// just fine, with its code.
func told(r host.Run) string {
	text := string(r.Status)
	if r.Error != nil {
		text += " (" + r.Error.Code + ")"
	}
	for _, s := range r.Steps {
		text += fmt.Sprintf(" %s:%s", s.Name, s.Status)
		if s.Error != nil {
			text += "=" + s.Error.Code
		}
	}
	return text
}

func problem(t *testing.T, err error) *host.Problem {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem", err)
	}
	return p
}

// asTester is a context in which the person who runs the tests acts.
func asTester(t *testing.T) context.Context {
	t.Helper()
	return host.WithActor(t.Context(), host.Actor{Kind: host.ActorPerson, ID: "tester", Auth: host.AuthLocal})
}

const oldToken, newToken = "token-to-replace", "token-of-the-vendor"

// rotate replaces the secret of a connection that begins with oldToken.
func rotate(ctx context.Context, s *sdk.Session) error {
	if s.Secret("token").Reveal() != oldToken {
		return nil
	}
	for _, name := range []string{"nothing", "token", "token"} {
		sealed, err := s.RenewSecret(ctx, name, sdk.NewSecret(newToken))
		s.Log().Info(fmt.Sprint("renewed ", name, sealed, err, newToken))
		if !sealed || (err == nil) != (name == "token") {
			return sdk.Errorf(sdk.CodeInternalBug, "renew %s: %v, %v", name, sealed, err)
		}
	}
	return nil
}

package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
)

// Config is what a person may set. No secret is ever part of it.
type Config struct {
	DataDir        string        // where all is stored; no key of the file, which lies in it
	Listen         string        // loopback TCP address of the web UI; empty = none
	ConnectorDirs  []string      // searched for connector programs before the ones beside this program
	MaxRuns        int           // syncs at one moment, where the machine has room for as many
	MaxPer         int           // of those, syncs of one connector; 0 = no limit of its own
	RunDeadline    time.Duration // longest a run may take
	RemovalShare   float64       // share of a stream that one run removes without a person
	RemovalCount   int           // number of records that one run removes without a person, if that is more
	FullEvery      time.Duration // at least this often an incremental stream is read from its beginning; 0 = never
	ConnectorMiB   int           // memory a connector is asked to stay under; 0 = no limit
	MaxMemoryMiB   int           // memory at which a connector is ended; 0 = no limit
	MaxDiskMiB     int           // disk at which a connector is ended; 0 = no limit
	MaxTasks       int           // processes and threads at which a connector is ended; 0 = no limit
	ControlGroup   string        // where connectors' control groups are made: auto, off or a directory
	MinFreeMiB     int           // writing pauses when less disk is free
	BallastMiB     int           // set aside on the disk for an orderly end
	DigestMiB      int           // memory for what the store remembers of the streams being read
	Retention      journal.Retention
	Dormant        time.Duration // an account is dormant when its last activity is longer ago
	NewFor         time.Duration // an account is new for so long after it was first seen
	SecretsKey     string        // where the key lives: auto, file, keyring or systemd
	LogLevel       string        // debug, info, warn or error
	MetricsListen  string        // loopback address of the metrics alone; empty = none
	TracesEndpoint string        // of a collector of OpenTelemetry; empty = the environment's, or none
	MetricsAliases bool          // figures of each connection, by alias
	FileRoots      []string      // directories below which people may choose files; empty = the usual ones
	PublicAddress  string        // at which people open the web UI, for links in notifications; empty = no links
	Timezone       string        // of cron expressions; empty = this machine's
	rates          []tenant.Rate // what upstreams allow, instead of what connectors say
	settings       []host.Setting
	unknownEnviron []string
	unread         string // an optional file that may not be read; empty = none
}

// option is a key of the configuration: its value unless another is set, what takes a
// value over, and what it means.
type option struct {
	key, fallback string
	set           func(value string) error
	description   string
}

// options is the list of all keys, which a file, the environment or a flag may set. Values
// are set in c.
func options(c *Config) []option {
	listen := option{"listen", "", func(v string) error { return listenAddress(v, &c.Listen) },
		"Loopback address of the web UI, e.g. 127.0.0.1:8420; empty for none"}
	return slices.Concat([]option{listen}, connectorOptions(c), syncOptions(c), storeOptions(c), otherOptions(c))
}

// connectorOptions are where connector programs are found, and what each may use.
func connectorOptions(c *Config) []option {
	return []option{
		{"connectors.dirs", "", func(v string) error { c.ConnectorDirs = filepath.SplitList(v); return nil },
			"Directories searched for connector programs first, separated by " + string(os.PathListSeparator)},
		{"connectors.memory_limit_mib", "1024", mib(&c.MaxMemoryMiB),
			"Memory at which a connector program, with its helpers, is ended, in MiB; 0 for no limit"},
		{"connectors.disk_limit_mib", "1024", mib(&c.MaxDiskMiB), "Disk at which a connector program is ended, in MiB; 0 for no limit"},
		{"connectors.task_limit", "512", whole(0, 1<<20, &c.MaxTasks),
			"Processes and threads at which a connector program is ended; 0 for no limit"},
		{"connectors.control_group", "auto", text(&c.ControlGroup, controlGroup),
			"Where connector programs get control groups of their own on Linux: auto for where the service manager allows it, off, " +
				"or a directory of cgroup v2 that is the agent's"},
		{"connectors.memory_mib", "256", mib(&c.ConnectorMiB), "Memory a connector program is asked to stay under, in MiB; 0 for no limit"},
	}
}

// syncOptions say how many syncs run, how long, and what one may remove without a person.
func syncOptions(c *Config) []option {
	return []option{
		{"sync.max_runs", "64", whole(1, 1000, &c.MaxRuns),
			"Syncs that may run at one moment; fewer do while memory or processors are short"},
		{"sync.max_runs_per_connector", "0", whole(0, 1000, &c.MaxPer),
			"Syncs of one connector that may run at one moment; 0 for as many as there may be"},
		{"sync.rates", "", func(v string) (err error) { c.rates, err = tenant.ParseRates(v); return err },
			"Requests a second that hosts allow one tenant, instead of what connectors declare, e.g. acme.okta.com=5, " +
				"*.example.com=2.5/4 (4 at one moment), gitlab.corp:8443=10 (the port where it is not the usual one); 0 for no limit"},
		{"sync.deadline", "6h", duration(time.Minute, &c.RunDeadline), "Longest a sync may take"},
		{"sync.removal_share", "0.1", share(&c.RemovalShare),
			"Share of a stream's records that one sync removes without a person, from 0 to 1; the larger of this and " +
				"sync.removal_count holds. A sync that would remove every record of a stream, or more than half of five or more, " +
				"always waits for a person"},
		{"sync.removal_count", "20", whole(0, 1_000_000_000, &c.RemovalCount),
			"Number of a stream's records that one sync removes without a person, where that is more than sync.removal_share of them; " +
				"0 for the share alone"},
		{"sync.full_every", "7d", age(1, "for only when asked", &c.FullEvery),
			"How often at least a stream that goes on from where it left off is read from its beginning, so that what was deleted " +
				"at the source is noticed, e.g. 30d; 0 for only when asked (connection sync --full)"},
	}
}

// storeOptions say what of the disk and the memory the store takes, and how long it keeps what.
func storeOptions(c *Config) []option {
	return []option{
		{"store.min_free_mib", "512", whole(0, 1<<30, &c.MinFreeMiB),
			"Writing pauses when less disk than this is free, in MiB, or than the store itself may still need; " +
				"0 for 5 % of the disk, at least 512"},
		{"store.ballast_mib", "64", mib(&c.BallastMiB),
			"Set aside on the disk, in MiB, and let go when it is nearly full, so that everything can end in good order; 0 for none"},
		{"store.retention", "0", age(30, "for ever", &c.Retention.History),
			"How long superseded versions of records and the changes are kept, e.g. 400d; at least 30d, 0 for ever"},
		{"store.run_retention", "400d", age(7, "for ever", &c.Retention.Runs),
			"How long runs are kept that changed nothing, but for the latest of each connection; at least 7d, 0 for ever"},
		{"store.log_retention", "90d", age(1, "for ever", &c.Retention.Logs),
			"How long the lines of runs' logs are kept; at least 1d, 0 for ever"},
		{"store.digest_memory_mib", "512", whole(1, 1<<20, &c.DigestMiB),
			"Memory for what the store remembers of the records of all streams that are read at one moment, in MiB: " +
				"up to 64 bytes a record. A sync that needs more fails"},
	}
}

// otherOptions are of accounts, secrets, files, the log and schedules.
func otherOptions(c *Config) []option {
	return []option{
		{"accounts.dormant_after", "90d", age(1, "for never", &c.Dormant),
			"An account is flagged as dormant when its last activity is longer ago, e.g. 60d; at least 1d, 0 for never"},
		{"accounts.new_for", "30d", age(1, "for not at all", &c.NewFor),
			"An account is flagged as new for so long after it was first seen; at least 1d, 0 for not at all"},
		{"secrets.key", "auto", text(&c.SecretsKey, oneOf("auto", "file", "keyring", "systemd")),
			"Where the key that seals secrets lives: auto, file, keyring or systemd"},
		{"files.roots", "", func(v string) error { return fileRoots(v, &c.FileRoots) },
			"Directories below which people may choose a file for a setting in the web UI, separated by " + string(os.PathListSeparator) +
				"; empty for the home of the agent's user and the directory files in the data directory. Everybody who may use the web UI " +
				"sees the names of what is in them"},
		{"metrics.listen", "", func(v string) error { return listenAddress(v, &c.MetricsListen) },
			"Loopback address at which /metrics is read without a session, e.g. 127.0.0.1:9464; empty for none. Every user of this " +
				"machine can read it. It names no person; over the socket and in a session /metrics is there without it"},
		{"metrics.aliases", "off", func(v string) error { c.MetricsAliases = v == "on"; return oneOf("on", "off")(v) },
			"Figures of each connection, with its alias as a label: on or off"},
		{"traces.endpoint", "", func(v string) error { c.TracesEndpoint = v; return nil },
			"Address of a collector of OpenTelemetry that gets each finished run as a trace over OTLP/HTTP, e.g. http://127.0.0.1:4318; " +
				"empty for what OTEL_EXPORTER_OTLP_ENDPOINT of the agent says, or none. A trace has ids, aliases, outcomes and counts, and " +
				"no message, record or person"},
		{"notifications.address", "", func(v string) error { return publicAddress(v, &c.PublicAddress) },
			"Address at which people open the web UI, for links in notifications, e.g. https://plumbline.example.com; empty for no links"},
		{"log.level", "info", text(&c.LogLevel, oneOf("debug", "info", "warn", "error")),
			"Least level that is logged: debug, info, warn or error"},
		{"schedule.timezone", "", text(&c.Timezone, zone), "Time zone of schedules, e.g. Europe/Berlin; empty for this machine's"},
	}
}

func mib(into *int) func(string) error { return whole(0, 1<<20, into) }

func text(into *string, check func(string) error) func(string) error {
	return func(v string) error { *into = v; return check(v) }
}

// Sources say where LoadConfig reads values from, besides the defaults.
type Sources struct {
	DataDir string // empty: PLUMBLINE_HOME, then the user's data directory
	File    string // empty: PLUMBLINE_CONFIG, then DataDir/config.yaml, then the user's config directory
	// ConfigHome is the user's config directory; empty = the system's.
	ConfigHome string
	Environ    []string          // as os.Environ gives it
	Flags      map[string]string // key → value, only flags that were given
}

// LoadConfig reads the configuration: defaults, then file, then environment,
// then flags. A problem names the key and where it was set.
func LoadConfig(sources Sources) (Config, error) {
	environment := environ(sources.Environ)
	dir, err := dataDir(sources.DataDir, environment)
	if err != nil {
		return Config{}, err
	}
	config := Config{DataDir: dir}
	path, optional := configFile(sources, environment, config.DataDir)
	file, err := readConfigFile(path)
	if optional && errors.Is(err, fs.ErrPermission) {
		config.unread, err = path, nil // a hardened service may not read home directories
	}
	if err != nil {
		return Config{}, err
	}
	for _, o := range options(&config) {
		s := host.Setting{Key: o.key, Value: o.fallback, Origin: "default", Environment: variable(o.key), Description: o.description}
		if v, ok := file[o.key]; ok {
			s.Value, s.Origin = v, "file"
		}
		if v, ok := environment[s.Environment]; ok {
			s.Value, s.Origin = v, "environment"
		}
		if v, ok := sources.Flags[o.key]; ok {
			s.Value, s.Origin = v, "flag"
		}
		if err := o.set(s.Value); err != nil {
			p := host.Invalid(o.key, s.Value, fmt.Sprintf("%v (set by %s)", err, origin(s, path)))
			return Config{}, p
		}
		config.settings = append(config.settings, s)
	}
	config.unknownEnviron = unknownVariables(environment)
	return config, nil
}

// Unread returns the optional configuration file that this user may not read, or "".
func (c Config) Unread() string { return c.unread }

// Settings returns every key with its value and origin, in a fixed order.
func (c Config) Settings() []host.Setting { return slices.Clone(c.settings) }

func origin(s host.Setting, file string) string {
	switch s.Origin {
	case "file":
		return file
	case "environment":
		return "the environment variable " + s.Environment
	case "flag":
		return "a flag"
	default:
		return "the default"
	}
}

func environ(list []string) map[string]string {
	vars := map[string]string{}
	for _, pair := range list {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, "PLUMBLINE_") {
			vars[name] = value
		}
	}
	return vars
}

func variable(key string) string {
	return "PLUMBLINE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// unknownVariables lists the PLUMBLINE_ variables that set nothing. They are no error: a
// person may pass a secret in one. The doctor names them.
func unknownVariables(environment map[string]string) []string {
	known := []string{"PLUMBLINE_HOME", "PLUMBLINE_CONFIG"}
	for _, o := range options(new(Config)) {
		known = append(known, variable(o.key))
	}
	var unknown []string
	for name := range environment {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// publicAddress reads the address of the web UI as people see it.
func publicAddress(text string, into *string) error {
	u, err := url.Parse(text)
	if text == "" {
		*into = ""
		return nil
	}
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery+u.Fragment != "" {
		return errors.New("must be an address such as https://plumbline.example.com")
	}
	*into = text
	return nil
}

func listenAddress(text string, into *string) (err error) {
	if text != "" {
		*into, err = loopbackAddress(text)
	}
	return err
}

func whole(least, most int, into *int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return fmt.Errorf("must be a whole number from %d to %d, not %q", least, most, text)
		}
		if strconv.Itoa(n) != text { // some readers take 010 for ten, others for eight
			return fmt.Errorf("must be written without a sign or leading zeros: %d, not %q", n, text)
		}
		*into = n
		return nil
	}
}

func duration(least time.Duration, into *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d < least {
			return fmt.Errorf("must be a duration of at least %s such as 90m or 6h, not %q", least, text)
		}
		*into = d
		return nil
	}
}

// age takes a number of days, at least least. Zero says what 0 stands for.
func age(least int, zero string, into *time.Duration) func(string) error {
	return func(text string) error {
		if text == "0" {
			*into = 0
			return nil
		}
		days, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
		if err != nil || !strings.HasSuffix(text, "d") || days < least || days > 36500 {
			return fmt.Errorf("must be 0 %s, or %d or more days such as 400d, not %q", zero, least, text)
		}
		*into = time.Duration(days) * 24 * time.Hour
		return nil
	}
}

func share(into *float64) func(string) error {
	return func(text string) error {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !(f >= 0 && f <= 1) {
			return fmt.Errorf("must be a share from 0 to 1 such as 0.1, not %q", text)
		}
		*into = f
		return nil
	}
}

func oneOf(words ...string) func(string) error {
	return func(text string) error {
		if slices.Contains(words, text) {
			return nil
		}
		return fmt.Errorf("must be one of %s, not %q", strings.Join(words, ", "), text)
	}
}

func fileRoots(text string, into *[]string) error {
	*into = nil
	for _, path := range filepath.SplitList(text) {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("must be whole paths, not %q", path)
		}
		*into = append(*into, filepath.Clean(path))
	}
	return nil
}

func controlGroup(text string) error {
	if text == cgroup.Auto || text == cgroup.Off || filepath.IsAbs(text) {
		return nil
	}
	return fmt.Errorf("must be %s, %s or a whole path, not %q", cgroup.Auto, cgroup.Off, text)
}

func zone(name string) error {
	if _, err := time.LoadLocation(name); err != nil {
		return fmt.Errorf("must name a time zone such as Europe/Berlin, not %q", name)
	}
	return nil
}

// loopbackAddress returns address when it names a loopback interface and a port.
func loopbackAddress(address string) (string, error) {
	hostname, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("must be an address such as 127.0.0.1:8420, not %q", address)
	}
	if hostname == "localhost" {
		return net.JoinHostPort("127.0.0.1", port), nil
	}
	ip, err := netip.ParseAddr(hostname)
	if err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("must be a loopback address such as 127.0.0.1:%s, not %q: the web UI has no other protection than that",
			port, address)
	}
	return address, nil
}

package boot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// load writes file, if there is one, beside the data and reads the configuration.
func load(t *testing.T, file string, environ []string, flags map[string]string) (boot.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	write(t, path, file)
	config, err := boot.LoadConfig(boot.Sources{DataDir: dir, Environ: environ, Flags: flags})
	return config, path, err
}

func setting(c boot.Config, key string) (value, origin string) {
	for _, s := range c.Settings() {
		if s.Key == key {
			return s.Value, s.Origin
		}
	}
	return "", ""
}

func TestTheNearestSourceOfASettingWins(t *testing.T) {
	t.Parallel()
	const key, variable = "sync.max_runs", "PLUMBLINE_SYNC_MAX_RUNS="
	tests := map[string]struct {
		file    string
		environ []string
		flags   map[string]string
		want    int
		origin  string
	}{
		"default":                            {"", nil, nil, 64, "default"},
		"file":                               {"sync:\n  max_runs: 5\n", nil, nil, 5, "file"},
		"environment":                        {"sync:\n  max_runs: 5\n", []string{variable + "6"}, nil, 6, "environment"},
		"flag":                               {"sync:\n  max_runs: 5\n", []string{variable + "6"}, map[string]string{key: "7"}, 7, "flag"},
		"flat in file":                       {"sync.max_runs: 5\n", nil, nil, 5, "file"},
		"without value":                      {"sync:\n  max_runs:\nlisten:\n", nil, nil, 64, "default"},
		"the last of two in the environment": {"", []string{variable + "6", variable + "8"}, nil, 8, "environment"},
	}
	for name, test := range tests {
		config, _, err := load(t, test.file, test.environ, test.flags)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if value, origin := setting(config, key); config.MaxRuns != test.want || origin != test.origin {
			t.Errorf("%s: %s = %d (%q from %s), want %d from %s", name, key, config.MaxRuns, value, origin, test.want, test.origin)
		}
	}
}

func TestAWrongSettingIsNamedWithItsOrigin(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file    string
		environ []string
		flags   map[string]string
		field   string
		origin  string // "file" = its path
	}{
		"an unknown key":          {file: "colour: red\n", field: "colour", origin: "file"},
		"an unknown key below":    {file: "sync:\n  speed: 9\n", field: "sync.speed", origin: "file"},
		"a value for a group":     {file: "sync: 9\n", field: "sync", origin: "file"},
		"no YAML":                 {file: "sync: [\n", field: "config", origin: "file"},
		"a list":                  {file: "- sync\n", field: "config", origin: "file"},
		"words for a number":      {file: "sync:\n  max_runs: many\n", field: "sync.max_runs", origin: "file"},
		"no run at all":           {environ: []string{"PLUMBLINE_SYNC_MAX_RUNS=0"}, field: "sync.max_runs", origin: "PLUMBLINE_SYNC_MAX_RUNS"},
		"an empty number":         {environ: []string{"PLUMBLINE_SYNC_MAX_RUNS="}, field: "sync.max_runs", origin: "PLUMBLINE_SYNC_MAX_RUNS"},
		"a deadline of a second":  {flags: map[string]string{"sync.deadline": "1s"}, field: "sync.deadline", origin: "a flag"},
		"a share above all":       {flags: map[string]string{"sync.removal_share": "1.5"}, field: "sync.removal_share", origin: "a flag"},
		"a share of nothing":      {flags: map[string]string{"sync.removal_share": "NaN"}, field: "sync.removal_share", origin: "a flag"},
		"a level of no name":      {environ: []string{"PLUMBLINE_LOG_LEVEL=loud"}, field: "log.level", origin: "PLUMBLINE_LOG_LEVEL"},
		"a home of no name":       {environ: []string{"PLUMBLINE_SECRETS_KEY=pocket"}, field: "secrets.key", origin: "PLUMBLINE_SECRETS_KEY"},
		"an open address":         {flags: map[string]string{"listen": "0.0.0.0:8420"}, field: "listen", origin: "a flag"},
		"an address without port": {flags: map[string]string{"listen": "127.0.0.1"}, field: "listen", origin: "a flag"},
		"a name that may be any":  {flags: map[string]string{"listen": "example.com:80"}, field: "listen", origin: "a flag"},
		"a second document":       {file: "log:\n  level: info\n---\nsync:\n  max_runs: 9\n", field: "config", origin: "file"},
		"a document after an end": {file: "log:\n  level: info\n...\nsync:\n  max_runs: 9\n", field: "config", origin: "file"},
		"dotted beside nested":    {file: "sync.max_runs: 5\nsync:\n  max_runs: 6\n", field: "sync.max_runs", origin: "file"},
		"the same key twice":      {file: "log:\n  level: info\n  level: warn\n", field: "log.level", origin: "file"},
		"the same group twice":    {file: "log:\n  level: info\nlog:\n  level: warn\n", field: "log.level", origin: "file"},
		"an octal number":         {file: "sync:\n  max_runs: 010\n", field: "sync.max_runs", origin: "file"},
		"an octal variable":       {environ: []string{"PLUMBLINE_SYNC_MAX_RUNS=010"}, field: "sync.max_runs", origin: "PLUMBLINE_SYNC_MAX_RUNS"},
		"a hexadecimal number":    {file: "sync:\n  max_runs: 0x10\n", field: "sync.max_runs", origin: "file"},
		"an underscore":           {file: "sync:\n  max_runs: 1_0\n", field: "sync.max_runs", origin: "file"},
		"a sign":                  {file: "sync:\n  max_runs: +5\n", field: "sync.max_runs", origin: "file"},
		"a list for one value":    {file: "log:\n  level: [info, warn]\n", field: "log.level", origin: "file"},
		"a mapping for a value":   {file: "log:\n  level:\n    is: info\n", field: "log.level", origin: "file"},
		"a list of lists":         {file: "connectors:\n  dirs: [[a]]\n", field: "connectors.dirs", origin: "file"},
		"a merge":                 {file: "a: &a\n  level: info\nlog:\n  <<: *a\n", field: "a", origin: "file"},
		"a place of no name":      {file: "schedule:\n  timezone: Mars/Base\n", field: "schedule.timezone", origin: "file"},
	}
	for name, test := range tests {
		_, path, err := load(t, test.file, test.environ, test.flags)
		p := problem(t, err)
		if test.origin == "file" {
			test.origin = path
		}
		said := p.Message
		if p.Fields[0].Field == "config" { // its value is the path
			said += " " + p.Fields[0].Value.(string)
		}
		if p.Code != host.CodeInvalid || fields(p) != test.field || !strings.Contains(said, test.origin) {
			t.Errorf("%s: %s on %q says %q; want %q and %q in it", name, p.Code, fields(p), said, test.field, test.origin)
		}
	}
}

func TestWhereTheFileIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.yaml"), "log:\n  level: debug\n")
	write(t, filepath.Join(dir, "named.yaml"), "log:\n  level: warn\n")
	write(t, filepath.Join(dir, "variable.yaml"), "log:\n  level: error\n")
	variable := "PLUMBLINE_CONFIG=" + filepath.Join(dir, "variable.yaml")
	tests := map[string]struct {
		sources boot.Sources
		want    string
	}{
		"beside the data":      {boot.Sources{DataDir: dir}, "debug"},
		"a variable":           {boot.Sources{DataDir: dir, Environ: []string{variable}}, "error"},
		"a flag":               {boot.Sources{DataDir: dir, Environ: []string{variable}, File: filepath.Join(dir, "named.yaml")}, "warn"},
		"the home of the data": {boot.Sources{Environ: []string{"PLUMBLINE_HOME=" + dir}}, "debug"},
	}
	for name, test := range tests {
		config, err := boot.LoadConfig(test.sources)
		if err != nil || config.LogLevel != test.want || config.DataDir != dir {
			t.Errorf("%s: level %q in %s, %v; want %q", name, config.LogLevel, config.DataDir, err, test.want)
		}
	}
	_, err := boot.LoadConfig(boot.Sources{DataDir: dir, File: filepath.Join(dir, "none.yaml")})
	if p := problem(t, err); fields(p) != "config" {
		t.Errorf("a named file that is not there: %v", err)
	}
}

// A link that leads nowhere is a mistake, not a missing file.
func TestADanglingLinkIsNoMissingFile(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]string{"beside the data": "", "the user's own": "plumbline"} {
		dir, own := t.TempDir(), t.TempDir()
		link := filepath.Join(dir, "config.yaml")
		if where != "" {
			link = filepath.Join(own, where, "config.yaml")
			if err := os.Mkdir(filepath.Dir(link), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(filepath.Join(dir, "none"), link); err != nil {
			t.Fatal(err)
		}
		_, err := boot.LoadConfig(boot.Sources{DataDir: dir, ConfigHome: own})
		if p := problem(t, err); fields(p) != "config" || !strings.Contains(p.Message, "a link to a file that does not exist") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzConfig: a file is refused by the name of a key, or every value is in bounds.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{"", "# nothing\n", "---\n", "log:\n  level: warn\n", "sync.max_runs: 5\n", "a: &a [*a]\n",
		"? [a]\n: b\n", "sync: {max_runs: 010}\n", "- a\n", "\xef\xbb\xbflog: {level: info}\n", "--- ~\n--- ~\n"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "config.yaml")
		write(t, path, text)
		config, err := boot.LoadConfig(boot.Sources{DataDir: dir, File: path})
		if err != nil {
			if p := problem(t, err); p.Code != host.CodeInvalid || len(p.Fields) == 0 {
				t.Errorf("refused without a key: %v", err)
			}
			return
		}
		if config.MaxRuns < 1 || config.MaxRuns > 1000 || config.RunDeadline < time.Minute || config.RemovalShare <= 0 ||
			config.RemovalShare > 1 {
			t.Errorf("a value is out of bounds: %+v", config)
		}
	})
}

func TestValuesAreReadAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	list := "a" + string(os.PathListSeparator) + "b"
	config, _, err := load(t, "connectors:\n  dirs: [a, b]\nlisten: localhost:8420\nsync:\n  removal_share: 0.25\n", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := setting(config, "connectors.dirs"); value != list || strings.Join(config.ConnectorDirs, " ") != "a b" {
		t.Errorf("directories %q as %q", config.ConnectorDirs, value)
	}
	if config.Listen != "127.0.0.1:8420" || config.RemovalShare != 0.25 {
		t.Errorf("listens on %q, share %v", config.Listen, config.RemovalShare)
	}
}

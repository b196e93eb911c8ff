package prove

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// The size of the vendor of a journey.
const (
	fewItems  = 5 // of the lists that are not of the company
	fewPeople = 12
)

// Journey is the life of a connection to the vendor of the simulator.yaml beside the test: see JourneyOf.
func Journey(t *testing.T, connector func() *sdk.Connector) {
	t.Helper()
	system, err := File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	JourneyOf(t, connector, system)
}

// JourneyOf is the life of a connection. The built program and the connector beside the test run as processes, and system
// is their vendor, with few items in its lists. A person adds the connection, checks it, and syncs it twice. Then the vendor
// refuses the credential, which removes nothing and is said, and accepts it again.
func JourneyOf(t *testing.T, connector func() *sdk.Connector, system System) {
	t.Helper()
	simulated := system.Start(vendor.Mode{
		Few: vendor.Few{Items: fewItems}, Company: company.New(company.Size{People: fewPeople}),
	})
	server := sdktest.NewVendor(t, simulated)
	var refuses atomic.Bool
	server.Fail(sdktest.Fault{
		Only: func(replay.Request) bool { return refuses.Load() }, Status: http.StatusUnauthorized, Body: `{}`,
	})
	s := &life{Home: journey.Build(t, ".").Home(t), t: t, connector: connector(), vendor: simulated}
	s.Setenv("PLUMBLINE_SYNC_RATES", "127.0.0.1:*=0") // the vendor's limit of requests would take minutes
	s.add(system, server.URL)
	s.Run("connection", "check", s.connector.ID).Want(0)
	s.whole("first", s.Sync(s.connector.ID, 0), true)
	s.whole("second", s.Sync(s.connector.ID, 0), false)
	refuses.Store(true)
	s.refused(s.Sync(s.connector.ID, 4))
	refuses.Store(false)
	s.whole("mended", s.Sync(s.connector.ID, 0), false)
	for _, problem := range simulated.Problems() {
		t.Error(problem)
	}
}

// life is a connection whose alias is the connector's id.
type life struct {
	*journey.Home
	t         *testing.T
	connector *sdk.Connector
	vendor    Vendor
}

// add adds the connection.
func (l *life) add(system System, address string) {
	l.t.Helper()
	settings := maps.Clone(system.Settings())
	settings["base_url"] = address
	args := []string{"connection", "add", l.connector.ID}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value, is := settings[name].(string)
		if !is {
			raw, err := json.Marshal(settings[name])
			if err != nil {
				l.t.Fatal(err)
			}
			value = string(raw)
		}
		args = append(args, "--set", name+"="+value)
	}
	for name, value := range system.Secrets() {
		variable := strings.ToUpper("JOURNEY_" + name)
		l.Setenv(variable, value)
		args = append(args, "--secret", name+"=env:"+variable)
	}
	l.Run(args...).Want(0)
}

// whole expects a run that read everything. The first one adds it, and a later one changes nothing.
func (l *life) whole(name string, run journey.Run, first bool) {
	l.t.Helper()
	for _, s := range l.connector.Streams {
		keys, err := l.vendor.Expected(s.Name)
		if err != nil {
			l.t.Fatal(err)
		}
		added := 0
		if first {
			added = len(keys)
		}
		step := l.Step(run, s.Name)
		reads := step.Read == len(keys) || s.Incremental && !first && step.Read < len(keys) // later it reads what is new
		if step.Status != "succeeded" || !reads || step.Added != added || step.Changed+step.Removed > 0 || len(step.Gaps) > 0 {
			l.t.Errorf("%s sync: %+v; want %d read and %d added", name, step, len(keys), added)
		}
		if n := len(l.Records(l.connector.ID, s.Name)); n != len(keys) || n == 0 {
			l.t.Errorf("%s sync: stream %s has %d records, want %d", name, s.Name, n, len(keys))
		}
	}
	if c := l.Show(l.connector.ID); run.Status != "succeeded" || c.Health != "healthy" || len(c.FailingSteps) > 0 {
		l.t.Errorf("%s sync: %s, and the connection is %+v; want healthy", name, run.Status, c)
	}
}

// refused expects a run whose credential was not accepted. It names what to do, and the records stay.
func (l *life) refused(run journey.Run) {
	l.t.Helper()
	var codes []string
	for _, step := range run.Steps {
		if step.Error != nil {
			codes = append(codes, step.Error.Code)
		}
		if step.Removed+step.Held > 0 {
			l.t.Errorf("the refused sync removes records: %+v", step)
		}
	}
	if run.Status != "failed" || !slices.Contains(codes, sdk.CodeAuthInvalid) {
		l.t.Errorf("the refused sync is %s with the errors %v, want %s", run.Status, codes, sdk.CodeAuthInvalid)
	}
	for _, s := range l.connector.Streams {
		keys, err := l.vendor.Expected(s.Name)
		if n := len(l.Records(l.connector.ID, s.Name)); err != nil || n != len(keys) {
			l.t.Errorf("%d records of %s are left of %d (%v)", n, s.Name, len(keys), err)
		}
	}
	c := l.Show(l.connector.ID)
	if c.Health != "unhealthy" || c.Reason != "action_required" || c.Remedy == "" || len(c.FailingSteps) == 0 {
		l.t.Errorf("the refused connection is %+v, want unhealthy with what to do", c)
	}
}

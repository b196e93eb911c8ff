package prove

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Place is what a connector without a vendor's API reads: files of this machine, or a server that the test started.
type Place struct {
	Set    map[string]any    // the settings
	Secret map[string]string // the secrets
	Who    string            // in the owner that the check names; "" = anything
	// Keys are the keys of the records of each stream. The connector has no other streams with these settings.
	Keys map[string][]string
	// Known is what some of the records say, by stream and key.
	Known map[string]map[string]map[string]any
}

// The populations of a local connector.
const (
	smallPlace = 300
	fullPlace  = 10_000
)

// Local proves a connector without a vendor's API. Make makes a place with that many items. The table of programs has the
// larger one; what a vendor adds, permissions and a wrong credential, the connector's own tests show.
func Local(t *testing.T, connector func() *sdk.Connector, makePlace func(t *testing.T, items int) Place) {
	t.Helper()
	items := smallPlace
	if FullPopulation() {
		items = fullPlace
	}
	p := makePlace(t, items)
	e := &Exhibit{Dir: ".", System: p, Full: true, local: true, Connector: func() (*sdk.Connector, error) { return connector(), nil }}
	if err := e.Ready(); err != nil {
		t.Fatal(err)
	}
	e.described.Streams = slices.DeleteFunc(e.described.Streams, func(s sdk.Stream) bool { return p.Keys[s.Name] == nil })
	if *table != "" { // alone, for the times
		e.writeLine(t, *table)
		return
	}
	for name, try := range map[string]func(*testing.T, *Exhibit) []string{
		"whole": wholeWhileListsMove, "again": readsTheSameAgain, "facts": recordsSayTheFacts, "check": checkPasses,
		"README": readmeSaysWhatIsUnknown,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, complaint := range try(t, e) {
				t.Error(complaint)
			}
		})
	}
}

// readsTheSameAgain compares a second run with the first.
func readsTheSameAgain(t *testing.T, e *Exhibit) (all []string) {
	t.Helper()
	first, second := e.whole(t), e.sync(t, vendor.Mode{})
	for _, name := range e.System.Streams() {
		all = append(all, second.NotWhole(name)...)
	}
	return append(all, changed(first.Outcome, second.Outcome, e.System.Streams())...)
}

// Settings implements System.
func (p Place) Settings() map[string]any { return maps.Clone(p.Set) }

// Secrets implements System.
func (p Place) Secrets() map[string]string { return p.Secret }

// WrongSecrets implements System.
func (p Place) WrongSecrets() map[string]string { return p.Secret }

// Owner implements System.
func (p Place) Owner() string { return p.Who }

// Permissions implements System.
func (p Place) Permissions() []string { return nil }

// Streams implements System.
func (p Place) Streams() []string { return slices.Sorted(maps.Keys(p.Keys)) }

// Facts implements System.
func (p Place) Facts(stream string) map[string]map[string]any { return p.Known[stream] }

// Start implements System.
func (p Place) Start(vendor.Mode) Vendor { return silence{p} }

// silence is the vendor of a connector that has none.
type silence struct{ Place }

// ServeHTTP implements http.Handler.
func (silence) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

// Requests implements Vendor.
func (silence) Requests() int { return 0 }

// Problems implements Vendor.
func (silence) Problems() []string { return nil }

// Expected implements Vendor.
func (s silence) Expected(stream string) (map[string]bool, error) {
	keys := map[string]bool{}
	for _, key := range s.Keys[stream] {
		keys[key] = true
	}
	return keys, nil
}

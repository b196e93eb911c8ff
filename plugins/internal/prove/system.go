package prove

import (
	"net/http"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// System is a simulated vendor that can be started in several modes.
type System interface {
	Settings() map[string]any
	Secrets() map[string]string
	// WrongSecrets returns secrets of the same form that the vendor does not accept. Where they
	// equal those of Secrets, the vendor is started with Mode.Refuse.
	WrongSecrets() map[string]string
	// Owner returns the account that the check names.
	Owner() string
	Permissions() []string
	// Streams returns the streams of which the simulator expects records.
	Streams() []string
	// Facts returns what a stream's records say, by their keys; null stands for a field that is
	// absent or unknown.
	Facts(stream string) map[string]map[string]any
	Start(m vendor.Mode) Vendor
}

// Vendor is a simulated vendor that answers.
type Vendor interface {
	http.Handler
	// Requests returns the number of requests so far.
	Requests() int
	// Problems returns the requests that the simulator does not know.
	Problems() []string
	// Expected returns the keys of a stream's records.
	Expected(stream string) (map[string]bool, error)
}

// file is the system that a simulator.yaml describes.
type file struct{ *vendor.File }

// File returns the system that the simulator.yaml at path describes.
func File(path string) (System, error) {
	f, err := vendor.Load(path)
	if err != nil {
		return nil, err
	}
	return Of(f), nil
}

// Of returns the system that a simulator.yaml describes.
func Of(f *vendor.File) System { return file{f} }

// Owner implements System.
func (f file) Owner() string { return f.Identity }

// Start implements System.
func (f file) Start(m vendor.Mode) Vendor { return f.New(m) }

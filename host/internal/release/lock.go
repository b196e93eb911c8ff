package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// LockName is the file that says what is installed.
const LockName = "connectors.lock.json"

const lockFormat = 1

// lock is the content of the lock file.
type lock struct {
	Format     int              `json:"format"`
	Connectors map[string]Entry `json:"connectors"` // by id
}

// Entry is what is installed of one connector.
type Entry struct {
	Current    Installed           `json:"current"`
	Previous   *Installed          `json:"previous,omitempty"` // kept to go back to
	Waiting    *host.WaitingUpdate `json:"waiting,omitempty"`
	RolledBack *host.RolledBack    `json:"rolled_back,omitempty"`
}

// Installed is one installed release. What a person agreed to is kept with its hash,
// so that what is new in the next one is known and said.
type Installed struct {
	Version       string               `json:"version"`
	Manifest      string               `json:"manifest_sha256"`
	Signer        string               `json:"signer,omitempty"`
	Source        string               `json:"source"`
	Platforms     []offer.PlatformFile `json:"platforms"` // of all platforms, with their hashes
	Program       string               `json:"program"`   // below the data directory, with /
	SHA256        string               `json:"sha256"`    // of the program for this machine
	Interpreter   string               `json:"interpreter_sha256,omitempty"`
	Consented     host.Asks            `json:"consented"`
	ConsentSHA256 string               `json:"consented_sha256"`
	InstalledAt   time.Time            `json:"installed_at"`
	KeptAt        *time.Time           `json:"kept_at,omitempty"` // when a run of it was complete for the first time
}

// consentHash names what was agreed to, in whatever order and words it is asked for.
func consentHash(a host.Asks) string {
	names := askNames(a, func(n host.NetworkHost) string { return fmt.Sprintf("%s:%d", n.Host, n.Port) })
	slices.Sort(names)
	return sum([]byte(strings.Join(names, "\n")))
}

// readLock reads the lock file. One that is not there is empty.
func readLock(path string) (lock, error) {
	l := lock{Format: lockFormat, Connectors: map[string]Entry{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, lockProblem(path, err)
	}
	var read lock
	if err := json.Unmarshal(raw, &read); err != nil {
		return l, lockProblem(path, err)
	}
	if read.Format != lockFormat {
		return l, lockProblem(path, fmt.Errorf("format %d is not known", read.Format))
	}
	for id, entry := range read.Connectors {
		for _, i := range []*Installed{&entry.Current, entry.Previous} {
			if i == nil {
				continue
			}
			if !idPattern.MatchString(id) || !ValidVersion(i.Version) || checkName(i.Program) != nil ||
				!strings.HasPrefix(i.Program, installedName+"/"+id+"/") || consentHash(i.Consented) != i.ConsentSHA256 {
				return l, lockProblem(path, fmt.Errorf("the entry of %s does not agree with itself", id))
			}
		}
	}
	if read.Connectors == nil {
		read.Connectors = l.Connectors
	}
	return read, nil
}

// write replaces the lock file.
func (l lock) write(path string) error {
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("write lock file: %w", err)
	}
	raw = append(raw, '\n')
	return durable.WriteBytes(path, 0o600, raw)
}

// clone returns a copy whose map is its own.
func (l lock) clone() lock {
	l.Connectors = maps.Clone(l.Connectors)
	return l
}

func lockProblem(path string, err error) *host.Problem {
	return (&host.Problem{
		Code: host.CodeReleaseLock, Message: fmt.Sprintf("the lock file of connectors cannot be used: %s: %v", path, err),
		Remedy: "Restore " + filepath.Base(path) + " from a copy; or stop Plumbline, move it away together with the directory " +
			"connectors beside it, and install the connectors again.",
		Fault: host.FaultHost, Retry: host.RetryNever,
	}).Because(err)
}

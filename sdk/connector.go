package sdk

import (
	"context"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Connector is what an author writes and hands to Serve.
type Connector struct {
	ID         string // lower-case letters, digits, dashes; also the file name of the program
	Name       string // as the vendor writes it
	Version    string // semantic version
	Vendor     string
	Summary    string // one sentence: what connecting this gives
	Homepage   string
	License    string   // SPDX identifier
	Categories []string // values of the function Categories, e.g. "identity"

	// ConfigSchema is a JSON Schema 2020-12 of the settings, of type object. A property with
	// "writeOnly": true is a secret, which Session.Secret returns and Session.Settings does not.
	ConfigSchema []byte
	Guide        string // the set-up guide in Markdown; see ParseGuide

	Permissions []Permission
	Network     []NetworkHost
	// NetworkTCP says that a library of the connector opens connections by itself and needs a
	// port of the host's proxy, because it cannot use Session.Dial or Session.Transport. People
	// see this before they agree to the connector, because the host contains it less well.
	NetworkTCP bool
	Files      []FileAccess // what it reads on this machine; a host may allow nothing else
	MemoryMiB  int          // expected peak; 0 = unknown
	Limits     Limits

	// Connect signs in before the streams are read. It is optional. With it every run begins
	// with the step "connect"; when Connect fails, the streams are skipped. Session.Set keeps
	// its result for the streams.
	Connect func(ctx context.Context, s *Session) error
	// Check tests the settings with the live system and reports one result per probe. It never
	// writes upstream. Connect does not run before it.
	Check func(ctx context.Context, s *Session, r *Report) error
	// Choices finds out what settings can be filled with, such as the columns of a file, and
	// reports it with Report.Offer. It is optional. Required settings may be missing.
	Choices func(ctx context.Context, s *Session, r *Report) error

	Streams []Stream
}

// Stream is a named sequence of records of one kind.
type Stream struct {
	Name        string // lower-case letters, digits, dashes and underscores
	Title       string // as people read it, e.g. "Users"
	Kind        kind.Kind
	Description string
	Permissions []string // ids of Connector.Permissions
	Deletes     Deletes
	Incremental bool // keeps its cursor between complete runs

	// Applies says whether the stream exists with these settings and on this machine; nil means
	// always. A stream that does not apply is complete and empty, and its step is skipped.
	Applies func(s *Session) bool

	// Read sends every record of the stream. Nil means that it sent everything, except for the
	// reported gaps. The host removes what a nil Read did not send.
	Read func(ctx context.Context, s *Session, out *Output) error
}

// Deletes says how the host learns of a removal upstream.
type Deletes int

// The values of Deletes.
const (
	Snapshot  Deletes = iota // a complete read lists everything that exists
	Tombstone                // Output.Remove sends removals by key; they count with the next cursor or at the end
	Never                    // append-only: absence means nothing
)

// Permission is a right that the vendor must grant.
type Permission struct {
	ID       string   // the vendor's own name, e.g. "employees.read"
	Reason   string   // why it is needed, one sentence
	Streams  []string // that need it
	Optional bool
}

// FileAccess is a file, or a directory with all its content, that the connector reads on its
// own machine.
type FileAccess struct {
	Path    string // absolute, or "{setting}" when a setting names it
	Purpose string // why, one sentence
}

// NetworkHost is a host that the connector connects to.
type NetworkHost struct {
	Host    string // a name, "*.example.com", or "{setting}" when a setting names it or a part of it
	Port    int    // 0 = 443
	Purpose string
}

// Limits are what the vendor's documentation allows one tenant. The host divides them among
// all runs of the tenant, and Session.HTTP keeps to the share of its run. 0 means unknown and
// not limited.
type Limits struct {
	RequestsPerSecond  float64
	ConcurrentRequests int
	ConcurrentRuns     int // syncs of this connector at one moment, for all tenants
	// TenantSettings are the settings that together name the tenant, such as its domain.
	// Without them each credential counts as a tenant of its own.
	TenantSettings []string
}

// connectStep is the id of the step in which Connector.Connect runs.
const connectStep = "connect"

// stream returns the stream called name, or nil.
func (c *Connector) stream(name string) *Stream {
	for i := range c.Streams {
		if c.Streams[i].Name == name {
			return &c.Streams[i]
		}
	}
	return nil
}

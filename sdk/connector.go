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
	Categories []string // among those of the function Categories, e.g. "identity"

	// ConfigSchema is a JSON Schema 2020-12 of the settings, an object. A
	// property with "writeOnly": true is a secret: it comes through
	// Session.Secret, never through Session.Settings.
	ConfigSchema []byte
	// Guide is the set-up guide in Markdown, as ParseGuide reads it.
	Guide string

	Permissions []Permission
	Network     []NetworkHost
	// NetworkTCP says that a library of the connector opens its connections by
	// itself, so that it needs a port of the host's proxy in place of Session.Dial
	// and Session.Transport. People see it before they agree to the connector: such
	// a program is contained less well.
	NetworkTCP bool
	Files      []FileAccess // what it reads on this machine; a host may allow nothing else
	MemoryMiB  int          // expected peak; 0 = unknown
	Limits     Limits

	// Connect signs in before the streams are read. It is optional; with it
	// every run begins with the step "connect", and when it fails the streams
	// are skipped. Hand what it made on with Session.Set.
	Connect func(ctx context.Context, s *Session) error
	// Check tries the settings against the live system and reports one result
	// per probe. It never writes upstream. Connect has not run before it.
	Check func(ctx context.Context, s *Session, r *Report) error

	Streams []Stream
}

// Stream is a named sequence of records of one kind.
type Stream struct {
	Name        string // lower-case letters, digits, dashes and underscores
	Title       string // in the words of the person reading the screen, e.g. "Users"
	Kind        kind.Kind
	Description string
	Permissions []string // ids among Connector.Permissions
	Deletes     Deletes
	Incremental bool // keeps its cursor between complete runs

	// Applies says whether there is such a stream with these settings and on this
	// machine; nil means always. One that does not apply is complete and empty, and
	// its step is skipped.
	Applies func(s *Session) bool

	// Read sends everything the stream holds. Returning nil means that
	// everything there is was sent, but for the gaps reported on the way: a nil
	// after a part was left out makes people believe it is gone.
	Read func(ctx context.Context, s *Session, out *Output) error
}

// Deletes says how a removal upstream becomes visible.
type Deletes int

// The ways.
const (
	Snapshot  Deletes = iota // a complete read lists everything that exists
	Tombstone                // removals are sent by key with Output.Remove, and count with the next cursor or at the end
	Never                    // append-only: absence means nothing
)

// Permission is something the vendor must grant.
type Permission struct {
	ID       string   // the vendor's own name, e.g. "employees.read"
	Reason   string   // why it is needed, one sentence
	Streams  []string // what it unlocks
	Optional bool
}

// FileAccess is a file, or a directory with all that is in it, which the
// connector reads on the machine it runs on.
type FileAccess struct {
	Path    string // absolute, or "{setting}" for one that a setting names
	Purpose string // why, one sentence
}

// NetworkHost is a host the connector talks to.
type NetworkHost struct {
	Host    string // a name, "*.example.com", or "{setting}" when a setting names it
	Port    int    // 0 = 443
	Purpose string
}

// Limits say how much the vendor allows one tenant, as its documentation has it.
// The host divides that among all runs of the tenant; Session.HTTP keeps to the
// part of this one. What is 0 is not known and not limited.
type Limits struct {
	RequestsPerSecond  float64
	ConcurrentRequests int
	ConcurrentRuns     int // syncs of this connector at one moment, whatever the tenant
	// TenantSettings are the settings that together name the tenant, such as its
	// domain. Without them the credential stands for it: two connections with two
	// credentials then count as two tenants.
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

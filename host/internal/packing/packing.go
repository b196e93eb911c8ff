package packing

import (
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assure"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
)

// Parts are the open parts that Packer works with.
type Parts struct {
	Version  string // of the host
	DataDir  string
	Now      func() time.Time
	Location *time.Location
	Logger   *slog.Logger
	Store    *journal.Journal
	Key      *secret.MasterKey
	Tasks    *task.Tasks
	Assessor *assess.Assessor
	Timeline *timeline.Timeline
	Assurer  *assure.Assurer
	Files    *artifact.Files // of evidence
}

// Packer is the use cases of packs. Its methods may be called from any goroutine while the parts are open.
type Packer struct {
	parts Parts

	mu       sync.Mutex
	previews []auditpack.Pack // the latest, oldest first
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Packer { return &Packer{parts: parts} }

// Dir is where packs are in a data directory.
func Dir(dataDir string) string { return filepath.Join(dataDir, "packs") }

func (p *Packer) dir() string { return Dir(p.parts.DataDir) }

// register is the collection of packs, for the audit log and for the list of them.
func (p *Packer) register() *documents.Collection[auditpack.Pack] {
	return documents.NewCollection(p.parts.Store.Documents, "evidence_pack", func(one auditpack.Pack) string { return one.File })
}

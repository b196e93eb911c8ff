package people

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Past is who belonged to whom from one moment on. Its caller takes it forward version by version, and it gives the answers that Kin
// would give of each moment. It is for one goroutine.
type Past struct {
	ix      *directory.Index
	limits  directory.Limits
	marks   []host.StreamMark
	decided []pastDecision // that are to come, oldest first
}

// pastDecision is a decision that was made later than the moment the past began at.
type pastDecision struct {
	at       time.Time
	key      string
	revision uint64
	decision account.StoredDecision
}

// Past returns who belonged to whom at a moment, to be taken forward. The order of the sources is today's, and so are the connections.
func (p *People) Past(ctx context.Context, from time.Time) (*Past, error) {
	ix, marks, err := p.indexAt(ctx, from)
	if err != nil {
		return nil, err
	}
	past := &Past{ix: ix, limits: p.config.Limits, marks: marks}
	for q := (journal.AuditQuery{Collection: documents.CollectionAccountDecision, Since: from.Add(1), Limit: 1000}); ; {
		entries, next, err := p.config.Journal.Audit(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range entries { // newest first
			one := pastDecision{at: e.At, key: e.Key, revision: e.Revision + 1} // those of the beginning have 1
			if len(e.Document) > 0 {
				if err := json.Unmarshal(e.Document, &one.decision); err != nil {
					return nil, fmt.Errorf("decode decision about %s: %w", e.Key, err)
				}
			}
			past.decided = append(past.decided, one)
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	slices.Reverse(past.decided)
	return past, nil
}

// Streams returns the streams that persons and accounts are known from.
func (past *Past) Streams() []host.StreamMark { return past.marks }

// Decisions returns the moments at which something was decided, oldest first.
func (past *Past) Decisions() (moments []time.Time) {
	for _, d := range past.decided {
		moments = append(moments, d.at)
	}
	return moments
}

// Take takes the past forward by a version of a record of one of its streams.
func (past *Past) Take(m host.StreamMark, v host.Version) error {
	one, err := directory.VersionOf(v)
	if err != nil {
		return fmt.Errorf("read a version of stream %s: %w", m.Name, err)
	}
	past.ix.Extend(m, []directory.Version{one})
	return nil
}

// Kin returns who belonged to whom at a moment up to which all versions were taken. It holds good until the past is taken forward.
func (past *Past) Kin(at time.Time) *directory.Kin {
	for len(past.decided) > 0 && !past.decided[0].at.After(at) {
		d := past.decided[0]
		past.ix.Decide(d.key, d.revision, d.decision)
		past.decided = past.decided[1:]
	}
	return past.ix.At(at, past.limits).Kin()
}

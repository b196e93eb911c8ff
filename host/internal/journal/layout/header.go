package layout

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Header is what is stored of a stream besides its records.
type Header struct {
	Number      uint32 `json:"number"` // stands for the stream in keys
	Name        string `json:"name"`
	Title       string `json:"title"`
	Kind        string `json:"kind"`
	Deletes     string `json:"deletes"`
	Incremental bool   `json:"incremental"`

	Cursor         []byte     `json:"cursor,omitempty"`
	Inside         bool       `json:"inside,omitempty"` // a read went past its first checkpoint and has not ended
	Records        int        `json:"records"`          // current ones
	LastCompleteAt *time.Time `json:"last_complete_at,omitempty"`
	LastAt         time.Time  `json:"last_at"`            // commit time of the latest version
	FirstAt        *time.Time `json:"first_at,omitempty"` // when anything was first read of it
	FullAt         *time.Time `json:"full_at,omitempty"`  // when it was last read from its beginning to its end
	Again          string     `json:"again,omitempty"`    // why the current read, or the next, begins at the beginning
	Held           *HeldList  `json:"held,omitempty"`     // the removal that waits for a decision

	// The digest is in the chunks 0 to BaseChunks-1 of BaseGeneration, and then in the
	// deltas from DeltaFrom to before DeltaNext, as far as they exist.
	BaseGeneration uint32 `json:"base_generation"`
	BaseChunks     uint32 `json:"base_chunks"`
	BaseEntries    int    `json:"base_entries"`
	DeltaFrom      uint64 `json:"delta_from"`
	DeltaNext      uint64 `json:"delta_next"`
	DeltaEntries   int    `json:"delta_entries"`
	Deltas         int    `json:"delta_pieces,omitempty"`
}

// HeldList is a removal that waits for a decision, as it is in a stream's header. The
// keys of its records are in Chunks entries of their own.
type HeldList struct {
	ID         string            `json:"id"` // half of the SHA-256 of the keys, as hex
	Run        string            `json:"run"`
	Since      time.Time         `json:"since"`
	Removes    int               `json:"removes"`
	Known      int               `json:"known"`
	Rule       host.RemovalRule  `json:"rule"`
	Share      float64           `json:"share"` // the limits that held
	Count      int               `json:"count"`
	Sample     []host.HeldRecord `json:"sample"`
	RejectedAt *time.Time        `json:"rejected_at,omitempty"`
	Generation uint32            `json:"generation"`
	Chunks     uint32            `json:"chunks"`
}

// Removal returns the held removal as the API shows it, or nil.
func (h *Header) Removal() *host.HeldRemoval {
	l := h.Held
	if l == nil {
		return nil
	}
	r := &host.HeldRemoval{
		ID: l.ID, Stream: h.Name, Title: h.Title, Kind: h.Kind, Run: l.Run, Since: l.Since, Removes: l.Removes, Known: l.Known,
		Rule: l.Rule, Sample: l.Sample, RejectedAt: l.RejectedAt,
	}
	if r.Title == "" {
		r.Title = h.Name
	}
	r.Explain(host.RemovalLimits{Share: l.Share, Count: l.Count})
	return r
}

// Mark returns how far the stream of a connection is.
func (h *Header) Mark(connection string) host.StreamMark {
	return host.StreamMark{
		Connection: connection, Name: h.Name, Kind: h.Kind, Number: h.Number, Records: h.Records, LastAt: h.LastAt,
	}
}

// EachHeader calls fn with the header of every stream below a prefix, its connection, and
// the error of one that cannot be read.
func EachHeader(txn *badgerdir.Txn, prefix []byte, fn func(connection string, h Header, err error) error) error {
	return Each(txn, prefix, func(item *badgerdir.Item) error {
		connection, _, err := CutText(item.Key()[1:])
		if err != nil {
			return err
		}
		var h Header
		err = Unmarshal(item, &h)
		return fn(connection, h, err)
	})
}

// Headers returns the headers of a connection's streams, by name.
func Headers(txn *badgerdir.Txn, connection string) (headers []Header, err error) {
	err = EachHeader(txn, Key(PrefixStream, connection), func(_ string, h Header, err error) error {
		headers = append(headers, h)
		return err
	})
	return headers, err
}

// LoadHeader returns the header of a stream. Without one it is the zero header.
func LoadHeader(txn *badgerdir.Txn, connection, stream string) (h Header, found bool, err error) {
	found, err = ReadJSON(txn, Key(PrefixStream, connection, stream), &h)
	return h, found, err
}

// WriteHeader stores the header of a stream.
func WriteHeader(txn *badgerdir.Txn, connection string, h Header) error {
	return WriteJSON(txn, Key(PrefixStream, connection, h.Name), h)
}

// HeldHeader returns the header of a stream that has a held removal.
func HeldHeader(txn *badgerdir.Txn, connection, stream string) (h Header, err error) {
	h, _, err = LoadHeader(txn, connection, stream)
	if err == nil && h.Held == nil {
		err = host.NotFound("held removal", stream,
			"No removal of this stream waits for a decision; it may have been decided or have ended by itself.")
	}
	return h, err
}

// HeldChanged is the problem of a decision on a list that is no longer the latest.
func HeldChanged(stream string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConflict,
		Message: fmt.Sprintf("the list of held removals of %s has changed since you read it", stream),
		Remedy:  "Read the list again, then decide.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryNever,
		Fields:  []host.FieldError{{Field: "id", Message: "is not the latest list"}},
	}
}

// HeldChunk returns the keys in one chunk of a held removal.
func HeldChunk(txn *badgerdir.Txn, stream uint32, held *HeldList, chunk uint32) (keys []string, err error) {
	raw, err := Read(txn, HeldKey(stream, held.Generation, chunk))
	if err != nil {
		return nil, fmt.Errorf("read held removal: %w", err)
	}
	if raw == nil {
		return nil, fmt.Errorf("read held removal: chunk %d of %d is missing", chunk, held.Chunks)
	}
	for len(raw) > 0 {
		var key string
		if key, raw, err = CutCounted(raw); err != nil {
			return nil, fmt.Errorf("read held removal: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

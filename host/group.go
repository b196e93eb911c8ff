package host

import "time"

// Write is one record as its source sent it, checked and in canonical form, or its
// removal.
type Write struct {
	Key     string
	Doc     []byte   // canonical JSON; nil for a removal
	Hash    [32]byte // SHA-256 of Doc
	Removed bool     // the source says that it is gone
}

// Checkpoint is a point of a stream up to which everything was sent.
type Checkpoint struct {
	Sequence uint64 // counts up within the run; 0 = the host's own, which is not acknowledged
	Cursor   []byte // a stopped run goes on here; empty = where the checkpoint before says
	Label    string // the cursor in words
}

// Group is what one stream sent up to a checkpoint. It is stored whole or not at all.
type Group struct {
	Stream string
	Writes []Write // in the order they came; the last one of a key holds
	Checkpoint
}

// Outcome says how the reading of a stream ended.
type Outcome string

// The outcomes. Only OutcomeComplete may lead to removals.
const (
	OutcomeComplete   Outcome = "complete"           // everything there is was sent
	OutcomeGaps       Outcome = "complete_with_gaps" // everything but the named gaps
	OutcomePartial    Outcome = "partial"            // it stopped early, and can go on at its last checkpoint
	OutcomeFailed     Outcome = "failed"             // nothing can be said
	OutcomeUnfinished Outcome = "unfinished"         // the source went away without a word about it
)

// StreamResult is how the reading of one stream of a run ended.
type StreamResult struct {
	Stream  string
	Outcome Outcome
	Problem *Problem // why it is not complete; nil = it is, or the source did not say
	Gaps    []Gap
	Read    int // records handed over to be stored, changed or not; 0 for an unfinished one
}

// StreamStart says where the reading of a stream begins.
type StreamStart struct {
	Cursor []byte // as the last stored checkpoint left it; empty = from the beginning
	Resume bool   // the last run stopped inside this stream, and this one goes on at Cursor

	Again  string     // why it begins at the beginning though there was a cursor; empty for an ordinary read
	FullAt *time.Time // when the stream was last read from its beginning to its end; nil = never, or not known
}

// StreamRead is a stream that a run reads, and where the reading begins.
type StreamRead struct {
	StreamInfo
	Start StreamStart
}

// StreamMark says how far a stream is. A reader that
// derives something from the stream's versions keeps the mark, and goes on from there.
type StreamMark struct {
	Connection string // id
	Name       string
	Kind       string
	Number     uint32    // stands for the stream in the journal, never used again
	Records    int       // current ones
	LastAt     time.Time // commit time of the latest version; zero = there was none
}

// Version is one version of a record, or its removal. Doc is its reader's only until
// it returns.
type Version struct {
	Key     string
	At      time.Time // commit time
	Removed bool
	Doc     []byte   // canonical JSON
	Hash    [32]byte // SHA-256 of Doc; none for a removal
}

// VersionRef names one version of a record.
type VersionRef struct {
	Stream StreamMark
	Key    string
	At     time.Time // commit time
}

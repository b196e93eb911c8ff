package reader

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

const (
	batchSize  = 1000 // transactions
	firstPause = time.Second
	lastPause  = 5 * time.Minute
	again      = 2 * time.Second        // until Handle gets again what it did not take
	pace       = 500 * time.Millisecond // between two batches that are not full
)

// Options are a reader's options.
type Options struct {
	Name    string // in the store and in doctor; never reused
	Journal *journal.Journal
	// Handle takes transactions in the order of the feed and returns how many it handled.
	// It gets the others again, and at times also handled ones.
	Handle func(ctx context.Context, batch []host.Landed) (done int, err error)
	Logger *slog.Logger
}

// Reader is a reader that follows the journal.
type Reader struct {
	options Options
	stop    context.CancelFunc
	ended   chan struct{}

	mu     sync.Mutex
	status host.ReaderStatus
}

// Start follows the journal from the reader's stored position; a new one begins at the
// oldest kept transaction. The caller closes the reader before the journal.
func Start(options Options) (*Reader, error) {
	position, err := options.Journal.Position(options.Name)
	if err != nil {
		return nil, fmt.Errorf("start reader %s: %w", options.Name, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &Reader{options: options, stop: stop, ended: make(chan struct{}), status: host.ReaderStatus{Name: options.Name}}
	go r.run(ctx, position) // ends with Close
	return r, nil
}

// Close stops the reader and waits until its Handle has returned.
func (r *Reader) Close() {
	r.stop()
	<-r.ended
}

// Status returns how far the reader is.
func (r *Reader) Status() host.ReaderStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *Reader) run(ctx context.Context, position string) {
	defer close(r.ended)
	pause := firstPause
	for ctx.Err() == nil {
		news := r.options.Journal.FeedNews() // before reading, so that none is missed
		next, waiting, err := r.step(ctx, position)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.failed(err, pause)
			wait(ctx, nil, pause)
			pause = min(2*pause, lastPause)
			continue
		}
		pause = firstPause
		moved := next != position
		position = next
		switch {
		case waiting:
			wait(ctx, nil, again)
		case !moved:
			wait(ctx, news, 0)
			wait(ctx, nil, pace) // collects what comes together
		}
	}
}

// step handles one batch and stores the position after what was handled. Waiting says that Handle left some.
func (r *Reader) step(ctx context.Context, position string) (next string, waiting bool, err error) {
	batch, end, err := r.options.Journal.Landed(ctx, position, batchSize)
	if err != nil && host.AsProblem(err).Code == host.CodeHistoryPruned {
		r.options.Logger.Warn("reader begins again at the oldest transaction, because its own was pruned", "reader", r.options.Name)
		batch, end, err = r.options.Journal.Landed(ctx, "", batchSize)
	}
	if err != nil {
		return position, false, fmt.Errorf("read feed: %w", err)
	}
	if len(batch) == 0 {
		r.reached(end, nil)
		return end, false, nil
	}
	done, err := r.options.Handle(ctx, batch)
	if err != nil {
		return position, false, err
	}
	next = position
	switch {
	case done >= len(batch):
		next = end
	case done > 0:
		next = batch[done-1].Position
	}
	if next != position {
		if err := r.options.Journal.SetPosition(r.options.Name, next); err != nil {
			return position, false, err
		}
	}
	var behind *time.Time
	if done < len(batch) {
		behind = &batch[done].At
	}
	r.reached(next, behind)
	return next, behind != nil, nil
}

func (r *Reader) reached(position string, behind *time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = host.ReaderStatus{Name: r.options.Name, Position: position, BehindSince: behind}
}

func (r *Reader) failed(err error, pause time.Duration) {
	r.options.Logger.Warn("reader tries again", "reader", r.options.Name, "in", pause, "err", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Now().Add(pause).UTC()
	r.status.Error, r.status.RetryAt = err.Error(), &at
}

// wait returns with news, after most (0 = never), or when ctx ends.
func wait(ctx context.Context, news <-chan struct{}, most time.Duration) {
	var late <-chan time.Time
	if most > 0 {
		timer := time.NewTimer(most)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ctx.Done():
	case <-news:
	case <-late:
	}
}

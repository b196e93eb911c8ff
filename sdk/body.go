package sdk

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	bodyBlock = 1 << 20  // bytes of an answer that are read without room, and then at a time
	bodyRoom  = 64 << 20 // bytes of the longer answers that a session reads at one moment
)

var errBodyTooLarge = errors.New("the body is too large")

// room bounds the memory of the answers that a session reads, whatever the number of its requests at one moment.
// An answer of at most a block needs none. A longer one waits until there is space for all that it may have, so
// that no two answers wait for each other.
type room struct{ space *semaphore.Weighted }

func newRoom() *room { return &room{semaphore.NewWeighted(bodyRoom)} }

// read reads body to its end and returns its size. It returns errBodyTooLarge after most bytes. It reads into blocks
// that it joins at the end: a slice that grows leaves five times its size to the garbage collector.
func (r *room) read(t *attempt, body io.Reader, most int64) (whole []byte, size int, err error) {
	body = io.LimitReader(body, most+1)
	head, err := io.ReadAll(io.LimitReader(body, bodyBlock))
	if err == nil && len(head) == bodyBlock {
		need := min(most, bodyRoom)
		if err := t.without(func() error { return r.space.Acquire(t.ctx, need) }); err != nil {
			return nil, len(head), err
		}
		defer r.space.Release(need)
	}
	size = len(head)
	blocks := [][]byte{head}
	for err == nil && size >= bodyBlock {
		block := make([]byte, bodyBlock)
		var n int
		n, err = fill(body, block)
		size += n
		blocks = append(blocks, block[:n])
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, size, err
	case int64(size) > most:
		return nil, size, errBodyTooLarge
	case len(blocks) == 1:
		return head, size, nil
	}
	return slices.Concat(blocks...), size, nil
}

// fill reads until block is full. Unlike io.ReadFull it returns the reader's own error: a body that ends early has
// io.ErrUnexpectedEOF.
func fill(from io.Reader, block []byte) (n int, err error) {
	for n < len(block) && err == nil {
		var more int
		more, err = from.Read(block[n:])
		n += more
	}
	return n, err
}

// attempt ends the context of one attempt with errAttemptTimeout when the system takes too long. What the program
// itself waits for does not count.
type attempt struct {
	ctx   context.Context // its end is the attempt's
	timer *time.Timer
	end   time.Time
}

// newAttempt begins an attempt. The caller must call done.
func newAttempt(ctx context.Context, limit time.Duration) (t *attempt, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t = &attempt{ctx: ctx, end: time.Now().Add(limit)}
	t.timer = time.AfterFunc(limit, func() { cancel(errAttemptTimeout) })
	return t, func() {
		t.timer.Stop()
		cancel(nil)
	}
}

// without runs wait. Its time does not count.
func (t *attempt) without(wait func() error) error {
	if !t.timer.Stop() {
		<-t.ctx.Done()
		return context.Cause(t.ctx)
	}
	begun := time.Now()
	err := wait()
	t.end = t.end.Add(time.Since(begun))
	t.timer.Reset(time.Until(t.end))
	return err
}

package sdk

import (
	"context"
	"io"
	"time"
)

// Trusting makes a test trust a file of certificates, as on systems where Go does not do so.
var Trusting = trusting

// ServeUntil serves a connector as if a person had started it, until ctx ends.
var ServeUntil = serveUntil

// ResetTime parses the time in a vendor's header for a rate limit.
var ResetTime = resetTime

// TakeOffered waits for a connection that the host offers once the idle ones are closed.
func TakeOffered(ctx context.Context) error {
	offers := make(chan *offer, 1)
	_, err := take(ctx, offers, func() { offers <- &offer{} })
	return err
}

// OwnWords is ownWords for tests.
var OwnWords = ownWords

// The limits of the answers that a session reads at one moment.
const (
	BodyBlock = bodyBlock
	BodyRoom  = bodyRoom
)

// ErrBodyTooLarge and ErrAttemptTimeout are what Room.Read returns.
var (
	ErrBodyTooLarge   = errBodyTooLarge
	ErrAttemptTimeout = errAttemptTimeout
)

// Room is room for tests.
type Room = room

// NewRoom is newRoom for tests.
var NewRoom = newRoom

// Read reads the body that open returns in one attempt.
func (r *room) Read(ctx context.Context, limit time.Duration, most int64, open func(context.Context) io.Reader) ([]byte, int, error) {
	t, done := newAttempt(ctx, limit)
	defer done()
	return r.read(t, open(t.ctx), most)
}

package sdk

import "context"

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

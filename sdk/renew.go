package sdk

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// renewTimeout is how long a new secret waits for the host to open the call Renew, and to
// seal it.
const renewTimeout = 30 * time.Second

// renewCall is one call of Renew.
type renewCall = grpc.BidiStreamingServer[connectorv1.RenewRequest, connectorv1.RenewResponse]

// renewals are the open calls of Renew by their ids. The zero value is ready.
type renewals struct {
	mu      sync.Mutex
	open    map[string]*renewal
	changed chan struct{} // closed when a call is opened
}

// renewal is an open call of Renew.
type renewal struct {
	mu      sync.Mutex // one secret at a time
	call    renewCall
	number  uint64
	answers chan *connectorv1.RenewRequest
	ended   <-chan struct{}
}

// Renew implements the service: the call waits for the secrets of its Check or Sync.
func (s *server) Renew(call renewCall) error {
	first, err := call.Recv()
	if err != nil {
		return err
	}
	id := first.GetBegin().GetId()
	if id == "" {
		return Errorf(CodeProtocolViolation, "the host did not begin Renew with an id")
	}
	r := &renewal{call: call, answers: make(chan *connectorv1.RenewRequest), ended: call.Context().Done()}
	s.renewals.add(id, r)
	defer s.renewals.remove(id)
	for {
		answer, err := call.Recv()
		if err != nil {
			return nil // the host ends the call after the Check or Sync
		}
		select {
		case r.answers <- answer:
		case <-r.ended:
			return nil
		}
	}
}

func (r *renewals) add(id string, one *renewal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = map[string]*renewal{}
	}
	r.open[id] = one
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

func (r *renewals) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, id)
}

// find returns the call with an id, and otherwise what is closed when another is opened.
func (r *renewals) find(id string) (*renewal, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.open[id], r.changed
}

// RenewSecret hands the new value of a secret to the host and waits until the host has it
// encrypted on its disk. It returns false when the host takes no new secrets: the next run
// begins with the old value. Drop the old value only after true.
func (s *Session) RenewSecret(ctx context.Context, name string, value Secret) (sealed bool, err error) {
	s.Conceal(value)
	if s.way.id == "" || s.way.renew == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, renewTimeout,
		Errorf(CodeInternalBug, "the host did not seal the new value of %s within %s", name, renewTimeout))
	defer cancel()
	for {
		call, changed := s.way.renew.find(s.way.id)
		if call != nil {
			return true, call.hand(ctx, name, value)
		}
		select {
		case <-changed: // the call may reach the program after that of the run
		case <-ctx.Done():
			return false, AsError(context.Cause(ctx))
		}
	}
}

// hand sends a secret and waits for the host's answer.
func (r *renewal) hand(ctx context.Context, name string, value Secret) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	if err := r.call.Send(&connectorv1.RenewResponse{Number: r.number, Name: name, Value: value.value}); err != nil {
		return Errorf(CodeInternalBug, "hand the new value of %s to the host: %w", name, err)
	}
	for {
		select {
		case answer := <-r.answers:
			switch {
			case answer.GetSealed().GetNumber() == r.number:
				return nil
			case answer.GetRefused().GetNumber() == r.number:
				return Errorf(CodeConfigInvalid, "the host did not keep the new value of %s: %s", name, answer.GetRefused().GetMessage())
			}
		case <-r.ended:
			return Errorf(CodeCancelled, "the host ended the call that takes new secrets")
		case <-ctx.Done():
			return AsError(context.Cause(ctx))
		}
	}
}

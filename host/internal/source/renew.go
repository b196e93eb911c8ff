package source

import (
	"context"
	"crypto/rand"
	"fmt"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

const (
	maxRenewals    = 100      // new secrets of one run
	maxSecretBytes = 64 << 10 // of one
)

// takeSecrets opens the call in which a connector hands over secrets that the vendor
// replaced, and calls seal for each, one after another. It returns the id by which Open
// names the call, "" when seal is nil. End waits until the latest secret is sealed.
func takeSecrets(
	ctx context.Context, client connectorv1.ConnectorClient, seal func(name, value string) error,
) (id string, end func(), err error) {
	if seal == nil {
		return "", func() {}, nil
	}
	// A run that is cancelled may have a secret on its way: the old one is worth nothing
	// once the vendor has replaced it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	call, err := client.Renew(ctx)
	if err == nil {
		id = rand.Text()
		err = call.Send(&connectorv1.RenewRequest{Message: &connectorv1.RenewRequest_Begin{Begin: &connectorv1.RenewBegin{Id: id}}})
	}
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("open renew: %w", err)
	}
	ended := make(chan struct{})
	go func() { // ends with ctx, or when the program ends the call
		defer close(ended)
		for n := 1; ; n++ {
			secret, err := call.Recv()
			if err != nil {
				return
			}
			why := refusal(n, secret)
			if why == "" {
				if err := seal(secret.GetName(), secret.GetValue()); err != nil {
					why = err.Error()
				}
			}
			if call.Send(renewed(secret.GetNumber(), why)) != nil {
				return
			}
		}
	}()
	return id, func() { cancel(); <-ended }, nil
}

// refusal returns why no attempt is made to seal a secret, "" when one is.
func refusal(n int, secret *connectorv1.RenewResponse) string {
	switch {
	case n > maxRenewals:
		return fmt.Sprintf("a run renews at most %d secrets", maxRenewals)
	case secret.GetValue() == "" || len(secret.GetValue()) > maxSecretBytes:
		return fmt.Sprintf("a secret has 1 to %d bytes", maxSecretBytes)
	}
	return ""
}

func renewed(number uint64, why string) *connectorv1.RenewRequest {
	if why != "" {
		refused := &connectorv1.RenewRefused{Number: number, Message: why}
		return &connectorv1.RenewRequest{Message: &connectorv1.RenewRequest_Refused{Refused: refused}}
	}
	return &connectorv1.RenewRequest{Message: &connectorv1.RenewRequest_Sealed{Sealed: &connectorv1.RenewSealed{Number: number}}}
}

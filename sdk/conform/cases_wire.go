package conform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// wireCases are about hosts of another age.
func wireCases() []Case {
	return []Case{
		{"W1", Must, "it runs for a host that says no more than the first release did", tryOldHost},
		{"W2", Must, "it runs for a host that says more than it knows", tryNewHost},
		{"W4", Must, "it takes messages of up to 8 MiB", tryLargeMessage},
	}
}

func tryOldHost(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, opened(func(open *connectorv1.Open) {
		open.Budgets, open.HostTime, open.Deadline = nil, nil, nil
	}))
	if err != nil {
		return err
	}
	return o.same(full)
}

func tryNewHost(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, opened(func(open *connectorv1.Open) {
		open.Budgets = &connectorv1.Budgets{}
		addUnknown(open)
		addUnknown(open.Budgets)
		addUnknown(open.Credentials)
		for _, s := range open.GetStreams() {
			addUnknown(s)
		}
	}))
	if err != nil {
		return err
	}
	if err := o.same(full); err != nil {
		return err
	}
	return k.strangeMessage(ctx, full)
}

// strangeMessage sends a message that no version has, in the middle of a run.
func (k *kit) strangeMessage(ctx context.Context, full *outcome) error {
	strange := &connectorv1.SyncRequest{}
	addUnknown(strange)
	o, err := k.run(ctx, play{Manner: testhost.Manner{Also: strange}})
	if err != nil {
		return fmt.Errorf("after a message that it cannot know: %w", err)
	}
	return o.whole(full)
}

const largeMessage = 7 << 20

// tryLargeMessage makes a check of settings that are far too long: what they are
// answered is the connector's affair, that they arrive is the wire's.
func tryLargeMessage(ctx context.Context, k *kit) error {
	c, err := k.checker(ctx)
	if err != nil {
		return err
	}
	with := c.base.with(property{name: "plumbline_filling"}, strings.Repeat("x", largeMessage))
	if _, err := c.ask(ctx, with); err != nil {
		return errors.Join(fmt.Errorf("a message of %d MiB does not arrive", largeMessage>>20), err)
	}
	return nil
}

package conform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// wireCases are about older and newer hosts.
func wireCases() []Case {
	return []Case{
		{"W1", Must, "it runs for a host that sends only what the first release sent", onComplete(alike(play{edit: toFirstRelease}))},
		{"W2", Must, "it runs for a host that sends fields it does not know", onComplete(tryNewHost)},
		{"W4", Must, "it takes messages of up to 8 MiB", onCheck(tryLargeMessage)},
	}
}

func toFirstRelease(open *connectorv1.Open) {
	open.Budgets, open.HostTime, open.Deadline = nil, nil, nil
}

func tryNewHost(ctx context.Context, k *kit, full *outcome) error {
	err := k.same(ctx, full, play{edit: func(open *connectorv1.Open) {
		open.Budgets = &connectorv1.Budgets{}
		addUnknown(open)
		addUnknown(open.Budgets)
		addUnknown(open.Credentials)
		for _, s := range open.GetStreams() {
			addUnknown(s)
		}
	}})
	if err != nil {
		return err
	}
	strange := &connectorv1.SyncRequest{} // no version has such a message
	addUnknown(strange)
	o, err := k.run(ctx, play{Manner: testhost.Manner{Also: strange}})
	if err != nil {
		return fmt.Errorf("after a message that it cannot know: %w", err)
	}
	return o.whole(full)
}

const largeMessage = 7 << 20

// tryLargeMessage runs a check of settings that are far too long. They must arrive; the
// connector may answer what it likes.
func tryLargeMessage(ctx context.Context, c *checker) error {
	with := c.base.with(property{name: "plumbline_filling"}, strings.Repeat("x", largeMessage))
	if _, err := c.ask(ctx, with); err != nil {
		return errors.Join(fmt.Errorf("a message of %d MiB does not arrive", largeMessage>>20), err)
	}
	return nil
}

package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Requests is the number of requests at one moment. Several accounts and regions are read at the same time, and several
// things of each.
const Requests = 16

const parallel = 8

// unit is a part that is read by itself, such as a region of an account.
type unit struct {
	scope string
	run   func(ctx context.Context) error
}

// Place is a region of an account.
type Place struct {
	*Account
	Region string
	Config aws.Config // of the region
}

func (p Place) String() string { return p.Account.String() + " in " + p.Region }

// In returns a region of the account.
func (a *Account) In(region string) Place {
	p := Place{Account: a, Region: region, Config: a.Config.Copy()}
	p.Config.Region = region
	return p
}

// reader reads a stream.
type reader = func(context.Context, *sdk.Session, *sdk.Output) error

// EachAccount returns the reader of a stream that reads every account.
func EachAccount(read func(ctx context.Context, a *Account, k *Sink) error) reader {
	return each(func(_ context.Context, c *Cloud, k *Sink) (units []unit, err error) {
		for _, a := range c.accounts {
			units = append(units, unit{a.String(), func(ctx context.Context) error { return read(ctx, a, k) }})
		}
		return units, nil
	})
}

// EachRegion returns the reader of a stream that reads every region of every account.
func EachRegion(read func(ctx context.Context, p Place, k *Sink) error) reader {
	return each(func(ctx context.Context, c *Cloud, k *Sink) (units []unit, err error) {
		lists, errs := make([][]string, len(c.accounts)), make([]error, len(c.accounts))
		err = AtOnce(ctx, numbers(len(c.accounts)), func(ctx context.Context, i int) error {
			lists[i], errs[i] = c.accounts[i].Regions(ctx)
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
		for i, a := range c.accounts {
			if errs[i] != nil {
				units = append(units, unit{"regions of " + a.String(), func(context.Context) error { return errs[i] }})
			}
			for _, region := range lists[i] {
				p := a.In(region)
				units = append(units, unit{p.String(), func(ctx context.Context) error { return read(ctx, p, k) }})
			}
		}
		return units, nil
	})
}

// each returns a reader of units and of what refuses to be read.
func each(split func(ctx context.Context, c *Cloud, k *Sink) ([]unit, error)) reader {
	return func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
		c, err := sdk.From[*Cloud](s)
		if err != nil {
			return err
		}
		k := &Sink{out: out, sent: map[string]bool{}, missed: map[string]*missed{}}
		units, err := split(ctx, c, k)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		return k.readAll(ctx, append(c.refused[:len(c.refused):len(c.refused)], units...))
	}
}

// readAll reads the units at the same time. Those that fail are gaps, unless all fail.
func (k *Sink) readAll(ctx context.Context, units []unit) error {
	errs := make([]error, len(units))
	err := AtOnce(ctx, numbers(len(units)), func(ctx context.Context, i int) error {
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = guarded(ctx, units[i].run)
		}
		return k.halted()
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return k.judge(units, errs)
}

// AtOnce calls do for every item, several at the same time.
func AtOnce[T any](ctx context.Context, items []T, do func(ctx context.Context, item T) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, item := range items {
		group.Go(func() error {
			return guarded(inner, func(ctx context.Context) error { return do(ctx, item) })
		})
	}
	return group.Wait()
}

// guarded makes an error of a panic, which would end the program in another goroutine than the stream's.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = sdk.Errorf(sdk.CodeInternalPanic, "the connector crashed: %v", r)
		}
	}()
	return run(ctx)
}

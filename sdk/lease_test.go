package sdk_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestAllClientsOfARunShareItsLease(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	in := input()
	in.Budgets = &connectorv1.Budgets{RequestsPerSecond: 0.1}
	b := sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		for range 3 {
			c, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL})
			if err != nil {
				return err
			}
			if err := getItems(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}))
	out := b.Sync(t, in)
	waits := b.Waits()
	if len(waits) != 2 || waits[0] < 5*time.Second || waits[1] < 15*time.Second {
		t.Errorf("three requests by three clients waited %v, want 10 s and then 20 s, less the time the requests took", waits)
	}
	if len(out.Throttles) != 2 || out.Throttles[0].GetSource() != "budget" {
		t.Errorf("the host was told of %v, want both waits", out.Throttles)
	}
}

func TestShortWaitsAreToldOnceASecond(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	in := input()
	in.Budgets = &connectorv1.Budgets{RequestsPerSecond: 20}
	b := sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		c, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL})
		for i := 0; err == nil && i < 10; i++ {
			err = getItems(ctx, c)
		}
		return err
	}))
	b.TakeTime()
	out := b.Sync(t, in)
	if n := len(out.Throttles); n == 0 || n > 6 {
		t.Errorf("the host was told %d times of waits of 50 ms", n)
	}
}

func TestALeaseLimitsRequestsUnderWay(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for n := now.Add(1); n > most.Load(); {
			most.Store(n)
		}
		defer now.Add(-1)
		<-time.After(5 * time.Millisecond)
		items(w, r)
	}))
	in := input()
	in.Budgets = &connectorv1.Budgets{ConcurrentRequests: 2}
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, in, func(ctx context.Context, c *sdk.Client) error {
		errs := make(chan error, 20)
		var all sync.WaitGroup
		for range cap(errs) {
			all.Go(func() { errs <- getItems(ctx, c) })
		}
		all.Wait()
		close(errs)
		var joined error
		for err := range errs {
			joined = errors.Join(joined, err)
		}
		return joined
	})
	if err := out.Streams["users"].Err; err != nil {
		t.Fatal(err)
	}
	if most.Load() > 2 || len(vendor.Requests()) != 20 {
		t.Errorf("%d of %d requests were under way at one moment, want 2 of 20", most.Load(), len(vendor.Requests()))
	}
}

// TestANewLeaseHoldsAtOnce is a host that first makes a run wait for ever and then sends another lease.
func TestANewLeaseHoldsAtOnce(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	bench := sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		c, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL})
		if err != nil {
			return err
		}
		return errors.Join(getItems(ctx, c), getItems(ctx, c), getItems(ctx, c))
	}))
	bench.TakeTime()
	tests := map[string]struct {
		budgets *connectorv1.Budgets
		lease   *connectorv1.Lease
	}{
		"a higher rate": {&connectorv1.Budgets{RequestsPerSecond: 0.001}, &connectorv1.Lease{RequestsPerSecond: 1000}},
		"no hold any more": {
			&connectorv1.Budgets{Hold: durationpb.New(time.Hour)}, &connectorv1.Lease{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire, err := bench.Client.Sync(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			creds := &connectorv1.Credentials{Settings: []byte(`{}`), Secrets: map[string]string{"token": "t"}}
			say(t, wire, &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: &connectorv1.Open{
				Credentials: creds, Budgets: test.budgets, Streams: []*connectorv1.StreamState{{Name: "users"}},
			}}})
			for {
				m, err := wire.Recv()
				if err != nil {
					t.Fatal(err)
				}
				if m.GetThrottle() != nil {
					say(t, wire, &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Lease{Lease: test.lease}})
				}
				if r := m.GetResult(); r != nil && r.GetStream() == "users" && r.GetResult() != connectorv1.Result_RESULT_COMPLETE {
					t.Errorf("users ended as %s: %v", r.GetResult(), r.GetError())
				}
				if m.GetDone() != nil {
					return
				}
			}
		})
	}
}

func say(t *testing.T, wire grpc.BidiStreamingClient[connectorv1.SyncRequest, connectorv1.SyncResponse], m *connectorv1.SyncRequest) {
	t.Helper()
	if err := wire.Send(m); err != nil {
		t.Fatal(err)
	}
}

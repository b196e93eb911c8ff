package sdk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	mostBody = 32 << 20
	patience = 30 * time.Second // of one attempt
)

// bombs are bodies without an end. They count the bytes that are in memory at one moment.
type bombs struct {
	mu       sync.Mutex
	now, top int
	long     int // bodies of which more than a block was read
}

// bomb is one of them. The gate holds it after its first block.
type bomb struct {
	of   *bombs
	gate <-chan struct{}
	read int
}

func (b *bomb) Read(p []byte) (int, error) {
	if b.read >= sdk.BodyBlock {
		b.of.mu.Lock()
		if b.read == sdk.BodyBlock {
			b.of.long++
		}
		b.of.mu.Unlock()
		<-b.gate
	}
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.read += len(p)
	b.of.now += len(p)
	b.of.top = max(b.of.top, b.of.now)
	return len(p), nil
}

func (b *bomb) close() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.now -= b.read
}

// TestManyBombsAtOnceTakeTheMemoryOfFew reads eight endless answers at one moment.
func TestManyBombsAtOnceTakeTheMemoryOfFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 8
		room, all, gate := sdk.NewRoom(), &bombs{}, make(chan struct{})
		var reads errgroup.Group
		for range many {
			reads.Go(func() error {
				b := &bomb{of: all, gate: gate}
				defer b.close()
				_, _, err := room.Read(t.Context(), patience, mostBody, func(context.Context) io.Reader { return b })
				if !errors.Is(err, sdk.ErrBodyTooLarge) {
					return errors.Join(errors.New("a bomb was read"), err)
				}
				return nil
			})
		}
		synctest.Wait()
		if want := sdk.BodyRoom / mostBody; all.long != want {
			t.Errorf("%d long answers are read at one moment, want %d", all.long, want)
		}
		close(gate)
		if err := reads.Wait(); err != nil {
			t.Error(err)
		}
		if most := sdk.BodyRoom + many*(sdk.BodyBlock+1); all.top > most {
			t.Errorf("the answers take %d bytes at one moment, want at most %d", all.top, most)
		}
		if all.long != many {
			t.Errorf("%d of %d answers had their turn", all.long, many)
		}
	})
}

// TestABombLeavesLittleGarbage counts the bytes that one endless answer makes the program allocate.
func TestABombLeavesLittleGarbage(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	open := make(chan struct{})
	close(open)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := sdk.NewRoom().Read(t.Context(), time.Hour, mostBody, func(context.Context) io.Reader {
		return &bomb{of: &bombs{}, gate: open}
	})
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, sdk.ErrBodyTooLarge) || took > mostBody+12*sdk.BodyBlock {
		t.Errorf("an answer of more than %d bytes took %d: %v", mostBody, took, err)
	}
}

// TestAWaitForRoomTakesNoTimeOfTheAttempt has two slow or silent systems take all the room, and a third answer.
func TestAWaitForRoomTakesNoTimeOfTheAttempt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause time.Duration // of each answer, after its first block
		first error         // of the two that come first
	}{
		"slow":   {patience - 10*time.Second, nil},
		"silent": {time.Hour, sdk.ErrAttemptTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				room := sdk.NewRoom()
				read := func(pause time.Duration) error {
					_, _, err := room.Read(t.Context(), patience, mostBody, func(ctx context.Context) io.Reader {
						return io.MultiReader(zeros(sdk.BodyBlock), &slow{ctx, pause}, zeros(10))
					})
					return err
				}
				ended := make(chan error, 2)
				for range cap(ended) {
					go func() { ended <- read(test.pause) }() // ends with its answer
				}
				synctest.Wait()
				begun := time.Now()
				if err := read(patience - time.Second); err != nil {
					t.Errorf("the third: %v", err)
				}
				if took := time.Since(begun); took <= patience {
					t.Errorf("the third did not wait: it took %s", took)
				}
				for range cap(ended) {
					if err := <-ended; !errors.Is(err, test.first) {
						t.Errorf("one of the first: %v, want %v", err, test.first)
					}
				}
			})
		})
	}
}

// TestTheTimeBeforeAWaitForRoomCounts has a system that is slow before and after the wait.
func TestTheTimeBeforeAWaitForRoomCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		room := sdk.NewRoom()
		_, _, err := room.Read(t.Context(), patience, mostBody, func(ctx context.Context) io.Reader {
			return io.MultiReader(&slow{ctx, patience / 2}, zeros(sdk.BodyBlock), &slow{ctx, patience * 2 / 3}, zeros(10))
		})
		if !errors.Is(err, sdk.ErrAttemptTimeout) {
			t.Errorf("an attempt of more than its time ended with %v", err)
		}
	})
}

// TestTheEndOfARunEndsAWaitForRoom cancels a run whose answer waits for room.
func TestTheEndOfARunEndsAWaitForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		room := sdk.NewRoom()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 3)
		for range cap(ended) {
			go func() { // ends with the run
				_, _, err := room.Read(ctx, patience, mostBody, func(ctx context.Context) io.Reader {
					return io.MultiReader(zeros(sdk.BodyBlock), &slow{ctx, time.Hour})
				})
				ended <- err
			}()
		}
		synctest.Wait()
		begun := time.Now()
		cancel()
		for range cap(ended) {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("a read of a run that ended: %v", err)
			}
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("the end took %s", took)
		}
	})
}

// TestBodiesOfEverySize reads bodies around the sizes at which the way of reading changes.
func TestBodiesOfEverySize(t *testing.T) {
	t.Parallel()
	const most = 3 * sdk.BodyBlock
	broken := iotest.ErrReader(io.ErrUnexpectedEOF)
	for _, size := range []int{
		0, 1, sdk.BodyBlock - 1, sdk.BodyBlock, sdk.BodyBlock + 1, 2 * sdk.BodyBlock, most - 1, most, most + 1, most + 9,
	} {
		body := []byte(strings.Repeat("plumbline", size/9+1))[:size]
		got, n, err := sdk.NewRoom().Read(t.Context(), time.Hour, most, func(context.Context) io.Reader { return bytes.NewReader(body) })
		switch {
		case size > most:
			if !errors.Is(err, sdk.ErrBodyTooLarge) || got != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		case err != nil || n != size || !bytes.Equal(got, body):
			t.Errorf("%d bytes: got %d, said %d: %v", size, len(got), n, err)
		}
		if size > most {
			continue
		}
		_, _, err = sdk.NewRoom().Read(t.Context(), time.Hour, most, func(context.Context) io.Reader {
			return io.MultiReader(bytes.NewReader(body), broken)
		})
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes and a broken connection: %v", size, err)
		}
	}
}

// TestClientReadsLongAnswers gets long answers, compressed and not, at one moment.
func TestClientReadsLongAnswers(t *testing.T) {
	t.Parallel()
	long := `{"items":[1,2,3],"padding":"` + strings.Repeat("x", 20<<20) + `"}`
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Has("plain") {
			_, _ = io.WriteString(w, long)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.WriteString(zip, long)
		_ = zip.Close()
	}))
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL, Timeout: time.Hour}, input(), func(ctx context.Context, c *sdk.Client) error {
		var reads errgroup.Group
		for _, query := range []url.Values{nil, {"plain": {"1"}}, nil, {"plain": {"1"}}} {
			reads.Go(func() error {
				r, err := c.Get(ctx, "/items", query)
				if err == nil && string(r.Body) != long {
					err = errors.New("another answer")
				}
				return err
			})
		}
		return reads.Wait()
	})
	if e := out.Streams["users"].Err; e != nil {
		t.Errorf("ended with %v", e)
	}
}

// slow ends after a pause, or with ctx.
type slow struct {
	ctx   context.Context
	pause time.Duration
}

func (s *slow) Read([]byte) (int, error) {
	select {
	case <-time.After(s.pause):
		return 0, io.EOF
	case <-s.ctx.Done():
		return 0, context.Cause(s.ctx)
	}
}

func zeros(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }

package boot_test

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// TestTheLimitOfMemoryFollowsWhatIsAlive opens an engine, which sets the limit for
// its process: one that stayed would have the collector run without end once more
// is alive, one that only grew would save nothing any more.
func TestTheLimitOfMemoryFollowsWhatIsAlive(t *testing.T) {
	t.Parallel()
	if !ownProcess(t, "") {
		return
	}
	open(t, options(t, dataDir(t), nil))
	until := func(what string, holds func(limit int64) bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; <-time.After(time.Millisecond) {
			runtime.GC()
			limit := debug.SetMemoryLimit(-1)
			if holds(limit) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: the limit is %d MiB", what, limit>>20)
			}
		}
	}
	small := func(limit int64) bool { return limit == boot.HeapFloor }
	until("little is alive", small)

	const much = 600 << 20
	alive := make([]byte, much) // never touched, so that it takes no memory
	until("much is alive", func(limit int64) bool { return limit > much+much/8 && limit < 2*much })
	runtime.KeepAlive(alive)

	until("it is gone", small)
}

func TestALimitOfMemoryThatWasSetHolds(t *testing.T) {
	t.Parallel()
	if !ownProcess(t, "777MiB") {
		return
	}
	open(t, options(t, dataDir(t), nil))
	runtime.GC()
	if limit := debug.SetMemoryLimit(-1); limit != 777<<20 {
		t.Errorf("the limit is %d MiB; want the 777 of the environment", limit>>20)
	}
}

// ownProcess reports whether this is the process of this test alone, with
// GOMEMLIMIT as given. If it is not, it starts that process and passes its result on.
func ownProcess(t *testing.T, limit string) bool {
	t.Helper()
	const mark = "PLUMBLINE_TEST_OWN_PROCESS"
	if os.Getenv(mark) != "" {
		return true
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), mark+"=1", "GOMEMLIMIT="+limit)
	text, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "--- PASS: "+t.Name()) {
		t.Errorf("the process of this test alone: %v\n%s", err, text)
	}
	return false
}
